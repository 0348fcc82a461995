//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Address.h"

#include "conv/IR/ElementSize.h"
#include "conv/Schedule/ModelConstants.h"

using namespace mlir;
using namespace mlir::conv;

int64_t mlir::conv::getLineElements(Value memref) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  std::optional<int64_t> bytes = getElementBytes(element);
  return std::max<int64_t>(kLineBytes / bytes.value_or(kLineBytes), 1);
}

FlatView FlatView::create(OpBuilder &b, Location loc, Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
  auto [strides, offset] = type.getStridesAndOffset();
  FlatView view;
  auto flatType =
      MemRefType::get({ShapedType::kDynamic}, type.getElementType(),
                      MemRefLayoutAttrInterface(), type.getMemorySpace());
  // The extent is not used by loads; it only has to be there.
  Value extent = arith::ConstantIndexOp::create(b, loc, int64_t(1) << 40);
  view.flat = memref::ReinterpretCastOp::create(
      b, loc, flatType, metadata.getBaseBuffer(),
      /*offset=*/OpFoldResult(b.getIndexAttr(0)),
      /*sizes=*/ArrayRef<OpFoldResult>{extent},
      /*strides=*/ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  view.offset = ShapedType::isDynamic(offset) ? Address{metadata.getOffset(), 0}
                                              : Address{Value(), offset};
  for (auto [i, stride] : llvm::enumerate(strides))
    view.strides.push_back(ShapedType::isDynamic(stride)
                               ? Address{metadata.getStrides()[i], 0}
                               : Address{Value(), stride});
  return view;
}

FlatView FlatView::createBits(OpBuilder &b, Location loc, Value memref) {
  FlatView view = create(b, loc, memref);
  auto type = cast<MemRefType>(view.flat.getType());
  Type element = type.getElementType();
  if (!element.isF16() && !element.isBF16())
    return view;
  // The same pointer once buffers are pointers.
  view.flat =
      UnrealizedConversionCastOp::create(
          b, loc, MemRefType::Builder(type).setElementType(b.getI16Type()),
          view.flat)
          .getResult(0);
  return view;
}
