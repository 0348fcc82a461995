//===- Algorithms.h - What each algorithm does to a convolution --*- C++
//-*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One function per algorithm family. Each reads the schedule of a conv.conv
/// and replaces the operation by its data transformation and a conv.contract.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_TRANSFORMS_ALGORITHMS_ALGORITHMS_H
#define LIB_CONV_TRANSFORMS_ALGORITHMS_ALGORITHMS_H

#include "conv/IR/Conv.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

/// No transformation: the contraction reads the input itself (Direct.cpp).
LogicalResult applyDirect(ConvOp op, RewriterBase &rewriter);

/// Replaces `op` according to its schedule's algorithm; emits an error and
/// fails when that cannot be done.
LogicalResult applySchedule(ConvOp op, RewriterBase &rewriter);

/// The filter operand of `op` as the contraction wants it: packed by a
/// conv.pack_filter, or as it is. `layout` names its dimensions. `temporary` is
/// the buffer to free afterwards on memrefs, else null.
struct FilterOperand {
  Value value, temporary;
  AffineMap map;
};
FilterOperand prepareFilter(ConvOp op, StringRef layout,
                            RewriterBase &rewriter);

} // namespace mlir::conv

#endif // LIB_CONV_TRANSFORMS_ALGORITHMS_ALGORITHMS_H
