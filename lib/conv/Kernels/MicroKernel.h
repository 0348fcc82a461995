//===- MicroKernel.h - Lowerings of the conv operations ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_MICROKERNEL_H
#define LIB_CONV_KERNELS_MICROKERNEL_H

#include "conv/IR/Conv.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

/// Replaces `op`, on memrefs, by its register-tiled loop nest. Emits an error
/// and fails when it has no lowering.
LogicalResult lowerContract(ContractOp op, RewriterBase &rewriter);

/// Replaces `op`, on memrefs, by a vectorised copy. Emits an error and fails
/// when it has no lowering.
LogicalResult lowerPackFilter(PackFilterOp op, RewriterBase &rewriter);

/// The plain loops of a contraction whose schedule says `naive`.
LogicalResult lowerNaive(ContractOp op, RewriterBase &rewriter);

/// Replaces a data transformation, on memrefs, by vectorised copies. Emits an
/// error and fails when it has no lowering.
LogicalResult lowerGather(GatherOpInterface op, RewriterBase &rewriter);

/// Replaces `op`, on memrefs, by loops over the valid range of each tap.
LogicalResult lowerShiftAdd(ShiftAddOp op, RewriterBase &rewriter);

/// Replaces Winograd's transformations, on memrefs, by vector code. They emit
/// an error and fail where there is no lowering.
LogicalResult lowerWinogradInput(WinogradInputOp op, RewriterBase &rewriter);
LogicalResult lowerWinogradOutput(WinogradOutputOp op, RewriterBase &rewriter);

/// Replaces a packing that transforms the windows, on memrefs, by loops.
LogicalResult lowerWinogradFilter(PackFilterOp op, RewriterBase &rewriter);

} // namespace mlir::conv

#endif // LIB_CONV_KERNELS_MICROKERNEL_H
