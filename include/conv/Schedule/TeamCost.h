//===- TeamCost.h - What a team of threads costs ----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_TEAMCOST_H
#define CONV_SCHEDULE_TEAMCOST_H

#include "conv/IR/Conv.h"

namespace mlir::conv {

/// `machine` as one of `operations` sees it that a team of threads, started and
/// joined once, does one after the other.
MachineAttr shareFork(MachineAttr machine, int64_t operations);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_TEAMCOST_H
