//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Recognition of the bounds of a clamp: minima, maxima, and comparisons that
/// select, with a constant.
///
//===----------------------------------------------------------------------===//

#include "RaiseClamp.h"

#include "RaiseBias.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

OpOperand *mlir::conv::raise::operandOf(linalg::LinalgOp op, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != op.getBlock())
    return nullptr;
  return &op->getOpOperand(argument.getArgNumber());
}

FloatAttr mlir::conv::raise::matchConstant(linalg::LinalgOp op, Value value) {
  if (OpOperand *operand = operandOf(op, value)) {
    if (op.isDpsInit(operand))
      return {};
    value = skipReshapes(operand->get());
    if (auto fill = value.getDefiningOp<linalg::FillOp>())
      value = fill.value();
  }
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return {};
  if (auto dense = dyn_cast<DenseElementsAttr>(attr))
    attr = dense.isSplat() ? dense.getSplatValue<Attribute>() : Attribute();
  auto constant = dyn_cast_if_present<FloatAttr>(attr);
  if (!constant || !isa<Float32Type, Float64Type>(constant.getType()))
    return {};
  return constant;
}

std::optional<Bound> mlir::conv::raise::matchExtremum(linalg::LinalgOp op,
                                                      Operation *user,
                                                      Value current) {
  if (!isa<arith::MaximumFOp, arith::MaxNumFOp, arith::MinimumFOp,
           arith::MinNumFOp>(user))
    return std::nullopt;
  Value other = user->getOperand(user->getOperand(0) == current ? 1 : 0);
  FloatAttr value = matchConstant(op, other);
  if (!value)
    return std::nullopt;
  return Bound{isa<arith::MaximumFOp, arith::MaxNumFOp>(user), value,
               isa<arith::MaximumFOp, arith::MinimumFOp>(user)
                   ? NaNMode::Propagate
                   : NaNMode::Bound,
               /*strict=*/false};
}

/// `x > b`, seen from the other side: `b < x`.
static arith::CmpFPredicate exchange(arith::CmpFPredicate predicate) {
  using P = arith::CmpFPredicate;
  switch (predicate) {
  case P::OGT:
    return P::OLT;
  case P::OGE:
    return P::OLE;
  case P::OLT:
    return P::OGT;
  case P::OLE:
    return P::OGE;
  case P::UGT:
    return P::ULT;
  case P::UGE:
    return P::ULE;
  case P::ULT:
    return P::UGT;
  case P::ULE:
    return P::UGE;
  default:
    return P::AlwaysFalse;
  }
}

/// The predicate that is true exactly when `predicate` is false, NaN included:
/// the opposite of an ordered comparison is unordered.
static arith::CmpFPredicate negate(arith::CmpFPredicate predicate) {
  using P = arith::CmpFPredicate;
  switch (predicate) {
  case P::OGT:
    return P::ULE;
  case P::OGE:
    return P::ULT;
  case P::OLT:
    return P::UGE;
  case P::OLE:
    return P::UGT;
  case P::UGT:
    return P::OLE;
  case P::UGE:
    return P::OLT;
  case P::ULT:
    return P::OGE;
  case P::ULE:
    return P::OGT;
  default:
    return P::AlwaysFalse;
  }
}

std::optional<Bound> mlir::conv::raise::matchSelect(linalg::LinalgOp op,
                                                    arith::CmpFOp cmp,
                                                    arith::SelectOp select,
                                                    Value current) {
  if (select.getCondition() != cmp.getResult() || !cmp->hasOneUse())
    return std::nullopt;
  arith::CmpFPredicate predicate = cmp.getPredicate();
  Value compared = cmp.getRhs(), selected = select.getFalseValue();
  if (compared == current) {
    compared = cmp.getLhs();
    predicate = exchange(predicate);
  }
  if (selected == current) {
    selected = select.getTrueValue();
    predicate = negate(predicate);
  }
  FloatAttr value = matchConstant(op, compared),
            result = matchConstant(op, selected);
  // Comparing with +0.0 and selecting -0.0 is something else.
  if (!value || value != result)
    return std::nullopt;
  using P = arith::CmpFPredicate;
  // NaN makes an unordered comparison true and so selects itself.
  switch (predicate) {
  case P::UGT:
  case P::UGE:
    return Bound{true, value, NaNMode::Propagate, predicate == P::UGT};
  case P::OGT:
  case P::OGE:
    return Bound{true, value, NaNMode::Bound, predicate == P::OGT};
  case P::ULT:
  case P::ULE:
    return Bound{false, value, NaNMode::Propagate, predicate == P::ULT};
  case P::OLT:
  case P::OLE:
    return Bound{false, value, NaNMode::Bound, predicate == P::OLT};
  default:
    return std::nullopt;
  }
}

bool mlir::conv::raise::foldBound(Parts &parts, const Bound &bound) {
  const APFloat &value = bound.value.getValue();
  if (value.isNaN() || (value.isNegZero() && !bound.strict))
    return false;
  FloatAttr &same = bound.isLower ? parts.lower : parts.upper;
  FloatAttr other = bound.isLower ? parts.upper : parts.lower;
  if (same)
    return false;
  if (other) {
    const APFloat &low = bound.isLower ? value : other.getValue();
    const APFloat &high = bound.isLower ? other.getValue() : value;
    bool exchanged = bound.isLower;
    if (bound.nan != parts.nan || (exchanged && bound.nan == NaNMode::Bound) ||
        !(low < high || low.bitwiseIsEqual(high)))
      return false;
  }
  same = bound.value;
  parts.nan = bound.nan;
  return true;
}
