//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Maxima and concatenations between what dequantises and what quantises, and
/// quantisations of what was dequantised, on the integers:
///
///   max(dequantise(q))              = dequantise(max(q))
///   quantise(concat(a, b))          = concat(quantise(a), quantise(b))
///   quantise(relu(dequantise(q)))   = max(q, zero)       of one scale and zero
///
/// All of these are exact: quantisation and dequantisation are monotonic, and
/// with one scale they undo each other.
///
//===----------------------------------------------------------------------===//

#include "RaiseQuantized.h"

#include "RaiseDetail.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

namespace {

/// A dequantisation with one scale and zero point.
struct PlainDequantization {
  Value integers;
  bool isUnsigned;
  double scale;
  int64_t zero;

  Type getElement() const { return getElementTypeOrSelf(integers.getType()); }
  /// The least integer.
  int64_t getLowest() const {
    return isUnsigned ? 0 : llvm::minIntN(getElement().getIntOrFloatBitWidth());
  }
  int64_t getHighest() const {
    unsigned width = getElement().getIntOrFloatBitWidth();
    return isUnsigned ? int64_t(llvm::maxUIntN(width)) : llvm::maxIntN(width);
  }
};

} // namespace

static std::optional<PlainDequantization> readPlain(Value value) {
  std::optional<Dequantization> found = readDequantization(value);
  if (!found)
    return std::nullopt;
  std::optional<double> scale = found->scale.getSingle(),
                        zero = found->zero.getSingle();
  unsigned width =
      getElementTypeOrSelf(found->integers.getType()).getIntOrFloatBitWidth();
  if (!scale || !zero || !(*scale > 0) || width > 16)
    return std::nullopt;
  return PlainDequantization{found->integers, found->isUnsigned, *scale,
                             static_cast<int64_t>(*zero)};
}

/// An elementwise operation on one tensor.
static Value createElementwise(OpBuilder &b, Location loc, Value input,
                               function_ref<Value(OpBuilder &, Value)> body) {
  auto type = cast<RankedTensorType>(input.getType());
  Value out = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, input), type.getElementType());
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> parallel(type.getRank(),
                                            utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, out.getType(), input, out, maps, parallel,
             [&](OpBuilder &inside, Location l, ValueRange args) {
               linalg::YieldOp::create(inside, l, body(inside, args.front()));
             })
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Maxima
//===----------------------------------------------------------------------===//

/// Whether no finite number is below `value`, an f32.
static bool isBelowAll(Value value) {
  FloatAttr constant;
  return matchPattern(value, m_Constant(&constant)) &&
         constant.getValue().isNegative() &&
         (constant.getValue().isInfinity() || constant.getValue().isLargest());
}

/// A maximum over windows of dequantised integers.
static bool joinMaximum(RewriterBase &b, linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op->getNumResults() != 1 ||
      !llvm::hasNItems(*op.getBlock(), 2) ||
      !isa<arith::MaximumFOp, arith::MaxNumFOp>(op.getBlock()->front()) ||
      op.payloadUsesValueFromOperand(op.getDpsInputOperand(1)))
    return false;
  Value image = op->getOperand(0);
  auto pad = image.getDefiningOp<tensor::PadOp>();
  std::optional<PlainDequantization> found =
      readPlain(pad ? pad.getSource() : image);
  auto fill = op->getOperand(2).getDefiningOp<linalg::FillOp>();
  if (!found || !fill || !isBelowAll(fill.value()))
    return false;
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  Type element = found->getElement();
  auto lowest = [&]() -> Value {
    return arith::ConstantOp::create(
        b, loc, b.getIntegerAttr(element, found->getLowest()));
  };
  Value integers = found->integers;
  if (pad) {
    // Every window reaches into the image: what is below all never comes out.
    auto window = cast<RankedTensorType>(op->getOperand(1).getType());
    Value padding = pad.getConstantPaddingValue();
    if (!padding || !isBelowAll(padding) || !window.hasStaticShape())
      return false;
    for (auto [low, high] :
         llvm::zip_equal(pad.getStaticLow(), pad.getStaticHigh()))
      if (low < 0 || high < 0 ||
          llvm::any_of(
              window.getShape(),
              [&, l = low, h = high](int64_t taps) {
                return l >= taps || h >= taps;
              }))
        if (low != 0 || high != 0)
          return false;
    integers = tensor::PadOp::create(
        b, loc, cast<RankedTensorType>(image.getType()).clone(element),
        integers, pad.getMixedLowPad(), pad.getMixedHighPad(), lowest());
  }
  Value window = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, op->getOperand(1)), element);
  Value out = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, fill.output()), element);
  out = linalg::FillOp::create(b, loc, lowest(), out).getResult(0);
  auto generic = linalg::GenericOp::create(
      b, loc, out.getType(), ValueRange{integers, window}, out,
      op.getIndexingMapsArray(), op.getIteratorTypesArray(),
      [&](OpBuilder &inside, Location l, ValueRange args) {
        Value most;
        if (found->isUnsigned)
          most = arith::MaxUIOp::create(inside, l, args[0], args[2]);
        else
          most = arith::MaxSIOp::create(inside, l, args[0], args[2]);
        linalg::YieldOp::create(inside, l, most);
      });
  SmallVector<Value> operands(op->getOperands());
  b.replaceOp(op, createDequantization(b, loc, generic.getResult(0),
                                       found->isUnsigned, found->scale,
                                       found->zero));
  eraseIfDead(b, operands);
  return true;
}

//===----------------------------------------------------------------------===//
// Quantisations
//===----------------------------------------------------------------------===//

/// A quantisation of a concatenation that nothing else reads, as one of each
/// part. Returns those.
static SmallVector<linalg::LinalgOp> splitConcat(RewriterBase &b,
                                                 Quantization found) {
  auto concat = found.source.getDefiningOp<tensor::ConcatOp>();
  if (!concat || !concat->hasOneUse())
    return {};
  Location loc = found.op.getLoc();
  Type element = getElementTypeOrSelf(found.op->getResult(0).getType());
  b.setInsertionPoint(found.op);
  SmallVector<linalg::LinalgOp> parts;
  SmallVector<Value> values;
  for (Value input : concat.getInputs()) {
    Value out = tensor::EmptyOp::create(
        b, loc, tensor::getMixedSizes(b, loc, input), element);
    IRMapping mapping;
    mapping.map(found.source, input);
    mapping.map(found.op.getDpsInits().front(), out);
    auto part = cast<linalg::LinalgOp>(b.clone(*found.op, mapping));
    part->getResult(0).setType(cast<RankedTensorType>(out.getType()));
    parts.push_back(part);
    values.push_back(part->getResult(0));
  }
  Value joined = tensor::ConcatOp::create(
      b, loc, cast<RankedTensorType>(found.op->getResult(0).getType()),
      concat.getDim(), values);
  b.replaceOp(found.op, joined);
  b.eraseOp(concat);
  return parts;
}

/// A quantisation of what was dequantised with its scale and zero point,
/// bounded in between or not.
static void joinWithDequantization(RewriterBase &b, Quantization found) {
  Value source = found.source;
  PassingBounds bounds;
  if (auto between = source.getDefiningOp<linalg::LinalgOp>())
    bounds = readBounds(between, &source).value_or(bounds);
  std::optional<PlainDequantization> before = readPlain(source);
  Type element = getElementTypeOrSelf(found.op->getResult(0).getType());
  if (!before || static_cast<float>(before->scale) != found.scale ||
      before->zero != found.zero || before->getElement() != element)
    return;
  // Of the same signedness: the range says so.
  if (found.lower < before->getLowest() || found.upper > before->getHighest())
    return;
  auto [lower, upper] = getIntegerBounds(found, bounds);
  Location loc = found.op.getLoc();
  b.setInsertionPoint(found.op);
  Value result = before->integers;
  auto bound = [&](int64_t limit, auto create) {
    result = createElementwise(b, loc, result, [&](OpBuilder &inside, Value x) {
      Value constant = arith::ConstantOp::create(
          inside, loc, inside.getIntegerAttr(element, limit));
      return create(inside, x, constant);
    });
  };
  if (lower > before->getLowest())
    bound(lower, [&](OpBuilder &inside, Value x, Value limit) -> Value {
      if (before->isUnsigned)
        return arith::MaxUIOp::create(inside, loc, x, limit);
      return arith::MaxSIOp::create(inside, loc, x, limit);
    });
  if (upper < before->getHighest())
    bound(upper, [&](OpBuilder &inside, Value x, Value limit) -> Value {
      if (before->isUnsigned)
        return arith::MinUIOp::create(inside, loc, x, limit);
      return arith::MinSIOp::create(inside, loc, x, limit);
    });
  Value operand = found.source;
  b.replaceOp(found.op, result);
  eraseIfDead(b, operand);
}

/// The quantisation itself as one operation.
static void writeQuantization(RewriterBase &b, Quantization found) {
  Location loc = found.op.getLoc();
  b.setInsertionPoint(found.op);
  Value out = found.op.getDpsInits().front();
  auto type = cast<RankedTensorType>(out.getType());
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> parallel(type.getRank(),
                                            utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, type, found.source, out, maps, parallel,
      [&](OpBuilder &inside, Location l, ValueRange args) {
        Value scale = arith::ConstantOp::create(
            inside, l, inside.getF32FloatAttr(found.scale));
        Value scaled = arith::DivFOp::create(inside, l, args.front(), scale);
        linalg::YieldOp::create(inside, l,
                                createQuantized(inside, l, scaled,
                                                type.getElementType(), found,
                                                PassingBounds()));
      });
  b.replaceOp(found.op, generic.getResult(0));
}

void mlir::conv::raise::joinMaxima(RewriterBase &rewriter, Operation *root) {
  SmallVector<linalg::LinalgOp> ops;
  root->walk([&](linalg::LinalgOp op) {
    if (op.getNumReductionLoops() != 0)
      ops.push_back(op);
  });
  for (linalg::LinalgOp op : ops)
    joinMaximum(rewriter, op);
}

void mlir::conv::raise::joinQuantizations(RewriterBase &rewriter,
                                          Operation *root) {
  SmallVector<linalg::LinalgOp> ops;
  root->walk([&](linalg::LinalgOp op) { ops.push_back(op); });
  std::reverse(ops.begin(), ops.end());
  while (!ops.empty()) {
    linalg::LinalgOp op = ops.pop_back_val();
    std::optional<Quantization> found = readQuantization(op);
    if (!found)
      continue;
    SmallVector<linalg::LinalgOp> parts = splitConcat(rewriter, *found);
    if (!parts.empty()) {
      llvm::append_range(ops, llvm::reverse(parts));
      continue;
    }
    joinWithDequantization(rewriter, *found);
  }
}

void mlir::conv::raise::writeQuantizations(RewriterBase &rewriter,
                                           Operation *root) {
  SmallVector<linalg::LinalgOp> ops;
  root->walk([&](linalg::LinalgOp op) { ops.push_back(op); });
  for (linalg::LinalgOp op : ops)
    if (std::optional<Quantization> found = readQuantization(op))
      writeQuantization(rewriter, *found);
}
