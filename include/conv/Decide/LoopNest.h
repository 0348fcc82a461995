//===- LoopNest.h - A schedule as a drawing of its loops --------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The loops a schedule stands for, for people to read.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_LOOPNEST_H
#define CONV_DECIDE_LOOPNEST_H

#include "conv/Schedule/Problem.h"

namespace mlir::conv {

/// The loop nest of `problem` under `schedule` in pseudo-IR, a line each,
/// indented by two spaces per loop:
///
///   for n in 0..1
///     for k in 0..64 step 32
///       for ho in 0..56
///         for wo in 0..56 step 14
///           acc[14][2] = 0                            28 vectors of 16
///           for r in 0..3, s in 0..3, c in 0..64      4 steps per iteration
///             acc += broadcast(x) * f
///           out[ho][wo..][k..] = acc
///
/// Loops of one iteration are left out. Parts of the output channels have a
/// nest each, behind a line "output channels 0 to 15:". The schedule must be
/// able to compute the problem (findScheduleObstacle).
SmallVector<std::string> drawLoopNest(const Problem &problem,
                                      ScheduleAttr schedule);

} // namespace mlir::conv

#endif // CONV_DECIDE_LOOPNEST_H
