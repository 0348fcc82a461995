//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Products of matrices of bytes as ONNX's MatMulInteger becomes: bytes are
/// extended to 32 bits and lose their zero points in operations of their own,
/// weights included, are multiplied and summed in 64 bits, and the sums are cut
/// to 32 bits again. Those bits are what sums of 32 bits, which wrap, hold:
///
///   trunc(sum sext(x - zx) sext(w - zw))  =  sum (x - zx) (w - zw)
///
//===----------------------------------------------------------------------===//

#include "FoldKnown.h"
#include "RaiseFormSteps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

namespace {
/// `ext(bytes) - ext(zero)`, in 32 bits; without a zero point it is null.
struct ByteFactor {
  Value bytes, zero; ///< Tensors; that of the zero point has one element.
  bool isUnsigned = false, hasUnsignedZero = false;
};
} // namespace

/// What an elementwise operation on tensors computes last; null for others.
static Operation *getLastStep(linalg::GenericOp op) {
  if (!op || !op.hasPureTensorSemantics() || op->getNumResults() != 1 ||
      op.getNumLoops() != op.getNumParallelLoops() || op.hasIndexSemantics() ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
    return nullptr;
  return op.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
}

/// The operand `op` reads `value` of its body from, element by element or, with
/// `isNumber`, as one number; null for others.
static Value getSource(linalg::GenericOp op, Value value, bool isNumber) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != op.getBlock())
    return {};
  OpOperand *operand = op.getMatchingOpOperand(argument);
  AffineMap map = op.getMatchingIndexingMap(operand);
  if (op.isDpsInit(operand) || !isa<RankedTensorType>(operand->get().getType()))
    return {};
  return (isNumber ? map.getNumResults() == 0 : map.isIdentity())
             ? operand->get()
             : Value();
}

static bool isExtension(Operation *op) {
  return isa_and_nonnull<arith::ExtSIOp, arith::ExtUIOp>(op) &&
         op->getOperand(0).getType().isInteger(8);
}

static std::optional<ByteFactor> readFactor(Value value) {
  ByteFactor factor;
  auto op = value.getDefiningOp<linalg::GenericOp>();
  Operation *last = getLastStep(op);
  if (auto sub = dyn_cast_or_null<arith::SubIOp>(last)) {
    Operation *zero = sub.getRhs().getDefiningOp();
    value = getSource(op, sub.getLhs(), /*isNumber=*/false);
    if (!isExtension(zero) || !value)
      return std::nullopt;
    factor.zero = getSource(op, zero->getOperand(0), /*isNumber=*/true);
    factor.hasUnsignedZero = isa<arith::ExtUIOp>(zero);
    if (!factor.zero)
      return std::nullopt;
    op = value.getDefiningOp<linalg::GenericOp>();
    last = getLastStep(op);
  }
  if (!isExtension(last) || !last->getResult(0).getType().isInteger(32))
    return std::nullopt;
  factor.bytes = getSource(op, last->getOperand(0), /*isNumber=*/false);
  factor.isUnsigned = isa<arith::ExtUIOp>(last);
  return factor.bytes ? std::optional(factor) : std::nullopt;
}

/// Whether the body adds a product of 32 by 32 bits to sums of 64 bits.
static bool hasWideBody(linalg::LinalgOp op) {
  Block &body = *op.getBlock();
  if (body.getNumArguments() != 3 ||
      !body.getArgument(2).getType().isInteger(64))
    return false;
  auto add = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddIOp>();
  if (!add)
    return false;
  Value acc = body.getArgument(2);
  Value other = add.getLhs() == acc ? add.getRhs() : add.getLhs();
  auto mul = other.getDefiningOp<arith::MulIOp>();
  if (!mul || !llvm::is_contained(add->getOperands(), acc))
    return false;
  auto isFactor = [&](Value value, unsigned i) {
    auto extension = value.getDefiningOp<arith::ExtSIOp>();
    return extension && extension.getIn() == body.getArgument(i) &&
           extension.getIn().getType().isInteger(32);
  };
  return (isFactor(mul.getLhs(), 0) && isFactor(mul.getRhs(), 1)) ||
         (isFactor(mul.getLhs(), 1) && isFactor(mul.getRhs(), 0));
}

/// The only user of `value`, where that cuts it to 32 bits.
static linalg::GenericOp getCuttingUser(Value value) {
  if (!value.hasOneUse())
    return {};
  auto op = dyn_cast<linalg::GenericOp>(*value.user_begin());
  auto cut = dyn_cast_or_null<arith::TruncIOp>(op ? getLastStep(op) : nullptr);
  return cut && cut.getType().isInteger(32) &&
                 getSource(op, cut.getIn(), /*isNumber=*/false) == value
             ? op
             : linalg::GenericOp();
}

/// The zero point as a number of 32 bits.
static Value createZero(OpBuilder &b, Location loc, const ByteFactor &factor) {
  Type i32 = b.getI32Type();
  if (!factor.zero)
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
  DenseIntElementsAttr known;
  if (matchPattern(factor.zero, m_Constant(&known))) {
    APInt value = known.getSplatValue<APInt>();
    return arith::ConstantOp::create(
        b, loc,
        b.getIntegerAttr(i32, factor.hasUnsignedZero ? value.zext(32)
                                                     : value.sext(32)));
  }
  Value byte = tensor::ExtractOp::create(b, loc, factor.zero, ValueRange());
  return factor.hasUnsignedZero
             ? arith::ExtUIOp::create(b, loc, i32, byte).getResult()
             : arith::ExtSIOp::create(b, loc, i32, byte).getResult();
}

bool mlir::conv::raise::narrowSums(RewriterBase &rewriter,
                                   linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op->getNumResults() != 1 || !op.hasPureTensorSemantics() ||
      !hasWideBody(op))
    return false;
  auto fill = op.getDpsInits().front().getDefiningOp<linalg::FillOp>();
  linalg::GenericOp cut = getCuttingUser(op->getResult(0));
  std::optional<ByteFactor> x = readFactor(op->getOperand(0)),
                            w = readFactor(op->getOperand(1));
  if (!fill || !matchPattern(fill.value(), m_Zero()) || !cut || !x || !w ||
      w->isUnsigned || cut->getBlock() != op->getBlock())
    return false;
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(cut);
  Value zero =
      arith::ConstantOp::create(rewriter, loc, rewriter.getI32IntegerAttr(0));
  Value sums =
      linalg::FillOp::create(rewriter, loc, zero, cut.getDpsInits().front())
          .getResult(0);
  AffineMap none = AffineMap::get(op.getNumLoops(), 0, rewriter.getContext());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps.insert(maps.begin() + 2, {none, none});
  SmallVector<Value> inputs{x->bytes, w->bytes, createZero(rewriter, loc, *x),
                            createZero(rewriter, loc, *w)};
  bool isUnsigned = x->isUnsigned;
  SmallVector<Value> operands(op->getOperands());
  auto narrow = linalg::GenericOp::create(
      rewriter, loc, sums.getType(), inputs, sums, maps,
      op.getIteratorTypesArray(),
      [&](OpBuilder &b, Location l, ValueRange args) {
        Type i32 = args[4].getType();
        Value a = isUnsigned
                      ? arith::ExtUIOp::create(b, l, i32, args[0]).getResult()
                      : arith::ExtSIOp::create(b, l, i32, args[0]).getResult();
        a = arith::SubIOp::create(b, l, a, args[2]);
        Value c = arith::SubIOp::create(
            b, l, arith::ExtSIOp::create(b, l, i32, args[1]), args[3]);
        Value product = arith::MulIOp::create(b, l, a, c);
        linalg::YieldOp::create(
            b, l, arith::AddIOp::create(b, l, args[4], product).getResult());
      });
  rewriter.replaceOp(cut, narrow.getResults());
  rewriter.eraseOp(op);
  eraseIfDead(rewriter, operands);
  return true;
}
