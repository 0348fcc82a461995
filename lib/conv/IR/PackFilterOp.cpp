//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// conv.pack_filter: verification, effects.
///
//===----------------------------------------------------------------------===//

#include "OpUtils.h"
#include "conv/IR/Winograd.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

ShapedType PackFilterOp::getFilterType() {
  return cast<ShapedType>(getFilter().getType());
}
ShapedType PackFilterOp::getPackedType() {
  return cast<ShapedType>(getInit().getType());
}

void PackFilterOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addDpsEffects(cast<DestinationStyleOpInterface>(getOperation()),
                /*readsInit=*/false, effects);
}

Speculation::Speculatability PackFilterOp::getSpeculatability() {
  return speculatability(getOperation());
}

SmallVector<int64_t> PackFilterOp::getPackedShape(ArrayRef<int64_t> shape,
                                                  StringRef layout, int64_t cOb,
                                                  int64_t cPack,
                                                  ArrayRef<int64_t> winograd) {
  auto extent = [&](char letter) -> int64_t {
    size_t pos = layout.find(letter);
    return pos == StringRef::npos ? 1 : shape[pos];
  };
  if (!winograd.empty())
    return {extent('g'),
            llvm::divideCeilSigned(extent('k'), cOb),
            getWinogradPoints({winograd[0], winograd[1]}),
            1,
            1,
            1,
            extent('c'),
            cOb};
  SmallVector<int64_t> packed{
      extent('g'), llvm::divideCeilSigned(extent('k'), cOb),   extent('r'),
      extent('s'), llvm::divideCeilSigned(extent('c'), cPack), cOb};
  if (cPack > 1)
    packed.push_back(cPack);
  return packed;
}

SmallVector<int64_t> PackFilterOp::getMergedShape(ArrayRef<int64_t> shape,
                                                  StringRef layout,
                                                  int64_t cOb) {
  SmallVector<int64_t> merged = getPackedShape(shape, layout, cOb, /*cPack=*/1);
  size_t k = layout.find('k');
  int64_t outputs = k == StringRef::npos ? 1 : shape[k];
  merged[1] = llvm::divideCeilSigned(merged[0] * outputs, cOb);
  merged[0] = 1;
  return merged;
}

int64_t PackFilterOp::getMergedGroup() {
  size_t g = getLayout().find('g'), k = getLayout().find('k');
  if (g == StringRef::npos || getFilterType().getDimSize(g) <= 1 ||
      getPackedType().getDimSize(0) != 1)
    return 0;
  return k == StringRef::npos ? 1 : getFilterType().getDimSize(k);
}

/// What a transformation of the windows asks for beside a packed shape.
static LogicalResult verifyTransformation(PackFilterOp op) {
  ArrayRef<int64_t> tile = *op.getWinograd();
  if (!isWinogradTile(tile))
    return op.emitOpError("has no matrices for winograd = [") << tile << "]";
  if (op.getCPack() != 1)
    return op.emitOpError("transforms windows with c_pack = 1, got ")
           << op.getCPack();
  if (!op.getFilterType().getElementType().isF32())
    return op.emitOpError("transforms windows of f32, not of ")
           << op.getFilterType().getElementType();
  for (char letter : StringRef("rs")) {
    size_t pos = op.getLayout().find(letter);
    int64_t taps =
        pos == StringRef::npos ? 1 : op.getFilterType().getDimSize(pos);
    if (taps != kWinogradTaps)
      return op.emitOpError("transforms windows of ")
             << kWinogradTaps << " taps, along '" << Twine(letter)
             << "' there are " << taps;
  }
  return success();
}

LogicalResult PackFilterOp::verify() {
  if (failed(verifyDps(getOperation(), {getFilter()})))
    return failure();
  StringRef layout = getLayout();
  if (layout.empty())
    return emitOpError("layout names no dimension");
  for (auto [i, letter] : llvm::enumerate(layout))
    if (!StringRef("gkcrs").contains(letter) ||
        layout.drop_front(i + 1).contains(letter))
      return emitOpError("layout '") << layout
                                     << "' is not made of distinct letters of "
                                        "'gkcrs'";
  if (static_cast<int64_t>(layout.size()) != getFilterType().getRank())
    return emitOpError("filter has rank ")
           << getFilterType().getRank() << " but layout names '" << layout
           << "'";
  if (!getFilterType().hasStaticShape())
    return emitOpError("filter of type ")
           << getFilterType() << " must have a static shape";
  int64_t cPack = getCPack();
  if (!isChannelPack(cPack))
    return emitOpError("c_pack must be a power of two up to 256, got ")
           << cPack;
  if (getWinograd() && failed(verifyTransformation(*this)))
    return failure();
  int64_t rank = getWinograd() ? 8 : cPack > 1 ? 7 : 6;
  if (getPackedType().getRank() != rank)
    return emitOpError("packed filter of type ")
           << getPackedType() << " must have rank " << rank;
  if (ShapedType::isDynamic(getBlock()) || getBlock() == 0)
    return emitOpError("packed filter of type ")
           << getPackedType() << " must have a static block of k in dimension "
           << (getWinograd() ? 7 : 5);
  SmallVector<int64_t> want =
      getPackedShape(getFilterType().getShape(), layout, getBlock(), cPack,
                     getWinograd().value_or(ArrayRef<int64_t>()));
  if (getMergedGroup() != 0 && !getWinograd() && cPack == 1)
    want = getMergedShape(getFilterType().getShape(), layout, getBlock());
  if (llvm::ArrayRef<int64_t>(want) != getPackedType().getShape())
    return emitOpError("packed filter of type ")
           << getPackedType() << " should be "
           << RankedTensorType::get(want, getPackedType().getElementType());
  Type element = getFilterType().getElementType(),
       stored = getPackedType().getElementType();
  if (getWinograd() && element != stored)
    return emitOpError("transforms windows of ")
           << element << " into such, not into " << stored;
  return success();
}
