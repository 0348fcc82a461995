//===- ModelTerms.h - Terms both vector iterators share ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Terms of the analytical model that do not depend on what the
/// vectors run along. docs/model.md derives them.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_SCHEDULE_MODELTERMS_H
#define LIB_CONV_SCHEDULE_MODELTERMS_H

#include "conv/Schedule/CostModel.h"
#include "conv/Schedule/ModelConstants.h"
#include "conv/Schedule/RegisterTile.h"
#include "conv/Schedule/TileEnumeration.h"

namespace mlir::conv {

/// The loop extents the micro-kernel sees: depthwise convolutions run their
/// vectors over groups, flattened ones have a single row.
struct Extents {
  int64_t rows, columns, channels, outputs, groups;
  bool vectorInput;
  /// Reduction steps one load of a pixel serves.
  int64_t stepsPerLoad;
};

Extents getExtents(const Problem &problem, MachineAttr machine);

/// Bytes of the input between neighbouring pixels of a tile: columns, or rows
/// where there is one column.
int64_t getPixelDistance(const Problem &problem, const Extents &extents);

/// Whether the output keeps pixels together, so that tiles are transposed.
bool isTransposed(const Problem &problem, const Extents &extents);

/// Whole parts of `size`, and what is left of `extent`.
SizeRuns divideWithRest(int64_t extent, int64_t size);

/// Cycles around the reduction of a tile of `accumulators`.
double getStartCycles(MachineAttr machine, int64_t accumulators);

/// The longest of issue, loads and latency, and which it was.
double getStepCycles(MachineAttr machine, double issue, double loads,
                     Resource *limit);

/// Whether lines of `channels` output channels of one pixel exceed the L1 sets
/// they map to: their planes are multiples of a page apart.
bool storesConflict(const Problem &problem, MachineAttr machine,
                    int64_t channels);

/// Whether a block of the filter stays in L1 from one tile to the next.
inline bool staysInL1(MachineAttr machine, double filterBytes) {
  return filterBytes <= kL1Share * machine.getL1();
}

/// L1 sets that lines `stride` bytes apart fall into.
int64_t countSets(MachineAttr machine, int64_t stride);

//===----------------------------------------------------------------------===//
// Threads (Parallelism.cpp)
//===----------------------------------------------------------------------===//

/// What becomes of `tile` where rows are divided: a share has no static border,
/// so that tiles have one row. The best of those, of which a pixel vector's
/// keeps its shape.
RegisterTile getOneRowTile(const Problem &problem, MachineAttr machine,
                           const RegisterTile &tile);

/// The division among threads, as in a schedule's `parallel`: rows and groups
/// only evenly when `evenShares`. May take back `flatten`.
std::string chooseParallel(const Problem &problem, MachineAttr machine,
                           const RegisterTile &tile, double cycles,
                           bool evenShares, bool &flatten);

//===----------------------------------------------------------------------===//
// Memory beyond L1 (MemoryModel.cpp)
//===----------------------------------------------------------------------===//

/// What a step of `step` cycles takes longer where planes conflict.
double getPlaneCycles(const Problem &problem, MachineAttr machine, double step);

/// Whether input, filter and output of an image and group fit L2 together.
bool staysInL2(const Problem &problem, MachineAttr machine);

/// The walk of the tiles of `tile` that waits least for memory.
OrderedBand chooseWalk(const Problem &problem, MachineAttr machine,
                       const RegisterTile &tile);

/// Tiles of columns ahead that the input of `tile` is worth fetching.
int64_t choosePrefetchInput(const Problem &problem, MachineAttr machine,
                            const RegisterTile &tile);

/// Tiles of columns ahead that the output of `tile` is worth fetching.
int64_t choosePrefetchOutput(const Problem &problem, MachineAttr machine,
                             const RegisterTile &tile);

/// `cycles` with what they wait for memory: the stream cycles below, and at
/// least what it takes to write the output there.
double addMemoryCycles(double cycles, const Problem &problem,
                       MachineAttr machine, const RegisterTile &tile,
                       OrderedBand walk, int64_t prefetchInput,
                       bool readsImage = true, bool filterAhead = true);

/// Cycles FMAs wait for lines from beyond L2: of filter, output and, unless the
/// contraction reads what was gathered, the image.
double getStreamCycles(const Problem &problem, MachineAttr machine,
                       const RegisterTile &tile, OrderedBand walk,
                       int64_t prefetchInput, bool readsImage = true,
                       bool filterAhead = true);

//===----------------------------------------------------------------------===//
// Vectors along groups (Depthwise.cpp)
//===----------------------------------------------------------------------===//

/// The tile of such a convolution, and the order of the loops around it.
RegisterTile getDepthwiseTile(const Problem &problem, MachineAttr machine);
LoopOrder chooseDepthwiseOrder(const Problem &problem, MachineAttr machine);

//===----------------------------------------------------------------------===//
// Vectors along output columns (PixelVectors.cpp)
//===----------------------------------------------------------------------===//

/// The tiles with vector = w the model considers; none where the layout, the
/// stride or the registers do not allow one.
llvm::SmallVector<RegisterTile> enumeratePixelTiles(const Problem &problem,
                                                    MachineAttr machine,
                                                    bool oneRow = false);

/// Predicted cycles of such a tile.
Cost estimatePixelTile(const Problem &problem, MachineAttr machine,
                       const RegisterTile &tile);

/// The order of the loops around it.
LoopOrder choosePixelOrder(const Problem &problem, MachineAttr machine,
                           const RegisterTile &tile);

/// The broadcast form of the filter's scalars for it.
Broadcast getFilterBroadcast(MachineAttr machine, const RegisterTile &tile);

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_MODELTERMS_H
