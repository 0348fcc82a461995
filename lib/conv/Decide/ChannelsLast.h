//===- ChannelsLast.h - Operations on channels that are last ----*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One operation, on values whose channels are the last dimension.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_DECIDE_CHANNELSLAST_H
#define LIB_CONV_DECIDE_CHANNELSLAST_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::conv::layouts {

/// Replaces `op`, a `conv.conv`, a linalg operation or a `tensor.pad`, by one
/// that reads its image (`input`, for `conv.conv` alone) and writes its result
/// (`output`) with the channels last, between transpositions. The dimension of
/// the channels of a `conv.conv` is the one it names; of other operations that
/// of an operand that is transposed back. Fails with an error where there are
/// none.
LogicalResult moveChannelsLast(RewriterBase &rewriter, Operation *op,
                               bool input, bool output);

} // namespace mlir::conv::layouts

#endif // LIB_CONV_DECIDE_CHANNELSLAST_H
