//===- Algorithms.h - The table of algorithms -------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Everything that tells one algorithm from another: what it does to a
/// conv.conv, what it cannot do, its workspace and its cost. Decisions, the
/// lowering and the tools read this table and nothing else.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_ALGORITHMS_ALGORITHMS_H
#define CONV_ALGORITHMS_ALGORITHMS_H

#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/Problem.h"
#include "conv/Schedule/ScheduleModel.h"

#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

/// Why something cannot be done; nothing when it can.
using Obstacle = std::optional<std::string>;

/// One algorithm. The functions take problems without dynamic or empty
/// dimensions (but for the batch).
struct AlgorithmInfo {
  Algorithm algorithm;
  /// Replaces a scheduled convolution by transformation and contraction.
  LogicalResult (*apply)(ConvOp op, RewriterBase &rewriter);
  /// Why the algorithm cannot compute a problem with a schedule.
  Obstacle (*findObstacle)(const Problem &problem, ScheduleAttr schedule);
  /// The contraction that is left, as the model of register tiles sees it. Only
  /// where the algorithm has a `choose` of its own it depends on the schedule,
  /// which may be null elsewhere.
  Problem (*getContraction)(const Problem &problem, ScheduleAttr schedule);
  /// How often that contraction runs.
  int64_t (*getPasses)(const Problem &problem);
  /// Elements of temporary storage; dynamic batches count as one image.
  int64_t (*getWorkspaceElements)(const Problem &problem,
                                  ScheduleAttr schedule);
  /// Cycles the data transformation adds to those of the contraction.
  double (*getMoveCycles)(const Problem &problem, MachineAttr machine,
                          ScheduleAttr schedule);
  /// Why it computes a problem with no schedule at all, where that can be told
  /// before one is chosen; else null.
  Obstacle (*findProblemObstacle)(const Problem &problem) = nullptr;
  /// Of a family: whether it represents it for a problem, as the family's rule
  /// says; null without a family.
  bool (*representsFamily)(const Problem &problem) = nullptr;
  /// The predicted cost, where it is not that of the contraction's passes and
  /// of the moves; else null.
  Cost (*estimate)(const Problem &problem, MachineAttr machine,
                   ScheduleAttr schedule) = nullptr;
  /// The schedule the model prefers, where the contraction depends on it; else
  /// null. As chooseFor.
  Choice (*choose)(const Problem &problem, MachineAttr machine,
                   const NamedAlgorithm &named, Form form, MLIRContext *context,
                   std::optional<int64_t> maxWorkspace) = nullptr;

  const AlgorithmTraits &getTraits() const {
    return conv::getTraits(algorithm);
  }
  /// Whether it is to be looked at where nobody names a member of its family.
  bool isRepresentative(const Problem &problem) const {
    return !representsFamily || representsFamily(problem);
  }
};

/// One entry per algorithm, in the order of the enumeration.
ArrayRef<AlgorithmInfo> getAlgorithms();
const AlgorithmInfo &getAlgorithmInfo(Algorithm algorithm);

/// Why the algorithm of `schedule` does not see the elements of the input, and
/// those outside of it, as `problem` and the instruction mean them.
Obstacle findInputObstacle(const Problem &problem, ScheduleAttr schedule);

/// Why `schedule` cannot compute `problem` on `machine`: the algorithm's own
/// reasons and those of the register tile.
Obstacle findScheduleObstacle(const Problem &problem, MachineAttr machine,
                              ScheduleAttr schedule);

/// Bytes of temporary storage `schedule` allocates, beside packed filters.
int64_t getWorkspaceBytes(const Problem &problem, ScheduleAttr schedule);

/// Cycles the data transformation adds to those of the contraction.
double estimateTransformation(const Problem &problem, MachineAttr machine,
                              ScheduleAttr schedule);

/// Predicted cycles of `schedule`, transformation included.
Cost estimateSchedule(const Problem &problem, MachineAttr machine,
                      ScheduleAttr schedule);

/// The schedule the model prefers for an algorithm in a form, transformation
/// included in its cost. The problem must have no obstacle of its own. A bound
/// on the workspace makes bands narrower; one row may still need more.
Choice chooseFor(const Problem &problem, MachineAttr machine,
                 const NamedAlgorithm &named, Form form, MLIRContext *context,
                 std::optional<int64_t> maxWorkspace = std::nullopt);

} // namespace mlir::conv

#endif // CONV_ALGORITHMS_ALGORITHMS_H
