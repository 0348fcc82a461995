//===- MemoryModel.h - What waits for the caches ----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Cycles that FMAs wait for caches and memory, and the order of the loops
/// around the register tile and the prefetches that make them few.
/// docs/model.md derives them.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_MEMORYMODEL_H
#define CONV_SCHEDULE_MEMORYMODEL_H

#include "conv/Schedule/Nest.h"
#include "conv/Schedule/RegisterTile.h"

namespace mlir::conv {

/// An order of the loops around the tile, and the rows per band (0: all).
struct OrderedBand {
  LoopOrder order;
  int64_t band;

  void assignTo(ScheduleFields &fields) const {
    fields.order = order;
    fields.band = band;
  }
};

/// Every order and band that differs for `tile`, in a fixed order; never empty.
llvm::SmallVector<OrderedBand> enumerateOrders(const Problem &problem,
                                               MachineAttr machine,
                                               const RegisterTile &tile);

/// L1 sets that lines `stride` bytes apart fall into.
int64_t countSets(MachineAttr machine, int64_t stride);

/// Whether every input channel is a plane, and the lines of all channels exceed
/// the L1 sets they map to, so that no tap finds what the last one read: 0, or
/// 1 for a single set and less for more.
double getPlaneConflict(const Problem &problem, MachineAttr machine);

/// What a step of `step` cycles takes longer where planes conflict.
double getPlaneCycles(const Problem &problem, MachineAttr machine, double step);

/// Whether input, filter and output of an image and group fit L2 together.
bool staysInL2(const Problem &problem, MachineAttr machine);

/// The walk of the tiles of `nest` that waits least for memory, and `fields`
/// with it, whose nest it is.
OrderedBand chooseWalk(const Problem &problem, MachineAttr machine,
                       ProblemNest nest, ScheduleFields fields);

/// Tiles of columns ahead that the input of `tile` is worth fetching.
int64_t choosePrefetchInput(const Problem &problem, MachineAttr machine,
                            const RegisterTile &tile);

/// Tiles of columns ahead that the output of `tile` is worth fetching.
int64_t choosePrefetchOutput(const Problem &problem, MachineAttr machine,
                             const RegisterTile &tile);

/// `cycles` with what they wait for memory: the stream cycles below, and at
/// least what it takes to write the output there.
double addMemoryCycles(double cycles, const Problem &problem,
                       MachineAttr machine, const ProblemNest &nest,
                       bool readsImage = true, bool filterAhead = true);

/// What it costs to write parts of lines: each block of channels, of less than
/// a line, is a pass over an output that has left L2 by the next one. The
/// choice of an order leaves it out.
double getPartialLineCycles(const Problem &problem, MachineAttr machine,
                            const ProblemNest &nest);

/// `cycles` with what only the cost of a whole schedule has: parts of lines,
/// and at least what it takes to move all through L3.
double addTransferCycles(double cycles, const Problem &problem,
                         MachineAttr machine, const ProblemNest &nest,
                         bool readsImage);

/// Cycles FMAs wait for lines from beyond L2: of filter, output and, unless the
/// contraction reads what was gathered, the image.
double getStreamCycles(const Problem &problem, MachineAttr machine,
                       const ProblemNest &nest, bool readsImage = true,
                       bool filterAhead = true);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_MEMORYMODEL_H
