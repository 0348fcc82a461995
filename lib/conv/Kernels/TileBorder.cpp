//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tiles at the left and right border whose place is not known: one piece of
/// code for all of them, whatever the padding and the window. Every pixel p of
/// the tile is inside of the image for the taps [begin(p), end(p)), both of
/// which fall with p. Those of all pixels are one loop, as in tiles inside; the
/// taps before and behind them, which some pixels have, are
///
///   for p:  for s in begin(p) .. min(end(p), begin(0))      the pixel alone
///   for s in begin(0) .. end(P - 1)                         the tile
///   for p:  for s in end(P - 1) .. end(p)                   the pixel alone
///
/// with vectors along channels. With vectors along pixels the lanes outside are
/// not read:
///
///   for s in begin(P - 1) .. min(end(0), begin(0))          the tile, masked
///   for s in begin(0) .. end(P - 1)                         the tile
///   for s in end(P - 1) .. end(0)                           the tile, masked
///
/// Where the loop in the middle is empty, its place is begin(0). Each pixel
/// adds its taps in the order of the plain loops. Where taps outside of the
/// image count, there is a loop over those of each pixel beside these.
///
//===----------------------------------------------------------------------===//

#include "TileReduction.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::conv;

using Accumulators = TileReduction::Accumulators;

Value TileReduction::countTapsBelow(Address limit, int64_t pixel) {
  const WindowAxis &axis = info.columnAxis;
  Address start = addr.mul({at.dynamicColumn, 0}, {Value(), axis.outStep});
  start.constant += axis.first + pixel * axis.outStep;
  Value zero = addr.constant(0);
  Value taps = addr.constant(info.extents[ContractOp::S]);
  Value distance = arith::SubIOp::create(b, loc, addr.materialize(limit),
                                         addr.materialize(start));
  if (axis.tapStep == 0) {
    // All taps read the same.
    Value below = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt,
                                        distance, zero);
    return arith::SelectOp::create(b, loc, below, taps, zero);
  }
  distance = arith::MaxSIOp::create(b, loc, distance, zero);
  if (axis.tapStep > 1) {
    Value round = addr.materialize({distance, axis.tapStep - 1});
    distance =
        arith::DivUIOp::create(b, loc, round, addr.constant(axis.tapStep));
  }
  return arith::MinSIOp::create(b, loc, distance, taps);
}

void TileReduction::boundColumns() {
  int64_t last = at.columns - 1;
  Address zero, size = info.columnSize;
  Value begin = countTapsBelow(zero, 0);
  commonTaps = {
      begin, arith::MaxSIOp::create(b, loc, begin, countTapsBelow(size, last))};
  if (info.hasPixelVectors()) {
    columnTaps.push_back({countTapsBelow(zero, last), countTapsBelow(size, 0)});
    return;
  }
  for (int64_t column = 0; column < at.columns; ++column)
    columnTaps.push_back(
        {countTapsBelow(zero, column), countTapsBelow(size, column)});
}

Accumulators TileReduction::reduceTaps(Taps taps, Address a, Address f,
                                       Accumulators acc) {
  return loop(
      taps.first, taps.second, 1, std::move(acc),
      [&](Value s, Accumulators in) {
        // As in loops over all taps: neighbours must not share what they read.
        Address place =
            addr.add(a, addr.mul({s, 0}, info.aCoef[ContractOp::S]));
        Address base{OpaqueOp::create(b, loc, addr.materialize(place)), 0};
        return reduceChannels(
            base, addr.add(f, addr.mul({s, 0}, info.bCoef[ContractOp::S])),
            std::move(in), {});
      });
}

Accumulators TileReduction::reduceColumn(
    int64_t column, Accumulators acc,
    function_ref<Accumulators(TileReduction &, Accumulators)> reduce) {
  TilePosition alone = at;
  alone.columns = 1;
  alone.dynamicColumn = Value();
  TileReduction pixel(info, b, alone);
  // These taps are few: small code rather than fast one.
  pixel.unroll = 1;
  // The accumulators of the column's pixel in each row of the tile.
  int64_t vectors = acc.size() / getNumGroups();
  auto inRow = [&](int64_t row) {
    return MutableArrayRef<Value>(acc).slice(
        (row * at.columns + column) * vectors, vectors);
  };
  Accumulators mine;
  for (int64_t row = 0; row < at.rows; ++row)
    llvm::append_range(mine, inRow(row));
  mine = reduce(pixel, std::move(mine));
  for (int64_t row = 0; row < at.rows; ++row)
    llvm::copy(ArrayRef<Value>(mine).slice(row * vectors, vectors),
               inRow(row).begin());
  return acc;
}

Accumulators TileReduction::reduceColumnTaps(int64_t column, Taps taps,
                                             Address a, Address f,
                                             Accumulators acc) {
  a = addr.add(a, addr.mul({Value(), column}, info.aCoef[ContractOp::Wo]));
  return reduceColumn(column, std::move(acc),
                      [&](TileReduction &pixel, Accumulators mine) {
                        return pixel.reduceTaps(taps, a, f, std::move(mine));
                      });
}

Accumulators TileReduction::reduceOutside(
    unsigned iterator, Taps inside, Address f, Accumulators acc,
    function_ref<Accumulators(Address, Accumulators)> reduceTap) {
  Value taps = addr.constant(info.extents[iterator]);
  Value skipped = arith::SubIOp::create(b, loc, inside.second, inside.first);
  Value count = arith::SubIOp::create(b, loc, taps, skipped);
  return loop(
      addr.constant(0), count, 1, std::move(acc),
      [&](Value i, Accumulators in) {
        Value behind = arith::AddIOp::create(b, loc, i, skipped);
        Value isBefore = arith::CmpIOp::create(
            b, loc, arith::CmpIPredicate::slt, i, inside.first);
        Value tap = arith::SelectOp::create(b, loc, isBefore, i, behind);
        return reduceTap(addr.add(f, addr.mul({tap, 0}, info.bCoef[iterator])),
                         std::move(in));
      });
}

Accumulators TileReduction::reduceOutsideRows(Taps inside, Accumulators acc) {
  TileReduction outside(info, b, at);
  // Few tiles have such rows: small code rather than fast one.
  outside.unroll = 1;
  return reduceOutside(ContractOp::R, inside, at.b, std::move(acc),
                       [&](Address f, Accumulators in) {
                         return outside.reduceColumnRun(
                             at.a, f, info.extents[ContractOp::S],
                             std::move(in), Active(getNumGroups()));
                       });
}

Accumulators TileReduction::reduceOutsideColumns(Taps inside, Address f,
                                                 Accumulators acc) {
  return reduceOutside(ContractOp::S, inside, f, std::move(acc),
                       [&](Address tap, Accumulators in) {
                         return reduceChannels(at.a, tap, std::move(in),
                                               Active(getNumGroups()));
                       });
}

Accumulators TileReduction::reduceMasked(Taps taps, Address a, Address f,
                                         Accumulators acc) {
  const WindowAxis &axis = info.columnAxis;
  return loop(
      taps.first, taps.second, 1, std::move(acc),
      [&](Value s, Accumulators in) {
        // The image column that pixel 0 of the tile reads at this tap.
        Address start =
            addr.add(addr.mul({at.dynamicColumn, 0}, {Value(), axis.outStep}),
                     addr.mul({s, 0}, {Value(), axis.tapStep}));
        start.constant += axis.first;
        Value startValue = addr.materialize(start);
        // Pixels of the tile whose column is below `limit`.
        auto pixelsBelow = [&](Address limit) -> Value {
          Value distance = arith::SubIOp::create(
              b, loc, addr.materialize(limit), startValue);
          Value zero = addr.constant(0), all = addr.constant(at.columns);
          if (axis.outStep == 0) {
            Value below = arith::CmpIOp::create(
                b, loc, arith::CmpIPredicate::sgt, distance, zero);
            return arith::SelectOp::create(b, loc, below, all, zero);
          }
          distance = arith::MaxSIOp::create(b, loc, distance, zero);
          if (axis.outStep > 1)
            distance = arith::DivUIOp::create(
                b, loc, addr.materialize({distance, axis.outStep - 1}),
                addr.constant(axis.outStep));
          return arith::MinSIOp::create(b, loc, distance, all);
        };
        Value first = pixelsBelow({Value(), 0}),
              last = pixelsBelow(info.columnSize);
        for (int64_t group = 0; group < getNumGroups(); ++group) {
          int64_t before = group % getGroupsPerRow() * info.getGroupSize();
          clippedLanes.push_back({addr.materialize({first, -before}),
                                  addr.materialize({last, -before})});
        }
        Address base = addr.add(a, addr.mul({s, 0}, info.aCoef[ContractOp::S]));
        Accumulators out = reduceChannels(
            base, addr.add(f, addr.mul({s, 0}, info.bCoef[ContractOp::S])),
            std::move(in), {});
        clippedLanes.clear();
        return out;
      });
}

Accumulators TileReduction::reduceBoundedColumns(Address a, Address f,
                                                 Accumulators acc) {
  auto [begin, end] = commonTaps;
  if (info.hasPixelVectors()) {
    auto [some, none] = columnTaps.front();
    Value until = arith::MinSIOp::create(b, loc, begin, none);
    acc = reduceMasked({some, until}, a, f, std::move(acc));
    acc = reduceTaps(commonTaps, a, f, std::move(acc));
    acc = reduceMasked({end, none}, a, f, std::move(acc));
    return info.countsOutside
               ? reduceOutsideColumns({some, none}, f, std::move(acc))
               : acc;
  }
  if (at.columns == 1) {
    acc = reduceTaps(commonTaps, a, f, std::move(acc));
    return info.countsOutside
               ? reduceOutsideColumns(commonTaps, f, std::move(acc))
               : acc;
  }
  for (auto [column, taps] : llvm::enumerate(columnTaps)) {
    Value until = arith::MinSIOp::create(b, loc, taps.second, begin);
    acc = reduceColumnTaps(column, {taps.first, until}, a, f, std::move(acc));
  }
  acc = reduceTaps(commonTaps, a, f, std::move(acc));
  for (auto [column, taps] : llvm::enumerate(columnTaps))
    acc = reduceColumnTaps(column, {end, taps.second}, a, f, std::move(acc));
  if (!info.countsOutside)
    return acc;
  for (auto [column, taps] : llvm::enumerate(columnTaps))
    acc = reduceColumn(
        column, std::move(acc),
        [&, taps = taps](TileReduction &pixel, Accumulators mine) {
          return pixel.reduceOutsideColumns(taps, f, std::move(mine));
        });
  return acc;
}

//===----------------------------------------------------------------------===//
// Loads with lanes outside of the image
//===----------------------------------------------------------------------===//

/// Lanes [first, last) of the vector at `a`; what is outside elsewhere. The
/// bounds may lie outside of the vector.
Value TileReduction::loadClippedVector(Address a, Value first, Value last) {
  auto type = VectorType::get({info.lanes}, b.getI1Type());
  auto lanesBelow = [&](Value bound) -> Value {
    return vector::CreateMaskOp::create(b, loc, type, ValueRange(bound));
  };
  // Lanes below `last` that are not below `first`.
  Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt,
                                       lanesBelow(last), lanesBelow(first));
  return vector::MaskedLoadOp::create(b, loc, info.aType, info.a.flat,
                                      ValueRange(addr.materialize(a)), inside,
                                      info.outside);
}

Value TileReduction::loadClippedPixels(Address a,
                                       std::pair<Value, Value> lanes) {
  Value first = lanes.first, last = lanes.second;
  if (!info.readsEverySecond())
    return loadClippedVector(a, first, last);
  // Elements [2 first, 2 last - 1) from the ones at 0 and at n - 1 on.
  auto part = [&](int64_t begin) {
    auto element = [&](Value lane, int64_t offset) {
      Address even = addr.mul({lane, 0}, {Value(), 2});
      return addr.materialize(addr.add(even, {Value(), offset}));
    };
    return loadClippedVector(addr.add(a, {Value(), begin}),
                             element(first, -begin), element(last, -1 - begin));
  };
  return joinEverySecond(part(0), part(info.lanes - 1));
}
