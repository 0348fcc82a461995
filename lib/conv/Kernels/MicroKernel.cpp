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
///           out = epilogue(acc + out?)             TileStore.cpp
///
/// The accumulators live in registers over the whole reduction: they are
/// iter_args of 1-D vector type. Zhang, Franchetti, Low (2018), Algorithm 3.
///
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"
#include "ContractInfo.h"
#include "TileReduction.h"
#include "TileStore.h"
#include "conv/Schedule/AlgorithmTraits.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

/// The loops around the register tile.
class ContractEmitter {
public:
  ContractEmitter(const ContractInfo &info, RewriterBase &rewriter)
      : info(info), op(info.op), b(rewriter), loc(op.getLoc()),
        addr(rewriter, loc) {}

  void run();

private:
  /// `at` moved by a number of rows or columns of the output.
  TilePosition movePixels(const TilePosition &at, unsigned iterator,
                          Address by);
  /// Moves what is read behind the sums by a number of steps of an iterator.
  void moveEpilogue(TilePosition &at, unsigned iterator, Address by);
  void emitNest(TilePosition at, ArrayRef<unsigned> order);
  void emitK(TilePosition at, ArrayRef<unsigned> inner);
  void emitRows(TilePosition at, ArrayRef<unsigned> inner);
  /// Rows of which only the program knows whether they are inside.
  void emitFoundRows(TilePosition at, ArrayRef<unsigned> inner);
  /// The tile of `count` rows at `row`, a known one where it is clipped
  /// statically.
  void emitRowTile(const TilePosition &at, Address row, int64_t count,
                   Border border, std::optional<int64_t> known,
                   ArrayRef<unsigned> inner);
  /// The rows [first, last) of the contraction that are inside of the image.
  std::pair<Value, Value> findInsideRows(Value rows);
  void emitColumns(TilePosition at, ArrayRef<unsigned> inner);
  /// Each tile of `run`, by where it begins: a loop, or, where the tiles are
  /// peeled, one after the other with a known place.
  void
  emitRun(const TileRun &run,
          function_ref<void(Address, std::optional<int64_t> known)> emitPlace);
  void emitTile(const TilePosition &at);

  // Rows of a length that only the program knows: see UnknownColumns.
  void emitUnknownColumns(const TilePosition &at, ArrayRef<unsigned> inner);
  /// The tile of `width` columns at `column`, whose taps are bounded at run
  /// time where they may be outside.
  void emitColumnTile(const TilePosition &at, Address column, int64_t width,
                      ArrayRef<unsigned> inner, bool bounded);
  /// The columns of a case, `shift` behind its place.
  void emitCase(const TilePosition &at, const ColumnCase &columns,
                Address shift, ArrayRef<unsigned> inner);
  /// Those of one of `cases`, the columns [begin, begin + count), in a row that
  /// leaves the image by `overhang`.
  void emitOneOf(const TilePosition &at, ArrayRef<ColumnCase> cases,
                 Value begin, Value count, Value overhang,
                 ArrayRef<unsigned> inner);
  /// Tiles that may be anywhere.
  void emitNarrow(const TilePosition &at, Value begin, Value count,
                  ArrayRef<unsigned> inner);

  /// `i` below `from`; what follows it goes on at `to`.
  Address skip(Address i, int64_t from, int64_t to);
  /// A loop of `count` iterations; no loop for one.
  void loop(int64_t count, function_ref<void(Address)> body);
  void loop(Value count, function_ref<void(Address)> body);
  /// The extent of a parallel iterator that is dynamic.
  Value getExtent(unsigned iterator);
  /// A loop over a parallel iterator, whose extent may be dynamic.
  void loopOver(unsigned iterator, function_ref<void(Address)> body);

  const ContractInfo &info;
  ContractOp op;
  RewriterBase &b;
  Location loc;
  AddressBuilder addr;
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
  loop(getExtent(iterator), body);
}

Value ContractEmitter::getExtent(unsigned iterator) {
  for (auto [dim, expr] : llvm::enumerate(op.getMap(2).getResults()))
    if (expr == b.getAffineDimExpr(iterator))
      return memref::DimOp::create(b, loc, op.getInit(), dim);
  llvm_unreachable("a dynamic iterator is a dimension of the output");
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
  int64_t cOb = info.schedule.getCOb();
  auto moved = [&](Address tile, int64_t channels) {
    TilePosition t = at;
    Address channel = addr.mul(tile, {Value(), cOb});
    t.b = addr.add(at.b, addr.mul(tile, info.bTile));
    t.out = addr.add(at.out, addr.mul(channel, info.outCoef[ContractOp::K]));
    moveEpilogue(t, ContractOp::K, channel);
    if (info.vectorA)
      t.a = addr.add(at.a, channel);
    else if (info.hasMergedGroups())
      t.a = addr.add(at.a, addr.mul(tile, {Value(), cOb / info.groupOutputs *
                                                        info.groupStep}));
    t.channels = channels;
    SmallVector<Value> filters;
    if (info.takesTaps)
      filters =
          TileReduction(info, b, t).makeTapFilters(info.schedule.getHOb());
    t.tapFilters = filters;
    emitNest(t, inner);
  };
  for (const TileRun &run : info.nest.channels)
    loop(run.count, [&](Address tile) {
      moved(addr.add({Value(), run.begin / cOb}, tile), run.size);
    });
}

TilePosition ContractEmitter::movePixels(const TilePosition &at,
                                         unsigned iterator, Address by) {
  TilePosition t = at;
  t.a = addr.add(at.a, addr.mul(by, info.aCoef[iterator]));
  t.out = addr.add(at.out, addr.mul(by, info.outCoef[iterator]));
  moveEpilogue(t, iterator, by);
  return t;
}

void ContractEmitter::moveEpilogue(TilePosition &at, unsigned iterator,
                                   Address by) {
  for (auto [place, coef] : llvm::zip(at.epilogue, info.epilogueCoef))
    place = addr.add(place, addr.mul(by, coef[iterator]));
  if (info.beside)
    at.beside = addr.add(at.beside, addr.mul(by, info.besideCoef[iterator]));
}

void ContractEmitter::emitRun(
    const TileRun &run,
    function_ref<void(Address, std::optional<int64_t> known)> emitPlace) {
  if (run.border == Border::Peeled) {
    for (int64_t tile = 0; tile < run.count; ++tile) {
      int64_t place = run.begin + tile * run.size;
      emitPlace({Value(), place}, place);
    }
    return;
  }
  loop(run.count, [&](Address tile) {
    Address place =
        addr.add({Value(), run.begin}, addr.mul(tile, {Value(), run.size}));
    emitPlace(skip(place, run.gapBegin, run.gapEnd), std::nullopt);
  });
}

void ContractEmitter::emitRowTile(const TilePosition &at, Address row,
                                  int64_t count, Border border,
                                  std::optional<int64_t> known,
                                  ArrayRef<unsigned> inner) {
  TilePosition t = movePixels(at, ContractOp::Ho, row);
  t.rows = count;
  t.row = known;
  if (border == Border::Bounded)
    t.dynamicRow = addr.materialize(
        op.getRowOrigin() ? addr.add(row, {op.getRowOrigin(), 0}) : row);
  emitNest(t, inner);
}

void ContractEmitter::emitRows(TilePosition at, ArrayRef<unsigned> inner) {
  if (info.nest.findsRows)
    return emitFoundRows(at, inner);
  for (const TileRun &run : info.nest.rows) {
    auto emit = [&](Address row, std::optional<int64_t> known) {
      emitRowTile(at, row, run.size, run.border, known, inner);
    };
    if (ShapedType::isDynamic(run.count))
      loopOver(ContractOp::Ho, [&](Address row) { emit(row, std::nullopt); });
    else
      emitRun(run, emit);
  }
}

std::pair<Value, Value> ContractEmitter::findInsideRows(Value rows) {
  const WindowAxis &axis = info.rowAxis;
  Value zero = addr.constant(0);
  if (!axis.clipped)
    return {zero, rows};
  int64_t reach = (info.extents[ContractOp::R] - 1) * axis.tapStep + axis.first;
  bool fits = reach < axis.size;
  // In rows of the image's output, of which the contraction has those from its
  // origin on.
  int64_t first = 0, last = 0;
  if (axis.outStep == 0) {
    last = axis.first >= 0 && fits ? ShapedType::kDynamic : 0;
  } else {
    first =
        llvm::divideCeilSigned(std::max<int64_t>(-axis.first, 0), axis.outStep);
    if (fits)
      last = llvm::divideFloorSigned(axis.size - 1 - reach, axis.outStep) + 1;
  }
  auto move = [&](int64_t row) -> Value {
    if (ShapedType::isDynamic(row))
      return rows;
    Value moved = addr.constant(row);
    if (op.getRowOrigin())
      moved = arith::SubIOp::create(b, loc, moved, op.getRowOrigin());
    moved = arith::MaxSIOp::create(b, loc, moved, zero);
    return arith::MinSIOp::create(b, loc, moved, rows);
  };
  Value begin = move(first);
  return {begin, arith::MaxSIOp::create(b, loc, move(last), begin)};
}

/// Tiles inside are a loop, all other rows single ones of another:
///
///   tiles = (last - first) / rows
///   for i in 0 .. tiles                  tile at first + i * rows
///   for i in 0 .. ho - tiles * rows      row = i < first ? i : i + tiles *
///   rows
void ContractEmitter::emitFoundRows(TilePosition at, ArrayRef<unsigned> inner) {
  const TileRun &inside = info.nest.rows.front();
  const TileRun &single = info.nest.rows.back();
  Value ho;
  if (int64_t extent = info.extents[ContractOp::Ho];
      ShapedType::isDynamic(extent))
    ho = getExtent(ContractOp::Ho);
  else
    ho = addr.constant(extent);
  Value first, last;
  std::tie(first, last) = findInsideRows(ho);
  Value size = addr.constant(inside.size);
  Value extent = arith::SubIOp::create(b, loc, last, first);
  Value tiles = arith::DivUIOp::create(b, loc, extent, size);
  Value skipped = arith::MulIOp::create(b, loc, tiles, size);
  loop(tiles, [&](Address tile) {
    Address row = addr.add({first, 0}, addr.mul(tile, {Value(), inside.size}));
    emitRowTile(at, row, inside.size, inside.border, std::nullopt, inner);
  });
  loop(arith::SubIOp::create(b, loc, ho, skipped), [&](Address i) {
    Value below = addr.materialize(addr.add(i, {skipped, 0}));
    Value isAbove = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                          addr.materialize(i), first);
    Value row =
        arith::SelectOp::create(b, loc, isAbove, addr.materialize(i), below);
    emitRowTile(at, {row, 0}, single.size, single.border, std::nullopt, inner);
  });
}

Address ContractEmitter::skip(Address i, int64_t from, int64_t to) {
  if (from == to)
    return i;
  if (!i.value)
    return {Value(), i.constant < from ? i.constant : i.constant - from + to};
  Value place = addr.materialize(i);
  Value moved = addr.materialize({place, to - from});
  if (from == 0)
    return {moved, 0};
  Value before = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, place,
                                       addr.constant(from));
  return {arith::SelectOp::create(b, loc, before, place, moved), 0};
}

void ContractEmitter::emitColumns(TilePosition at, ArrayRef<unsigned> inner) {
  if (info.nest.unknownColumns)
    return emitUnknownColumns(at, inner);
  for (const TileRun &run : info.nest.columns)
    emitRun(run, [&](Address column, std::optional<int64_t> known) {
      TilePosition t = movePixels(at, ContractOp::Wo, column);
      t.columns = run.size;
      t.column = known;
      if (run.border == Border::Bounded)
        t.dynamicColumn = addr.materialize(column);
      emitNest(t, inner);
    });
}

//===----------------------------------------------------------------------===//
// Columns that only the program knows
//===----------------------------------------------------------------------===//

void ContractEmitter::emitColumnTile(const TilePosition &at, Address column,
                                     int64_t width, ArrayRef<unsigned> inner,
                                     bool bounded) {
  TilePosition t = movePixels(at, ContractOp::Wo, column);
  t.columns = width;
  if (bounded && info.columnAxis.clipped)
    t.dynamicColumn = addr.materialize(column);
  emitNest(t, inner);
}

void ContractEmitter::emitNarrow(const TilePosition &at, Value begin,
                                 Value count, ArrayRef<unsigned> inner) {
  int64_t width = info.nest.unknownColumns->narrow;
  Value tiles =
      arith::DivUIOp::create(b, loc, count, addr.constant(width)).getResult();
  loop(tiles, [&](Address tile) {
    Address column = addr.add({begin, 0}, addr.mul(tile, {Value(), width}));
    emitColumnTile(at, column, width, inner, /*bounded=*/true);
  });
  if (width == 1)
    return;
  Value done = addr.materialize(addr.mul({tiles, 0}, {Value(), width}));
  Value left = arith::SubIOp::create(b, loc, count, done);
  Value from = arith::AddIOp::create(b, loc, begin, done);
  loop(left, [&](Address i) {
    emitColumnTile(at, addr.add({from, 0}, i), 1, inner, /*bounded=*/true);
  });
}

void ContractEmitter::emitCase(const TilePosition &at,
                               const ColumnCase &columns, Address shift,
                               ArrayRef<unsigned> inner) {
  for (const TileRun &run : columns.runs)
    emitRun(run, [&](Address column, std::optional<int64_t> known) {
      TilePosition t = movePixels(at, ContractOp::Wo, addr.add(column, shift));
      t.columns = run.size;
      t.column = known;
      t.columnAxis = &columns.axis;
      emitNest(t, inner);
    });
}

void ContractEmitter::emitOneOf(const TilePosition &at,
                                ArrayRef<ColumnCase> cases, Value begin,
                                Value count, Value overhang,
                                ArrayRef<unsigned> inner) {
  if (cases.empty())
    return emitNarrow(at, begin, count, inner);
  int64_t longest = 0;
  for (const ColumnCase &columns : cases)
    longest = std::max(longest, columns.count);
  // Cases are numbered by overhang, then by length.
  auto getNumber = [&](const ColumnCase &columns) {
    return columns.overhang * (longest + 1) + columns.count;
  };
  Value number = count;
  if (overhang)
    number = addr.materialize(
        addr.add(addr.mul({overhang, 0}, {Value(), longest + 1}), {count, 0}));
  auto isNumbered = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle,
                                          count, addr.constant(longest));
  number =
      arith::SelectOp::create(b, loc, isNumbered, number, addr.constant(-1));
  auto numbers = llvm::map_to_vector(cases, getNumber);
  auto choice = scf::IndexSwitchOp::create(b, loc, TypeRange(), number, numbers,
                                           numbers.size());
  auto fill = [&](Region &region, function_ref<void()> emit) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&region);
    emit();
    scf::YieldOp::create(b, loc);
  };
  for (size_t i = 0; i < cases.size(); ++i)
    fill(choice.getCaseRegions()[i], [&] {
      Address shift = addr.add({begin, 0}, {Value(), -cases[i].begin});
      emitCase(at, cases[i], shift, inner);
    });
  // Without padding every length has its case.
  fill(choice.getDefaultRegion(), [&] {
    if (info.columnAxis.clipped)
      emitNarrow(at, begin, count, inner);
  });
}

void ContractEmitter::emitUnknownColumns(const TilePosition &at,
                                         ArrayRef<unsigned> inner) {
  const UnknownColumns &plan = *info.nest.unknownColumns;
  const WindowAxis &axis = info.columnAxis;
  Value zero = addr.constant(0);
  int64_t extent = info.extents[ContractOp::Wo];
  Value columns = ShapedType::isDynamic(extent) ? getExtent(ContractOp::Wo)
                                                : addr.constant(extent);
  // Those inside at their end, and how far the last window leaves the image.
  Value last = columns, overhang;
  if (axis.clipped) {
    int64_t reach =
        (info.extents[ContractOp::S] - 1) * axis.tapStep + axis.first;
    Value room = addr.materialize(
        addr.add(info.columnSize, {Value(), axis.outStep - 1 - reach}));
    Value step = addr.constant(axis.outStep);
    last = arith::DivUIOp::create(
        b, loc, arith::MaxSIOp::create(b, loc, room, zero), step);
    last = arith::MinSIOp::create(b, loc, last, columns);
    overhang = arith::SubIOp::create(
        b, loc, arith::MulIOp::create(b, loc, columns, step), room);
    overhang = arith::MaxSIOp::create(b, loc, overhang, zero);
  }
  auto emitLong = [&] {
    Value first = addr.constant(plan.first.count);
    if (plan.first.runs.empty())
      emitNarrow(at, zero, first, inner);
    else
      emitCase(at, plan.first, Address(), inner);
    Value room = arith::SubIOp::create(b, loc, last, first);
    Value tiles =
        arith::DivUIOp::create(b, loc, room, addr.constant(plan.width));
    loop(tiles, [&](Address tile) {
      Address column = addr.add({Value(), plan.first.count},
                                addr.mul(tile, {Value(), plan.width}));
      emitColumnTile(at, column, plan.width, inner, /*bounded=*/false);
    });
    Value begin = addr.materialize(
        addr.add({first, 0}, addr.mul({tiles, 0}, {Value(), plan.width})));
    Value rest = arith::SubIOp::create(b, loc, columns, begin);
    emitOneOf(at, plan.rests, begin, rest, overhang, inner);
  };
  if (plan.first.count == 0)
    return emitLong();
  auto isLong = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, last,
                                      addr.constant(plan.first.count));
  auto choice = scf::IfOp::create(b, loc, isLong, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(choice.thenYield());
  emitLong();
  b.setInsertionPoint(choice.elseYield());
  emitOneOf(at, plan.shortRows, zero, columns, overhang, inner);
}

void ContractEmitter::emitTile(const TilePosition &at) {
  TileReduction reduction(info, b, at);
  auto getSteps = [](const auto &coef) {
    return TileSteps{coef[ContractOp::Ho], coef[ContractOp::Wo],
                     coef[ContractOp::K]};
  };
  TileStore store{
      op.getStore(),      info.schedule.getVector(),   info.vectorType,
      op.getAccumulate(), info.schedule.getEpilogue(), &info.epilogue,
      info.out.flat,      getSteps(info.outCoef),
      /*operandSteps=*/{}};
  if (info.beside) {
    store.beside = info.beside->flat;
    store.besideSteps = getSteps(info.besideCoef);
  }
  for (const auto &coef : info.epilogueCoef)
    store.operandSteps.push_back(getSteps(coef));
  TileStore::Place place{at.out, at.epilogue, at.beside};
  TileReduction::Accumulators acc = reduction.makeInitial();
  store.prefetchBeside(b, loc, at.rows, at.columns, at.channels, place);
  if (info.nest.fetchesResidual)
    store.prefetchOperands(b, loc, at.rows, at.columns, at.channels, place);
  if (int64_t tiles = info.nest.outputAhead) {
    Address ahead =
        info.nest.outputAlongRows
            ? addr.mul({Value(), tiles * at.rows}, info.outCoef[ContractOp::Ho])
            : addr.mul({Value(), tiles * at.columns},
                       info.outCoef[ContractOp::Wo]);
    store.prefetchOutput(b, loc, at.rows, at.columns, at.channels,
                         addr.add(at.out, ahead));
  }
  acc = reduction.run(std::move(acc));
  store.emit(b, loc, acc, at.rows, at.columns, at.channels, place);
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

void ContractEmitter::run() {
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
      for (const EpilogueOperand &operand : info.epilogue.getOperands())
        at.epilogue.push_back(operand.view.offset);
      if (info.beside)
        at.beside = info.beside->offset;
      moveEpilogue(at, ContractOp::N, n);
      moveEpilogue(at, ContractOp::G, g);
      emitNest(at, info.nest.order);
    });
  });
}

LogicalResult mlir::conv::lowerContract(ContractOp op, RewriterBase &rewriter) {
  if (getTraits(op.getSchedule().getAlgorithm()).isReference)
    return lowerNaive(op, rewriter);
  rewriter.setInsertionPoint(op);
  FailureOr<ContractInfo> info = ContractInfo::analyze(op, rewriter);
  if (failed(info))
    return failure();
  ContractEmitter(*info, rewriter).run();
  rewriter.eraseOp(op);
  return success();
}
