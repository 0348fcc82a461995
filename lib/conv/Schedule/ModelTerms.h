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
#include "conv/Schedule/Nest.h"
#include "conv/Schedule/RegisterTile.h"

namespace mlir::conv {

/// The loop extents the micro-kernel sees: depthwise convolutions run their
/// vectors over groups, flattened ones have a single row. Groups that are
/// merged are one, whose outputs read `channels` of its `inputChannels`.
struct Extents {
  int64_t rows, columns, channels, outputs, groups;
  int64_t inputChannels;
  int64_t steps; ///< Of a tap: instructions that take all channels.
  bool vectorInput;
  /// Reduction steps one load of a pixel serves.
  int64_t stepsPerLoad;
};

Extents getExtents(const Problem &problem, MachineAttr machine,
                   VectorIterator vector = VectorIterator::K);
Extents getExtents(const Problem &problem, MachineAttr machine,
                   const ProblemNest &nest);

/// Bytes of the input between neighbouring pixels of a tile: columns, or rows
/// where there is one column.
int64_t getPixelDistance(const Problem &problem, const Extents &extents);

/// Whether the output keeps pixels together, so that tiles are transposed.
bool isTransposed(const Problem &problem, const Extents &extents);

/// The shares of a window's rows, and of its columns, that are inside of the
/// image, over all outputs: the others are left out.
double getRowsInside(const Contraction &contraction);
double getColumnsInside(const Contraction &contraction);

/// Columns of the widest tile whose columns have accumulators of their own.
int64_t getMaxColumns(const Problem &problem, MachineAttr machine,
                      const Extents &extents);

/// Columns of the input that the taps of a row of `columns` pixels read.
int64_t countPositions(const Problem &problem, int64_t columns);

/// Predicted cycles of a tile with vectors of output channels, or of groups.
Cost estimateChannelTile(const Problem &problem, MachineAttr machine,
                         const ProblemNest &nest, const TileUse &use);

/// Cycles around the reduction of a tile of `accumulators`.
double getStartCycles(MachineAttr machine, int64_t accumulators);

/// What it costs to bring one operand of a step, a vector of the filter or the
/// scalars of a pixel, to the width that is multiplied.
double getExtensionCycles(const Problem &problem, MachineAttr machine);

/// What it costs to add 128 to the scalars of a pixel.
double getRebaseCycles(MachineAttr machine);

/// The share of the latency's slack that a step pays which issues FMAs for
/// `issue` cycles: the fuller the units, the longer a sum waits for one when
/// its turn has come.
double getSlackShare(MachineAttr machine, double issue);

/// Turns of a load port that a load of `bytes` takes.
double getLoadTurns(MachineAttr machine, double bytes);

/// The same of a vector of elements of `elementBytes`.
inline double getVectorTurns(MachineAttr machine, int64_t elementBytes) {
  return getLoadTurns(machine, double(machine.getNVec() * elementBytes));
}

/// The longest of issue, loads and latency, and which it was. `loads` are the
/// cycles of the load ports.
double getStepCycles(MachineAttr machine, double issue, double loads,
                     double slackShare, Resource *limit);

/// Whether lines of `channels` output channels of one pixel exceed the L1 sets
/// they map to: their planes are multiples of a page apart.
bool storesConflict(const Problem &problem, MachineAttr machine,
                    int64_t channels);

/// Whether a block of the filter stays in L1 from one tile to the next.
inline bool staysInL1(MachineAttr machine, double filterBytes) {
  return filterBytes <= kL1Share * machine.getL1();
}

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_MODELTERMS_H
