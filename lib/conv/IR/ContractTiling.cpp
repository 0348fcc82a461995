//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// TilingInterface of conv.contract.
///
/// Outputs, filters and epilogue operands are sliced. The input of a tile of
/// rows is sliced where the tile cannot reach the padding; otherwise the
/// contraction keeps the whole input and shifts its rows by `row_origin`, so
/// that the true borders stay known:
///
///   for ho by band:
///     conv.contract ins(%x, %p) row_origin(%ho) outs(%o[ho : ho + band])
///
//===----------------------------------------------------------------------===//

#include "TilingUtils.h"
#include "conv/IR/Conv.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/Interfaces/ShapedOpInterfaces.h"

using namespace mlir;
using namespace mlir::conv;

/// Iterator of each dimension of a map whose results are plain iterators or
/// nothing tiled (-1).
static SmallVector<int> getPlainIterators(AffineMap map) {
  SmallVector<int> iterators;
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    iterators.push_back(dim ? static_cast<int>(dim.getPosition()) : -1);
  }
  return iterators;
}

/// Whether a tile has all of `iterator`: by its numbers, or, of an extent that
/// only the program knows, by asking the output for it.
static bool hasWhole(ContractOp op, unsigned iterator, OpFoldResult offset,
                     OpFoldResult size, int64_t extent) {
  if (coversWhole(offset, size, extent))
    return true;
  auto value = dyn_cast<Value>(size);
  auto dim = value ? value.getDefiningOp<ShapedDimOpInterface>() : nullptr;
  if (!isConstantIntValue(offset, 0) || !dim ||
      dim.getShapedValue() != op.getInit())
    return false;
  std::optional<int64_t> pos = getConstantIntValue(dim.getDimension());
  return pos && op.getMap(2).getResult(*pos) ==
                    getAffineDimExpr(iterator, op.getContext());
}

SmallVector<utils::IteratorType> ContractOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types(NumIterators,
                                         utils::IteratorType::parallel);
  for (unsigned i : {R, S, C})
    types[i] = utils::IteratorType::reduction;
  return types;
}

SmallVector<Range> ContractOp::getIterationDomain(OpBuilder &b) {
  SmallVector<OpFoldResult> sizes(NumIterators, b.getIndexAttr(1));
  for (auto [dim, iterator] : llvm::enumerate(getPlainIterators(getMap(2))))
    sizes[iterator] = getSize(b, getLoc(), getInit(), dim);
  // The filter's shape is static where it is iterated.
  SmallVector<int64_t> extents = getExtents();
  for (unsigned i : {R, S, C})
    sizes[i] = b.getIndexAttr(extents[i]);
  return makeDomain(b, sizes);
}

FailureOr<TilingResult>
ContractOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                                   ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  SmallVector<int64_t> extents = getExtents();
  for (unsigned i : {R, S, C})
    if (!coversWhole(offsets[i], sizes[i], extents[i]))
      return emitOpError("reductions r, s and c cannot be tiled"), failure();
  int64_t cOb = getSchedule().getCOb();
  bool wholeK = coversWhole(offsets[K], sizes[K], extents[K]);
  std::optional<int64_t> kSize = getConstantIntValue(sizes[K]);
  if (!wholeK && (!kSize || *kSize % cOb != 0))
    return emitOpError("k can be tiled only by multiples of c_ob = ") << cOb,
           failure();

  IterationTile tile{offsets, sizes};
  SmallVector<Operation *> slices;
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);

  // The input. Dimensions that stay inside it are sliced to the hull of what
  // the tile reads; the others are kept whole and shifted by row_origin.
  AffineMap aMap = getMap(0);
  SmallVector<OpFoldResult> aOffsets, aSizes;
  SmallVector<AffineExpr> aExprs(aMap.getResults());
  Value rowOrigin = getRowOrigin();
  int64_t groupOutputs = getGroupOutputs();
  auto isGroup = [](AffineExpr expr) {
    return expr.getKind() == AffineExprKind::FloorDiv &&
           expr.isFunctionOfDim(K);
  };
  SmallVector<SmallVector<int64_t>> flats(aMap.getNumResults());
  for (auto [flat, expr] : llvm::zip(flats, aMap.getResults())) {
    // Blocks of channels run over a reduction, which is not tiled; groups of
    // output channels are sliced by themselves.
    flat.assign(NumIterators + 1, 0);
    if ((getChannelBlock() != 0 && expr.isFunctionOfDim(C)) || isGroup(expr))
      continue;
    if (failed(getFlattenedAffineExpr(expr, NumIterators, 0, &flat)))
      return failure();
  }
  auto isTiled = [&](unsigned i) {
    return !hasWhole(*this, i, offsets[i], sizes[i], extents[i]);
  };
  // row_origin shifts every dimension that runs over ho: where one of them
  // needs it, none is sliced along ho. A slice of unknown extent would hide
  // that the tile stays inside.
  bool shiftRows = false;
  for (auto [dim, flat] : llvm::enumerate(flats))
    shiftRows |= isTiled(Ho) && flat[Ho] != 0 &&
                 (!isInBounds(dim) || !getConstantIntValue(sizes[Ho]));
  if (shiftRows) {
    OpFoldResult origin = offsets[Ho];
    if (rowOrigin)
      origin = affineApply(b, loc, d0 + d1, {rowOrigin, origin});
    rowOrigin = getValueOrCreateConstantIndexOp(b, loc, origin);
  }
  for (unsigned dim = 0; dim < aMap.getNumResults(); ++dim) {
    ArrayRef<int64_t> flat = flats[dim];
    OpFoldResult whole = getSize(b, loc, getA(), dim);
    if (isGroup(aMap.getResult(dim)) && !wholeK) {
      if (*kSize % groupOutputs != 0)
        return emitOpError("k can be tiled only by whole groups of ")
                   << groupOutputs << " output channels",
               failure();
      aOffsets.push_back(affineApply(b, loc, d0.floorDiv(groupOutputs),
                                     ArrayRef<OpFoldResult>{offsets[K]}));
      aSizes.push_back(b.getIndexAttr(*kSize / groupOutputs));
      continue;
    }
    if (!isInBounds(dim) || (shiftRows && flat[Ho] != 0)) {
      for (auto [i, name] : {std::pair(N, "n"), std::pair(G, "g"),
                             std::pair(Wo, "wo"), std::pair(K, "k")})
        if (flat[i] != 0 && isTiled(i))
          return emitOpError()
                     << name << " cannot be tiled across a padded border",
                 failure();
      aOffsets.push_back(b.getIndexAttr(0));
      aSizes.push_back(whole);
      continue;
    }
    OpFoldResult first = b.getIndexAttr(0), extent = b.getIndexAttr(1);
    bool tiled = false;
    for (unsigned i : {N, G, Ho, Wo, K}) {
      if (flat[i] == 0 || !isTiled(i))
        continue;
      tiled = true;
      first = affineApply(b, loc, d0 + d1 * flat[i], {first, offsets[i]});
    }
    if (!tiled) {
      aOffsets.push_back(b.getIndexAttr(0));
      aSizes.push_back(whole);
      continue;
    }
    if (llvm::any_of(flat.drop_back(), [](int64_t c) { return c < 0; }))
      return emitOpError("a dimension that runs backwards cannot be tiled"),
             failure();
    for (unsigned i = 0; i < NumIterators; ++i)
      if (flat[i] > 0)
        extent =
            affineApply(b, loc, d0 + (d1 - 1) * flat[i], {extent, sizes[i]});
    aOffsets.push_back(
        affineApply(b, loc, d0 + flat.back(), ArrayRef<OpFoldResult>{first}));
    aSizes.push_back(extent);
    aExprs[dim] = aMap.getResult(dim) - flat.back();
  }
  Value a = slice(b, loc, getA(), aOffsets, aSizes, slices);

  // The filter: packed blocks of k and whole groups.
  Value filter = getB();
  bool packed = getSchedule().getFilter() == FilterForm::Packed;
  SmallVector<int> bIterators = getPlainIterators(getMap(1));
  SmallVector<OpFoldResult> bOffsets, bSizes;
  for (auto [dim, iterator] : llvm::enumerate(bIterators)) {
    if (packed && dim == 1 && !wholeK) {
      bOffsets.push_back(affineApply(b, loc, d0.floorDiv(cOb),
                                     ArrayRef<OpFoldResult>{offsets[K]}));
      bSizes.push_back(b.getIndexAttr(*kSize / cOb));
      continue;
    }
    bool whole = iterator < 0 || coversWhole(offsets[iterator], sizes[iterator],
                                             extents[iterator]);
    bOffsets.push_back(whole ? OpFoldResult(b.getIndexAttr(0))
                             : offsets[iterator]);
    bSizes.push_back(whole ? getSize(b, loc, filter, dim) : sizes[iterator]);
  }
  filter = slice(b, loc, filter, bOffsets, bSizes, slices);

  SmallVector<int> outIterators = getPlainIterators(getMap(2));
  Value init = sliceBy(b, loc, getInit(), outIterators, tile, slices);
  Epilogue epilogue =
      sliceEpilogue(b, loc, cast<EpilogueOpInterface>(getOperation()),
                    outIterators, tile, slices);
  SmallVector<Attribute> maps(getIndexingMaps().getAsRange<Attribute>());
  maps[0] =
      AffineMapAttr::get(AffineMap::get(NumIterators, 0, aExprs, getContext()));

  TypeRange results;
  Type initType = init.getType();
  if (isa<TensorType>(initType))
    results = TypeRange(initType);
  auto tiled =
      ContractOp::create(b, loc, results, a, filter, init, epilogue, rowOrigin,
                         b.getArrayAttr(maps), getStore(), getCPack(),
                         getAccumulate(), getScheduleAttr(), getHighAttr());
  tiled.setUnsignedInput(getUnsignedInput());
  tiled.setRebasedInput(getRebasedInput());
  tiled.setPaddingValue(getPaddingValue());
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

LogicalResult ContractOp::getResultTilePosition(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  gatherTile(getPlainIterators(getMap(2)), {offsets, sizes}, resultOffsets,
             resultSizes);
  return success();
}

FailureOr<TilingResult>
ContractOp::generateResultTileValue(OpBuilder &b, unsigned,
                                    ArrayRef<OpFoldResult> offsets,
                                    ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> iterOffsets, iterSizes;
  for (Range range : getIterationDomain(b)) {
    iterOffsets.push_back(range.offset);
    iterSizes.push_back(range.size);
  }
  scatterTile(getPlainIterators(getMap(2)), {offsets, sizes}, iterOffsets,
              iterSizes);
  return getTiledImplementation(b, iterOffsets, iterSizes);
}
