//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/IR/Functions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

bool mlir::conv::hasPolynomial(StringRef name) {
  constexpr StringRef names[] = {
      math::ExpOp::getOperationName(), math::ErfOp::getOperationName(),
      math::TanhOp::getOperationName(), math::ExpM1Op::getOperationName(),
      math::Log1pOp::getOperationName()};
  return llvm::is_contained(names, name);
}

namespace {
/// exp of f32 in 13 operations, at most 2 units in the last place from the
/// exact value; upstream's takes 20.
///
/// exp(x) = 2^n exp(r), n the integer next to x / ln 2. Adding a large number
/// to x / ln 2 rounds it and leaves n in the lower bits, to which that number
/// adds 126 so that they are the exponent of 2^(n-1) once they are shifted. The
/// other half of 2^n is in the polynomial: so the largest finite results have
/// an exponent, larger ones become infinite and smaller ones 0 by that product.
class ExpandExp : public OpRewritePattern<math::ExpOp> {
public:
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32() || isa<TensorType>(type))
      return failure();
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto constant = [&](TypedAttr value) -> Value {
      if (auto vector = dyn_cast<VectorType>(type))
        value = DenseElementsAttr::get(
            vector.cloneWith(std::nullopt, value.getType()), Attribute(value));
      return arith::ConstantOp::create(b, value);
    };
    auto number = [&](float value) {
      return constant(b.getF32FloatAttr(value));
    };
    auto fma = [&](Value x, Value y, Value z) -> Value {
      return math::FmaOp::create(b, x, y, z);
    };
    // Comparisons are false for NaN, which stays.
    auto replace = [&](arith::CmpFPredicate when, Value limit, Value x) {
      Value isBeyond = arith::CmpFOp::create(b, when, limit, x);
      return arith::SelectOp::create(b, isBeyond, limit, x).getResult();
    };
    Value x = op.getOperand();
    x = replace(arith::CmpFPredicate::OGT, number(-87.3f), x);
    x = replace(arith::CmpFPredicate::OLT, number(89.0f), x);
    Value shift = number(0x1.8p23f + 126);
    Value shifted = fma(x, number(0x1.715476p0f), shift);
    Value n = arith::SubFOp::create(b, shifted, shift);
    // ln 2 in two parts, of which the first one's products are exact.
    Value r = fma(n, number(-0x1.62e4p-1f), x);
    r = fma(n, number(-0x1.7f7d1cp-20f), r);
    // Twice the polynomial of the least relative error that is 1 at 0.
    Value p = number(2 * 0.00829026407f);
    for (float coefficient : {2 * 0.0418981596f, 2 * 0.166676382f,
                              2 * 0.499991478f, 2 * 0.999999706f, 2.0f})
      p = fma(p, r, number(coefficient));
    Type bits = b.getI32Type();
    if (auto vector = dyn_cast<VectorType>(type))
      bits = vector.cloneWith(std::nullopt, bits);
    Value exponent = arith::BitcastOp::create(b, bits, shifted);
    exponent =
        arith::ShLIOp::create(b, exponent, constant(b.getI32IntegerAttr(23)));
    Value scale = arith::BitcastOp::create(b, type, exponent);
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, p, scale);
    return success();
  }
};
} // namespace

void mlir::conv::populateFunctionPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandExp>(patterns.getContext());
  populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
    return hasPolynomial(name) && name != math::ExpOp::getOperationName();
  });
}
