//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Maxima and minima over large windows: of each row first, then of what the
/// rows have become.
///
///   out[h][w] = max over r, s of in[h + r][w + s]             R * S steps
///
///   row[h][w] = max over s of in[h][w + s]                        S steps
///   out[h][w] = max over r of row[h + r][w]                     + R steps
///
/// The order in which a maximum takes its elements changes nothing, and one
/// that is taken twice does not either.
///
//===----------------------------------------------------------------------===//

#include "RestSteps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::conv;

/// How much less there must be to do: the rows are written and read once more.
static constexpr int64_t kLeastGain = 2;

/// The padding of `image`, if it is one by a constant, of known sizes, and of
/// rows, dimension `rows`, and columns alone.
static tensor::PadOp getPadding(Value image, int64_t rows) {
  auto pad = image.getDefiningOp<tensor::PadOp>();
  if (!pad || !pad.getLow().empty() || !pad.getHigh().empty() ||
      !pad.getConstantPaddingValue() || !pad.getSourceType().hasStaticShape())
    return {};
  for (int64_t dim = 0; dim < pad.getSourceType().getRank(); ++dim)
    if (dim != rows && dim != rows + 1 &&
        (pad.getStaticLow()[dim] != 0 || pad.getStaticHigh()[dim] != 0))
      return {};
  return pad;
}

/// `value` padded along `dim` as `pad` does.
static Value padAlong(OpBuilder &b, Location loc, Value value,
                      tensor::PadOp pad, int64_t dim) {
  int64_t before = pad.getStaticLow()[dim], behind = pad.getStaticHigh()[dim];
  if (before == 0 && behind == 0)
    return value;
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  SmallVector<OpFoldResult> low(rank, b.getIndexAttr(0)), high = low;
  low[dim] = b.getIndexAttr(before);
  high[dim] = b.getIndexAttr(behind);
  return tensor::PadOp::create(b, loc, /*resultType=*/Type(), value, low, high,
                               pad.getConstantPaddingValue());
}

/// Divides `op`, a pooling of images whose rows are dimension `rows` and whose
/// columns follow.
template <typename PoolingOp>
static void separate(RewriterBase &rewriter, PoolingOp op, int64_t rows) {
  auto fill = op.getOutputs().front().template getDefiningOp<linalg::FillOp>();
  Value image = op.getInputs()[0];
  auto type = dyn_cast<RankedTensorType>(image.getType());
  auto window = cast<ShapedType>(op.getInputs()[1].getType());
  auto output = cast<RankedTensorType>(op.getResult(0).getType());
  if (!fill || !type || !type.hasStaticShape() || !window.hasStaticShape() ||
      !output.hasStaticShape())
    return;
  int64_t high = window.getDimSize(0), wide = window.getDimSize(1);
  tensor::PadOp pad = getPadding(image, rows);
  if (pad)
    image = pad.getSource();
  int64_t height = cast<ShapedType>(image.getType()).getDimSize(rows);
  int64_t outputs = output.getDimSize(rows);
  // Sizes may be absurd; what is empty stays as it is.
  double apart = double(height) * double(wide) + double(outputs) * double(high);
  double whole = double(outputs) * double(high) * double(wide);
  if (kLeastGain * apart > whole || height == 0 || outputs == 0)
    return;
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  auto strides = llvm::to_vector(op.getStrides().template getValues<int64_t>());
  auto dilations =
      llvm::to_vector(op.getDilations().template getValues<int64_t>());
  // One dimension of the window, and what goes with it; the other is 1.
  auto pool = [&](Value from, int64_t axis, Value into) -> Value {
    auto only = [&](int64_t value) {
      return axis == 0 ? SmallVector<int64_t>{value, 1}
                       : SmallVector<int64_t>{1, value};
    };
    Value shape = tensor::EmptyOp::create(
        rewriter, loc, only(window.getDimSize(axis)), window.getElementType());
    return PoolingOp::create(rewriter, loc, TypeRange(into.getType()),
                             ValueRange{from, shape}, ValueRange(into),
                             rewriter.getI64TensorAttr(only(strides[axis])),
                             rewriter.getI64TensorAttr(only(dilations[axis])))
        .getResult(0);
  };
  if (pad)
    image = padAlong(rewriter, loc, image, pad, rows + 1);
  SmallVector<int64_t> extents(output.getShape());
  extents[rows] = height;
  Value empty =
      tensor::EmptyOp::create(rewriter, loc, extents, output.getElementType());
  Value begin = linalg::FillOp::create(rewriter, loc, fill.getInputs(), empty)
                    .getResult(0);
  Value ofRows = pool(image, /*axis=*/1, begin);
  if (pad)
    ofRows = padAlong(rewriter, loc, ofRows, pad, rows);
  rewriter.replaceOp(op, pool(ofRows, /*axis=*/0, fill.getResult(0)));
}

void mlir::conv::separateWindows(func::FuncOp func) {
  SmallVector<linalg::LinalgOp> ops;
  func.walk([&](linalg::LinalgOp op) {
    if (op.hasPureTensorSemantics())
      ops.push_back(op);
  });
  IRRewriter rewriter(func.getContext());
  for (linalg::LinalgOp op : ops)
    llvm::TypeSwitch<Operation *>(op)
        .Case<linalg::PoolingNchwMaxOp>(
            [&](auto pooling) { separate(rewriter, pooling, /*rows=*/2); })
        .Case<linalg::PoolingNhwcMaxOp, linalg::PoolingNhwcMaxUnsignedOp,
              linalg::PoolingNhwcMinOp, linalg::PoolingNhwcMinUnsignedOp>(
            [&](auto pooling) { separate(rewriter, pooling, /*rows=*/1); });
}
