//===- Requantize.h - Requantisation as arithmetic --------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_REQUANTIZE_H
#define CONV_IR_REQUANTIZE_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

class RequantizeOp;

/// What `op` computes, of `operands`, scalars or vectors of one dimension, in
/// operations of arith and vector.
Value expandRequantize(OpBuilder &b, Location loc, RequantizeOp op,
                       ValueRange operands);

/// Adds the pattern that replaces `conv.requantize` by these operations.
void populateRequantizePatterns(RewritePatternSet &patterns);

} // namespace mlir::conv

#endif // CONV_IR_REQUANTIZE_H
