//===- Legality.h - Why a schedule cannot be --------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Pure functions of problem, machine and schedule: what is not possible, and
/// why.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_LEGALITY_H
#define CONV_SCHEDULE_LEGALITY_H

#include "conv/Schedule/RegisterTile.h"

#include <optional>
#include <string>

namespace mlir::conv {

/// Why no kernel can have `tile`; nothing when one can.
std::optional<std::string> findTileObstacle(const Problem &problem,
                                            MachineAttr machine,
                                            const RegisterTile &tile);

/// Why the epilogue of `problem` cannot be computed on the stored sums, where
/// `schedule` says so.
std::optional<std::string> findStoredEpilogueObstacle(const Problem &problem,
                                                      ScheduleAttr schedule);

/// Why `schedule` cannot compute `problem` on `machine`; nothing when it can.
std::optional<std::string> findObstacle(const Problem &problem,
                                        MachineAttr machine,
                                        ScheduleAttr schedule);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_LEGALITY_H
