//===- CostModel.h - What a schedule costs ----------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Pure functions of problem, machine and schedule: predicted cycles.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_COSTMODEL_H
#define CONV_SCHEDULE_COSTMODEL_H

#include "conv/Schedule/Nest.h"
#include "conv/Schedule/RegisterTile.h"

namespace mlir::conv {

/// What bounds a tile's speed.
enum class Resource { FmaIssue, FmaLatency, LoadPorts };
llvm::StringRef stringifyResource(Resource resource);

/// The predicted cost of a convolution under a tile.
struct Cost {
  double cycles = 0;    ///< Predicted, all tiles.
  double fmaCycles = 0; ///< Lower bound: nominal flops at the FMA peak.
  Resource limit = Resource::FmaIssue; ///< Of the main tile.
  int64_t registers = 0;               ///< Vector registers the main tile uses.
};

/// What is counted of a nest.
struct TileUse {
  /// Whether there is a schedule. While one is chosen all tiles pay the slack
  /// of the latency in full, also those left at the end of rows and channels:
  /// of tiles that are equal but for that, the one with the smaller rest is not
  /// the faster one (densenet161's 96 to 192 channels in vectors along columns,
  /// squeezenet's first layer: 7 to 9 % slower). Nor do prefetches cost loads
  /// before.
  bool chosen = false;
  /// Whether taps outside of the image save their time: not those of products
  /// that are a pass over the output each.
  bool skipsTaps = true;
  /// Whether the input was gathered, each element for one tap.
  bool isGathered = false;
};

/// Shuffles that transpose squares of `lanes` rows for as many vectors as hold
/// `stored` rows: log2(lanes) for each row, but for those that only make rows
/// which nobody stores. The emitter's `transposeSquare` makes as many.
int64_t countTransposeShuffles(int64_t lanes, int64_t stored);

/// The fields of a schedule that follow from its tile: what it is before an
/// order is chosen and threads divide it.
ScheduleFields describeTile(const Problem &problem, MachineAttr machine,
                            const RegisterTile &tile);

/// Predicted cycles of `tile` where all operands are in L2.
Cost estimate(const Problem &problem, MachineAttr machine,
              const RegisterTile &tile);
Cost estimate(const Problem &problem, MachineAttr machine,
              const ProblemNest &nest);

/// Predicted cycles of a contraction under `schedule`.
Cost estimate(const Problem &problem, MachineAttr machine,
              ScheduleAttr schedule);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_COSTMODEL_H
