//===- Nest.h - What a schedule means -------------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// All loops of a contraction under a schedule:
///
///   forall shares of n, g, ho, wo, k         a level of threads
///     for n, g, ho by band                   a level of bands
///       the nest of what is left             ContractNest.h
///
/// `--conv-tile` makes the levels, and what it leaves has the nest inside them:
/// the nest of a tile under getInnerSchedule is the inner part of this one.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_NEST_H
#define CONV_SCHEDULE_NEST_H

#include "conv/Schedule/ContractNest.h"

#include "llvm/Support/JSON.h"

namespace mlir::conv {

/// Sizes of tiles by iterator; 0 where it is not divided.
using LevelSizes = std::array<int64_t, ContractOp::NumIterators>;

/// What threads may divide, in the order of Split::getParts.
constexpr std::array<unsigned, 5> kShareIterators = {
    ContractOp::N, ContractOp::G, ContractOp::Ho, ContractOp::Wo,
    ContractOp::K};

/// What threads take of `contraction`; nothing where they do not divide it.
/// Extents that they divide must be static.
std::optional<LevelSizes> getShareSizes(const Contraction &contraction,
                                        const ScheduleFields &schedule);

/// The bands of a share: all sizes of tiles, and how many rows are to be split
/// off first, so that each part is a whole number of bands (0: none).
struct Bands {
  LevelSizes sizes{};
  int64_t splitRows = 0;
};
std::optional<Bands> getBands(const Contraction &contraction,
                              const ScheduleFields &schedule);

/// `schedule` without what the levels have applied: threads, bands and forms,
/// and rows that are one dimension with the columns by now.
ScheduleAttr getInnerSchedule(ScheduleAttr schedule);

/// One level: tiles of `sizes` of what has `extents`.
struct NestLevel {
  bool isThreads = false;
  LevelSizes extents{}, sizes{};
};

/// Levels, outermost first, and the contraction inside of them.
struct NestPart {
  SmallVector<NestLevel, 2> levels;
  Contraction contraction;
  ContractNest contract;
};

/// One part, or one per range of rows that has bands of its own.
struct Nest {
  SmallVector<NestPart, 2> parts;
};

Nest buildNest(const Contraction &contraction, ScheduleAttr schedule);

/// What a schedule means for a problem, as cost and legality see it: the loops
/// of all of it in one piece, and beside them the levels that divide it. It has
/// no IR and is cheap enough to be built for every candidate.
struct ProblemNest {
  Contraction contraction;
  ContractNest contract;
  /// What threads take; nothing where there is one share.
  std::optional<LevelSizes> shares;
  std::optional<Bands> bands;

  /// Takes over what `schedule` says of the order of tiles, of bands and of the
  /// input that is fetched ahead, which no tile depends on.
  void setWalk(const ScheduleFields &schedule);
};

/// The nest of `problem`, whose rows are flattened where it says so.
ProblemNest buildProblemNest(const Problem &problem,
                             const ScheduleFields &schedule);

/// The nest as `--conv-print-nest` prints it.
llvm::json::Value toJSON(const Nest &nest);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_NEST_H
