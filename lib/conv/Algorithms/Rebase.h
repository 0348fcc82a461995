//===- Rebase.h - Signed bytes as unsigned ones -----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_ALGORITHMS_REBASE_H
#define LIB_CONV_ALGORITHMS_REBASE_H

#include "conv/IR/Conv.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

/// Where the instruction of the schedule of `op` takes unsigned bytes and its
/// input has signed ones, makes `epilogue`, which follows its sums, take off
/// what they are too large by when 128 is added to the input. Returns whether
/// that is so: the contraction, of tensors or of buffers, then has a
/// `rebased_input`.
bool rebaseInput(ConvOp op, Epilogue &epilogue, bool tensors,
                 RewriterBase &rewriter);

} // namespace mlir::conv

#endif // LIB_CONV_ALGORITHMS_REBASE_H
