//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Depthwise convolutions of bytes whose instruction adds four products for a
/// lane: those of four rows of the window. TapSteps.h says which rows of
/// outputs share what is interleaved.
///
///   for each block of channels                      before rows and columns
///     w[o][q][s][v] = interleave(B[4 q - o .. + 4][s])[v]
///
///   for each column j of the input that the tile reads     unrolled
///     x[0 .. 4) = interleave(vector.load A[4 q .. + 4][j])  4 n_vec channels
///     acc[p][v] = fma(x[v], w[o][q][s][v], acc[p][v])  for all p and s at j
///
/// Registers do not hold the vectors of the filter: FMAs read them from the
/// stack. Where only the program knows whether a row or a column is inside, the
/// first elements of the image are read instead, and replaced.
///
//===----------------------------------------------------------------------===//

#include "TileReduction.h"

#include "conv/Schedule/TapSteps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

using Accumulators = TileReduction::Accumulators;

Value TileReduction::makeTapBytes(int64_t byte) {
  auto type = VectorType::get({kTapsPerStep * info.lanes}, b.getI8Type());
  auto element =
      b.getIntegerAttr(b.getI8Type(), llvm::APInt(8, byte, /*isSigned=*/true,
                                                  /*implicitTrunc=*/true));
  return arith::ConstantOp::create(
      b, loc, type, DenseElementsAttr::get(type, TypedAttr(element)));
}

Value TileReduction::loadTapBytes(const FlatView &view, Address at,
                                  int64_t set) {
  auto load = [&](int64_t first, int64_t size) -> Value {
    return vector::LoadOp::create(
        b, loc, VectorType::get({size}, b.getI8Type()), view.flat,
        addr.materialize(addr.add(at, {Value(), first})));
  };
  if (set == kTapsPerStep * info.lanes)
    return load(0, set);
  // In parts, the largest first: masks for bytes are rare.
  Value bytes = makeTapBytes(0);
  for (int64_t first = 0; first < set;) {
    int64_t size = llvm::bit_floor(static_cast<uint64_t>(set - first));
    bytes = vector::InsertStridedSliceOp::create(b, loc, load(first, size),
                                                 bytes, first, 1);
    first += size;
  }
  return bytes;
}

/// The lower or upper halves of each 128 bits of two vectors, elements of
/// `bytes` bytes in turns.
Value TileReduction::unpackTaps(Value low, Value high, int64_t bytes,
                                bool upper) {
  auto type = cast<VectorType>(low.getType());
  int64_t size = type.getNumElements() / bytes, part = 16 / bytes;
  auto wide = VectorType::get({size}, b.getIntegerType(8 * bytes));
  SmallVector<int64_t> mask;
  for (int64_t first = 0; first < size; first += part)
    for (int64_t i = 0; i < part / 2; ++i) {
      int64_t element = first + (upper ? part / 2 : 0) + i;
      mask.push_back(element);
      mask.push_back(size + element);
    }
  auto asWide = [&](Value value) -> Value {
    return bytes == 1 ? value : vector::BitCastOp::create(b, loc, wide, value);
  };
  Value result =
      vector::ShuffleOp::create(b, loc, asWide(low), asWide(high), mask);
  return bytes == 1 ? result : vector::BitCastOp::create(b, loc, type, result);
}

SmallVector<Value> TileReduction::interleaveTaps(ArrayRef<Value> rows) {
  // Channels come in fours into the part of 128 bits that their lanes are in.
  int64_t lanes = info.lanes, parts = lanes / 4;
  auto fours = VectorType::get({lanes}, b.getI32Type());
  SmallVector<int64_t> mask;
  for (int64_t part = 0; part < parts; ++part)
    for (int64_t vector = 0; vector < kTapsPerStep; ++vector)
      mask.push_back(parts * vector + part);
  SmallVector<Value> arranged;
  for (Value row : rows) {
    if (parts == 1 || matchPattern(row, m_Constant())) {
      arranged.push_back(row); // Constants are splats.
      continue;
    }
    Value value = vector::BitCastOp::create(b, loc, fours, row);
    value = vector::ShuffleOp::create(b, loc, value, value, mask);
    arranged.push_back(vector::BitCastOp::create(b, loc, row.getType(), value));
  }
  SmallVector<Value> lanesOf;
  for (bool upper : {false, true}) {
    Value first = unpackTaps(arranged[0], arranged[1], 1, upper);
    Value second = unpackTaps(arranged[2], arranged[3], 1, upper);
    lanesOf.push_back(unpackTaps(first, second, 2, false));
    lanesOf.push_back(unpackTaps(first, second, 2, true));
  }
  return lanesOf;
}

/// Vectors of the filter for a place where windows begin.
static int64_t countFiltersOfOffset(const ContractInfo &info, int64_t vectors) {
  return countTapSteps(info.extents[ContractOp::R]) *
         info.extents[ContractOp::S] * vectors;
}

static TapPlan planTapsOf(const ContractInfo &info, int64_t rows) {
  const WindowAxis &axis = info.rowAxis;
  return planTaps(rows, info.extents[ContractOp::R], axis.outStep,
                  std::max<int64_t>(axis.tapStep, 1));
}

SmallVector<Value> TileReduction::makeTapFilters(int64_t rows) {
  int64_t lanes = info.lanes, unit = kTapsPerStep * lanes;
  int64_t taps = info.extents[ContractOp::R],
          columns = info.extents[ContractOp::S];
  int64_t vectors = llvm::divideCeilSigned(at.channels, lanes);
  TapPlan plan = planTapsOf(info, rows);
  SmallVector<Value> filters;
  Value zero = makeTapBytes(0);
  for (int64_t offset = 0; offset < kTapsPerStep; ++offset) {
    auto begins = [&](const TapPlan::Row &row) { return row.offset == offset; };
    if (llvm::none_of(plan.rows, begins)) {
      filters.append(countFiltersOfOffset(info, vectors), Value());
      continue;
    }
    for (int64_t step = 0; step < countTapSteps(taps); ++step)
      for (int64_t s = 0; s < columns; ++s)
        for (int64_t first = 0; first < vectors * lanes; first += unit) {
          SmallVector<Value> loads;
          for (int64_t i = 0; i < kTapsPerStep; ++i) {
            int64_t r = step * kTapsPerStep + i - offset;
            if (r < 0 || r >= taps) {
              loads.push_back(zero);
              continue;
            }
            Address from = addr.add(
                at.b, addr.mul({Value(), r}, info.bCoef[ContractOp::R]));
            from = addr.add(from,
                            addr.mul({Value(), s}, info.bCoef[ContractOp::S]));
            // Blocks of a packed filter are whole also where channels end.
            loads.push_back(
                loadTapBytes(info.b, addr.add(from, {Value(), first}),
                             std::min(unit, vectors * lanes - first)));
          }
          SmallVector<Value> lanesOf = interleaveTaps(loads);
          for (int64_t v = first / lanes;
               v < std::min(vectors, first / lanes + kTapsPerStep); ++v)
            filters.push_back(lanesOf[v - first / lanes]);
        }
  }
  return filters;
}

TileReduction::TapPlace
TileReduction::findTapPlace(const WindowAxis &axis, Address size, int64_t out,
                            int64_t tap, std::optional<int64_t> known,
                            Value dynamic, Address address) {
  TapPlace place;
  place.address = address;
  if (known) {
    place.isOutside = !axis.isInside(*known + out, tap);
  } else if (dynamic) {
    Address index = addr.mul({dynamic, out}, {Value(), axis.outStep});
    index.constant += tap * axis.tapStep + axis.first;
    // Before the image it is a large number.
    place.isInside =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                              addr.materialize(index), addr.materialize(size));
  }
  return place;
}

TileReduction::TapPlace TileReduction::findTapRow(int64_t row, int64_t tap) {
  Address address =
      addr.add(addr.mul({Value(), row}, info.aCoef[ContractOp::Ho]),
               addr.mul({Value(), tap}, info.aCoef[ContractOp::R]));
  return findTapPlace(info.rowAxis, info.rowSize, row, tap, at.row,
                      at.dynamicRow, address);
}

TileReduction::TapPlace TileReduction::findTapColumn(int64_t column,
                                                     int64_t s) {
  Address address =
      addr.add(addr.mul({Value(), column}, info.aCoef[ContractOp::Wo]),
               addr.mul({Value(), s}, info.aCoef[ContractOp::S]));
  const WindowAxis &axis = at.columnAxis ? *at.columnAxis : info.columnAxis;
  return findTapPlace(axis, info.columnSize, column, s, at.column,
                      at.dynamicColumn, address);
}

Value TileReduction::loadTapInput(const TapPlace &row, const TapPlace &column,
                                  int64_t first, int64_t set) {
  llvm::APInt outside;
  bool isKnown = matchPattern(info.outside, m_ConstantInt(&outside));
  assert(isKnown && "elements outside are all one");
  (void)isKnown;
  if (row.isOutside || column.isOutside)
    return makeTapBytes(outside.getSExtValue());
  Address from = addr.add(addr.add(at.a, row.address), column.address);
  Value inside = row.isInside;
  if (inside && column.isInside)
    inside = arith::AndIOp::create(b, loc, inside, column.isInside);
  else if (column.isInside)
    inside = column.isInside;
  if (inside)
    from = {arith::SelectOp::create(b, loc, inside, addr.materialize(from),
                                    addr.materialize(info.a.offset)),
            0};
  Value bytes = loadTapBytes(info.a, addr.add(from, {Value(), first}), set);
  if (info.rebasesInput)
    bytes = arith::XOrIOp::create(b, loc, bytes, makeOffsets(bytes.getType()));
  if (inside)
    bytes = arith::SelectOp::create(b, loc, inside, bytes,
                                    makeTapBytes(outside.getSExtValue()));
  return bytes;
}

Accumulators TileReduction::reduceTaps(Accumulators acc) {
  int64_t lanes = info.lanes, unit = kTapsPerStep * lanes;
  int64_t taps = info.extents[ContractOp::R],
          columns = info.extents[ContractOp::S];
  int64_t vectors = llvm::divideCeilSigned(at.channels, lanes);
  int64_t perOffset = countFiltersOfOffset(info, vectors);
  const WindowAxis &axis = info.columnAxis;
  TapPlan plan = planTapsOf(info, at.rows);
  for (int64_t r = 0; r < taps && info.nest.inputAhead != 0; ++r)
    prefetchInput(
        addr.add(at.a, addr.mul({Value(), r}, info.aCoef[ContractOp::R])),
        /*step=*/0, /*active=*/{});
  // The columns of the input, and who reads them.
  std::map<int64_t, SmallVector<Product>> positions;
  for (int64_t column = 0; column < at.columns; ++column)
    for (int64_t s = 0; s < columns; ++s)
      positions[column * axis.outStep + s * axis.tapStep].push_back(
          {column, s});
  auto skips = [&](const TapPlace &place) {
    return place.isOutside && !info.countsOutside;
  };
  for (const auto &[position, products] : positions) {
    TapPlace column =
        findTapColumn(products.front().pixel, products.front().tap);
    if (skips(column))
      continue;
    for (auto [index, group] : llvm::enumerate(plan.groups))
      for (int64_t step = 0; step < countTapSteps(group.taps); ++step) {
        SmallVector<TapPlace> rows;
        for (int64_t i = 0; i < kTapsPerStep; ++i)
          if (int64_t tap = step * kTapsPerStep + i; tap < group.taps)
            rows.push_back(findTapRow(group.firstRow, tap));
        if (llvm::all_of(rows, skips))
          continue;
        for (int64_t first = 0; first < at.channels; first += unit) {
          SmallVector<Value> loads;
          for (const TapPlace &row : rows)
            loads.push_back(loadTapInput(row, column, first,
                                         std::min(unit, at.channels - first)));
          // Zeros of the filter meet what is behind the last row.
          while (loads.size() < kTapsPerStep)
            loads.push_back(makeTapBytes(0));
          SmallVector<Value> inputs = interleaveTaps(loads);
          for (int64_t h = 0; h < at.rows; ++h) {
            if (plan.rows[h].group != static_cast<int64_t>(index))
              continue;
            for (const Product &product : products)
              for (int64_t v = first / lanes;
                   v < std::min(vectors, first / lanes + kTapsPerStep); ++v) {
                Value filter =
                    at.tapFilters[plan.rows[h].offset * perOffset +
                                  (step * columns + product.tap) * vectors + v];
                Value &sum =
                    acc[(h * at.columns + product.pixel) * vectors + v];
                sum = FmaOp::create(b, loc, info.schedule.getFma(), sum,
                                    inputs[v - first / lanes], filter);
              }
          }
        }
      }
  }
  return acc;
}
