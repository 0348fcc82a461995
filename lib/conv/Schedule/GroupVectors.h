//===- GroupVectors.h - Vectors over groups and channels --------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_SCHEDULE_GROUPVECTORS_H
#define LIB_CONV_SCHEDULE_GROUPVECTORS_H

#include "conv/Schedule/KernelKinds.h"

namespace mlir::conv {

/// Vectors along the output channels of several groups.
KernelKind getGroupVectors();

/// The loops around its tiles.
LoopOrder chooseGroupOrder(const Problem &problem, MachineAttr machine,
                           const RegisterTile &tile);

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_GROUPVECTORS_H
