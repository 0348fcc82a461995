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
///       for ho by h_ob                         (the order of these three is
///         for each column tile [p, p + m)      the schedule's)
///           acc = bias or 0                    (borders unrolled or bounded at
///           for r, s, c                        run time, widths balanced)
///             acc += A * B                     TileReduction.cpp,
///             TileStep.cpp,
///                                              TileBorder.cpp
///           out = clamp(acc + out? + residual?)    TileStore.cpp
///
/// The accumulators live in registers over the whole reduction: they are
/// iter_args of 1-D vector type. Zhang, Franchetti, Low (2018), Algorithm 3.
///
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "ContractInfo.h"
#include "TileReduction.h"
#include "TileStore.h"

#include "conv/Analysis/RegisterTile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

/// The loops around the register tile.
class ContractEmitter {
public:
  ContractEmitter(const ContractInfo &info, RewriterBase &rewriter)
      : info(info), op(info.op), b(rewriter), loc(op.getLoc()),
        addr(rewriter, loc), rowAxis(info.rowAxis),
        boundsBorders(info.boundsBorders()) {}

  void run();

private:
  /// `at` moved by a number of rows or columns of the output.
  TilePosition movePixels(const TilePosition &at, unsigned iterator,
                          Address by);
  void emitNest(TilePosition at, ArrayRef<unsigned> order);
  void emitK(TilePosition at, ArrayRef<unsigned> inner);
  void emitRows(TilePosition at, ArrayRef<unsigned> inner);
  /// A loop over `tiles` tiles of `size` rows from `begin` on, whose taps are
  /// all inside.
  void emitInside(
      int64_t tiles, int64_t begin, int64_t size,
      function_ref<void(Address, int64_t, std::optional<int64_t>)> moved);
  void emitColumns(TilePosition at, ArrayRef<unsigned> inner);
  /// Balanced tiles of the columns [begin, end).
  void emitColumnRange(TilePosition at, int64_t begin, int64_t end,
                       ArrayRef<unsigned> inner);
  /// The `count` tiles of `width` columns from `begin` on. Those inside are a
  /// loop; the others are peeled and clip their columns statically.
  void emitColumnTiles(TilePosition at, int64_t begin, int64_t count,
                       int64_t width, ArrayRef<unsigned> inner);
  void emitTile(const TilePosition &at);

  /// `i` below `from`; what follows it goes on at `to`.
  Address skip(Address i, int64_t from, int64_t to);
  /// A loop of `count` iterations; no loop for one.
  void loop(int64_t count, function_ref<void(Address)> body);
  void loop(Value count, function_ref<void(Address)> body);
  /// A loop over a parallel iterator, whose extent may be dynamic.
  void loopOver(unsigned iterator, function_ref<void(Address)> body);

  const ContractInfo &info;
  ContractOp op;
  RewriterBase &b;
  Location loc;
  AddressBuilder addr;
  Axis rowAxis; ///< Not clipped while tiles inside of the image are emitted.
  bool boundsBorders; ///< Whether borders are clipped at run time.
};

} // namespace

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
  if (!ShapedType::isDynamic(info.extents[iterator]))
    return loop(info.extents[iterator], body);
  for (auto [dim, expr] : llvm::enumerate(op.getMap(2).getResults()))
    if (expr == b.getAffineDimExpr(iterator))
      return loop(memref::DimOp::create(b, loc, op.getInit(), dim), body);
}

void ContractEmitter::emitNest(TilePosition at, ArrayRef<unsigned> order) {
  if (order.empty())
    return emitTile(at);
  ArrayRef<unsigned> inner = order.drop_front();
  if (order.front() == ContractOp::K)
    emitK(at, inner);
  else if (order.front() == ContractOp::Ho)
    emitRows(at, inner);
  else
    emitColumns(at, inner);
}

void ContractEmitter::emitK(TilePosition at, ArrayRef<unsigned> inner) {
  int64_t k = info.extents[ContractOp::K], cOb = info.schedule.getCOb();
  auto moved = [&](Address tile, int64_t channels) {
    TilePosition t = at;
    Address channel = addr.mul(tile, {Value(), cOb});
    t.b = addr.add(at.b, addr.mul(tile, info.bTile));
    t.out = addr.add(at.out, addr.mul(channel, info.outCoef[ContractOp::K]));
    if (op.getResidual())
      t.residual = addr.add(
          at.residual, addr.mul(channel, info.residualCoef[ContractOp::K]));
    if (op.getBias())
      t.bias = addr.add(at.bias, addr.mul(channel, info.biasK));
    if (info.vectorA)
      t.a = addr.add(at.a, channel);
    t.channels = channels;
    emitNest(t, inner);
  };
  // The tile with fewer channels stands alone.
  loop(k / cOb, [&](Address tile) { moved(tile, cOb); });
  if (k % cOb != 0)
    moved({Value(), k / cOb}, k % cOb);
}

TilePosition ContractEmitter::movePixels(const TilePosition &at,
                                         unsigned iterator, Address by) {
  TilePosition t = at;
  t.a = addr.add(at.a, addr.mul(by, info.aCoef[iterator]));
  t.out = addr.add(at.out, addr.mul(by, info.outCoef[iterator]));
  if (op.getResidual())
    t.residual =
        addr.add(at.residual, addr.mul(by, info.residualCoef[iterator]));
  return t;
}

void ContractEmitter::emitRows(TilePosition at, ArrayRef<unsigned> inner) {
  int64_t ho = info.extents[ContractOp::Ho], taps = info.extents[ContractOp::R];
  int64_t rows = info.schedule.getHOb();
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
  // Tiles inside are a loop. The others are peeled and clip their rows
  // statically, or, where that is too much code, are single rows of one loop:
  //
  //   for i in 0 .. top + bottom                one row, its taps bounded
  //     row = i < top ? i : i - top + (first row below the tiles inside)
  int64_t first, last;
  std::tie(first, last) = rowAxis.getInside(ho, taps);
  if (boundsBorders && rowAxis.clipped) {
    int64_t tiles = (last - first) / rows, below = first + tiles * rows;
    emitInside(tiles, first, rows, moved);
    return loop(first + ho - below, [&](Address i) {
      moved(skip(i, first, below), 1, std::nullopt);
    });
  }
  for (int64_t begin = 0; begin < ho;) {
    int64_t count = std::min(rows, ho - begin);
    if (begin < first || begin + count > last) {
      // One row alone loops over what is inside, unless the window is unrolled.
      if (count == 1 && !info.sharesWindow())
        moved({Value(), begin}, 1, std::nullopt);
      else
        moved({Value(), begin}, count, begin);
      begin += count;
      continue;
    }
    int64_t tiles = count == rows ? (last - begin) / rows : 1;
    emitInside(tiles, begin, count, moved);
    begin += tiles * count;
  }
}

void ContractEmitter::emitInside(
    int64_t tiles, int64_t begin, int64_t size,
    function_ref<void(Address, int64_t, std::optional<int64_t>)> moved) {
  llvm::SaveAndRestore inside(rowAxis.clipped, false); // No bounds on taps.
  loop(tiles, [&](Address tile) {
    moved(addr.add({Value(), begin}, addr.mul(tile, {Value(), size})), size,
          std::nullopt);
  });
}

Address ContractEmitter::skip(Address i, int64_t from, int64_t to) {
  if (!i.value)
    return {Value(), i.constant < from ? i.constant : i.constant - from + to};
  if (from == to)
    return i;
  Value place = addr.materialize(i);
  Value moved = addr.materialize({place, to - from});
  if (from == 0)
    return {moved, 0};
  Value before = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, place,
                                       addr.constant(from));
  return {arith::SelectOp::create(b, loc, before, place, moved), 0};
}

void ContractEmitter::emitColumns(TilePosition at, ArrayRef<unsigned> inner) {
  int64_t wo = info.extents[ContractOp::Wo];
  if (!boundsBorders)
    return emitColumnRange(at, 0, wo, inner);
  // The columns inside are tiles as ever. The others are narrow ones, as their
  // code grows with their columns, and with what is left over:
  //
  //   for i in 0 .. left + right                taps bounded
  //     column = i < left ? i : i - left + (first column behind those inside)
  int64_t first, last;
  std::tie(first, last) =
      info.columnAxis.getInside(wo, info.extents[ContractOp::S]);
  emitColumnRange(at, first, last, inner);
  constexpr int64_t narrow = 4;
  int64_t width = info.schedule.getWOb();
  if (!info.hasPixelVectors())
    width = std::min(width, narrow);
  auto bounded = [&](Address column, int64_t columns) {
    TilePosition t = movePixels(at, ContractOp::Wo, column);
    t.columns = columns;
    t.dynamicColumn = addr.materialize(column);
    emitNest(t, inner);
  };
  int64_t left = first / width, right = (wo - last) / width;
  loop(left + right, [&](Address i) {
    Address tile = addr.mul(i, {Value(), width});
    bounded(skip(tile, left * width, last), width);
  });
  int64_t leftRest = first % width, rightRest = (wo - last) % width;
  if (leftRest != 0)
    bounded({Value(), left * width}, leftRest);
  if (rightRest != 0)
    bounded({Value(), last + right * width}, rightRest);
}

void ContractEmitter::emitColumnRange(TilePosition at, int64_t begin,
                                      int64_t end, ArrayRef<unsigned> inner) {
  if (begin == end)
    return;
  // Tiles hold whole vectors of pixels, but for the last of a row.
  int64_t group = info.getGroupSize();
  SizeRuns parts =
      splitBalanced(llvm::divideCeilSigned(end - begin, group),
                    std::max<int64_t>(info.schedule.getWOb() / group, 1));
  for (auto &[count, width] : parts)
    width *= group;
  if (int64_t rest = (end - begin) % group; rest != 0) {
    int64_t width = parts.back().second - (group - rest);
    if (--parts.back().first == 0)
      parts.pop_back();
    parts.push_back({1, width});
  }
  for (auto [count, width] : parts) {
    emitColumnTiles(at, begin, count, width, inner);
    begin += count * width;
  }
}

void ContractEmitter::emitColumnTiles(TilePosition at, int64_t begin,
                                      int64_t count, int64_t width,
                                      ArrayRef<unsigned> inner) {
  auto moved = [&](Address tile, std::optional<int64_t> known) {
    Address column =
        addr.add({Value(), begin}, addr.mul(tile, {Value(), width}));
    TilePosition t = movePixels(at, ContractOp::Wo, column);
    t.columns = width;
    t.column = known;
    emitNest(t, inner);
  };
  auto [inBegin, inEnd] = info.columnAxis.getInside(
      info.extents[ContractOp::Wo], info.extents[ContractOp::S]);
  int64_t first = std::clamp<int64_t>(
      llvm::divideCeilSigned(inBegin - begin, width), 0, count);
  int64_t last =
      std::clamp(llvm::divideFloorSigned(inEnd - begin, width), first, count);
  auto peel = [&](int64_t from, int64_t to) {
    for (int64_t tile = from; tile < to; ++tile)
      moved({Value(), tile}, begin + tile * width);
  };
  peel(0, first);
  loop(last - first, [&](Address tile) {
    moved(addr.add({Value(), first}, tile), std::nullopt);
  });
  peel(last, count);
}

void ContractEmitter::emitTile(const TilePosition &at) {
  TileReduction reduction(info, b, at);
  TileStore store{op.getStore(),
                  info.schedule.getVector(),
                  info.vectorType,
                  op.getAccumulate(),
                  op.getClampAttr(),
                  info.out.flat,
                  info.residual.flat,
                  info.outCoef[ContractOp::Ho],
                  info.outCoef[ContractOp::Wo],
                  info.outCoef[ContractOp::K],
                  info.residualCoef[ContractOp::Ho],
                  info.residualCoef[ContractOp::Wo],
                  info.residualCoef[ContractOp::K]};
  TileReduction::Accumulators acc = reduction.makeInitial();
  if (info.schedule.getPrefetch() != 0)
    store.prefetchResidual(b, loc, at.rows, at.columns, at.channels,
                           at.residual);
  if (int64_t tiles = info.schedule.getPrefetchOutput()) {
    bool alongRows = info.extents[ContractOp::Wo] == 1;
    Address ahead = alongRows ? addr.mul({Value(), tiles * at.rows},
                                         info.outCoef[ContractOp::Ho])
                              : addr.mul({Value(), tiles * at.columns},
                                         info.outCoef[ContractOp::Wo]);
    store.prefetchOutput(b, loc, at.rows, at.columns, at.channels,
                         addr.add(at.out, ahead));
  }
  acc = reduction.run(std::move(acc));
  store.emit(b, loc, acc, at.rows, at.columns, at.channels, at.out,
             at.residual);
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

void ContractEmitter::run() {
  SmallVector<unsigned> order;
  switch (info.schedule.getOrder()) {
  case LoopOrder::KHW:
    order = {ContractOp::K, ContractOp::Ho, ContractOp::Wo};
    break;
  case LoopOrder::HKW:
    order = {ContractOp::Ho, ContractOp::K, ContractOp::Wo};
    break;
  case LoopOrder::HWK:
    order = {ContractOp::Ho, ContractOp::Wo, ContractOp::K};
    break;
  }
  loopOver(ContractOp::N, [&](Address n) {
    loopOver(ContractOp::G, [&](Address g) {
      auto move = [&](Address base, const Address *coef) {
        base = addr.add(base, addr.mul(n, coef[ContractOp::N]));
        return addr.add(base, addr.mul(g, coef[ContractOp::G]));
      };
      TilePosition at;
      at.a = move(info.aOrigin, info.aCoef);
      at.b = move(info.b.offset, info.bCoef);
      at.out = move(info.out.offset, info.outCoef);
      if (op.getResidual())
        at.residual = move(info.residual.offset, info.residualCoef);
      if (op.getBias())
        at.bias = addr.add(info.bias.offset, addr.mul(g, info.biasG));
      emitNest(at, order);
    });
  });
}

LogicalResult mlir::conv::lowerContract(ContractOp op, RewriterBase &rewriter) {
  if (op.getSchedule().getAlgorithm() == Algorithm::Naive)
    return lowerNaive(op, rewriter);
  rewriter.setInsertionPoint(op);
  FailureOr<ContractInfo> info = ContractInfo::analyze(op, rewriter);
  if (failed(info))
    return failure();
  ContractEmitter(*info, rewriter).run();
  rewriter.eraseOp(op);
  return success();
}
