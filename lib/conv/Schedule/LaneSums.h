//===- LaneSums.h - Vectors along input channels ----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_SCHEDULE_LANESUMS_H
#define LIB_CONV_SCHEDULE_LANESUMS_H

#include "conv/Schedule/KernelKinds.h"

namespace mlir::conv {

/// Vectors along input channels, whose lanes are added behind the reduction.
KernelKind getLaneSums();

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_LANESUMS_H
