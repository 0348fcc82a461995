//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Depthwise convolutions with vectors along columns that are two apart. What
/// all taps of a row of the window read are even and odd columns of the same
/// few vectors, a lane or more away:
///
///   for each row of the input that the tile reads     unrolled
///     even[j], odd[j] = split(vector.load A)          two loads, two shuffles
///     for s
///       x[j] = even or odd, shifted from j and a neighbour
///       acc[h][j] = fma(x[j], broadcast(B[r][s]), acc[h][j])  for all h and r
///                                                             that read the
///                                                             row
///
/// Vectors begin where rows do, so that loads do not cross lines where rows of
/// the image do not.
///
//===----------------------------------------------------------------------===//

#include "TileReduction.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

using Accumulators = TileReduction::Accumulators;

/// Columns that are neighbours in a vector.
static constexpr int64_t kApart = 2;

/// Column `tap` of the window as its parity and the lanes it is away from the
/// columns that vectors begin with.
TileReduction::SplitTap TileReduction::splitTap(int64_t tap) const {
  const WindowAxis &axis = at.columnAxis ? *at.columnAxis : info.columnAxis;
  int64_t place = tap * axis.tapStep + axis.first;
  int64_t lanes = llvm::divideFloorSigned(place, kApart);
  return {place - lanes * kApart, lanes};
}

bool TileReduction::splitsRows() const {
  // What is outside is zero, as are lanes that nothing is loaded into.
  if (!info.hasPixelVectors() || !info.readsEverySecond() ||
      info.countsOutside || at.channels != 1)
    return false;
  int64_t taps = info.extents[ContractOp::S];
  return taps > 1 && std::abs(splitTap(0).lanes) < info.lanes &&
         std::abs(splitTap(taps - 1).lanes) < info.lanes;
}

/// The columns of a row of the input that the taps of a tile read, counted from
/// the one that its vectors begin with.
TileReduction::Range TileReduction::getSplitColumns() const {
  const WindowAxis &axis = at.columnAxis ? *at.columnAxis : info.columnAxis;
  Range columns;
  for (int64_t s = 0; s < info.extents[ContractOp::S]; ++s) {
    Active active = getAll();
    active.resize(getGroupsPerRow());
    if (at.column)
      active = insideColumns(std::move(active), s);
    int64_t place = s * axis.tapStep + axis.first;
    for (auto [group, range] : llvm::enumerate(active)) {
      if (range.empty())
        continue;
      int64_t begin = getColumn(static_cast<int64_t>(group), 0);
      Range read{kApart * (begin + range.first) + place,
                 kApart * (begin + range.last - 1) + place + 1};
      if (columns.empty())
        columns = read;
      columns = {std::min(columns.first, read.first),
                 std::max(columns.last, read.last)};
    }
  }
  return columns;
}

/// The vectors of one row of the input at `a`, of whose columns those in
/// `columns` are read.
TileReduction::SplitRow TileReduction::makeSplitRow(Address a, Range columns) {
  const WindowAxis &axis = at.columnAxis ? *at.columnAxis : info.columnAxis;
  // The vectors begin `first` columns before what tap 0 reads of pixel 0.
  return {addr.add(a, {Value(), -axis.first}), columns, {}, {}};
}

/// The `index`-th vector of columns of `row`.
Value TileReduction::loadSplitColumns(SplitRow &row, int64_t index) {
  Value &vector = row.loads[index];
  if (vector)
    return vector;
  int64_t begin = index * info.lanes;
  Range read{std::max<int64_t>(row.columns.first - begin, 0),
             std::min(row.columns.last - begin, info.lanes)};
  vector = read.empty()
               ? info.outside
               : loadVector(info.a, addr.add(row.a, {Value(), begin}), read);
  return vector;
}

/// The `index`-th vector of every second column of `row`.
Value TileReduction::getSplitVector(SplitRow &row, int64_t parity,
                                    int64_t index) {
  Value &vector = row.vectors[{parity, index}];
  if (vector)
    return vector;
  Value low = loadSplitColumns(row, kApart * index);
  Value high = loadSplitColumns(row, kApart * index + 1);
  if (low == info.outside && high == info.outside)
    return vector = info.outside;
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < info.lanes; ++lane)
    mask.push_back(kApart * lane + parity);
  return vector = vector::ShuffleOp::create(b, loc, low, high, mask);
}

/// What tap `tap` reads for the pixels of vector `index`.
Value TileReduction::getSplitTap(SplitRow &row, const SplitTap &tap,
                                 int64_t index) {
  Value here = getSplitVector(row, tap.parity, index);
  if (tap.lanes == 0)
    return here;
  int64_t lanes = info.lanes, side = tap.lanes < 0 ? -1 : 1;
  Value next;
  int64_t neighbour = index + side;
  bool isInTile = neighbour >= 0 && neighbour < getGroupsPerRow();
  if (!isInTile && std::abs(tap.lanes) == 1) {
    // One element beside the tile.
    int64_t lane = side < 0 ? lanes - 1 : 0;
    int64_t column = kApart * (neighbour * lanes + lane) + tap.parity;
    next = info.outside;
    if (column >= row.columns.first && column < row.columns.last) {
      Value scalar = memref::LoadOp::create(
          b, loc, info.a.flat,
          ValueRange(addr.materialize(addr.add(row.a, {Value(), column}))));
      next = vector::BroadcastOp::create(b, loc, info.aType, scalar);
    }
  } else {
    next = getSplitVector(row, tap.parity, neighbour);
  }
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane)
    mask.push_back(lane + tap.lanes + (side < 0 ? lanes : 0));
  return side < 0 ? vector::ShuffleOp::create(b, loc, next, here, mask)
                  : vector::ShuffleOp::create(b, loc, here, next, mask);
}

Accumulators TileReduction::reduceSplitRows(Accumulators acc) {
  int64_t taps = info.extents[ContractOp::R],
          columns = info.extents[ContractOp::S], perRow = getGroupsPerRow();
  // Rows of the input, and the rows of the tile and of the window that read
  // them.
  std::map<int64_t, SmallVector<Product>> rows;
  for (int64_t h = 0; h < at.rows; ++h)
    for (int64_t r = 0; r < taps; ++r)
      if (!at.row || info.rowAxis.isInside(*at.row + h, r))
        rows[h * info.rowAxis.outStep + r * info.rowAxis.tapStep].push_back(
            {h, r});
  Range read = getSplitColumns();
  if (read.empty())
    return acc;
  for (const auto &[position, products] : rows) {
    Address a = addr.add(at.a, addr.mul({Value(), products.front().pixel},
                                        info.aCoef[ContractOp::Ho]));
    a = addr.add(a, addr.mul({Value(), products.front().tap},
                             info.aCoef[ContractOp::R]));
    SplitRow row = makeSplitRow(a, read);
    for (int64_t s = 0; s < columns; ++s)
      for (int64_t j = 0; j < perRow; ++j) {
        Value x = getSplitTap(row, splitTap(s), j);
        for (const Product &product : products) {
          Address f =
              addr.add(addr.add(at.b, addr.mul({Value(), product.tap},
                                               info.bCoef[ContractOp::R])),
                       addr.mul({Value(), s}, info.bCoef[ContractOp::S]));
          Value vector;
          Value &sum = acc[product.pixel * perRow + j];
          sum = makeFma(sum, x, loadFilterScalar(f, 0, vector));
        }
      }
  }
  return acc;
}
