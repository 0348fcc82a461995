//===- Extension.h - Elements as wide as they are multiplied ----*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_EXTENSION_H
#define LIB_CONV_KERNELS_EXTENSION_H

#include "conv/Machine/Instructions.h"

#include "mlir/IR/Builders.h"

namespace mlir::conv {

/// `vector`, of elements of kind `kind` or of their bits
/// (FlatView::createBits), as a vector of `element`, which is that kind's type
/// or a wider one.
Value extendElements(OpBuilder &b, Location loc, Value vector, ElementKind kind,
                     Type element);

/// The bf16 in the lower, or in the upper half of each element of `pairs`,
/// integers of 32 bits, as f32.
Value extendHalfBF16(OpBuilder &b, Location loc, Value pairs, bool upper);

} // namespace mlir::conv

#endif // LIB_CONV_KERNELS_EXTENSION_H
