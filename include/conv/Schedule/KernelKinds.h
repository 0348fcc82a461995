//===- KernelKinds.h - What the lanes of a vector are -----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The kinds of kernels, by what the lanes of their vectors run along: a table,
/// so that nobody else asks which one it is. Each kind says in a file of its
/// own which register tiles it has and what they cost.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_KERNELKINDS_H
#define CONV_SCHEDULE_KERNELKINDS_H

#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/CostModel.h"
#include "conv/Schedule/RegisterTile.h"

#include <optional>
#include <string>

namespace mlir::conv {

struct KernelKind {
  VectorIterator vector;
  /// Why no tile of this kind can compute a problem; nothing when one can.
  std::optional<std::string> (*findObstacle)(const Problem &problem);
  /// Why a schedule of this kind cannot be, beside what holds for all kinds;
  /// null where there is nothing.
  std::optional<std::string> (*findScheduleObstacle)(
      const Problem &problem, ScheduleAttr schedule) = nullptr;
  /// Whether the contractions of an algorithm may be of this kind.
  bool (*isAllowed)(const AlgorithmTraits &traits);
  /// The tiles the model considers, in a fixed order; with `oneRow` those of a
  /// single row only. Empty where there are none.
  llvm::SmallVector<RegisterTile> (*enumerate)(const Problem &problem,
                                               MachineAttr machine,
                                               bool oneRow);
  /// All of them that are legal and hide the latency, for a search.
  llvm::SmallVector<RegisterTile> (*enumerateLegal)(const Problem &problem,
                                                    MachineAttr machine);
  /// Predicted cycles of a tile where all operands are in L2.
  Cost (*estimate)(const Problem &problem, MachineAttr machine,
                   const ProblemNest &nest, const TileUse &use);
  /// Registers of a tile whose steps have `taps` taps where they share.
  int64_t (*getRegisters)(Broadcast broadcast, int64_t lanes,
                          const RegisterTile &tile, int64_t taps);
  /// How scalars reach all lanes of a tile.
  Broadcast (*getBroadcast)(const Problem &problem, MachineAttr machine,
                            const RegisterTile &tile);
  /// Reduction steps per loop body.
  int64_t (*getUnroll)(Broadcast broadcast, MachineAttr machine,
                       const Problem &problem);
  /// Whether each tile has so little work for a line that it fetches its
  /// columns of the next row of an image that does not stay in L2.
  bool fetchesNextRow = false;
  /// Whether the filter is so small that nothing of it is fetched ahead.
  bool hasSmallFilter = false;
};

/// All of them, in the order of the enumeration.
llvm::ArrayRef<KernelKind> getKernelKinds();
const KernelKind &getKernelKind(VectorIterator vector);

/// The taps of a window of `r` rows and `s` columns that stand in one step of
/// `tile` where they share what they load.
inline int64_t countSharedTaps(const RegisterTile &tile, int64_t r, int64_t s) {
  return tile.hasPixelVectors() ? r : s;
}

/// Registers of the tile of `nest`.
int64_t countRegisters(const ContractNest &nest);

/// Channels that lie side by side in the packed filter of `schedule`: those an
/// instruction takes at once, or those of a vector. Of a `depthwise`
/// contraction the instruction may take taps instead.
int64_t getChannelPack(ScheduleAttr schedule, bool depthwise = false);

/// Whether an integer that is extended to a sum's width fills the steps of a
/// lane of `row`, itself in the first one: what is in the others is multiplied
/// by zeros of the filter where there is one channel.
bool takesSingleChannels(const Instruction &row);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_KERNELKINDS_H
