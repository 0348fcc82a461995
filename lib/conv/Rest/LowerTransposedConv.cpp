//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Transposed convolutions of TOSA as the convolution of an image with zeros
/// between its elements and a reversed filter, which --conv-raise takes apart
/// into the phases of the stride. Upstream makes one convolution of all phases,
/// whose channels it transposes to rows and columns afterwards.
///
//===----------------------------------------------------------------------===//

#include "RestSteps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// Dimensions of images and filters, [N, H, W, C] and [K, R, S, C].
static constexpr unsigned kRow = 1, kColumn = 2;

/// A static tensor of f32.
static RankedTensorType getKnownType(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getNumElements() > 0 &&
                 type.getElementType().isF32() && !type.getEncoding()
             ? type
             : RankedTensorType();
}

/// `source` copied into a tensor of shape `shape`, the indices of `source`
/// being `indices` of those of the copy.
static Value createCopy(OpBuilder &b, Location loc, Value source,
                        ArrayRef<int64_t> shape, ArrayRef<AffineExpr> indices) {
  Value empty = tensor::EmptyOp::create(b, loc, shape, b.getF32Type());
  AffineMap maps[] = {AffineMap::get(shape.size(), 0, indices, b.getContext()),
                      b.getMultiDimIdentityMap(shape.size())};
  SmallVector<utils::IteratorType> iterators(shape.size(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), source, empty, maps, iterators,
             [](OpBuilder &inner, Location l, ValueRange args) {
               linalg::YieldOp::create(inner, l, args.front());
             })
      .getResult(0);
}

static Value createZeros(OpBuilder &b, Location loc, ArrayRef<int64_t> shape) {
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  Value empty = tensor::EmptyOp::create(b, loc, shape, b.getF32Type());
  return linalg::FillOp::create(b, loc, zero, empty).getResult(0);
}

void mlir::conv::lowerTransposedConv(RewriterBase &rewriter,
                                     tosa::TransposeConv2DOp op) {
  RankedTensorType image = getKnownType(op.getInput()),
                   filter = getKnownType(op.getWeight()),
                   bias = getKnownType(op.getBias()),
                   output = getKnownType(op.getOutput());
  if (!image || !filter || !bias || !output)
    return;
  FailureOr<int64_t> imageZero = op.getInputZeroPoint(),
                     filterZero = op.getWeightZeroPoint();
  if (failed(imageZero) || failed(filterZero) || *imageZero != 0 ||
      *filterZero != 0)
    return;
  ArrayRef<int64_t> strides = op.getStride(), pads = op.getOutPad();
  SmallVector<int64_t> shape(image.getShape()), offsets(4, 0), steps(4, 1);
  SmallVector<AffineExpr> reversed;
  for (unsigned d = 0; d < 4; ++d)
    reversed.push_back(rewriter.getAffineDimExpr(d));
  for (unsigned d : {kRow, kColumn}) {
    int64_t reach = filter.getDimSize(d) - 1;
    steps[d] = strides[d - kRow];
    offsets[d] = reach + pads[2 * (d - kRow)];
    shape[d] = output.getDimSize(d) + reach;
    reversed[d] = reach - reversed[d];
    // Padding that takes outputs away is that of an image cut off.
    int64_t last = offsets[d] + steps[d] * (image.getDimSize(d) - 1);
    if (offsets[d] < 0 || last >= shape[d])
      return;
  }
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  auto toSizes = [&](ArrayRef<int64_t> sizes) {
    return getAsIndexOpFoldResult(rewriter.getContext(), sizes);
  };
  Value apart = tensor::InsertSliceOp::create(
      rewriter, loc, op.getInput(), createZeros(rewriter, loc, shape),
      toSizes(offsets), toSizes(image.getShape()), toSizes(steps));
  Value backwards =
      createCopy(rewriter, loc, op.getWeight(), filter.getShape(), reversed);
  // One value may stand for all channels.
  Value channels = op.getBias();
  int64_t count = filter.getDimSize(0);
  if (bias.getDimSize(0) != count)
    channels = createCopy(rewriter, loc, channels, count,
                          rewriter.getAffineConstantExpr(0));
  Value start = createCopy(rewriter, loc, channels, output.getShape(),
                           rewriter.getAffineDimExpr(3));
  rewriter.replaceOpWithNewOp<linalg::Conv2DNhwcFhwcOp>(
      op, output, ValueRange{apart, backwards}, start);
}
