//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Verification of Winograd's transformations.
///
//===----------------------------------------------------------------------===//

#include "EpilogueSyntax.h"
#include "OpUtils.h"
#include "conv/IR/Conv.h"
#include "conv/IR/Winograd.h"

#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// What both transformations demand of their attributes and of the planes,
/// `[point][tile][channel]`, that one writes and the other one reads.
static LogicalResult verifyPlanes(Operation *op, DimsAttr dims,
                                  ArrayRef<int64_t> tile,
                                  ArrayRef<int64_t> tiles, int64_t lanes,
                                  ShapedType planes) {
  if (!isWinogradTile(tile))
    return op->emitOpError("has no matrices for tile = [") << tile << "]";
  if (tiles.size() != 2 || tiles[0] < 1 || tiles[1] < 1)
    return op->emitOpError("tiles must be two positive numbers");
  if (lanes < 1 || lanes > 256 || !llvm::isPowerOf2_64(lanes))
    return op->emitOpError("lanes must be a power of two up to 256, got ")
           << lanes;
  auto isOne = [](int64_t step) { return step == 1; };
  if (!llvm::all_of(dims.getStrides(), isOne) ||
      !llvm::all_of(dims.getDilations(), isOne))
    return op->emitOpError("has strides and dilations of 1 only");
  if (!planes.getElementType().isF32())
    return op->emitOpError("has f32 elements only, not ")
           << planes.getElementType();
  if (planes.getRank() != 3 || !planes.hasStaticShape())
    return op->emitOpError("planes of type ")
           << planes << " are not [point][tile][channel] of static extents";
  int64_t points = getWinogradPoints({tile[0], tile[1]});
  if (planes.getDimSize(0) != points)
    return op->emitOpError("has ")
           << planes.getDimSize(0) << " planes, the tile has " << points
           << " points";
  std::optional<int64_t> count = llvm::checkedMul(tiles[0], tiles[1]);
  if (!count || planes.getDimSize(1) < *count)
    return op->emitOpError("has ")
           << planes.getDimSize(1) << " tiles, fewer than tiles says";
  return success();
}

/// One image and one group of static extents. `letters` names its dimensions.
static LogicalResult verifyImage(Operation *op, ShapedType image,
                                 StringRef letters) {
  if (image.getRank() != static_cast<int64_t>(letters.size()))
    return op->emitOpError("image has rank ")
           << image.getRank() << " but dims names '" << letters << "'";
  if (!image.hasStaticShape())
    return op->emitOpError("image of type ") << image << " must be static";
  for (char letter : StringRef("ng")) {
    size_t pos = letters.find(letter);
    if (pos != StringRef::npos && image.getDimSize(pos) != 1)
      return op->emitOpError("works on one '")
             << Twine(letter) << "' at a time, the image has "
             << image.getDimSize(pos);
  }
  for (char letter : StringRef("hw"))
    if (!letters.contains(letter))
      return op->emitOpError("needs an image dimension '")
             << Twine(letter) << "'";
  return success();
}

static int64_t getImageExtent(ShapedType image, StringRef letters,
                              char letter) {
  size_t pos = letters.find(letter);
  return pos == StringRef::npos ? 1 : image.getDimSize(pos);
}

LogicalResult WinogradInputOp::verify() {
  if (failed(verifyDps(getOperation())))
    return failure();
  auto image = cast<ShapedType>(getInput().getType());
  auto planes = cast<ShapedType>(getInit().getType());
  StringRef letters = getDims().getInput();
  int64_t lanes = getLanes();
  if (failed(verifyPlanes(getOperation(), getDims(), getTile(), getTiles(),
                          lanes, planes)) ||
      failed(verifyImage(getOperation(), image, letters)))
    return failure();
  int64_t block = getImageExtent(image, letters, 'c');
  bool blocked = letters.contains('C');
  if (blocked && block % lanes != 0)
    return emitOpError("blocks of ")
           << block << " channels are not whole vectors of " << lanes;
  int64_t channels =
      llvm::alignTo(block * getImageExtent(image, letters, 'C'), lanes);
  if (planes.getDimSize(2) < channels)
    return emitOpError("planes have ")
           << planes.getDimSize(2) << " channels, the image's need "
           << channels;
  return success();
}

LogicalResult WinogradOutputOp::verify() {
  if (failed(verifyDps(getOperation())))
    return failure();
  auto image = cast<ShapedType>(getInit().getType());
  auto planes = cast<ShapedType>(getProduct().getType());
  StringRef letters = getDims().getOutput();
  if (failed(verifyPlanes(getOperation(), getDims(), getTile(), getTiles(),
                          getLanes(), planes)) ||
      failed(verifyImage(getOperation(), image, letters)))
    return failure();
  int64_t channels =
      getImageExtent(image, letters, 'k') * getImageExtent(image, letters, 'K');
  if (planes.getDimSize(2) != channels)
    return emitOpError("planes have ")
           << planes.getDimSize(2) << " channels, the result has " << channels;
  for (auto [letter, size, count] :
       {std::tuple('h', getTile()[0], getTiles()[0]),
        std::tuple('w', getTile()[1], getTiles()[1])}) {
    int64_t extent = getImageExtent(image, letters, letter);
    if (llvm::divideCeilSigned(extent, size) != count)
      return emitOpError() << count << " tiles of " << size << " along '"
                           << Twine(letter) << "' do not cover " << extent;
  }
  auto epilogue = cast<EpilogueOpInterface>(getOperation());
  if (failed(verifyEpilogue(epilogue)))
    return failure();
  bool isResult = epilogue.getAccumulatorType() == image.getElementType();
  if (getAccumulate() && !isResult)
    return emitOpError("accumulates in a result of ")
           << image.getElementType() << ", not of the sums' "
           << epilogue.getAccumulatorType();
  if (getStored() && !isResult)
    return emitOpError("keeps its sums in the result, of ")
           << image.getElementType() << ", not of the epilogue's "
           << epilogue.getAccumulatorType();
  return success();
}

void WinogradInputOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addDpsEffects(cast<DestinationStyleOpInterface>(getOperation()),
                /*readsInit=*/false, effects);
}

void WinogradOutputOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addDpsEffects(cast<DestinationStyleOpInterface>(getOperation()),
                getAccumulate(), effects);
}

Speculation::Speculatability WinogradInputOp::getSpeculatability() {
  return speculatability(getOperation());
}

Speculation::Speculatability WinogradOutputOp::getSpeculatability() {
  return speculatability(getOperation());
}
