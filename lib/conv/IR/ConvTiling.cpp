//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// TilingInterface of conv.conv.
///
/// Every operand is sliced. Rows and columns of a padded convolution cannot be
/// tiled: a slice would move the borders.
///
//===----------------------------------------------------------------------===//

#include "TilingUtils.h"
#include "conv/IR/Conv.h"

#include "mlir/IR/AffineExpr.h"

using namespace mlir;
using namespace mlir::conv;

/// Iterator of each letter of a tensor; -1 for what is never tiled.
static SmallVector<int> getLetterIterators(StringRef letters, bool image) {
  SmallVector<int> iterators;
  for (char letter : letters)
    iterators.push_back(letter == 'n'            ? ConvOp::N
                        : letter == 'g'          ? ConvOp::G
                        : image && letter == 'h' ? ConvOp::Ho
                        : image && letter == 'w' ? ConvOp::Wo
                        : letter == 'k'          ? ConvOp::K
                                                 : -1);
  return iterators;
}

SmallVector<utils::IteratorType> ConvOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(NumIterators,
                                          utils::IteratorType::parallel);
}

SmallVector<Range> ConvOp::getIterationDomain(OpBuilder &b) {
  SmallVector<OpFoldResult> sizes(NumIterators, b.getIndexAttr(1));
  for (auto [dim, iterator] : llvm::enumerate(
           getLetterIterators(getDims().getOutput(), /*image=*/true)))
    sizes[iterator] = getSize(b, getLoc(), getInit(), dim);
  return makeDomain(b, sizes);
}

/// The convolution of `tile` of the output of `op`, whose dimensions are those
/// of `outIterators`, on slices that were made of the input and the filter. A
/// schedule was made for the whole problem and does not carry over.
static ConvOp createTile(ConvOp op, OpBuilder &b, Value input, Value filter,
                         ArrayRef<int> outIterators, const IterationTile &tile,
                         SmallVectorImpl<Operation *> &slices) {
  Location loc = op.getLoc();
  Value init = sliceBy(b, loc, op.getInit(), outIterators, tile, slices);
  Epilogue epilogue =
      sliceEpilogue(b, loc, cast<EpilogueOpInterface>(op.getOperation()),
                    outIterators, tile, slices);
  TypeRange results;
  Type initType = init.getType();
  if (isa<TensorType>(initType))
    results = TypeRange(initType);
  auto tiled = ConvOp::create(b, loc, results, input, filter, init, epilogue,
                              op.getDims(), op.getAccumulate(),
                              /*schedule=*/ScheduleAttr());
  tiled.setInputMeaning(op);
  return tiled;
}

FailureOr<TilingResult>
ConvOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                               ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  DimsAttr dims = getDims();
  // Blocks of output channels are tiled whole or not at all.
  if (dims.outputPos('K') >= 0 &&
      !coversWhole(offsets[K], sizes[K],
                   getOutputType().getDimSize(dims.outputPos('k'))))
    return emitOpError("blocked output channels cannot be tiled"), failure();
  IterationTile tile{offsets, sizes};
  SmallVector<Operation *> slices;
  AffineExpr d0 = b.getAffineDimExpr(0);

  SmallVector<OpFoldResult> inOffsets, inSizes;
  for (auto [dim, letter] : llvm::enumerate(dims.getInput())) {
    int axis = letter == 'h' ? 0 : letter == 'w' ? 1 : -1;
    if (axis < 0) {
      bool tiled = letter == 'n' || letter == 'g';
      int iterator = letter == 'n' ? N : G;
      inOffsets.push_back(tiled ? offsets[iterator]
                                : OpFoldResult(b.getIndexAttr(0)));
      inSizes.push_back(tiled ? sizes[iterator]
                              : getSize(b, loc, getInput(), dim));
      continue;
    }
    int iterator = axis == 0 ? Ho : Wo;
    int64_t outSize = getOutputType().getDimSize(dims.outputPos(letter));
    if (coversWhole(offsets[iterator], sizes[iterator], outSize)) {
      inOffsets.push_back(b.getIndexAttr(0));
      inSizes.push_back(getSize(b, loc, getInput(), dim));
      continue;
    }
    if (dims.getLow()[axis] || dims.getHigh()[axis])
      return emitOpError("rows and columns of a padded convolution cannot be "
                         "tiled"),
             failure();
    int64_t taps = getExtent(axis == 0 ? 'r' : 's');
    if (ShapedType::isDynamic(taps))
      return emitOpError("a dynamic window cannot be tiled"), failure();
    int64_t stride = dims.getStrides()[axis];
    int64_t reach = dims.getDilations()[axis] * (taps - 1);
    inOffsets.push_back(affineApply(b, loc, d0 * stride,
                                    ArrayRef<OpFoldResult>{offsets[iterator]}));
    inSizes.push_back(affineApply(b, loc, (d0 - 1) * stride + reach + 1,
                                  ArrayRef<OpFoldResult>{sizes[iterator]}));
  }
  Value input = slice(b, loc, getInput(), inOffsets, inSizes, slices);
  Value filter = sliceBy(b, loc, getFilter(),
                         getLetterIterators(dims.getFilter(), /*image=*/false),
                         tile, slices);
  SmallVector<int> outIterators =
      getLetterIterators(dims.getOutput(), /*image=*/true);
  ConvOp tiled =
      createTile(*this, b, input, filter, outIterators, tile, slices);
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

ConvOp ConvOp::createChannelTile(OpBuilder &b, int64_t first, int64_t count) {
  Location loc = getLoc();
  DimsAttr dims = getDims();
  SmallVector<OpFoldResult> offsets(NumIterators, b.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes(NumIterators, b.getIndexAttr(1));
  offsets[K] = b.getIndexAttr(first);
  sizes[K] = b.getIndexAttr(count);
  IterationTile tile{offsets, sizes};
  auto getChannels = [](StringRef letters) {
    SmallVector<int> iterators;
    for (char letter : letters)
      iterators.push_back(letter == 'k' ? int(K) : -1);
    return iterators;
  };
  SmallVector<int> outIterators = getChannels(dims.getOutput());
  SmallVector<Operation *> slices;
  Value filter =
      sliceBy(b, loc, getFilter(), getChannels(dims.getFilter()), tile, slices);
  return createTile(*this, b, getInput(), filter, outIterators, tile, slices);
}

LogicalResult ConvOp::getResultTilePosition(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  gatherTile(getLetterIterators(getDims().getOutput(), /*image=*/true),
             {offsets, sizes}, resultOffsets, resultSizes);
  return success();
}

FailureOr<TilingResult>
ConvOp::generateResultTileValue(OpBuilder &b, unsigned,
                                ArrayRef<OpFoldResult> offsets,
                                ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> iterOffsets(NumIterators, b.getIndexAttr(0));
  SmallVector<OpFoldResult> iterSizes(NumIterators, b.getIndexAttr(1));
  scatterTile(getLetterIterators(getDims().getOutput(), /*image=*/true),
              {offsets, sizes}, iterOffsets, iterSizes);
  return getTiledImplementation(b, iterOffsets, iterSizes);
}
