//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Schedules worth measuring, as pure functions: what the model thinks best,
/// and what differs little from a schedule that did well.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_TUNE_NEIGHBOURS_H
#define CONV_TUNE_NEIGHBOURS_H

#include "conv/Decide/Candidates.h"

namespace mlir::conv {

/// The model's pick, the `top` cheapest of the other algorithms and forms, and
/// the `2 * top` cheapest register tiles of the pick's algorithm. All are legal
/// and meet the constraints; none occurs twice. Empty when nothing can compute
/// the problem.
SmallVector<ScheduleAttr> getFirstCandidates(const Problem &problem,
                                             MachineAttr machine,
                                             const Constraints &constraints,
                                             size_t top, MLIRContext *context);

/// Schedules of the same algorithm and form that differ from `schedule` in one
/// decision: loop order, rows per band, prefetch distance, unrolling, what
/// threads divide, flattened rows, or the register tile by one column, row or
/// vector. All are legal and meet the constraints.
SmallVector<ScheduleAttr> getNeighbours(const Problem &problem,
                                        MachineAttr machine,
                                        const Constraints &constraints,
                                        ScheduleAttr schedule);

} // namespace mlir::conv

#endif // CONV_TUNE_NEIGHBOURS_H
