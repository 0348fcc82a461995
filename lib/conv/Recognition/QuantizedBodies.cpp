//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bodies that quantise and dequantise. Each is read from what it yields back
/// to its input; what does not lead there is constant.
///
//===----------------------------------------------------------------------===//

#include "QuantizedBodies.h"

#include "RaiseBias.h"
#include "RaiseClamp.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

std::optional<double> KnownParameter::getSingle() const {
  double first = numbers.values.front();
  if (llvm::all_of(numbers.values, [&](double x) { return x == first; }))
    return first;
  return std::nullopt;
}

/// What the body of `op` knows of `value`: a constant, or an element of one
/// that `op` reads, converted or not.
static std::optional<KnownParameter> readParameter(linalg::LinalgOp op,
                                                   Value value) {
  MLIRContext *ctx = op.getContext();
  Operation *source = value.getDefiningOp();
  if (isa_and_nonnull<arith::ExtSIOp, arith::ExtFOp, arith::TruncFOp,
                      arith::SIToFPOp>(source)) {
    std::optional<KnownParameter> known =
        readParameter(op, source->getOperand(0));
    if (known && value.getType().isF32())
      for (double &number : known->numbers.values)
        number = static_cast<float>(number);
    return known;
  }
  if (isa_and_nonnull<arith::ExtUIOp, arith::UIToFPOp>(source)) {
    std::optional<KnownParameter> known =
        readParameter(op, source->getOperand(0));
    // Integers are read as signed ones.
    double range = std::ldexp(
        1.0, source->getOperand(0).getType().getIntOrFloatBitWidth());
    if (known)
      for (double &number : known->numbers.values)
        number += number < 0 ? range : 0;
    return known;
  }
  AffineMap map = AffineMap::get(op.getNumLoops(), 0, ctx);
  Value constant = value;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getOwner() != op.getBlock())
      return std::nullopt;
    OpOperand *operand = op.getMatchingOpOperand(argument);
    if (op.isDpsInit(operand))
      return std::nullopt;
    constant = operand->get();
    map = op.getMatchingIndexingMap(operand);
  }
  std::optional<KnownElements<double>> numbers = readNumbers(constant);
  if (!numbers || numbers->values.empty())
    return std::nullopt;
  if (numbers->isSplat)
    map = AffineMap::get(op.getNumLoops(), 0, ctx);
  return KnownParameter{std::move(*numbers), map};
}

/// The tensor of which `value` is the element in the body of `op`, whose result
/// has its shape.
static Value readElement(linalg::LinalgOp op, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != op.getBlock())
    return {};
  OpOperand *operand = op.getMatchingOpOperand(argument);
  if (op.isDpsInit(operand) ||
      !op.getMatchingIndexingMap(operand).isIdentity() ||
      !isa<RankedTensorType>(operand->get().getType()))
    return {};
  return operand->get();
}

/// What an elementwise operation on tensors yields; null for others.
static Value getYielded(linalg::LinalgOp op) {
  if (!op || !hasIdentityParallelLoops(op) || op->getNumResults() != 1 ||
      op.hasIndexSemantics())
    return {};
  return op.getBlock()->getTerminator()->getOperand(0);
}

//===----------------------------------------------------------------------===//
// Dequantisation
//===----------------------------------------------------------------------===//

/// Reads `value`, an integer in f32 or wider, as an element less a zero point.
static bool readDifference(linalg::LinalgOp op, Value value,
                           Dequantization &found) {
  AffineMap scalar = AffineMap::get(op.getNumLoops(), 0, op.getContext());
  found.zero = {{{0.0}, /*isSplat=*/true}, scalar};
  Operation *source = value.getDefiningOp();
  if (auto sub = dyn_cast_or_null<arith::SubFOp>(source)) {
    std::optional<KnownParameter> zero = readParameter(op, sub.getRhs());
    if (!zero || !readDifference(op, sub.getLhs(), found) ||
        found.zero.getSingle() != 0.0)
      return false;
    found.zero = std::move(*zero);
    return true;
  }
  if (!isa_and_nonnull<arith::SIToFPOp, arith::UIToFPOp>(source))
    return false;
  found.isUnsigned = isa<arith::UIToFPOp>(source);
  value = source->getOperand(0);
  if (auto sub = value.getDefiningOp<arith::SubIOp>()) {
    // In more bits than the element has, nothing wraps.
    std::optional<KnownParameter> zero = readParameter(op, sub.getRhs());
    if (!zero || found.isUnsigned || sub.getLhs().getDefiningOp() == nullptr)
      return false;
    found.zero = std::move(*zero);
    value = sub.getLhs();
  }
  source = value.getDefiningOp();
  if (isa_and_nonnull<arith::ExtSIOp, arith::ExtUIOp>(source)) {
    found.isUnsigned = isa<arith::ExtUIOp>(source);
    value = source->getOperand(0);
  }
  found.integers = readElement(op, value);
  return found.integers &&
         getElementTypeOrSelf(found.integers.getType()).isSignlessInteger();
}

std::optional<Dequantization>
mlir::conv::raise::readDequantization(Value value) {
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  Value yielded = getYielded(op);
  if (!yielded || !yielded.getType().isF32())
    return std::nullopt;
  auto mul = yielded.getDefiningOp<arith::MulFOp>();
  if (!mul)
    return std::nullopt;
  for (unsigned i : {0, 1}) {
    std::optional<KnownParameter> scale =
        readParameter(op, mul->getOperand(1 - i));
    Dequantization found;
    found.op = op;
    if (!scale || !readDifference(op, mul->getOperand(i), found))
      continue;
    found.scale = std::move(*scale);
    return found;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Quantisation
//===----------------------------------------------------------------------===//

/// Takes a bound off `value`; nothing where it is none.
static std::optional<Bound> takeBound(linalg::LinalgOp op, Value &value) {
  Operation *source = value.getDefiningOp();
  if (auto select = dyn_cast_or_null<arith::SelectOp>(source)) {
    auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
    if (!compare)
      return std::nullopt;
    for (Value inner : {select.getTrueValue(), select.getFalseValue()})
      if (std::optional<Bound> bound =
              matchSelect(op, compare, select, inner)) {
        value = inner;
        return bound;
      }
    return std::nullopt;
  }
  if (!isa_and_nonnull<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
                       arith::MinNumFOp>(source))
    return std::nullopt;
  for (Value inner : source->getOperands())
    if (std::optional<Bound> bound = matchExtremum(op, source, inner)) {
      value = inner;
      return bound;
    }
  return std::nullopt;
}

/// Takes all bounds off `value`.
static PassingBounds takeBounds(linalg::LinalgOp op, Value &value) {
  PassingBounds bounds;
  while (std::optional<Bound> bound = takeBound(op, value)) {
    double limit = bound->value.getValueAsDouble();
    // Those further inside apply first and are cut by these.
    if (bound->isLower)
      bounds.lower = std::min(std::max(bounds.lower, limit), bounds.upper);
    else
      bounds.upper = std::max(std::min(bounds.upper, limit), bounds.lower);
  }
  return bounds;
}

std::optional<Quantization>
mlir::conv::raise::readQuantization(linalg::LinalgOp op) {
  Value value = getYielded(op);
  Operation *convert = value ? value.getDefiningOp() : nullptr;
  if (!isa_and_nonnull<arith::FPToSIOp, arith::FPToUIOp>(convert))
    return std::nullopt;
  bool isUnsigned = isa<arith::FPToUIOp>(convert);
  unsigned width = value.getType().getIntOrFloatBitWidth();
  if (width != 8 && width != 16)
    return std::nullopt;
  double least = isUnsigned ? 0 : -std::ldexp(1.0, width - 1);
  double most = isUnsigned ? std::ldexp(1.0, width) - 1 : -least - 1;
  value = convert->getOperand(0);
  if (!value.getType().isF32())
    return std::nullopt;
  PassingBounds bounds = takeBounds(op, value);
  auto isWhole = [&](double x) {
    return x >= least && x <= most && x == std::floor(x);
  };
  // Beyond the type's range the conversion is not defined.
  if (!isWhole(bounds.lower) || !isWhole(bounds.upper))
    return std::nullopt;
  Quantization found;
  found.op = op;
  found.lower = static_cast<int64_t>(bounds.lower);
  found.upper = static_cast<int64_t>(bounds.upper);
  if (auto add = value.getDefiningOp<arith::AddFOp>()) {
    std::optional<KnownParameter> zero;
    for (unsigned i : {0, 1}) {
      zero = readParameter(op, add->getOperand(1 - i));
      value = add->getOperand(i);
      if (zero)
        break;
    }
    std::optional<double> single = zero ? zero->getSingle() : std::nullopt;
    if (!single || *single != std::floor(*single) ||
        std::abs(*single) > std::ldexp(1.0, width))
      return std::nullopt;
    found.zero = static_cast<int64_t>(*single);
  }
  auto round = value.getDefiningOp<math::RoundEvenOp>();
  auto divide = round ? round.getOperand().getDefiningOp<arith::DivFOp>()
                      : arith::DivFOp();
  if (!divide)
    return std::nullopt;
  std::optional<KnownParameter> scale = readParameter(op, divide.getRhs());
  std::optional<double> single = scale ? scale->getSingle() : std::nullopt;
  if (!single || !(*single > 0) || std::isinf(*single))
    return std::nullopt;
  found.scale = static_cast<float>(*single);
  found.source = readElement(op, divide.getLhs());
  return found.source ? std::optional(found) : std::nullopt;
}

std::optional<PassingBounds> mlir::conv::raise::readBounds(linalg::LinalgOp op,
                                                           Value *source) {
  Value value = getYielded(op);
  if (!value || !value.getType().isF32())
    return std::nullopt;
  PassingBounds bounds = takeBounds(op, value);
  Value bounded = readElement(op, value);
  if (!bounded || value == getYielded(op))
    return std::nullopt;
  if (source)
    *source = bounded;
  return bounds;
}

Value mlir::conv::raise::readAddition(linalg::LinalgOp op, Value value) {
  Value yielded = getYielded(op);
  auto add = yielded ? yielded.getDefiningOp<arith::AddFOp>() : arith::AddFOp();
  if (!add || !add.getType().isF32())
    return {};
  Value lhs = readElement(op, add.getLhs()),
        rhs = readElement(op, add.getRhs());
  if (!lhs || !rhs || lhs == rhs)
    return {};
  return lhs == value ? rhs : rhs == value ? lhs : Value();
}
