//===- SizeUtils.h - Extents that only callers know -------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEMORY_SIZEUTILS_H
#define LIB_CONV_MEMORY_SIZEUTILS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeRange.h"

namespace mlir::conv {

/// How many extents `types` do not say.
int64_t countSizes(TypeRange types);

/// Element `index` of `sizes`, a memref of i64, as an index.
Value loadSize(OpBuilder &b, Location loc, Value sizes, int64_t index);

/// What `value` is where `b` stands: what it is computed from is copied there,
/// up to what `mapping` knows.
Value copyArithmetic(OpBuilder &b, Value value, IRMapping &mapping);

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_SIZEUTILS_H
