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
                                                  int64_t cPack) {
  auto extent = [&](char letter) -> int64_t {
    size_t pos = layout.find(letter);
    return pos == StringRef::npos ? 1 : shape[pos];
  };
  SmallVector<int64_t> packed{
      extent('g'), llvm::divideCeilSigned(extent('k'), cOb),   extent('r'),
      extent('s'), llvm::divideCeilSigned(extent('c'), cPack), cOb};
  if (cPack > 1)
    packed.push_back(cPack);
  return packed;
}

LogicalResult PackFilterOp::verify() {
  if (failed(verifyDps(getOperation())))
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
  if (cPack != 1 && cPack != 2 && cPack != 4)
    return emitOpError("c_pack must be 1, 2 or 4, got ") << cPack;
  if (getPackedType().getRank() != (cPack > 1 ? 7 : 6))
    return emitOpError("packed filter of type ")
           << getPackedType() << " must have rank " << (cPack > 1 ? 7 : 6);
  if (ShapedType::isDynamic(getPackedType().getDimSize(5)) ||
      getPackedType().getDimSize(5) == 0)
    return emitOpError("packed filter of type ")
           << getPackedType()
           << " must have a static block of k in dimension 5";
  SmallVector<int64_t> want = getPackedShape(
      getFilterType().getShape(), layout, getPackedType().getDimSize(5), cPack);
  if (llvm::ArrayRef<int64_t>(want) != getPackedType().getShape())
    return emitOpError("packed filter of type ")
           << getPackedType() << " should be "
           << RankedTensorType::get(want, getPackedType().getElementType());
  return success();
}
