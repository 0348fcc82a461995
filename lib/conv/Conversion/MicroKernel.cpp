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
///           acc = bias or 0                    (borders unrolled, widths
///           for r, s, c                        balanced)
///             acc += A * B                     TileReduction.cpp, TileStep.cpp
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

using namespace mlir;
using namespace mlir::conv;

namespace {

/// The loops around the register tile.
class ContractEmitter {
public:
  ContractEmitter(const ContractInfo &info, RewriterBase &rewriter)
      : info(info), op(info.op), b(rewriter), loc(op.getLoc()),
        addr(rewriter, loc), rowAxis(info.rowAxis) {}

  void run();

private:
  /// `at` moved by a number of rows or columns of the output.
  TilePosition movePixels(const TilePosition &at, unsigned iterator,
                          Address by);
  void emitNest(TilePosition at, ArrayRef<unsigned> order);
  void emitK(TilePosition at, ArrayRef<unsigned> inner);
  void emitRows(TilePosition at, ArrayRef<unsigned> inner);
  void emitColumns(TilePosition at, ArrayRef<unsigned> inner);
  void emitTile(const TilePosition &at);

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
  // Tiles of several rows: those that touch the border are peeled, each clips
  // its rows statically; runs of equal interior tiles are loops.
  for (int64_t begin = 0; begin < ho;) {
    int64_t count = std::min(rows, ho - begin);
    bool inside = !rowAxis.clipped || rowAxis.isInside(begin, count, taps);
    if (!inside) {
      // One row alone loops over what is inside, unless the window is unrolled.
      if (count == 1 && !info.sharesWindow())
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

void ContractEmitter::emitColumns(TilePosition at, ArrayRef<unsigned> inner) {
  // Tiles hold whole vectors of pixels, but for the last of a row.
  int64_t wo = info.extents[ContractOp::Wo], taps = info.extents[ContractOp::S];
  int64_t group = info.getGroupSize();
  SmallVector<int64_t> widths =
      splitBalanced(llvm::divideCeilSigned(wo, group),
                    std::max<int64_t>(info.schedule.getWOb() / group, 1));
  for (int64_t &width : widths)
    width *= group;
  if (wo % group != 0)
    widths.back() -= group - wo % group;
  auto moved = [&](Address column, int64_t count,
                   std::optional<int64_t> known) {
    TilePosition t = movePixels(at, ContractOp::Wo, column);
    t.columns = count;
    t.column = known;
    emitNest(t, inner);
  };
  int64_t begin = 0;
  for (size_t i = 0; i < widths.size();) {
    int64_t width = widths[i];
    auto inside = [&](int64_t first) {
      return !info.columnAxis.clipped ||
             info.columnAxis.isInside(first, width, taps);
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
