//===- ScheduleModel.h - The schedule the model chooses ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Pure functions of problem and machine: the schedule that the model prefers,
/// and those it was chosen from.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_SCHEDULEMODEL_H
#define CONV_SCHEDULE_SCHEDULEMODEL_H

#include "conv/Schedule/CostModel.h"

#include <optional>

namespace mlir::conv {

/// The schedule of the direct algorithm the model prefers, with its cost and
/// the number of candidates it was chosen from.
struct Choice {
  ScheduleAttr schedule;
  Cost cost;
  size_t numCandidates = 0;

  /// How long it takes: the cost's cycles are those of all its threads.
  double getElapsed() const {
    return cost.cycles / double(schedule.getThreads());
  }
};
Choice chooseDirect(const Problem &problem, MachineAttr machine,
                    MLIRContext *context);

/// The best one whose output channels are divided into those that fill vectors
/// and the rest, which chooseDirect takes where it is faster; nothing where
/// there is no rest, or nothing else, or where both have the same lanes.
std::optional<Choice> chooseDivided(const Problem &problem, MachineAttr machine,
                                    MLIRContext *context);

/// Every legal schedule of the direct algorithm with its cost: all tiles that
/// divide the columns differently in all orders.
llvm::SmallVector<Choice> enumerateDirect(const Problem &problem,
                                          MachineAttr machine,
                                          MLIRContext *context);

/// What chooseDirect does for the contraction `problem` that is left of a
/// convolution after the data transformation of `algorithm`; without a band.
Choice chooseSchedule(const Problem &problem, MachineAttr machine,
                      const NamedAlgorithm &named, Form form,
                      MLIRContext *context);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_SCHEDULEMODEL_H
