//===- Defaults.h - What most algorithms answer -----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Members of AlgorithmInfo that several algorithms share.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_ALGORITHMS_DEFAULTS_H
#define LIB_CONV_ALGORITHMS_DEFAULTS_H

#include "conv/Algorithms/Algorithms.h"

namespace mlir::conv {

/// One contraction does it all.
int64_t getOnePass(const Problem &problem);

/// No problem is refused, nothing is stored.
Obstacle findNothing(const Problem &problem, ScheduleAttr schedule);
int64_t getNoElements(const Problem &problem, ScheduleAttr schedule);

/// Nothing is moved before the contraction.
double getNoMoves(const Problem &problem, MachineAttr machine,
                  ScheduleAttr schedule);

/// Whole images only.
Obstacle findWholeObstacle(const Problem &problem, ScheduleAttr schedule);

/// The product of two counts of elements, or more than can be addressed.
int64_t multiplyElements(int64_t x, int64_t y);

} // namespace mlir::conv

#endif // LIB_CONV_ALGORITHMS_DEFAULTS_H
