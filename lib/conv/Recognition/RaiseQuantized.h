//===- RaiseQuantized.h - Real convolutions of integers ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Quantised networks as front ends write them: in f32, between what quantises
/// and what dequantises. Each file of a rewriting says what it does.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISEQUANTIZED_H
#define LIB_CONV_RECOGNITION_RAISEQUANTIZED_H

#include "FoldKnown.h"
#include "QuantizedBodies.h"

#include "mlir/IR/PatternMatch.h"

namespace mlir::conv::raise {

/// Rewrites the convolutions in f32 below `root` whose factors are dequantised
/// integers as ones of these integers, and what is between them.
void rewriteQuantized(RewriterBase &rewriter, Operation *root);

/// Moves dequantisations with one scale and zero point behind what only pads
/// with zeros, reshapes or transposes them.
void sinkDequantizations(RewriterBase &rewriter, Operation *root);

/// Computes maxima over windows of dequantised integers on the integers.
void joinMaxima(RewriterBase &rewriter, Operation *root);

/// Quantises the parts of what is concatenated, and leaves out quantisations of
/// what was dequantised with their scale and zero point.
void joinQuantizations(RewriterBase &rewriter, Operation *root);

/// Writes quantisations below `root` with `conv.requantize`.
void writeQuantizations(RewriterBase &rewriter, Operation *root);

/// Rewrites `op` as a convolution of integers. Nothing is done, and the
/// obstacle told in a warning, where its factors are dequantised integers and
/// it cannot.
void raiseQuantizedConvolution(RewriterBase &rewriter, linalg::LinalgOp op);

/// `(integers - zero) * scale`.
Value createDequantization(OpBuilder &b, Location loc, Value integers,
                           bool isUnsigned, double scale, int64_t zero);

/// The same of one element.
Value createDequantized(OpBuilder &b, Location loc, Value element,
                        bool isUnsigned, double scale, int64_t zero);

/// `scaled`, a number that has been divided by the scale of `quantization`,
/// within `bounds` (which have not), as an integer of type `element`.
Value createQuantized(OpBuilder &b, Location loc, Value scaled, Type element,
                      const Quantization &quantization,
                      const PassingBounds &bounds);

/// The bounds of the integers of `quantization` for `bounds` of what it is of.
std::pair<int64_t, int64_t> getIntegerBounds(const Quantization &quantization,
                                             const PassingBounds &bounds);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISEQUANTIZED_H
