//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Slices and domains of tiles, on tensors and on memrefs.
///
//===----------------------------------------------------------------------===//

#include "TilingUtils.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/AffineExpr.h"

using namespace mlir;
using namespace mlir::conv;

OpFoldResult mlir::conv::getSize(OpBuilder &b, Location loc, Value value,
                                 int64_t dim) {
  auto type = cast<ShapedType>(value.getType());
  if (!type.isDynamicDim(dim))
    return b.getIndexAttr(type.getDimSize(dim));
  if (isa<TensorType>(type))
    return tensor::DimOp::create(b, loc, value, dim).getResult();
  return memref::DimOp::create(b, loc, value, dim).getResult();
}

bool mlir::conv::coversWhole(OpFoldResult offset, OpFoldResult size,
                             int64_t extent) {
  return isConstantIntValue(offset, 0) && !ShapedType::isDynamic(extent) &&
         isConstantIntValue(size, extent);
}

Value mlir::conv::slice(OpBuilder &b, Location loc, Value value,
                        ArrayRef<OpFoldResult> offsets,
                        ArrayRef<OpFoldResult> sizes,
                        SmallVectorImpl<Operation *> &slices) {
  ArrayRef<int64_t> shape = cast<ShapedType>(value.getType()).getShape();
  if (llvm::all_of(llvm::zip(offsets, sizes, shape), [](auto dim) {
        auto [offset, size, extent] = dim;
        return coversWhole(offset, size, extent);
      }))
    return value;
  SmallVector<OpFoldResult> strides(offsets.size(), b.getIndexAttr(1));
  Operation *op;
  if (isa<TensorType>(value.getType()))
    op = tensor::ExtractSliceOp::create(b, loc, value, offsets, sizes, strides);
  else
    op = memref::SubViewOp::create(b, loc, value, offsets, sizes, strides);
  slices.push_back(op);
  return op->getResult(0);
}

void mlir::conv::gatherTile(ArrayRef<int> iterators, const IterationTile &tile,
                            SmallVectorImpl<OpFoldResult> &offsets,
                            SmallVectorImpl<OpFoldResult> &sizes) {
  for (int iterator : iterators) {
    offsets.push_back(tile.offsets[iterator]);
    sizes.push_back(tile.sizes[iterator]);
  }
}

void mlir::conv::scatterTile(ArrayRef<int> iterators,
                             const IterationTile &resultTile,
                             MutableArrayRef<OpFoldResult> offsets,
                             MutableArrayRef<OpFoldResult> sizes) {
  for (auto [dim, iterator] : llvm::enumerate(iterators)) {
    offsets[iterator] = resultTile.offsets[dim];
    sizes[iterator] = resultTile.sizes[dim];
  }
}

Value mlir::conv::sliceBy(OpBuilder &b, Location loc, Value value,
                          ArrayRef<int> iterators, const IterationTile &tile,
                          SmallVectorImpl<Operation *> &slices) {
  SmallVector<OpFoldResult> offsets, sizes;
  for (auto [dim, iterator] : llvm::enumerate(iterators)) {
    if (iterator < 0) {
      offsets.push_back(b.getIndexAttr(0));
      sizes.push_back(getSize(b, loc, value, dim));
      continue;
    }
    offsets.push_back(tile.offsets[iterator]);
    sizes.push_back(tile.sizes[iterator]);
  }
  return slice(b, loc, value, offsets, sizes, slices);
}

Epilogue mlir::conv::sliceEpilogue(OpBuilder &b, Location loc,
                                   EpilogueOpInterface op,
                                   ArrayRef<int> outIterators,
                                   const IterationTile &tile,
                                   SmallVectorImpl<Operation *> &slices) {
  Epilogue epilogue = Epilogue::of(op);
  for (auto [operand, map] : llvm::zip(epilogue.operands, epilogue.maps)) {
    if (!isa<ShapedType>(operand.getType()))
      continue;
    // Dimensions of one element and blocks of channels stay whole.
    SmallVector<int> iterators;
    for (AffineExpr expr : map.getResults()) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      iterators.push_back(dim ? outIterators[dim.getPosition()] : -1);
    }
    operand = sliceBy(b, loc, operand, iterators, tile, slices);
  }
  return epilogue;
}

SmallVector<Range> mlir::conv::makeDomain(OpBuilder &b,
                                          ArrayRef<OpFoldResult> sizes) {
  SmallVector<Range> domain;
  for (OpFoldResult size : sizes)
    domain.push_back({b.getIndexAttr(0), size, b.getIndexAttr(1)});
  return domain;
}

OpFoldResult mlir::conv::affineApply(OpBuilder &b, Location loc,
                                     AffineExpr expr,
                                     ArrayRef<OpFoldResult> operands) {
  return affine::makeComposedFoldedAffineApply(b, loc, expr, operands);
}
