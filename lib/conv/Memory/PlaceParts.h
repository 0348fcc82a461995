//===- PlaceParts.h - Concatenations written in place -----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEMORY_PLACEPARTS_H
#define LIB_CONV_MEMORY_PLACEPARTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::conv {

/// Writes the concatenations of `func` as insertions, and has what makes a part
/// write it where it will be.
void placeParts(func::FuncOp func);

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_PLACEPARTS_H
