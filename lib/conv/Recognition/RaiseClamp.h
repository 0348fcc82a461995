//===- RaiseClamp.h - Recognition of the bounds of a clamp ------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The bounds in the body of an elementwise operation that follows a
/// convolution.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISECLAMP_H
#define LIB_CONV_RECOGNITION_RAISECLAMP_H

#include "RaiseDetail.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace mlir::conv::raise {

/// One bound of a clamp as written in the source.
struct Bound {
  bool isLower;
  FloatAttr value;
  NaNMode nan;
  /// A strict comparison with a selection, the form `#conv.clamp` is defined
  /// by.
  bool strict;
};

/// The operand a block argument of the body of `op` stands for; null for other
/// values.
OpOperand *operandOf(linalg::LinalgOp op, Value value);

/// The constant `value` always has in the body of `op`: a constant of its own
/// or captured, or an element of a uniform tensor, whatever its map. Of f32.
FloatAttr matchConstant(linalg::LinalgOp op, Value value);

/// `user` as a bound of `current`: `arith.maximumf` and its siblings.
std::optional<Bound> matchExtremum(linalg::LinalgOp op, Operation *user,
                                   Value current);

/// A comparison of the current value and a constant that selects one of the
/// two, brought to the form `select(cmpf p x, b), x, b`.
std::optional<Bound> matchSelect(linalg::LinalgOp op, arith::CmpFOp cmp,
                                 arith::SelectOp select, Value current);

/// Adds a bound to the clamp `x > lower ? x : lower`, then `x < upper ? x :
/// upper`, when the result stays what the source computes:
///
/// - A bound of -0.0 is taken from a strict comparison only: `maximumf` and
///   `x >= -0.0` turn +0.0 into +0.0, `x > -0.0 ? x : -0.0` into -0.0. With
///   a bound of +0.0 the forms differ for x = -0.0 alone, a sign a sum in no
///   particular order does not promise.
/// - Both bounds are applied to one value, lower first. For numbers the order
///   does not matter when lower <= upper; bounds that are zeros of different
///   sign are left alone.
/// - NaN: with `propagate` it passes both bounds in either order. With `bound`
///   the first one applied replaces it, so the order must be the source's.
bool foldBound(Parts &parts, const Bound &bound);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISECLAMP_H
