//===- RestSteps.h - The steps of --conv-vectorize-rest ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_REST_RESTSTEPS_H
#define CONV_REST_RESTSTEPS_H

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

/// Joins elementwise operations that follow each other, so that what passes
/// between them stays in registers.
LogicalResult fuseElementwise(func::FuncOp func);

/// Writes a pooling whose one window is the image, and other sums (or maxima)
/// over all elements of the last dimensions, as one along rows: neighbouring
/// loops become one.
void simplifyGlobalPooling(func::FuncOp func);

/// Writes a maximum or minimum over a large window as one over its columns of
/// one over its rows, where that is half the work at most.
void separateWindows(func::FuncOp func);

/// Replaces `op` by loops over squares of vectors, unless its rows stay rows.
void vectorizeTranspose(RewriterBase &rewriter, linalg::TransposeOp op,
                        MachineAttr machine);

/// Replaces `op` by linalg, where its elements are f32 and its shapes known.
void lowerTransposedConv(RewriterBase &rewriter, tosa::TransposeConv2DOp op);

/// Replaces `op` by `conv.requantize`, where it is of i32.
void replaceApplyScale(RewriterBase &rewriter, tosa::ApplyScaleOp op);

} // namespace mlir::conv

#endif // CONV_REST_RESTSTEPS_H
