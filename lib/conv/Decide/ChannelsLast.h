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
/// that reads its image (a `conv.conv` alone) and writes its result with the
/// channels last, between transpositions. `input` and `output` are the
/// dimensions of the channels, or attributes that say none. Fails with an error
/// where they cannot be.
LogicalResult moveChannelsLast(RewriterBase &rewriter, Operation *op,
                               Attribute input, Attribute output);

} // namespace mlir::conv::layouts

#endif // LIB_CONV_DECIDE_CHANNELSLAST_H
