//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// conv.requantize: verification, and what it computes, in operations that
/// every target has as instructions on vectors.
///
/// f32_even adds 1.5 * 2^23: the sum has no bits behind the point, so that the
/// addition rounds, to even as additions do, and its lowest bits are the
/// integer's. The bounds come before it, where they also keep the number small;
/// they are integers, so that rounding does not cross them.
///
/// The others multiply i32 to i64. Lanes of an even and of an odd number are
/// multiplied apart, each where it is in a vector of i64, and joined again: so
/// no lane moves, and what x86 multiplies (VPMULDQ) are the low halves.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Requantize.h"

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::conv;

/// Of the integers that f32 holds as they are, those that also fit when 1.5 *
/// 2^23 is added are far more than any type of elements has.
static constexpr int64_t kMostBound = int64_t(1) << 20;
static constexpr float kRounder = 12582912.0F; // 1.5 * 2^23
static constexpr int32_t kRounderBits = 0x4B400000;
/// What TOSA's double rounding adds before it shifts by more than 31.
static constexpr int64_t kFirstRounding = int64_t(1) << 30;
/// Vectors of so many i32 are one register of the targets (AArch64) that
/// multiply halves of a register, not every second lane.
static constexpr int64_t kLanesOfHalves = 4;

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult RequantizeOp::verify() {
  bool rounds = getKind() == RequantizeKind::F32Even;
  Type input = getElementTypeOrSelf(getInput().getType());
  if (rounds != input.isF32())
    return emitOpError("of kind ") << stringifyRequantizeKind(getKind())
                                   << " on elements of type " << input;
  bool isScaled = getScale().size() == 2 &&
                  getElementTypeOrSelf(getScale()[0].getType()).isInteger(32) &&
                  getElementTypeOrSelf(getScale()[1].getType()).isInteger(8);
  if (rounds ? !getScale().empty() : !isScaled)
    return emitOpError(rounds ? "of kind f32_even has no multiplier and shift"
                              : "needs a multiplier of i32 and a shift of i8");
  if (getLargeShifts() && getKind() != RequantizeKind::TosaDouble)
    return emitOpError("large_shifts is about tosa_double");
  unsigned width =
      getElementTypeOrSelf(getResult().getType()).getIntOrFloatBitWidth();
  if (getLower().has_value() != getUpper().has_value())
    return emitOpError("has one bound without the other");
  if (!getLower()) {
    if (rounds || width != 32)
      return emitOpError("needs a range to give a result of i") << width;
    return success();
  }
  int64_t lower = static_cast<int32_t>(*getLower()),
          upper = static_cast<int32_t>(*getUpper()),
          zero = static_cast<int32_t>(getZeroPoint());
  bool isSigned = llvm::isIntN(width, lower) && llvm::isIntN(width, upper);
  bool isUnsigned = lower >= 0 && llvm::isUIntN(width, upper);
  if (lower > upper || !(isSigned || isUnsigned))
    return emitOpError("range [")
           << lower << ", " << upper << "] does not fit i" << width;
  auto isLarge = [](int64_t value) {
    return value < -kMostBound || value > kMostBound;
  };
  if (rounds && (isLarge(lower) || isLarge(upper) || isLarge(zero)))
    return emitOpError("rounds only to numbers up to ") << kMostBound;
  return success();
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

namespace {

/// Writes operations on scalars or on vectors of as many lanes as the input
/// has.
class Writer {
public:
  Writer(OpBuilder &b, Location loc, RequantizeOp op, ValueRange operands)
      : b(b), loc(loc), op(op), operands(operands),
        shape(dyn_cast<VectorType>(operands.front().getType())) {}

  Value roundToEven();
  Value rescale();

private:
  /// `element` in as many lanes as `like` has.
  static Type getTypeLike(Type like, Type element) {
    auto vector = dyn_cast<VectorType>(like);
    return vector ? vector.cloneWith(std::nullopt, element) : element;
  }
  Value constant(TypedAttr value, Type like) {
    if (auto vector = dyn_cast<VectorType>(getTypeLike(like, value.getType())))
      value = DenseElementsAttr::get(vector, Attribute(value));
    return arith::ConstantOp::create(b, loc, value);
  }
  Value integer(int64_t value, Type like) {
    return constant(b.getIntegerAttr(getElementTypeOrSelf(like), value), like);
  }
  template <typename Op> Value binary(Value x, Value y) {
    return Op::create(b, loc, x, y);
  }
  /// Within the bounds, and as wide as the result.
  Value finish(Value value, bool isBounded);
  Value multiplyAndShift(Value value, Value multiplier, Value shift);
  Value rescaleHalves();

  OpBuilder &b;
  Location loc;
  RequantizeOp op;
  ValueRange operands;
  VectorType shape; ///< Null for scalars.
};

} // namespace

Value Writer::finish(Value value, bool isBounded) {
  Type type = value.getType();
  if (int64_t zero = static_cast<int32_t>(op.getZeroPoint()); zero != 0)
    value = binary<arith::AddIOp>(value, integer(zero, type));
  if (!isBounded && op.getLower()) {
    value = binary<arith::MaxSIOp>(
        value, integer(static_cast<int32_t>(*op.getLower()), type));
    value = binary<arith::MinSIOp>(
        value, integer(static_cast<int32_t>(*op.getUpper()), type));
  }
  Type result =
      getTypeLike(type, getElementTypeOrSelf(op.getResult().getType()));
  if (result == type)
    return value;
  return arith::TruncIOp::create(b, loc, result, value);
}

Value Writer::roundToEven() {
  Value value = operands.front();
  Type type = value.getType();
  auto bound = [&](int64_t limit, arith::CmpFPredicate predicate) {
    Value constantLimit =
        constant(b.getF32FloatAttr(static_cast<float>(limit)), type);
    Value keep = arith::CmpFOp::create(b, loc, predicate, value, constantLimit);
    value = arith::SelectOp::create(b, loc, keep, value, constantLimit);
  };
  int64_t zero = static_cast<int32_t>(op.getZeroPoint());
  bound(static_cast<int32_t>(*op.getLower()) - zero, arith::CmpFPredicate::OGT);
  bound(static_cast<int32_t>(*op.getUpper()) - zero, arith::CmpFPredicate::OLT);
  value =
      binary<arith::AddFOp>(value, constant(b.getF32FloatAttr(kRounder), type));
  value = arith::BitcastOp::create(b, loc, getTypeLike(type, b.getI32Type()),
                                   value);
  value = binary<arith::SubIOp>(value, integer(kRounderBits, value.getType()));
  return finish(value, /*isBounded=*/true);
}

/// `(value * multiplier + round) >> shift`, all of them i64.
Value Writer::multiplyAndShift(Value value, Value multiplier, Value shift) {
  Type type = value.getType();
  Value one = integer(1, type);
  Value before = binary<arith::SubIOp>(shift, one);
  Value round = binary<arith::ShLIOp>(one, before);
  Value product = binary<arith::MulIOp>(value, multiplier);
  if (op.getKind() == RequantizeKind::TosaSingle)
    return binary<arith::ShRSIOp>(binary<arith::AddIOp>(product, round), shift);
  // For a negative number what is added is 2^31 less.
  Value up = integer(kFirstRounding, type);
  if (!op.getLargeShifts()) {
    Value isLarge = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt,
                                          shift, integer(31, type));
    up = arith::SelectOp::create(b, loc, isLarge, up, integer(0, type));
  }
  Value down = binary<arith::SubIOp>(integer(0, type), up);
  Value isNegative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                           value, integer(0, type));
  Value rounds = arith::SelectOp::create(b, loc, isNegative,
                                         binary<arith::AddIOp>(round, down),
                                         binary<arith::AddIOp>(round, up));
  return binary<arith::ShRSIOp>(binary<arith::AddIOp>(product, rounds), shift);
}

/// Every second lane apart from the others.
Value Writer::rescaleHalves() {
  int64_t lanes = shape.getNumElements();
  auto narrow = VectorType::get({lanes}, b.getI32Type());
  auto wide = VectorType::get({lanes / 2}, b.getI64Type());
  Value half = integer(32, wide);
  auto pairs = [&](Value value) -> Value {
    return vector::BitCastOp::create(b, loc, wide, value);
  };
  auto even = [&](Value value) {
    return binary<arith::ShRSIOp>(binary<arith::ShLIOp>(pairs(value), half),
                                  half);
  };
  auto odd = [&](Value value) {
    return binary<arith::ShRSIOp>(pairs(value), half);
  };
  Value shift = arith::ExtUIOp::create(b, loc, narrow, operands[2]);
  Value results[] = {
      multiplyAndShift(even(operands[0]), even(operands[1]), even(shift)),
      multiplyAndShift(odd(operands[0]), odd(operands[1]), odd(shift))};
  for (Value &result : results)
    result = vector::BitCastOp::create(b, loc, narrow, result);
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; lane += 2)
    mask.append({lane, lanes + lane});
  return vector::ShuffleOp::create(b, loc, results[0], results[1], mask);
}

Value Writer::rescale() {
  bool splits = shape && shape.getRank() == 1 && !shape.isScalable() &&
                shape.getNumElements() > kLanesOfHalves &&
                shape.getNumElements() % 2 == 0;
  if (splits)
    return finish(rescaleHalves(), /*isBounded=*/false);
  Type wide = getTypeLike(operands.front().getType(), b.getI64Type());
  Value value = arith::ExtSIOp::create(b, loc, wide, operands[0]);
  Value multiplier = arith::ExtSIOp::create(b, loc, wide, operands[1]);
  Value shift = arith::ExtUIOp::create(b, loc, wide, operands[2]);
  value = multiplyAndShift(value, multiplier, shift);
  value =
      arith::TruncIOp::create(b, loc, getTypeLike(wide, b.getI32Type()), value);
  return finish(value, /*isBounded=*/false);
}

Value mlir::conv::expandRequantize(OpBuilder &b, Location loc, RequantizeOp op,
                                   ValueRange operands) {
  Writer writer(b, loc, op, operands);
  return op.getKind() == RequantizeKind::F32Even ? writer.roundToEven()
                                                 : writer.rescale();
}

namespace {

struct ExpandRequantize : OpRewritePattern<RequantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RequantizeOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, expandRequantize(rewriter, op.getLoc(), op, op->getOperands()));
    return success();
  }
};

} // namespace

void mlir::conv::populateRequantizePatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandRequantize>(patterns.getContext());
}
