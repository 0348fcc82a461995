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

#include "FoldKnown.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
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

/// The elements of `value` at the indices that `map` makes of those of the
/// result, whose shape is `shape`. Null when they are not known.
static TypedAttr rearrange(ElementsAttr value, AffineMap map,
                           ArrayRef<int64_t> shape) {
  Type element = value.getElementType();
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0)
    return {};
  size_t width = element.getIntOrFloatBitWidth() / 8;
  auto type = RankedTensorType::get(shape, element);
  if (auto dense = dyn_cast<DenseElementsAttr>(value); dense && dense.isSplat())
    return dense.resizeSplat(type);
  std::optional<ArrayRef<char>> source = getBytes(value, width);
  if (!source)
    return {};
  // The place in the buffer is linear in the indices, too.
  AffineExpr place = getAffineConstantExpr(0, map.getContext());
  for (auto [expr, size] :
       llvm::zip_equal(map.getResults(), value.getShapedType().getShape()))
    place = place * size + expr;
  SmallVector<int64_t> flat;
  if (failed(getFlattenedAffineExpr(place, map.getNumDims(), 0, &flat)))
    return {};
  size_t bytes = type.getNumElements() * width;
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(
      bytes, kConstantAlignment, /*dataIsMutable=*/true);
  char *out = blob.getMutableData().data();
  SmallVector<int64_t> at(shape.size(), 0);
  int64_t from = flat.back();
  for (size_t done = 0; done < bytes; done += width) {
    std::memcpy(out + done, source->data() + from * width, width);
    for (size_t d = shape.size(); d-- > 0;) {
      from += flat[d];
      if (++at[d] < shape[d])
        break;
      from -= flat[d] * shape[d];
      at[d] = 0;
    }
  }
  if (bytes <= kInlineConstantBytes)
    return DenseElementsAttr::getFromRawBuffer(type, blob.getData());
  return DenseResourceElementsAttr::get(type, "filter_part", std::move(blob));
}

//===----------------------------------------------------------------------===//
// Rearrangements
//===----------------------------------------------------------------------===//

namespace {

/// Where the elements of a tensor come from.
struct Rearrangement {
  Value source;
  /// From indices of the tensor to those of the source.
  AffineMap map;
};

} // namespace

/// `value`, an index in the body of `op`, by the loops of `op`.
static AffineExpr readLoopIndex(Value value, Operation *op) {
  Operation *source = value.getDefiningOp();
  MLIRContext *ctx = op->getContext();
  if (auto index = dyn_cast_or_null<linalg::IndexOp>(source))
    return getAffineDimExpr(index.getDim(), ctx);
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return getAffineConstantExpr(*constant, ctx);
  if (!isa_and_nonnull<arith::AddIOp, arith::SubIOp, arith::MulIOp>(source))
    return {};
  AffineExpr lhs = readLoopIndex(source->getOperand(0), op);
  AffineExpr rhs = readLoopIndex(source->getOperand(1), op);
  if (!lhs || !rhs)
    return {};
  if (isa<arith::AddIOp>(source))
    return lhs + rhs;
  if (isa<arith::SubIOp>(source))
    return lhs - rhs;
  return lhs.isSymbolicOrConstant() || rhs.isSymbolicOrConstant() ? lhs * rhs
                                                                  : nullptr;
}

/// What an elementwise operation that only copies reads: an input by its map,
/// or a tensor at computed indices.
static std::optional<Rearrangement> readCopy(linalg::GenericOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 ||
      op.getNumLoops() != op.getNumParallelLoops() ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
    return std::nullopt;
  Value yielded = op.getBlock()->getTerminator()->getOperand(0);
  if (auto argument = dyn_cast<BlockArgument>(yielded);
      argument && argument.getOwner() == op.getBlock() &&
      argument.getArgNumber() < op.getNumDpsInputs()) {
    OpOperand *input = op.getDpsInputOperand(argument.getArgNumber());
    return Rearrangement{input->get(), op.getMatchingIndexingMap(input)};
  }
  auto extract = yielded.getDefiningOp<tensor::ExtractOp>();
  if (!extract || extract->getBlock() != op.getBlock() ||
      op->isProperAncestor(extract.getTensor().getParentBlock()->getParentOp()))
    return std::nullopt;
  SmallVector<AffineExpr> exprs;
  for (Value index : extract.getIndices()) {
    exprs.push_back(readLoopIndex(index, op));
    if (!exprs.back())
      return std::nullopt;
  }
  return Rearrangement{
      extract.getTensor(),
      AffineMap::get(op.getNumLoops(), 0, exprs, op.getContext())};
}

/// Where the elements of `value` come from, when they are those of one tensor.
static std::optional<Rearrangement> readRearrangement(Value value) {
  std::optional<Rearrangement> result;
  if (auto transpose = value.getDefiningOp<linalg::TransposeOp>()) {
    if (transpose.hasPureTensorSemantics())
      result = {transpose.getInput(),
                inversePermutation(AffineMap::getPermutationMap(
                    transpose.getPermutation(), value.getContext()))};
  } else if (auto generic = value.getDefiningOp<linalg::GenericOp>()) {
    result = readCopy(generic);
  }
  auto type = result ? dyn_cast<RankedTensorType>(result->source.getType())
                     : RankedTensorType();
  if (!type || !type.hasStaticShape() || type.getEncoding() ||
      result->map.getNumSymbols() != 0 ||
      type.getElementType() != getElementTypeOrSelf(value.getType()))
    return std::nullopt;
  for (AffineExpr expr : result->map.getResults()) {
    SmallVector<int64_t> flat;
    if (failed(
            getFlattenedAffineExpr(expr, result->map.getNumDims(), 0, &flat)) ||
        flat.size() != result->map.getNumDims() + 1)
      return std::nullopt;
  }
  return result;
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

/// A copy of the elements of `filter` at the indices `map` makes of its own.
static Value copy(OpBuilder &builder, Location loc, Value filter, AffineMap map,
                  ArrayRef<int64_t> shape, SmallVectorImpl<Value> &buffers) {
  Type element = getElementTypeOrSelf(filter.getType());
  bool tensor = isa<RankedTensorType>(filter.getType());
  Value to;
  if (tensor) {
    to = tensor::EmptyOp::create(builder, loc, shape, element);
  } else {
    to = memref::AllocOp::create(builder, loc, MemRefType::get(shape, element));
    buffers.push_back(to);
  }
  AffineMap maps[] = {simplifyAffineMap(map),
                      builder.getMultiDimIdentityMap(shape.size())};
  SmallVector<utils::IteratorType> iterators(shape.size(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, tensor ? TypeRange(to.getType()) : TypeRange(), filter, to,
      maps, iterators, [](OpBuilder &b, Location l, ValueRange args) {
        linalg::YieldOp::create(b, l, args.front());
      });
  return tensor ? generic.getResult(0) : to;
}

/// From the indices of the part `dims` to those of the filter.
static AffineMap getPartMap(ArrayRef<FilterDim> dims, MLIRContext *ctx) {
  SmallVector<AffineExpr> results;
  unsigned kept = 0;
  for (const FilterDim &dim : dims) {
    AffineExpr expr = getAffineConstantExpr(dim.offset, ctx);
    if (!dim.dropped)
      expr = expr + getAffineDimExpr(kept++, ctx) * dim.stride;
    results.push_back(expr);
  }
  return AffineMap::get(kept, 0, results, ctx);
}

/// Looks through rearrangements: `filter` becomes where its elements come from,
/// `map` how. Returns the elements if they are known.
static ElementsAttr findSource(Value &filter, AffineMap &map) {
  while (std::optional<Rearrangement> before = readRearrangement(filter)) {
    map = before->map.compose(map);
    filter = before->source;
  }
  ElementsAttr constant;
  matchPattern(filter, m_Constant(&constant));
  return constant;
}

Value mlir::conv::raise::findFilterSource(Value filter) {
  auto type = cast<ShapedType>(filter.getType());
  AffineMap map =
      AffineMap::getMultiDimIdentityMap(type.getRank(), filter.getContext());
  findSource(filter, map);
  return filter;
}

Value mlir::conv::raise::foldFilter(OpBuilder &builder, Location loc,
                                    Value filter) {
  auto type = dyn_cast<RankedTensorType>(filter.getType());
  if (!type || !type.hasStaticShape())
    return filter;
  Value source = filter;
  AffineMap map = builder.getMultiDimIdentityMap(type.getRank());
  ElementsAttr constant = findSource(source, map);
  if (!constant || source == filter)
    return filter;
  if (TypedAttr folded = rearrange(constant, map, type.getShape()))
    return arith::ConstantOp::create(builder, loc, folded);
  return filter;
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
  SmallVector<int64_t> shape = getPartShape(dims);
  AffineMap map = getPartMap(dims, builder.getContext());
  Value source = filter;
  if (ElementsAttr constant = findSource(source, map))
    if (TypedAttr part = rearrange(constant, map, shape))
      return arith::ConstantOp::create(builder, loc, part);
  bool backwards =
      llvm::any_of(dims, [](const FilterDim &dim) { return dim.stride < 0; });
  if (source != filter || backwards)
    return copy(builder, loc, source, map, shape, buffers);
  return slice(builder, loc, filter, dims);
}

Value mlir::conv::raise::createFilterPermutation(
    OpBuilder &builder, Location loc, Value filter,
    ArrayRef<int64_t> permutation, SmallVectorImpl<Value> &buffers) {
  auto type = cast<ShapedType>(filter.getType());
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> from(permutation.size());
  for (auto [to, dim] : llvm::enumerate(permutation)) {
    shape.push_back(type.getDimSize(dim));
    from[dim] = builder.getAffineDimExpr(to);
  }
  AffineMap map =
      AffineMap::get(permutation.size(), 0, from, builder.getContext());
  Value source = filter;
  AffineMap known = map;
  if (ElementsAttr constant = findSource(source, known))
    if (TypedAttr moved = rearrange(constant, known, shape))
      return arith::ConstantOp::create(builder, loc, moved);
  return copy(builder, loc, filter, map, shape, buffers);
}

Value mlir::conv::raise::createFilterCollapse(
    OpBuilder &builder, Location loc, Value filter,
    ArrayRef<ReassociationIndices> groups) {
  auto type = cast<RankedTensorType>(filter.getType());
  SmallVector<int64_t> shape;
  for (const ReassociationIndices &group : groups) {
    shape.push_back(1);
    for (int64_t dim : group)
      shape.back() *= type.getDimSize(dim);
  }
  ElementsAttr constant;
  matchPattern(filter, m_Constant(&constant));
  if (auto dense = dyn_cast_or_null<DenseElementsAttr>(constant))
    return arith::ConstantOp::create(builder, loc,
                                     dense.reshape(type.clone(shape)));
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(constant))
    return arith::ConstantOp::create(
        builder, loc,
        DenseResourceElementsAttr::get(type.clone(shape),
                                       resource.getRawHandle()));
  return tensor::CollapseShapeOp::create(builder, loc, filter, groups);
}
