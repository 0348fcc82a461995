//===- ChannelVectors.h - Vectors along output channels ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_SCHEDULE_CHANNELVECTORS_H
#define LIB_CONV_SCHEDULE_CHANNELVECTORS_H

#include "conv/Schedule/KernelKinds.h"

namespace mlir::conv {

/// Vectors along output channels, or along groups of depthwise convolutions.
KernelKind getChannelVectors();

/// Largest number of pixels whose cache lines fit the L1 sets they map to.
int64_t getPixelLimit(const Problem &problem, MachineAttr machine);

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_CHANNELVECTORS_H
