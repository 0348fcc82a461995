//===- FoldKnown.h - What is computed of constants --------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a model computes of its weights alone is computed at compile time.
/// Constants that nothing uses any more are erased.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_FOLDKNOWN_H
#define LIB_CONV_RECOGNITION_FOLDKNOWN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv::raise {

/// Alignment of constants in the object: a line of the caches.
inline constexpr size_t kConstantAlignment = 64;

/// A constant of the elements `blob`: a resource, or text where that is short.
TypedAttr makeConstant(RankedTensorType type, AsmResourceBlob blob);

/// A constant of `numbers`, of f16, bf16, f32 or f64, in row-major order.
TypedAttr makeNumbers(RankedTensorType type, llvm::ArrayRef<double> numbers);

/// The result of `op`, which computes each element of known ones; null where it
/// does something else, or these are not known.
TypedAttr computeKnown(linalg::LinalgOp op);

/// The result of `op`, which splits or joins dimensions of a constant: the same
/// bytes in another shape; null where it does something else.
TypedAttr reshapeKnown(Operation *op);

/// The result of `op`, which permutes the elements of a constant; null where it
/// does something else.
TypedAttr permuteKnown(linalg::LinalgOp op);

/// Replaces what is computed of constants alone below `root` by constants; with
/// `permutations` such as only permute one, too. A convolution takes a
/// permutation of its filter without a copy: they are for behind that.
void foldKnown(RewriterBase &rewriter, Operation *root, bool permutations);

/// Makes known scales and shifts of a convolution's channels, behind it, part
/// of its weights and one bias, where these are known and of the sums' type,
/// f32 or f64. They are computed in f64 and rounded once.
void foldScales(RewriterBase &rewriter, Operation *root);

/// Erases the producers of `values`, and what they were made of, while nothing
/// uses them.
void eraseIfDead(RewriterBase &rewriter, ValueRange values);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_FOLDKNOWN_H
