//===- SeparateResults.h - One buffer per result ----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEMORY_SEPARATERESULTS_H
#define LIB_CONV_MEMORY_SEPARATERESULTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::conv {

/// Copies results of `func` so that no two of one call can share a buffer and
/// none is an allocation that another return could write to.
void separateResults(func::FuncOp func);

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_SEPARATERESULTS_H
