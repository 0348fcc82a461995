//===- Direct.h - Contractions of the image itself --------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_ALGORITHMS_DIRECT_H
#define LIB_CONV_ALGORITHMS_DIRECT_H

#include "conv/IR/Conv.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

/// Replaces `op` by a contraction that reads the image where it is.
LogicalResult applyInPlace(ConvOp op, RewriterBase &rewriter);

} // namespace mlir::conv

#endif // LIB_CONV_ALGORITHMS_DIRECT_H
