//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Parts of filters: slices, copies of what runs backwards, and constants.
///
//===----------------------------------------------------------------------===//

#include "RaiseFilter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// Alignment of constants in the object: a line of the caches.
static constexpr size_t kConstantAlignment = 64;
/// Up to this size a constant is written into the IR itself.
static constexpr size_t kInlineConstantBytes = 256;

SmallVector<FilterDim>
mlir::conv::raise::getWholeFilter(ArrayRef<int64_t> shape) {
  SmallVector<FilterDim> dims;
  for (int64_t size : shape)
    dims.push_back({/*offset=*/0, size});
  return dims;
}

static SmallVector<int64_t> getPartShape(ArrayRef<FilterDim> dims) {
  SmallVector<int64_t> shape;
  for (const FilterDim &dim : dims)
    if (!dim.dropped)
      shape.push_back(dim.size);
  return shape;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The bytes of `value`, stored without gaps; nothing when they are not there.
static std::optional<ArrayRef<char>> getBytes(ElementsAttr value,
                                              size_t width) {
  ArrayRef<char> bytes;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    bytes = blob->getData();
  } else if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(value)) {
    bytes = dense.getRawData();
    if (dense.isSplat())
      return bytes;
  }
  if (bytes.size() != static_cast<size_t>(value.getNumElements()) * width)
    return std::nullopt;
  return bytes;
}

/// The part `dims` of the constant `value`, or null.
static TypedAttr takePart(ElementsAttr value, ArrayRef<FilterDim> dims) {
  Type element = value.getElementType();
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0)
    return {};
  size_t width = element.getIntOrFloatBitWidth() / 8;
  auto type = RankedTensorType::get(getPartShape(dims), element);
  if (auto dense = dyn_cast<DenseElementsAttr>(value); dense && dense.isSplat())
    return dense.resizeSplat(type);
  std::optional<ArrayRef<char>> source = getBytes(value, width);
  if (!source)
    return {};
  size_t bytes = type.getNumElements() * width;
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(
      bytes, kConstantAlignment, /*dataIsMutable=*/true);
  char *out = blob.getMutableData().data();
  ArrayRef<int64_t> shape = value.getShapedType().getShape();
  SmallVector<int64_t> at(dims.size(), 0);
  for (size_t done = 0; done < bytes; done += width) {
    int64_t from = 0;
    for (auto [dim, size, i] : llvm::zip_equal(dims, shape, at))
      from = from * size + dim.offset + i * dim.stride;
    std::memcpy(out + done, source->data() + from * width, width);
    for (size_t d = dims.size(); d-- > 0;) {
      if (++at[d] < dims[d].size)
        break;
      at[d] = 0;
    }
  }
  if (bytes <= kInlineConstantBytes)
    return DenseElementsAttr::getFromRawBuffer(type, blob.getData());
  return DenseResourceElementsAttr::get(type, "filter_part", std::move(blob));
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// The part `dims`, all of whose strides are positive.
static Value slice(OpBuilder &builder, Location loc, Value filter,
                   ArrayRef<FilterDim> dims) {
  auto type = cast<ShapedType>(filter.getType());
  SmallVector<OpFoldResult> offsets, sizes, strides;
  for (const FilterDim &dim : dims) {
    offsets.push_back(builder.getIndexAttr(dim.offset));
    sizes.push_back(builder.getIndexAttr(dim.size));
    strides.push_back(builder.getIndexAttr(dim.stride));
  }
  SmallVector<int64_t> shape = getPartShape(dims);
  if (isa<RankedTensorType>(type))
    return tensor::ExtractSliceOp::create(
        builder, loc, RankedTensorType::get(shape, type.getElementType()),
        filter, offsets, sizes, strides);
  auto memref = memref::SubViewOp::inferRankReducedResultType(
      shape, cast<MemRefType>(type), offsets, sizes, strides);
  return memref::SubViewOp::create(builder, loc, memref, filter, offsets, sizes,
                                   strides);
}

/// A copy of the part `dims`.
static Value copy(OpBuilder &builder, Location loc, Value filter,
                  ArrayRef<FilterDim> dims, SmallVectorImpl<Value> &buffers) {
  MLIRContext *ctx = builder.getContext();
  Type element = getElementTypeOrSelf(filter.getType());
  bool tensor = isa<RankedTensorType>(filter.getType());
  SmallVector<int64_t> shape = getPartShape(dims);
  SmallVector<AffineExpr> results;
  unsigned loop = 0;
  for (const FilterDim &dim : dims) {
    AffineExpr expr = getAffineConstantExpr(dim.offset, ctx);
    if (!dim.dropped)
      expr = expr + getAffineDimExpr(loop++, ctx) * dim.stride;
    results.push_back(expr);
  }
  Value to;
  if (tensor) {
    to = tensor::EmptyOp::create(builder, loc, shape, element);
  } else {
    to = memref::AllocOp::create(builder, loc, MemRefType::get(shape, element));
    buffers.push_back(to);
  }
  AffineMap maps[] = {AffineMap::get(loop, 0, results, ctx),
                      AffineMap::getMultiDimIdentityMap(loop, ctx)};
  SmallVector<utils::IteratorType> iterators(loop,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, tensor ? TypeRange(to.getType()) : TypeRange(), filter, to,
      maps, iterators, [](OpBuilder &b, Location l, ValueRange args) {
        linalg::YieldOp::create(b, l, args.front());
      });
  return tensor ? generic.getResult(0) : to;
}

Value mlir::conv::raise::createFilterPart(OpBuilder &builder, Location loc,
                                          Value filter,
                                          ArrayRef<FilterDim> dims,
                                          SmallVectorImpl<Value> &buffers) {
  auto type = cast<ShapedType>(filter.getType());
  bool whole = llvm::all_of(
      llvm::zip_equal(dims, type.getShape()), [](const auto &pair) {
        const FilterDim &dim = std::get<0>(pair);
        return dim.offset == 0 && dim.size == std::get<1>(pair) &&
               dim.stride == 1 && !dim.dropped;
      });
  if (whole)
    return filter;
  ElementsAttr constant;
  if (matchPattern(filter, m_Constant(&constant)))
    if (TypedAttr part = takePart(constant, dims))
      return arith::ConstantOp::create(builder, loc, part);
  if (llvm::any_of(dims, [](const FilterDim &dim) { return dim.stride < 0; }))
    return copy(builder, loc, filter, dims, buffers);
  return slice(builder, loc, filter, dims);
}
