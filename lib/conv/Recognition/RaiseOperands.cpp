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
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

Value mlir::conv::raise::skipCasts(Value value) {
  while (auto cast = value.getDefiningOp<tensor::CastOp>())
    value = cast.getSource();
  return value;
}

//===----------------------------------------------------------------------===//
// Zeros around a tensor
//===----------------------------------------------------------------------===//

/// A padding of -0.0 could make a sum -0.0 that clipped taps leave at +0.0.
static bool isPositiveZero(Value value) {
  return matchPattern(value, m_PosZeroFloat()) || matchPattern(value, m_Zero());
}

bool mlir::conv::raise::isZeroTensor(Value value) {
  value = skipCasts(value);
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return isPositiveZero(fill.value());
  return isPositiveZero(value);
}

SmallVector<OpFoldResult> mlir::conv::raise::getGivenSizes(Value value) {
  value = skipCasts(value);
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    if (auto empty = fill.output().getDefiningOp<tensor::EmptyOp>())
      return empty.getMixedSizes();
  return getAsIndexOpFoldResult(
      value.getContext(), cast<RankedTensorType>(value.getType()).getShape());
}

static std::optional<Frame> readPad(tensor::PadOp pad) {
  Value value = pad.getConstantPaddingValue();
  if (!value)
    return std::nullopt;
  Frame frame{pad.getSource(), {}, {}};
  if (IntegerAttr integer; matchPattern(value, m_Constant(&integer)))
    frame.value = integer.getValue().getSExtValue();
  else if (!isPositiveZero(value))
    return std::nullopt;
  for (auto [low, high] :
       llvm::zip_equal(pad.getMixedLowPad(), pad.getMixedHighPad())) {
    std::optional<int64_t> before = getConstantIntValue(low),
                           after = getConstantIntValue(high);
    // A negative one would be a slice.
    if (!before || !after || *before < 0 || *after < 0)
      return std::nullopt;
    frame.low.push_back(*before);
    frame.high.push_back(*after);
  }
  return frame;
}

static std::optional<Frame> readInsertion(tensor::InsertSliceOp insert) {
  if (insert.getSourceType().getRank() != insert.getDestType().getRank() ||
      !insert.hasUnitStride() || !isZeroTensor(insert.getDest()))
    return std::nullopt;
  Frame frame{insert.getSource(), {}, {}};
  SmallVector<OpFoldResult> outer = getGivenSizes(insert.getDest());
  for (auto [offset, size, whole] : llvm::zip_equal(
           insert.getMixedOffsets(), insert.getMixedSizes(), outer)) {
    std::optional<int64_t> before = getConstantIntValue(offset),
                           inner = getConstantIntValue(size),
                           all = getConstantIntValue(whole);
    bool same = before == 0 && isEqualConstantIntOrValue(size, whole);
    if (!before || (!same && (!inner || !all)))
      return std::nullopt;
    frame.low.push_back(*before);
    frame.high.push_back(same ? 0 : *all - *before - *inner);
  }
  return frame;
}

/// A concatenation of one tensor with zeros.
static std::optional<Frame> readConcatenation(tensor::ConcatOp concat) {
  int64_t rank = concat.getRank();
  Frame frame{Value(), SmallVector<int64_t>(rank, 0),
              SmallVector<int64_t>(rank, 0)};
  for (Value part : concat.getInputs()) {
    if (!isZeroTensor(part)) {
      if (frame.source)
        return std::nullopt;
      frame.source = part;
      continue;
    }
    int64_t size =
        cast<RankedTensorType>(part.getType()).getDimSize(concat.getDim());
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    (frame.source ? frame.high : frame.low)[concat.getDim()] += size;
  }
  return frame.source ? std::optional(frame) : std::nullopt;
}

std::optional<Frame> mlir::conv::raise::readFrame(Value value) {
  Operation *source = skipCasts(value).getDefiningOp();
  if (auto pad = dyn_cast_or_null<tensor::PadOp>(source)) {
    std::optional<Frame> frame = readPad(pad);
    return frame && frame->value == 0 ? frame : std::nullopt;
  }
  if (auto insert = dyn_cast_or_null<tensor::InsertSliceOp>(source))
    return readInsertion(insert);
  if (auto concat = dyn_cast_or_null<tensor::ConcatOp>(source))
    return readConcatenation(concat);
  return std::nullopt;
}

/// Adds the zeros of `frame` to `low` and `high`, those of rows and columns.
/// Fails where there are others.
static LogicalResult addFrame(const Frame &frame, DimsAttr dims,
                              SmallVector<int64_t> &low,
                              SmallVector<int64_t> &high) {
  // What the verifier of `#conv.dims` accepts.
  constexpr int64_t kMost = int64_t(1) << 31;
  for (auto [letter, before, after] :
       llvm::zip_equal(dims.getInput(), frame.low, frame.high)) {
    if (before == 0 && after == 0)
      continue;
    if (letter != 'h' && letter != 'w')
      return failure();
    unsigned axis = letter == 'h' ? 0 : 1;
    if (before > kMost - low[axis] || after > kMost - high[axis])
      return failure();
    low[axis] += before;
    high[axis] += after;
  }
  return success();
}

/// The type of the source of `frame`, with the sizes the convolution has seen:
/// casts may have forgotten them on the way. Null when one is contradictory.
static RankedTensorType refineSource(const Frame &frame,
                                     RankedTensorType padded) {
  auto source = cast<RankedTensorType>(frame.source.getType());
  SmallVector<int64_t> shape(source.getShape());
  for (auto [pos, size] : llvm::enumerate(shape)) {
    if (ShapedType::isDynamic(padded.getDimSize(pos)))
      continue;
    int64_t want = padded.getDimSize(pos) - frame.low[pos] - frame.high[pos];
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
    std::optional<Frame> frame = readFrame(parts.input);
    if (auto pad = skipCasts(parts.input).getDefiningOp<tensor::PadOp>())
      frame = readPad(pad);
    SmallVector<int64_t> low(parts.dims.getLow()), high(parts.dims.getHigh());
    if (!frame || failed(addFrame(*frame, parts.dims, low, high)))
      return;
    int64_t value = frame->value;
    if (parts.unsignedInput)
      value = static_cast<uint8_t>(value);
    if (parts.dims.isPadded() && value != parts.paddingValue)
      return;
    RankedTensorType type =
        refineSource(*frame, cast<RankedTensorType>(parts.input.getType()));
    if (!type || type.getEncoding())
      return;
    Value source = frame->source;
    if (type != source.getType())
      source = tensor::CastOp::create(builder, source.getLoc(), type, source);
    parts.input = source;
    parts.dims = DimsAttr::get(builder.getContext(), parts.dims.getInput(),
                               parts.dims.getFilter(), parts.dims.getOutput(),
                               parts.dims.getStrides(),
                               parts.dims.getDilations(), low, high);
    if (parts.dims.isPadded())
      parts.paddingValue = value;
  }
}

/// The letters of what `transpose` reads, where those of its result are
/// `letters`.
static std::string getLettersBefore(linalg::TransposeOp transpose,
                                    StringRef letters) {
  ArrayRef<int64_t> permutation = transpose.getPermutation();
  std::string before(permutation.size(), 0);
  for (auto [i, letter] : llvm::enumerate(letters))
    before[permutation[i]] = letter;
  return before;
}

void mlir::conv::raise::foldFilterTranspose(Parts &parts, OpBuilder &builder) {
  auto transpose = parts.filter.getDefiningOp<linalg::TransposeOp>();
  if (transpose && transpose.hasPureTensorSemantics()) {
    DimsAttr dims = parts.dims;
    parts.filter = transpose.getInput();
    parts.dims = DimsAttr::get(
        dims.getContext(), dims.getInput(),
        getLettersBefore(transpose, dims.getFilter()), dims.getOutput(),
        dims.getStrides(), dims.getDilations(), dims.getLow(), dims.getHigh());
  }
  parts.filter = foldFilter(builder, parts.filter.getLoc(), parts.filter);
}

void mlir::conv::raise::foldInputTranspose(Parts &parts) {
  auto transpose = parts.input.getDefiningOp<linalg::TransposeOp>();
  if (!transpose || !transpose.hasPureTensorSemantics())
    return;
  DimsAttr dims = parts.dims;
  parts.input = transpose.getInput();
  parts.dims = DimsAttr::get(
      dims.getContext(), getLettersBefore(transpose, dims.getInput()),
      dims.getFilter(), dims.getOutput(), dims.getStrides(),
      dims.getDilations(), dims.getLow(), dims.getHigh());
}

bool mlir::conv::raise::isZero(Value value) {
  return matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero());
}

void mlir::conv::raise::foldInit(Parts &parts, Value init) {
  Value origin = skipReshapes(init);
  auto fill = origin.getDefiningOp<linalg::FillOp>();
  if (fill && isZero(fill.value())) {
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
  if (isZero(origin))
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
