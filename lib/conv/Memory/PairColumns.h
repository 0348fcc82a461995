//===- PairColumns.h - Results that alternate along rows --------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEMORY_PAIRCOLUMNS_H
#define LIB_CONV_MEMORY_PAIRCOLUMNS_H

#include "conv/IR/Conv.h"

namespace mlir::conv {

/// Operands of `op` that a dense copy would give the layout they need.
SmallVector<OpOperand *> findStrided(ContractOp op);

/// A dense buffer of the shape of `buffer`.
Value createDense(OpBuilder &b, Location loc, Value buffer);
/// One of another shape, with the elements of `like`; `sizes` are those of its
/// dynamic dimensions.
Value createDense(OpBuilder &b, Location loc, ArrayRef<int64_t> shape,
                  MemRefType like, ValueRange sizes);

/// Lets contractions in `root` that write the even and the odd columns of a
/// buffer, one behind the other, store both at once.
void pairColumns(Operation *root);

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_PAIRCOLUMNS_H
