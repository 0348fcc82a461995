//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolutions, and products that are raised as such, whose sums have 16 bits,
/// as JAX writes those of bf16 and f16 that it means to be summed in f32:
///
///   sums of bf16  =  truncf(sums in f32 of extf(init))
///
/// which rounds once instead of at every product, as XLA and TOSA do.
///
//===----------------------------------------------------------------------===//

#include "RaiseDetail.h"
#include "RaiseDims.h"
#include "RaiseFormSteps.h"
#include "RaiseForms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// `value` converted to elements of type `element`.
static Value createConversion(RewriterBase &b, Location loc, Value value,
                              FloatType element) {
  auto type = cast<RankedTensorType>(value.getType());
  Value out = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, value), element);
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> parallel(type.getRank(),
                                            utils::IteratorType::parallel);
  bool widens = element.getWidth() > type.getElementTypeBitWidth();
  return linalg::GenericOp::create(
             b, loc, out.getType(), value, out, maps, parallel,
             [&](OpBuilder &inside, Location l, ValueRange args) {
               Value converted;
               if (widens)
                 converted =
                     arith::ExtFOp::create(inside, l, element, args.front());
               else
                 converted =
                     arith::TruncFOp::create(inside, l, element, args.front());
               linalg::YieldOp::create(inside, l, converted);
             })
      .getResult(0);
}

/// What is added to, in f32. A repeated vector is converted before it is
/// repeated, so that it stays a bias.
static Value widenInit(RewriterBase &b, Location loc, Value init) {
  FloatType f32 = b.getF32Type();
  auto maker = init.getDefiningOp<linalg::LinalgOp>();
  bool isFill = maker && isa<linalg::FillOp>(maker.getOperation()) &&
                isZero(maker.getDpsInputOperand(0)->get());
  bool repeats =
      maker && !isFill && isRepetition(maker) &&
      isa<RankedTensorType>(maker.getDpsInputOperand(0)->get().getType());
  if (!isFill && !repeats)
    return createConversion(b, loc, init, f32);
  Value out =
      tensor::EmptyOp::create(b, loc, tensor::getMixedSizes(b, loc, init), f32);
  if (isFill) {
    Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
    return linalg::FillOp::create(b, loc, zero, out).getResult(0);
  }
  OpOperand *source = maker.getDpsInputOperand(0);
  Value vector = createConversion(b, loc, source->get(), f32);
  SmallVector<AffineMap> maps = maker.getIndexingMapsArray();
  return linalg::GenericOp::create(
             b, loc, out.getType(), vector, out, maps,
             maker.getIteratorTypesArray(),
             [](OpBuilder &inside, Location l, ValueRange args) {
               linalg::YieldOp::create(inside, l, args.front());
             })
      .getResult(0);
}

/// Whether `op` is a product of matrices that is raised, its type apart. Others
/// keep their names, by which they can say why they are not.
static bool isProduct(linalg::LinalgOp op) {
  if (!linalg::isaContractionOpInterface(op) ||
      llvm::is_contained(op.getStaticLoopRanges(), 0))
    return false;
  unsigned filter = getProductFilter(op);
  return cast<ShapedType>(op->getOperand(filter).getType()).hasStaticShape() &&
         LoopClassifier(op, 1 - filter, /*products=*/true).classify();
}

bool mlir::conv::raise::widenSums(RewriterBase &rewriter, linalg::LinalgOp op,
                                  bool products) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !op.hasPureTensorSemantics() || op.getNumReductionLoops() == 0 ||
      !isMultiplyAdd(*op.getBlock()))
    return false;
  auto element =
      dyn_cast<FloatType>(getElementTypeOrSelf(op->getOperand(2).getType()));
  if (!element || !(element.isBF16() || element.isF16()) ||
      !llvm::all_of(op->getOperands(), [&](Value operand) {
        auto type = dyn_cast<RankedTensorType>(operand.getType());
        return type && type.getElementType() == element && !type.getEncoding();
      }))
    return false;
  if (!hasWindow(op) &&
      !isa<linalg::ConvolutionOpInterface>(op.getOperation()) &&
      !(products && isProduct(op)))
    return false;
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  Value init = widenInit(rewriter, loc, op->getOperand(2));
  auto generic = linalg::GenericOp::create(
      rewriter, loc, init.getType(),
      ValueRange{op->getOperand(0), op->getOperand(1)}, init,
      op.getIndexingMapsArray(), op.getIteratorTypesArray(),
      [](OpBuilder &b, Location l, ValueRange args) {
        Type f32 = b.getF32Type();
        Value x = arith::ExtFOp::create(b, l, f32, args[0]);
        Value w = arith::ExtFOp::create(b, l, f32, args[1]);
        Value product = arith::MulFOp::create(b, l, x, w);
        linalg::YieldOp::create(
            b, l, arith::AddFOp::create(b, l, args[2], product).getResult());
      });
  for (NamedAttribute attr : op->getDiscardableAttrs())
    if (attr.getName() != linalg::LinalgDialect::kMemoizedIndexingMapsAttrName)
      generic->setDiscardableAttr(attr.getName(), attr.getValue());
  remarkForm(loc, "sums of 16 bits are computed in f32 and rounded once");
  rewriter.replaceOp(
      op, createConversion(rewriter, loc, generic.getResult(0), element));
  return true;
}
