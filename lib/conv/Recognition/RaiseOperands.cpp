//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Folding of what feeds a convolution: padding, a transposed filter and what
/// the init was made of.
///
//===----------------------------------------------------------------------===//

#include "RaiseBias.h"
#include "RaiseDetail.h"
#include "RaiseFilter.h"

#include "conv/IR/NonFinite.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

static Value skipCasts(Value value) {
  while (auto cast = value.getDefiningOp<tensor::CastOp>())
    value = cast.getSource();
  return value;
}

/// Low and high padding of `pad` when it is static, zero-valued and on rows
/// and columns only. A negative one would be a slice.
static bool readPadding(tensor::PadOp pad, DimsAttr dims,
                        SmallVector<int64_t> &low, SmallVector<int64_t> &high) {
  Value value = pad.getConstantPaddingValue();
  // A padding of -0.0 could make a sum -0.0 that clipped taps leave at +0.0.
  if (!value || !matchPattern(value, m_PosZeroFloat()))
    return false;
  low = llvm::to_vector(dims.getLow());
  high = llvm::to_vector(dims.getHigh());
  for (auto [pos, letter] : llvm::enumerate(dims.getInput())) {
    int64_t before = pad.getStaticLow()[pos], after = pad.getStaticHigh()[pos];
    if (ShapedType::isDynamic(before) || ShapedType::isDynamic(after) ||
        before < 0 || after < 0)
      return false;
    if (before == 0 && after == 0)
      continue;
    if (letter != 'h' && letter != 'w')
      return false;
    unsigned axis = letter == 'h' ? 0 : 1;
    low[axis] += before;
    high[axis] += after;
    if (low[axis] > (int64_t(1) << 31) || high[axis] > (int64_t(1) << 31))
      return false;
  }
  return true;
}

/// The type of the source of `pad`, with the sizes the convolution has seen:
/// casts may have forgotten them on the way. Null when one is contradictory.
static RankedTensorType refineSource(tensor::PadOp pad,
                                     RankedTensorType padded) {
  RankedTensorType source = pad.getSourceType();
  SmallVector<int64_t> shape(source.getShape());
  for (auto [pos, size] : llvm::enumerate(shape)) {
    if (ShapedType::isDynamic(padded.getDimSize(pos)))
      continue;
    int64_t want = padded.getDimSize(pos) - pad.getStaticLow()[pos] -
                   pad.getStaticHigh()[pos];
    if (want <= 0 || (!ShapedType::isDynamic(size) && size != want))
      return {};
    size = want;
  }
  return RankedTensorType::get(shape, source.getElementType(),
                               source.getEncoding());
}

/// Where the elements of a filter come from, in whatever order.
static Value getElementsSource(Value filter) {
  for (;;) {
    filter = skipReshapes(skipCasts(filter));
    auto transpose = filter.getDefiningOp<linalg::TransposeOp>();
    if (!transpose)
      return filter;
    filter = transpose.getInput();
  }
}

void mlir::conv::raise::foldPadding(Parts &parts, OpBuilder &builder) {
  // Infinity times a zero of the padding is NaN, which algorithms that leave
  // out taps in the padding would miss.
  if (hasNonFiniteElements(getElementsSource(parts.filter)))
    return;
  for (;;) {
    auto pad = skipCasts(parts.input).getDefiningOp<tensor::PadOp>();
    SmallVector<int64_t> low, high;
    if (!pad || !readPadding(pad, parts.dims, low, high))
      return;
    RankedTensorType type =
        refineSource(pad, cast<RankedTensorType>(parts.input.getType()));
    if (!type || type.getEncoding())
      return;
    Value source = pad.getSource();
    if (type != source.getType())
      source = tensor::CastOp::create(builder, pad.getLoc(), type, source);
    parts.input = source;
    parts.dims = DimsAttr::get(builder.getContext(), parts.dims.getInput(),
                               parts.dims.getFilter(), parts.dims.getOutput(),
                               parts.dims.getStrides(),
                               parts.dims.getDilations(), low, high);
  }
}

void mlir::conv::raise::foldFilterTranspose(Parts &parts, OpBuilder &builder) {
  auto transpose = parts.filter.getDefiningOp<linalg::TransposeOp>();
  if (transpose && transpose.hasPureTensorSemantics()) {
    DimsAttr dims = parts.dims;
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    std::string letters(permutation.size(), 0);
    for (auto [i, letter] : llvm::enumerate(dims.getFilter()))
      letters[permutation[i]] = letter;
    parts.filter = transpose.getInput();
    parts.dims = DimsAttr::get(
        dims.getContext(), dims.getInput(), letters, dims.getOutput(),
        dims.getStrides(), dims.getDilations(), dims.getLow(), dims.getHigh());
  }
  parts.filter = foldFilter(builder, parts.filter.getLoc(), parts.filter);
}

void mlir::conv::raise::foldInit(Parts &parts, Value init) {
  Value origin = skipReshapes(init);
  auto fill = origin.getDefiningOp<linalg::FillOp>();
  if (fill && matchPattern(fill.value(), m_AnyZeroFloat())) {
    if (fill.output().getType() == parts.outputType)
      parts.init = fill.output();
    return;
  }
  // The source reads undefined contents; any result will do.
  if (origin.getDefiningOp<tensor::EmptyOp>()) {
    if (origin == init)
      parts.init = init;
    return;
  }
  if (matchPattern(origin, m_AnyZeroFloat()))
    return;
  if (matchBias(parts, init)) {
    // What the bias was broadcast into will do as the destination.
    if (auto broadcast = init.getDefiningOp<linalg::LinalgOp>())
      parts.init = broadcast.getDpsInits().front();
    return;
  }
  parts.init = init;
  parts.accumulate = true;
}
