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
  // A program may ask for a dimension that there is not.
  AffineMap map = op.getMap(2);
  return pos && *pos >= 0 && *pos < map.getNumResults() &&
         map.getResult(*pos) == getAffineDimExpr(iterator, op.getContext());
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

namespace {

/// What a tile of a contraction reads of its operands.
class TileSlicer {
public:
  TileSlicer(ContractOp op, OpBuilder &b, IterationTile tile)
      : op(op), b(b), loc(op.getLoc()), tile(tile), extents(op.getExtents()),
        rowOrigin(op.getRowOrigin()), inputExprs(op.getMap(0).getResults()) {}

  /// Whether only whole reductions and whole blocks of k are asked for.
  LogicalResult check();
  /// Slices `a`: dimensions that stay inside it to the hull of what the tile
  /// reads; the others are kept whole and shifted by the origin of rows.
  FailureOr<Value> sliceInput();
  /// Slices the filter: packed blocks of k and whole groups.
  Value sliceFilter();

  Value getRowOrigin() const { return rowOrigin; }
  /// The map of the slice of `a`.
  AffineMap getInputMap() {
    return AffineMap::get(ContractOp::NumIterators, 0, inputExprs,
                          op.getContext());
  }

  SmallVector<Operation *> slices; ///< That were made.

private:
  /// An offset and a size.
  using Part = std::pair<OpFoldResult, OpFoldResult>;

  bool hasAll(unsigned i) const {
    return coversWhole(tile.offsets[i], tile.sizes[i], extents[i]);
  }
  bool isTiled(unsigned i) {
    return !hasWhole(op, i, tile.offsets[i], tile.sizes[i], extents[i]);
  }
  bool isGroup(int64_t dim) {
    AffineExpr expr = op.getMap(0).getResult(dim);
    return expr.getKind() == AffineExprKind::FloorDiv &&
           expr.isFunctionOfDim(ContractOp::K);
  }
  Part getWhole(int64_t dim) {
    return {b.getIndexAttr(0), getSize(b, loc, op.getA(), dim)};
  }

  LogicalResult flattenInput();
  void moveRowOrigin();
  FailureOr<Part> sliceGroups();
  FailureOr<Part> keepWhole(int64_t dim);
  FailureOr<Part> sliceHull(int64_t dim);

  ContractOp op;
  OpBuilder &b;
  Location loc;
  IterationTile tile;
  SmallVector<int64_t> extents;
  Value rowOrigin;
  bool shiftsRows = false;
  SmallVector<AffineExpr> inputExprs;
  /// By dimension of `a`: coefficients of the iterators and the constant; zeros
  /// for blocks of channels and groups of output channels.
  SmallVector<SmallVector<int64_t>> flats;
};

} // namespace

LogicalResult TileSlicer::check() {
  for (unsigned i : {ContractOp::R, ContractOp::S, ContractOp::C})
    if (!hasAll(i))
      return op.emitOpError("reductions r, s and c cannot be tiled");
  int64_t cOb = op.getSchedule().getCOb();
  std::optional<int64_t> channels =
      getConstantIntValue(tile.sizes[ContractOp::K]);
  if (!hasAll(ContractOp::K) && (!channels || *channels % cOb != 0))
    return op.emitOpError("k can be tiled only by multiples of c_ob = ") << cOb;
  return success();
}

LogicalResult TileSlicer::flattenInput() {
  AffineMap map = op.getMap(0);
  for (int64_t dim = 0; dim < map.getNumResults(); ++dim) {
    AffineExpr expr = map.getResult(dim);
    SmallVector<int64_t> &flat =
        flats.emplace_back(ContractOp::NumIterators + 1, 0);
    // Blocks of channels run over a reduction, which is not tiled; groups of
    // output channels are sliced by themselves.
    if ((op.getChannelBlock() != 0 && expr.isFunctionOfDim(ContractOp::C)) ||
        isGroup(dim))
      continue;
    if (failed(
            getFlattenedAffineExpr(expr, ContractOp::NumIterators, 0, &flat)))
      return failure();
  }
  return success();
}

/// row_origin shifts every dimension that runs over ho: where one of them needs
/// it, none is sliced along ho. A slice of unknown extent would hide that the
/// tile stays inside.
void TileSlicer::moveRowOrigin() {
  constexpr unsigned ho = ContractOp::Ho;
  for (auto [dim, flat] : llvm::enumerate(flats))
    shiftsRows |= isTiled(ho) && flat[ho] != 0 &&
                  (!op.isInBounds(dim) || !getConstantIntValue(tile.sizes[ho]));
  if (!shiftsRows)
    return;
  OpFoldResult origin = tile.offsets[ho];
  if (rowOrigin)
    origin = affineApply(b, loc, b.getAffineDimExpr(0) + b.getAffineDimExpr(1),
                         {rowOrigin, origin});
  rowOrigin = getValueOrCreateConstantIndexOp(b, loc, origin);
}

FailureOr<TileSlicer::Part> TileSlicer::sliceGroups() {
  constexpr unsigned k = ContractOp::K;
  int64_t outputs = op.getGroupOutputs();
  int64_t channels = *getConstantIntValue(tile.sizes[k]);
  if (channels % outputs != 0)
    return op.emitOpError("k can be tiled only by whole groups of ")
               << outputs << " output channels",
           failure();
  return Part(affineApply(b, loc, b.getAffineDimExpr(0).floorDiv(outputs),
                          ArrayRef<OpFoldResult>{tile.offsets[k]}),
              b.getIndexAttr(channels / outputs));
}

FailureOr<TileSlicer::Part> TileSlicer::keepWhole(int64_t dim) {
  for (auto [i, name] :
       {std::pair(ContractOp::N, "n"), std::pair(ContractOp::G, "g"),
        std::pair(ContractOp::Wo, "wo"), std::pair(ContractOp::K, "k")})
    if (flats[dim][i] != 0 && isTiled(i))
      return op.emitOpError()
                 << name << " cannot be tiled across a padded border",
             failure();
  return getWhole(dim);
}

FailureOr<TileSlicer::Part> TileSlicer::sliceHull(int64_t dim) {
  ArrayRef<int64_t> flat = flats[dim];
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  OpFoldResult first = b.getIndexAttr(0), extent = b.getIndexAttr(1);
  bool tiled = false;
  for (unsigned i : {ContractOp::N, ContractOp::G, ContractOp::Ho,
                     ContractOp::Wo, ContractOp::K}) {
    if (flat[i] == 0 || !isTiled(i))
      continue;
    tiled = true;
    first = affineApply(b, loc, d0 + d1 * flat[i], {first, tile.offsets[i]});
  }
  if (!tiled)
    return getWhole(dim);
  if (llvm::any_of(flat.drop_back(), [](int64_t c) { return c < 0; }))
    return op.emitOpError("a dimension that runs backwards cannot be tiled"),
           failure();
  for (unsigned i = 0; i < ContractOp::NumIterators; ++i)
    if (flat[i] > 0)
      extent =
          affineApply(b, loc, d0 + (d1 - 1) * flat[i], {extent, tile.sizes[i]});
  inputExprs[dim] = inputExprs[dim] - flat.back();
  return Part(
      affineApply(b, loc, d0 + flat.back(), ArrayRef<OpFoldResult>{first}),
      extent);
}

FailureOr<Value> TileSlicer::sliceInput() {
  if (failed(flattenInput()))
    return failure();
  moveRowOrigin();
  SmallVector<OpFoldResult> offsets, sizes;
  for (auto [dim, flat] : llvm::enumerate(flats)) {
    bool leaves =
        !op.isInBounds(dim) || (shiftsRows && flat[ContractOp::Ho] != 0);
    FailureOr<Part> part = isGroup(dim) && !hasAll(ContractOp::K)
                               ? sliceGroups()
                           : leaves ? keepWhole(dim)
                                    : sliceHull(dim);
    if (failed(part))
      return failure();
    offsets.push_back(part->first);
    sizes.push_back(part->second);
  }
  return slice(b, loc, op.getA(), offsets, sizes, slices);
}

Value TileSlicer::sliceFilter() {
  bool packed = op.getSchedule().getFilter() == FilterForm::Packed;
  int64_t cOb = op.getSchedule().getCOb();
  SmallVector<OpFoldResult> offsets, sizes;
  for (auto [dim, iterator] :
       llvm::enumerate(getPlainIterators(op.getMap(1)))) {
    if (packed && dim == 1 && !hasAll(ContractOp::K)) {
      offsets.push_back(
          affineApply(b, loc, b.getAffineDimExpr(0).floorDiv(cOb),
                      ArrayRef<OpFoldResult>{tile.offsets[ContractOp::K]}));
      sizes.push_back(b.getIndexAttr(
          *getConstantIntValue(tile.sizes[ContractOp::K]) / cOb));
      continue;
    }
    bool whole = iterator < 0 || hasAll(iterator);
    offsets.push_back(whole ? OpFoldResult(b.getIndexAttr(0))
                            : tile.offsets[iterator]);
    sizes.push_back(whole ? getSize(b, loc, op.getB(), dim)
                          : tile.sizes[iterator]);
  }
  return slice(b, loc, op.getB(), offsets, sizes, slices);
}

FailureOr<TilingResult>
ContractOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,
                                   ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  IterationTile tile{offsets, sizes};
  TileSlicer slicer(*this, b, tile);
  if (failed(slicer.check()))
    return failure();
  FailureOr<Value> a = slicer.sliceInput();
  if (failed(a))
    return failure();
  Value filter = slicer.sliceFilter();
  SmallVector<int> outIterators = getPlainIterators(getMap(2));
  Value init = sliceBy(b, loc, getInit(), outIterators, tile, slicer.slices);
  Epilogue epilogue =
      sliceEpilogue(b, loc, cast<EpilogueOpInterface>(getOperation()),
                    outIterators, tile, slicer.slices);
  SmallVector<Attribute> maps(getIndexingMaps().getAsRange<Attribute>());
  maps[0] = AffineMapAttr::get(slicer.getInputMap());

  TypeRange results;
  Type initType = init.getType();
  if (isa<TensorType>(initType))
    results = TypeRange(initType);
  auto tiled = ContractOp::create(b, loc, results, *a, filter, init, epilogue,
                                  slicer.getRowOrigin(), b.getArrayAttr(maps),
                                  getStore(), getCPack(), getAccumulate(),
                                  getScheduleAttr(), getHighAttr());
  tiled.setUnsignedInput(getUnsignedInput());
  tiled.setRebasedInput(getRebasedInput());
  tiled.setPaddingValue(getPaddingValue());
  return TilingResult{
      {tiled}, SmallVector<Value>(tiled->getResults()), slicer.slices};
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
