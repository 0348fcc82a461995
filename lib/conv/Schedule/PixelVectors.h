//===- PixelVectors.h - Vectors along output columns ------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tiles with vector = w, their cost and what goes with them.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_SCHEDULE_PIXELVECTORS_H
#define LIB_CONV_SCHEDULE_PIXELVECTORS_H

#include "conv/Schedule/CostModel.h"
#include "conv/Schedule/KernelKinds.h"

namespace mlir::conv {

/// Vectors along output columns.
KernelKind getPixelVectors();

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_PIXELVECTORS_H
