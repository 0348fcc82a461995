//===- QuantizedBodies.h - What quantises and dequantises -------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Elementwise operations told by their bodies: those that make real numbers of
/// integers with a scale and a zero point, and those that round back. Front
/// ends write each in several ways.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_QUANTIZEDBODIES_H
#define LIB_CONV_RECOGNITION_QUANTIZEDBODIES_H

#include "RaiseConstants.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <limits>

namespace mlir::conv::raise {

/// Numbers that are known, one for all elements of a tensor or one for each
/// index of the dimensions `map` gives.
struct KnownParameter {
  KnownElements<double> numbers;
  AffineMap map;

  /// The number of all elements, if it is the same.
  std::optional<double> getSingle() const;
};

/// `(integers - zero) * scale`, in f32.
struct Dequantization {
  linalg::LinalgOp op;
  Value integers;
  bool isUnsigned = false;
  KnownParameter scale, zero;
};

/// `clamp(round(x / scale) + zero, lower, upper)`, ties to even.
struct Quantization {
  linalg::LinalgOp op;
  Value source;
  float scale = 1;
  int64_t zero = 0, lower = 0, upper = 0;
};

/// What `value`, a tensor of f32, was dequantised from.
std::optional<Dequantization> readDequantization(Value value);

/// `op` as a quantisation of a tensor of f32.
std::optional<Quantization> readQuantization(linalg::LinalgOp op);

/// A bound on what passes an elementwise operation that does nothing else.
struct PassingBounds {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
};

/// The bounds of `op`, which keeps `source`, its only input that is not known,
/// within them (ReLU, ReLU6, Clip). What becomes of NaN does not matter: none
/// comes of integers.
std::optional<PassingBounds> readBounds(linalg::LinalgOp op,
                                        Value *source = nullptr);

/// The other operand of `op` when it adds two tensors of f32, one of them
/// `value`, element by element.
Value readAddition(linalg::LinalgOp op, Value value);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_QUANTIZEDBODIES_H
