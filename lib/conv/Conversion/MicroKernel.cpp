//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The micro-kernel: conv.contract as loops around a register tile.
///
///   for n, g
///     for kt in 0 .. K / c_ob                  last tile apart (masked, fewer)
///       for ho by h_ob                         (order hkw: these two
///       exchanged)
///         for each column tile [p, p + m)      balanced; border tiles unrolled
///           acc[h_ob * m][v] = bias or 0       v = c_ob / n_vec
///           for r in clipped rows              dynamic bounds, or peeled
///             for s                            launder(base)
///               for c by unroll
///                 b[v]   = vector.load B
///                 prefetch B, `prefetch` elements ahead
///                 acc[i] = fma(broadcast(A[pixel i]), b, acc[i])
///           out = clamp(acc + out? + residual?)
///
/// The accumulators live in registers over the whole reduction: they are
/// iter_args of 1-D vector type. Zhang, Franchetti, Low (2018), Algorithm 3.
///
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "Address.h"
#include "TileStore.h"

#include "conv/Analysis/ScheduleModel.h"
#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

using Iterator = ContractOp::Iterator;

/// One dimension of A that the window moves over: index =
/// out * outStep + tap * tapStep + first, valid in [0, size).
struct Axis {
  int64_t outStep = 0, tapStep = 0, first = 0, size = 0;
  bool clipped = false; ///< Some point of the iteration space leaves A.

  /// Whether every tap of outputs [begin, begin + count) is inside.
  bool isInside(int64_t begin, int64_t count, int64_t taps) const {
    return begin * outStep + first >= 0 &&
           (begin + count - 1) * outStep + (taps - 1) * tapStep + first < size;
  }
  bool isInside(int64_t out, int64_t tap) const {
    int64_t index = out * outStep + tap * tapStep + first;
    return index >= 0 && index < size;
  }
};

/// Where a register tile stands. Rows and columns are known numbers where
/// their border has to be clipped statically.
struct TilePosition {
  Address a, b, out, residual, bias; ///< Of the tile's first pixel, tap (0, 0).
  int64_t rows = 1, columns = 1, vectors = 1;
  bool lastK = false;            ///< The last vector may be partial.
  std::optional<int64_t> row;    ///< Set when rows are clipped statically.
  std::optional<int64_t> column; ///< Set when columns are clipped.
  Value dynamicRow;              ///< Output row when clipped by loop bounds.
};

class ContractEmitter {
public:
  ContractEmitter(ContractOp op, RewriterBase &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), addr(rewriter, loc) {}

  LogicalResult run();

private:
  LogicalResult analyze();
  void mergeReductions();
  Axis readAxis(unsigned outIterator, unsigned tapIterator, unsigned dim);
  Address coefficient(const FlatView &view, AffineMap map, unsigned iterator);

  /// `at` moved by a number of rows or columns of the output.
  TilePosition movePixels(const TilePosition &at, unsigned iterator,
                          Address by);
  void emitK(TilePosition at, ArrayRef<unsigned> inner);
  void emitRows(TilePosition at, ArrayRef<unsigned> inner);
  void emitColumns(TilePosition at);
  void emitNest(TilePosition at, ArrayRef<unsigned> order);
  void emitTile(const TilePosition &at);

  using Accumulators = SmallVector<Value>;
  using Active = SmallVector<bool>; ///< Per pixel; empty: all.
  Accumulators reduceRows(const TilePosition &at, Accumulators acc);
  Accumulators reduceColumns(const TilePosition &at, Address a, Address f,
                             Accumulators acc, const Active &active);
  Accumulators reduceColumnRun(const TilePosition &at, Address a, Address f,
                               int64_t taps, Accumulators acc,
                               const Active &active);
  Accumulators reduceChannels(const TilePosition &at, Address a, Address f,
                              Accumulators acc, const Active &active);
  Accumulators reduceChannelRun(const TilePosition &at, Address a, Address f,
                                int64_t channels, Accumulators acc,
                                const Active &active);
  Accumulators step(const TilePosition &at, Address a, Address f,
                    Accumulators acc, const Active &active,
                    ArrayRef<Value> pixels, int64_t lane);
  SmallVector<Value> loadPixels(const TilePosition &at, Address a,
                                const Active &active);
  Address getPixel(const TilePosition &at, Address a, int64_t pixel);

  /// A loop from `lower` to `upper`; its body maps accumulators.
  Accumulators loop(Value lower, Value upper, int64_t stride, Accumulators acc,
                    function_ref<Accumulators(Value, Accumulators)> body);
  /// A loop of `count` iterations without accumulators; no loop for one.
  void loop(int64_t count, function_ref<void(Address)> body);
  void loop(Value count, function_ref<void(Address)> body);
  /// A loop over a parallel iterator, whose extent may be dynamic.
  void loopOver(unsigned iterator, function_ref<void(Address)> body);

  bool isPartial(const TilePosition &at, int64_t vector) const {
    return at.lastK && vector == at.vectors - 1 && tailLanes != 0;
  }
  Value loadVector(const FlatView &view, Address at, bool partial);

  ContractOp op;
  RewriterBase &b;
  Location loc;
  AddressBuilder addr;

  ScheduleAttr schedule;
  SmallVector<int64_t> extents;
  int64_t lanes = 0, tailLanes = 0, numVectors = 0;
  VectorType vectorType;
  Value zero, tailMask;
  FlatView aView, bView, outView, residualView, biasView;
  Address aCoef[ContractOp::NumIterators], bCoef[ContractOp::NumIterators],
      outCoef[ContractOp::NumIterators], residualCoef[ContractOp::NumIterators];
  Address bTile, biasG, biasK;
  Axis rowAxis, columnAxis;
  bool vectorA = false;     ///< A runs along k: depthwise.
  int64_t channelBlock = 0; ///< Channels per block of A; 0: not blocked.
  Address aBlock;           ///< Distance between blocks of channels.
  std::optional<TileStore> store;
};

} // namespace

//===----------------------------------------------------------------------===//
// Analysis
//===----------------------------------------------------------------------===//

/// Element distance per step of `iterator`: the sum over the map's results.
Address ContractEmitter::coefficient(const FlatView &view, AffineMap map,
                                     unsigned iterator) {
  Address sum;
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    SmallVector<int64_t> flat;
    if (failed(
            getFlattenedAffineExpr(expr, ContractOp::NumIterators, 0, &flat)) ||
        flat.size() != ContractOp::NumIterators + 1)
      continue; // floordiv and mod of packed filters are handled apart.
    sum = addr.add(sum, addr.mul(view.strides[dim], {Value(), flat[iterator]}));
  }
  return sum;
}

Axis ContractEmitter::readAxis(unsigned outIterator, unsigned tapIterator,
                               unsigned dim) {
  SmallVector<int64_t> flat;
  (void)getFlattenedAffineExpr(op.getMap(0).getResult(dim),
                               ContractOp::NumIterators, 0, &flat);
  Axis axis;
  axis.outStep = flat[outIterator];
  axis.tapStep = flat[tapIterator];
  axis.first = flat.back();
  axis.size = op.getAType().getDimSize(dim);
  axis.clipped = !op.isInBounds(dim);
  return axis;
}

LogicalResult ContractEmitter::analyze() {
  schedule = op.getSchedule();
  extents = op.getExtents();
  Type element = op.getOutType().getElementType();
  if (!element.isF32())
    return op.emitOpError("has a lowering only for f32, not for ") << element;
  if (op.getCPack() != 1)
    return op.emitOpError("has no lowering for c_pack = ") << op.getCPack();
  if (ShapedType::isDynamic(extents[ContractOp::Wo]))
    return op.emitOpError("has no lowering for a dynamic extent of wo");

  // Which dimensions of A the window moves over; all others stay inside.
  AffineMap aMap = op.getMap(0);
  channelBlock = op.getChannelBlock();
  for (unsigned dim = 0; dim < aMap.getNumResults(); ++dim) {
    SmallVector<int64_t> flat;
    if (channelBlock != 0 && aMap.getResult(dim).isFunctionOfDim(Iterator::C))
      continue;
    if (failed(getFlattenedAffineExpr(aMap.getResult(dim),
                                      ContractOp::NumIterators, 0, &flat)))
      return op.emitOpError("has an input map that is not linear");
    bool row = flat[ContractOp::Ho] || flat[ContractOp::R];
    bool column = flat[ContractOp::Wo] || flat[ContractOp::S];
    if (row && !column)
      rowAxis = readAxis(ContractOp::Ho, ContractOp::R, dim);
    else if (column && !row)
      columnAxis = readAxis(ContractOp::Wo, ContractOp::S, dim);
    if (op.isInBounds(dim))
      continue;
    bool alone =
        llvm::all_of(llvm::ArrayRef<unsigned>{ContractOp::N, ContractOp::G,
                                              ContractOp::K, ContractOp::C},
                     [&](unsigned i) { return flat[i] == 0; });
    if (!alone || row == column ||
        ShapedType::isDynamic(op.getAType().getDimSize(dim)))
      return op.emitOpError("has no lowering for dimension ")
             << dim << " of the input leaving its bounds";
    if (flat[row ? ContractOp::R : ContractOp::S] < 0 ||
        flat[row ? ContractOp::Ho : ContractOp::Wo] < 0)
      return op.emitOpError("has no lowering for a window that moves backwards "
                            "across a border");
  }
  // Rows of a tile share the r loop; without static positions they are clipped
  // one by one.
  if (rowAxis.clipped && rowAxis.tapStep == 0 && extents[ContractOp::R] > 1)
    return op.emitOpError("has no lowering for rows clipped without taps");

  lanes = schedule.getNVec();
  int64_t k = extents[ContractOp::K];
  numVectors = llvm::divideCeilSigned(k, lanes);
  tailLanes = k % lanes;
  vectorType = VectorType::get({lanes}, element);

  aView = FlatView::create(b, loc, op.getA());
  bView = FlatView::create(b, loc, op.getB());
  outView = FlatView::create(b, loc, op.getInit());
  bool packed = schedule.getFilter() == FilterForm::Packed;
  for (unsigned i = 0; i < ContractOp::NumIterators; ++i) {
    aCoef[i] = coefficient(aView, aMap, i);
    bCoef[i] = coefficient(bView, op.getMap(1), i);
    outCoef[i] = coefficient(outView, op.getMap(2), i);
  }
  for (auto [dim, expr] : llvm::enumerate(aMap.getResults())) {
    if (channelBlock == 0)
      continue;
    if (expr.getKind() == AffineExprKind::FloorDiv)
      aBlock = aView.strides[dim];
    else if (expr.getKind() == AffineExprKind::Mod)
      aCoef[ContractOp::C] = aView.strides[dim];
  }
  bTile = packed ? bView.strides[1]
                 : addr.mul(bCoef[ContractOp::K], {Value(), schedule.getCOb()});
  if (!packed && (bCoef[ContractOp::K].value ||
                  (bCoef[ContractOp::K].constant != 1 && k > 1)))
    return op.emitOpError("has no lowering for a plain filter whose k is not "
                          "contiguous");
  if (op.getResidual()) {
    residualView = FlatView::create(b, loc, op.getResidual());
    for (unsigned i = 0; i < ContractOp::NumIterators; ++i)
      residualCoef[i] = coefficient(residualView, op.getMap(2), i);
  }
  if (op.getBias()) {
    biasView = FlatView::create(b, loc, op.getBias());
    unsigned dim = 0;
    for (unsigned i : {ContractOp::G, ContractOp::K})
      if (llvm::is_contained(op.getMap(2).getResults(), b.getAffineDimExpr(i)))
        (i == ContractOp::G ? biasG : biasK) = biasView.strides[dim++];
  }
  Address aC = aCoef[ContractOp::C];
  if (schedule.getBroadcast() == Broadcast::Lane &&
      (aC.value || aC.constant != 1) && extents[ContractOp::C] > 1)
    return op.emitOpError("broadcast = lane on an input whose c is not "
                          "contiguous in memory");
  Address aK = aCoef[ContractOp::K];
  vectorA = aK.value || aK.constant != 0;
  if (vectorA && k > 1 && (aK.value || aK.constant != 1))
    return op.emitOpError("has no lowering for an input whose k is not "
                          "contiguous");
  Address outK = outCoef[ContractOp::K], outW = outCoef[ContractOp::Wo];
  auto isUnit = [](Address a) { return !a.value && a.constant == 1; };
  if (op.getStore() == StoreMode::KContiguous && k > 1 && !isUnit(outK))
    return op.emitOpError("store = k_contiguous on a layout whose k is not "
                          "contiguous in memory");
  if (op.getStore() == StoreMode::WContiguous && !isUnit(outW) &&
      extents[ContractOp::Wo] > 1)
    return op.emitOpError("store = w_contiguous on a layout whose wo is not "
                          "contiguous in memory");

  zero =
      arith::ConstantOp::create(b, loc, vectorType, b.getZeroAttr(vectorType));
  if (tailLanes != 0)
    tailMask = makeMask(b, loc, lanes, tailLanes);
  store.emplace(TileStore{
      op.getStore(), vectorType, op.getAccumulate(), op.getClampAttr(),
      outView.flat, residualView.flat, outCoef[ContractOp::Ho], outW, outK,
      residualCoef[ContractOp::Ho], residualCoef[ContractOp::Wo],
      residualCoef[ContractOp::K]});
  return success();
}

/// Makes one loop of reductions that follow each other in both operands, as
/// the taps and channels of a transformed input do. Taps of the direct
/// algorithm keep their loops: they read the same elements as their neighbours.
void ContractEmitter::mergeReductions() {
  if (schedule.getAlgorithm() == Algorithm::Direct || channelBlock != 0)
    return;
  auto follows = [&](const Address *coef, unsigned outer, unsigned inner) {
    return !coef[outer].value && !coef[inner].value &&
           coef[outer].constant == coef[inner].constant * extents[inner];
  };
  auto merge = [&](unsigned outer, unsigned inner, const Axis &axis) {
    if (axis.clipped || extents[outer] == 1)
      return;
    if (extents[inner] == 1) {
      // Lanes are neighbours along the innermost reduction.
      if (schedule.getBroadcast() == Broadcast::Lane &&
          (aCoef[outer].value || aCoef[outer].constant != 1))
        return;
      aCoef[inner] = aCoef[outer];
      bCoef[inner] = bCoef[outer];
    } else if (!follows(aCoef, outer, inner) || !follows(bCoef, outer, inner)) {
      return;
    }
    extents[inner] *= extents[outer];
    extents[outer] = 1;
  };
  merge(ContractOp::S, ContractOp::C, columnAxis);
  if (extents[ContractOp::S] == 1)
    merge(ContractOp::R, ContractOp::C, rowAxis);
  else
    merge(ContractOp::R, ContractOp::S, rowAxis);
}

//===----------------------------------------------------------------------===//
// Loops around the register tile
//===----------------------------------------------------------------------===//

void ContractEmitter::loop(Value count, function_ref<void(Address)> body) {
  OpBuilder::InsertionGuard guard(b);
  auto forOp =
      scf::ForOp::create(b, loc, addr.constant(0), count, addr.constant(1));
  b.setInsertionPointToStart(forOp.getBody());
  body({forOp.getInductionVar(), 0});
}

void ContractEmitter::loop(int64_t count, function_ref<void(Address)> body) {
  if (count == 1)
    return body({Value(), 0});
  if (count > 1)
    loop(addr.constant(count), body);
}

void ContractEmitter::loopOver(unsigned iterator,
                               function_ref<void(Address)> body) {
  if (!ShapedType::isDynamic(extents[iterator]))
    return loop(extents[iterator], body);
  for (auto [dim, expr] : llvm::enumerate(op.getMap(2).getResults()))
    if (expr == b.getAffineDimExpr(iterator))
      return loop(memref::DimOp::create(b, loc, op.getInit(), dim), body);
}

ContractEmitter::Accumulators
ContractEmitter::loop(Value lower, Value upper, int64_t stride,
                      Accumulators acc,
                      function_ref<Accumulators(Value, Accumulators)> body) {
  OpBuilder::InsertionGuard guard(b);
  auto forOp = scf::ForOp::create(b, loc, lower, upper, addr.constant(stride),
                                  ValueRange(acc));
  b.setInsertionPointToStart(forOp.getBody());
  Accumulators result =
      body(forOp.getInductionVar(),
           llvm::to_vector_of<Value>(forOp.getRegionIterArgs()));
  scf::YieldOp::create(b, loc, ValueRange(result));
  return llvm::to_vector_of<Value>(forOp.getResults());
}

void ContractEmitter::emitNest(TilePosition at, ArrayRef<unsigned> order) {
  if (order.empty())
    return emitColumns(at);
  if (order.front() == ContractOp::K)
    emitK(at, order.drop_front());
  else
    emitRows(at, order.drop_front());
}

void ContractEmitter::emitK(TilePosition at, ArrayRef<unsigned> inner) {
  int64_t perTile = schedule.getCOb() / lanes;
  int64_t full = numVectors / perTile, rest = numVectors % perTile;
  // The tile that holds a partial vector stands alone.
  if (tailLanes != 0 && rest == 0) {
    --full;
    rest = perTile;
  }
  auto moved = [&](Address tile, int64_t vectors, bool last) {
    TilePosition t = at;
    Address channel = addr.mul(tile, {Value(), schedule.getCOb()});
    t.b = addr.add(at.b, addr.mul(tile, bTile));
    t.out = addr.add(at.out, addr.mul(channel, outCoef[ContractOp::K]));
    if (op.getResidual())
      t.residual =
          addr.add(at.residual, addr.mul(channel, residualCoef[ContractOp::K]));
    if (op.getBias())
      t.bias = addr.add(at.bias, addr.mul(channel, biasK));
    if (vectorA)
      t.a = addr.add(at.a, channel);
    t.vectors = vectors;
    t.lastK = last;
    emitNest(t, inner);
  };
  loop(full, [&](Address tile) { moved(tile, perTile, false); });
  if (rest != 0)
    moved({Value(), full}, rest, true);
}

TilePosition ContractEmitter::movePixels(const TilePosition &at,
                                         unsigned iterator, Address by) {
  TilePosition t = at;
  t.a = addr.add(at.a, addr.mul(by, aCoef[iterator]));
  t.out = addr.add(at.out, addr.mul(by, outCoef[iterator]));
  if (op.getResidual())
    t.residual = addr.add(at.residual, addr.mul(by, residualCoef[iterator]));
  return t;
}

void ContractEmitter::emitRows(TilePosition at, ArrayRef<unsigned> inner) {
  int64_t ho = extents[ContractOp::Ho], taps = extents[ContractOp::R];
  int64_t rows = schedule.getHOb();
  bool anywhere = op.getRowOrigin() || ShapedType::isDynamic(ho);
  if (anywhere)
    rows = 1;
  auto moved = [&](Address row, int64_t count, std::optional<int64_t> known) {
    TilePosition t = movePixels(at, ContractOp::Ho, row);
    t.rows = count;
    t.row = known;
    if (rowAxis.clipped && !known)
      t.dynamicRow = addr.materialize(
          op.getRowOrigin() ? addr.add(row, {op.getRowOrigin(), 0}) : row);
    emitNest(t, inner);
  };
  if (rows == 1) {
    auto body = [&](Address row) { moved(row, 1, std::nullopt); };
    return loopOver(ContractOp::Ho, body);
  }
  // Tiles of several rows: those that touch the border are peeled, each clips
  // its rows statically; runs of equal interior tiles are loops.
  for (int64_t begin = 0; begin < ho;) {
    int64_t count = std::min(rows, ho - begin);
    bool inside = !rowAxis.clipped || rowAxis.isInside(begin, count, taps);
    if (!inside) {
      if (count == 1)
        moved({Value(), begin}, 1, std::nullopt);
      else
        moved({Value(), begin}, count, begin);
      begin += count;
      continue;
    }
    int64_t tiles = 1;
    while (begin + (tiles + 1) * rows <= ho && count == rows &&
           (!rowAxis.clipped ||
            rowAxis.isInside(begin + tiles * rows, rows, taps)))
      ++tiles;
    bool clipped = rowAxis.clipped;
    rowAxis.clipped = false; // Inside: no bounds on the tap loop.
    loop(tiles, [&](Address tile) {
      moved(addr.add({Value(), begin}, addr.mul(tile, {Value(), count})), count,
            std::nullopt);
    });
    rowAxis.clipped = clipped;
    begin += tiles * count;
  }
}

void ContractEmitter::emitColumns(TilePosition at) {
  SmallVector<int64_t> widths =
      splitBalanced(extents[ContractOp::Wo], schedule.getWOb());
  int64_t taps = extents[ContractOp::S];
  auto moved = [&](Address column, int64_t count,
                   std::optional<int64_t> known) {
    TilePosition t = movePixels(at, ContractOp::Wo, column);
    t.columns = count;
    t.column = known;
    emitTile(t);
  };
  int64_t begin = 0;
  for (size_t i = 0; i < widths.size();) {
    int64_t width = widths[i];
    auto inside = [&](int64_t first) {
      return !columnAxis.clipped || columnAxis.isInside(first, width, taps);
    };
    if (!inside(begin)) {
      moved({Value(), begin}, width, begin);
      begin += width;
      ++i;
      continue;
    }
    int64_t tiles = 1;
    while (i + tiles < widths.size() && widths[i + tiles] == width &&
           inside(begin + tiles * width))
      ++tiles;
    loop(tiles, [&](Address tile) {
      moved(addr.add({Value(), begin}, addr.mul(tile, {Value(), width})), width,
            std::nullopt);
    });
    begin += tiles * width;
    i += tiles;
  }
}

//===----------------------------------------------------------------------===//
// The register tile
//===----------------------------------------------------------------------===//

Value ContractEmitter::loadVector(const FlatView &view, Address at,
                                  bool partial) {
  Value index = addr.materialize(at);
  if (!partial)
    return vector::LoadOp::create(b, loc, vectorType, view.flat, index);
  return vector::MaskedLoadOp::create(b, loc, vectorType, view.flat,
                                      ValueRange(index), tailMask, zero);
}

void ContractEmitter::emitTile(const TilePosition &at) {
  Accumulators acc;
  SmallVector<Value> initial;
  for (int64_t v = 0; v < at.vectors; ++v)
    initial.push_back(
        op.getBias()
            ? loadLanes(
                  b, loc, vectorType, biasView.flat,
                  addr.add(at.bias, addr.mul({Value(), v * lanes}, biasK)),
                  biasK, isPartial(at, v) ? tailLanes : lanes)
            : zero);
  for (int64_t pixel = 0; pixel < at.rows * at.columns; ++pixel)
    llvm::append_range(acc, initial);
  if (schedule.getPrefetch() != 0)
    store->prefetchResidual(b, loc, at.rows, at.columns, at.vectors,
                            at.residual, at.lastK ? tailLanes : 0);
  acc = reduceRows(at, std::move(acc));
  store->emit(b, loc, acc, at.rows, at.columns, at.vectors, at.out, at.residual,
              at.lastK ? tailLanes : 0);
}

ContractEmitter::Accumulators
ContractEmitter::reduceRows(const TilePosition &at, Accumulators acc) {
  int64_t taps = extents[ContractOp::R];
  auto tap = [&](Address r, Accumulators in, const Active &active) {
    return reduceColumns(at, addr.add(at.a, addr.mul(r, aCoef[ContractOp::R])),
                         addr.add(at.b, addr.mul(r, bCoef[ContractOp::R])),
                         std::move(in), active);
  };
  if (at.row) {
    // A border tile of several rows: each tap updates the rows it is inside of.
    for (int64_t r = 0; r < taps; ++r) {
      Active active;
      for (int64_t row = 0; row < at.rows; ++row)
        active.append(at.columns, rowAxis.isInside(*at.row + row, r));
      if (llvm::is_contained(active, true))
        acc = tap({Value(), r}, std::move(acc), active);
    }
    return acc;
  }
  Value lower = addr.constant(0), upper = addr.constant(taps);
  if (at.dynamicRow) {
    // r runs from ceil(-start / step) to ceil((size - start) / step), where
    // start is the row of A that tap 0 reads.
    Address start = addr.mul({at.dynamicRow, 0}, {Value(), rowAxis.outStep});
    start.constant += rowAxis.first;
    Value startValue = addr.materialize(start);
    auto ceilTaps = [&](int64_t limit) {
      int64_t round = limit + std::max<int64_t>(rowAxis.tapStep, 1) - 1;
      Value distance =
          arith::SubIOp::create(b, loc, addr.constant(round), startValue);
      distance = arith::MaxSIOp::create(b, loc, distance, addr.constant(0));
      if (rowAxis.tapStep > 1)
        distance = arith::DivUIOp::create(b, loc, distance,
                                          addr.constant(rowAxis.tapStep));
      return distance;
    };
    lower = ceilTaps(0);
    upper = arith::MinSIOp::create(b, loc, ceilTaps(rowAxis.size), upper);
  } else if (taps == 1) {
    return tap({Value(), 0}, std::move(acc), {});
  }
  return loop(lower, upper, 1, std::move(acc), [&](Value r, Accumulators in) {
    return tap({r, 0}, std::move(in), {});
  });
}

ContractEmitter::Accumulators
ContractEmitter::reduceColumns(const TilePosition &at, Address a, Address f,
                               Accumulators acc, const Active &active) {
  int64_t taps = extents[ContractOp::S];
  if (!at.column)
    return reduceColumnRun(at, a, f, taps, std::move(acc), active);
  // Runs of taps that touch the same pixels stay one loop.
  auto activeAt = [&](int64_t s) {
    Active result;
    for (int64_t pixel = 0; pixel < at.rows * at.columns; ++pixel)
      result.push_back((active.empty() || active[pixel]) &&
                       columnAxis.isInside(*at.column + pixel % at.columns, s));
    return result;
  };
  for (int64_t s = 0; s < taps;) {
    Active current = activeAt(s);
    int64_t run = 1;
    while (s + run < taps && activeAt(s + run) == current)
      ++run;
    if (llvm::is_contained(current, true)) {
      if (!llvm::is_contained(current, false))
        current.clear();
      acc = reduceColumnRun(
          at, addr.add(a, addr.mul({Value(), s}, aCoef[ContractOp::S])),
          addr.add(f, addr.mul({Value(), s}, bCoef[ContractOp::S])), run,
          std::move(acc), current);
    }
    s += run;
  }
  return acc;
}

ContractEmitter::Accumulators
ContractEmitter::reduceColumnRun(const TilePosition &at, Address a, Address f,
                                 int64_t taps, Accumulators acc,
                                 const Active &active) {
  // Neighbouring taps read the same scalars: without the launder they are kept
  // in registers across taps, and accumulators spill.
  auto launder = [&](Address base) {
    // With its constant: equal operands would be laundered as one.
    return Address{OpaqueOp::create(b, loc, addr.materialize(base)), 0};
  };
  // Vectors of the input serve several taps: unrolled, LLVM loads each once.
  // The tile leaves registers for them.
  if (vectorA && taps > 1 && taps <= kSharedTaps) {
    for (int64_t s = 0; s < taps; ++s)
      acc = reduceChannels(
          at, addr.add(a, addr.mul({Value(), s}, aCoef[ContractOp::S])),
          addr.add(f, addr.mul({Value(), s}, bCoef[ContractOp::S])),
          std::move(acc), active);
    return acc;
  }
  // A tap apart from the others stands next to them in one block.
  if (taps == 1)
    return reduceChannels(at, at.column && !vectorA ? launder(a) : a, f,
                          std::move(acc), active);
  return loop(
      addr.constant(0), addr.constant(taps), 1, std::move(acc),
      [&](Value s, Accumulators in) {
        Address base =
            launder(addr.add(a, addr.mul({s, 0}, aCoef[ContractOp::S])));
        return reduceChannels(
            at, base, addr.add(f, addr.mul({s, 0}, bCoef[ContractOp::S])),
            std::move(in), active);
      });
}

ContractEmitter::Accumulators
ContractEmitter::reduceChannels(const TilePosition &at, Address a, Address f,
                                Accumulators acc, const Active &active) {
  int64_t channels = extents[ContractOp::C];
  if (channelBlock == 0 || channelBlock == channels)
    return reduceChannelRun(at, a, f, channels, std::move(acc), active);
  return loop(addr.constant(0), addr.constant(channels / channelBlock), 1,
              std::move(acc), [&](Value block, Accumulators in) {
                Address filter =
                    addr.mul({Value(), channelBlock}, bCoef[ContractOp::C]);
                return reduceChannelRun(
                    at, addr.add(a, addr.mul({block, 0}, aBlock)),
                    addr.add(f, addr.mul({block, 0}, filter)), channelBlock,
                    std::move(in), active);
              });
}

ContractEmitter::Accumulators
ContractEmitter::reduceChannelRun(const TilePosition &at, Address a, Address f,
                                  int64_t channels, Accumulators acc,
                                  const Active &active) {
  int64_t unroll = std::min(schedule.getUnroll(), channels);
  int64_t whole = channels / unroll * unroll;
  auto steps = [&](Address c, int64_t count, Accumulators in) {
    Address aBase = addr.add(a, addr.mul(c, aCoef[ContractOp::C]));
    Address fBase = addr.add(f, addr.mul(c, bCoef[ContractOp::C]));
    // FMAs that take a lane read a vector of channels of each pixel first.
    bool lane = schedule.getBroadcast() == Broadcast::Lane && !vectorA;
    SmallVector<Value> pixels;
    for (int64_t u = 0; u < count; ++u) {
      Address x = addr.add(aBase, addr.mul({Value(), u}, aCoef[ContractOp::C]));
      if (lane && u % lanes == 0)
        pixels = u + lanes <= count ? loadPixels(at, x, active)
                                    : SmallVector<Value>();
      in = step(at, x,
                addr.add(fBase, addr.mul({Value(), u}, bCoef[ContractOp::C])),
                std::move(in), active, pixels, u % lanes);
    }
    return in;
  };
  if (whole == unroll)
    acc = steps({Value(), 0}, unroll, std::move(acc));
  else
    acc = loop(addr.constant(0), addr.constant(whole), unroll, std::move(acc),
               [&](Value c, Accumulators in) {
                 return steps({c, 0}, unroll, std::move(in));
               });
  return steps({Value(), whole}, channels - whole, std::move(acc));
}

Address ContractEmitter::getPixel(const TilePosition &at, Address a,
                                  int64_t pixel) {
  Address row = addr.mul({Value(), pixel / at.columns}, aCoef[ContractOp::Ho]);
  Address column =
      addr.mul({Value(), pixel % at.columns}, aCoef[ContractOp::Wo]);
  return addr.add(a, addr.add(row, column));
}

/// A vector of neighbouring channels of each active pixel.
SmallVector<Value> ContractEmitter::loadPixels(const TilePosition &at,
                                               Address a,
                                               const Active &active) {
  SmallVector<Value> pixels(at.rows * at.columns);
  for (auto [pixel, value] : llvm::enumerate(pixels))
    if (active.empty() || active[pixel])
      value = loadVector(aView, getPixel(at, a, pixel), /*partial=*/false);
  return pixels;
}

/// One reduction step: every active pixel's scalar, from memory or from lane
/// `lane` of `pixels`, times the filter vectors.
ContractEmitter::Accumulators
ContractEmitter::step(const TilePosition &at, Address a, Address f,
                      Accumulators acc, const Active &active,
                      ArrayRef<Value> pixels, int64_t lane) {
  bool packed = schedule.getFilter() == FilterForm::Packed;
  SmallVector<Value> filter;
  for (int64_t v = 0; v < at.vectors; ++v)
    filter.push_back(loadVector(bView, addr.add(f, {Value(), v * lanes}),
                                !packed && isPartial(at, v)));
  if (schedule.getPrefetch() != 0)
    for (int64_t v = 0; v < at.vectors; ++v)
      memref::PrefetchOp::create(
          b, loc, bView.flat,
          ValueRange(addr.materialize(
              addr.add(f, {Value(), v * lanes + schedule.getPrefetch()}))),
          /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
  for (int64_t pixel = 0; pixel < at.rows * at.columns; ++pixel) {
    if (!active.empty() && !active[pixel])
      continue;
    Address x = getPixel(at, a, pixel);
    Value broadcast;
    if (!vectorA) {
      Value scalar =
          pixels.empty()
              ? memref::LoadOp::create(b, loc, aView.flat,
                                       ValueRange(addr.materialize(x)))
                    .getResult()
              : vector::ExtractOp::create(b, loc, pixels[pixel], lane)
                    .getResult();
      broadcast = vector::BroadcastOp::create(b, loc, vectorType, scalar);
    }
    for (int64_t v = 0; v < at.vectors; ++v) {
      Value lhs = vectorA ? loadVector(aView, addr.add(x, {Value(), v * lanes}),
                                       isPartial(at, v))
                          : broadcast;
      Value &sum = acc[pixel * at.vectors + v];
      sum = vector::FMAOp::create(b, loc, lhs, filter[v], sum);
    }
  }
  return acc;
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

LogicalResult ContractEmitter::run() {
  b.setInsertionPoint(op);
  if (failed(analyze()))
    return failure();
  mergeReductions();
  SmallVector<unsigned> order{ContractOp::K, ContractOp::Ho};
  if (schedule.getOrder() == LoopOrder::HKW)
    std::swap(order[0], order[1]);

  TilePosition at;
  at.a = aView.offset;
  for (auto [dim, expr] : llvm::enumerate(op.getMap(0).getResults())) {
    SmallVector<int64_t> flat;
    if (channelBlock != 0 && expr.isFunctionOfDim(Iterator::C))
      continue;
    (void)getFlattenedAffineExpr(expr, ContractOp::NumIterators, 0, &flat);
    at.a = addr.add(at.a, addr.mul(aView.strides[dim], {Value(), flat.back()}));
  }
  if (op.getRowOrigin())
    at.a =
        addr.add(at.a, addr.mul({op.getRowOrigin(), 0}, aCoef[ContractOp::Ho]));
  at.b = bView.offset;
  at.out = outView.offset;
  at.residual = residualView.offset;
  at.bias = biasView.offset;

  auto image = [&](Address n) {
    loopOver(ContractOp::G, [&](Address g) {
      TilePosition t = at;
      auto move = [&](Address base, const Address *coef) {
        base = addr.add(base, addr.mul(n, coef[ContractOp::N]));
        return addr.add(base, addr.mul(g, coef[ContractOp::G]));
      };
      t.a = move(at.a, aCoef);
      t.b = move(at.b, bCoef);
      t.out = move(at.out, outCoef);
      if (op.getResidual())
        t.residual = move(at.residual, residualCoef);
      if (op.getBias())
        t.bias = addr.add(at.bias, addr.mul(g, biasG));
      emitNest(t, order);
    });
  };
  loopOver(ContractOp::N, image);
  b.eraseOp(op);
  return success();
}

LogicalResult mlir::conv::lowerContract(ContractOp op, RewriterBase &rewriter) {
  if (op.getSchedule().getAlgorithm() == Algorithm::Naive)
    return lowerNaive(op, rewriter);
  return ContractEmitter(op, rewriter).run();
}
