//===- Parts.h - Parts of the output channels -------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolutions whose output channels are divided into parts, each with a
/// schedule of its own: 17 channels are 16, which fill a vector, and one, whose
/// lanes are input channels.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_PARTS_H
#define CONV_SCHEDULE_PARTS_H

#include "conv/Schedule/Problem.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>

namespace mlir::conv {

/// A part as a convolution of its own.
struct ProblemPart {
  int64_t first; ///< Its first output channel of each group.
  Problem problem;
  ScheduleAttr schedule; ///< Without parts.
};

/// The parts of `problem` under `schedule`, of which findPartsObstacle is
/// nothing: the one that its own fields compute, and those behind it.
llvm::SmallVector<ProblemPart, 2> divideIntoParts(const Problem &problem,
                                                  ScheduleAttr schedule);

/// Why the output channels of `problem` cannot be divided as `schedule` says;
/// nothing where it has no parts.
std::optional<std::string> findPartsObstacle(const Problem &problem,
                                             ScheduleAttr schedule);

/// Why the output channels of `problem` cannot be divided by any schedule of
/// `algorithm`.
std::optional<std::string> findDivisionObstacle(const Problem &problem,
                                                Algorithm algorithm);

/// `problem` with `channels` of its output channels, in the memory of all.
Problem takeChannels(const Problem &problem, int64_t channels);

/// The schedule that has `parts`, at least one, in their order.
ScheduleAttr joinParts(llvm::ArrayRef<ProblemPart> parts);

/// The register tile of each part, "14x1 + 7x1c".
std::string describeTiles(ScheduleAttr schedule);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_PARTS_H
