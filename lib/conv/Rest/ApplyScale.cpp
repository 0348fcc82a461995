//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// TOSA's scaling by a multiplier and a shift, as `conv.requantize`, which has
/// a lowering on vectors. Upstream's is arithmetic on i64, lane by lane.
///
//===----------------------------------------------------------------------===//

#include "RestSteps.h"

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::conv;

/// Shifts up to this one are rounded once, whatever the mode.
static constexpr int64_t kLargestSmallShift = 31;

/// The constant that `value`, an element in the body of an operation of linalg,
/// is an element of; null where it is not known.
static Attribute findConstant(Value value) {
  Attribute constant;
  if (matchPattern(value, m_Constant(&constant)))
    return constant;
  auto argument = dyn_cast<BlockArgument>(value);
  auto op = argument
                ? dyn_cast<linalg::LinalgOp>(argument.getOwner()->getParentOp())
                : linalg::LinalgOp();
  if (!op)
    return {};
  matchPattern(op.getMatchingOpOperand(argument)->get(), m_Constant(&constant));
  return constant;
}

/// Whether every element of `value` is known to be above 31.
static bool isLargeShift(Value value) {
  Attribute constant = findConstant(value);
  auto isLarge = [](const APInt &shift) {
    return shift.getZExtValue() > kLargestSmallShift;
  };
  if (auto scalar = dyn_cast_or_null<IntegerAttr>(constant))
    return isLarge(scalar.getValue());
  auto elements = dyn_cast_or_null<DenseIntElementsAttr>(constant);
  return elements && llvm::all_of(elements.getValues<APInt>(), isLarge);
}

void mlir::conv::replaceApplyScale(RewriterBase &rewriter,
                                   tosa::ApplyScaleOp op) {
  if (!op.getValue().getType().isInteger(32) ||
      !op.getMultiplier().getType().isInteger(32) ||
      !op.getShift().getType().isInteger(8) || !op.getType().isInteger(32))
    return;
  RequantizeKind kind;
  if (op.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND)
    kind = RequantizeKind::TosaDouble;
  else if (op.getRoundingMode() == tosa::RoundingMode::SINGLE_ROUND)
    kind = RequantizeKind::TosaSingle;
  else
    return;
  rewriter.setInsertionPoint(op);
  bool large =
      kind == RequantizeKind::TosaDouble && isLargeShift(op.getShift());
  rewriter.replaceOpWithNewOp<RequantizeOp>(
      op, op.getType(), kind, op.getValue(),
      ValueRange{op.getMultiplier(), op.getShift()}, large, /*zero_point=*/0,
      /*lower=*/IntegerAttr(),
      /*upper=*/IntegerAttr());
}
