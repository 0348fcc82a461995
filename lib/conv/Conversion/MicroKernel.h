//===- MicroKernel.h - Lowerings of the conv operations ----------*- C++
//-*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_CONVERSION_MICROKERNEL_H
#define LIB_CONV_CONVERSION_MICROKERNEL_H

#include "conv/IR/Conv.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

/// Replaces `op`, on memrefs, by its register-tiled loop nest. Emits an error
/// and fails when it has no lowering.
LogicalResult lowerContract(ContractOp op, RewriterBase &rewriter);

/// Replaces `op`, on memrefs, by a vectorised copy. Emits an error and fails
/// when it has no lowering.
LogicalResult lowerPackFilter(PackFilterOp op, RewriterBase &rewriter);

} // namespace mlir::conv

#endif // LIB_CONV_CONVERSION_MICROKERNEL_H
