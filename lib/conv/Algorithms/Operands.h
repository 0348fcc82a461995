//===- Operands.h - Operands of what a convolution becomes ------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the rewritings of all algorithms do with filters, images and results.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_ALGORITHMS_OPERANDS_H
#define LIB_CONV_ALGORITHMS_OPERANDS_H

#include "conv/IR/Conv.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

/// The filter operand of `op` as the contraction wants it: packed by a
/// conv.pack_filter, or as it is. `layout` names its dimensions. `temporary` is
/// the buffer to free afterwards on memrefs, else null.
struct FilterOperand {
  Value value, temporary;
  AffineMap map;
  int64_t cPack = 1; ///< Channels that lie side by side for one lane.
};
FilterOperand prepareFilter(ConvOp op, StringRef layout,
                            RewriterBase &rewriter);

/// Store mode the output's memory allows; `channel` is the letter vectors run
/// along.
StoreMode getStoreMode(ConvOp op, char channel);

/// The padding behind the image, as conv.contract has it; null without any.
DenseI64ArrayAttr getHighPadding(DimsAttr dims);

/// Operands of a convolution as tensors. On memrefs they are wrapped, so that
/// tiling can fuse the transformation and bufferization finds the buffers.
struct TensorOperands {
  Value input, init;
  Epilogue epilogue;
};
TensorOperands wrapOperands(ConvOp op, RewriterBase &rewriter);

/// A tensor that is, or stands for the buffer of, `filter.value`.
Value wrapFilter(ConvOp op, const FilterOperand &filter,
                 RewriterBase &rewriter);

/// Replaces `op` by `result`: on memrefs by writing it to the output.
void replaceByTensor(ConvOp op, Value result, RewriterBase &rewriter);

} // namespace mlir::conv

#endif // LIB_CONV_ALGORITHMS_OPERANDS_H
