//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One step of the reduction: one tap, one input channel. Vectors run along
/// output channels (a scalar of the input meets vectors of the filter)
///
///   b[v]      = vector.load B                       c_ob / n_vec vectors
///   acc[p][v] = fma(broadcast(A[p]), b[v], acc[p][v])
///
/// or along pixels of a row (a scalar of the filter meets vectors of the
/// input, of which lanes outside of the image are not read and are zero)
///
///   x[j]      = vector.load A                       w_ob / n_vec vectors
///   acc[j][k] = fma(x[j], broadcast(B[k]), acc[j][k])
///
/// or, where the taps of a column of the window share what they load,
///
///   x           = vector.load A                     of each row of the input
///   acc[h][j][k] = fma(x, broadcast(B[r][k]), acc[h][j][k])  for all r, h of
///   it
///
//===----------------------------------------------------------------------===//

#include "Extension.h"
#include "LaneVectors.h"
#include "TileReduction.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::conv;

using Accumulators = TileReduction::Accumulators;

Value TileReduction::loadVector(const FlatView &view, Address address,
                                Range range) {
  Value index = addr.materialize(address);
  VectorType type = &view == &info.a ? info.aType : info.bType;
  if (range == Range{0, info.lanes})
    return vector::LoadOp::create(b, loc, type, view.flat, index);
  Value rest =
      &view == &info.a
          ? info.outside
          : arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(
      b, loc, type, view.flat, ValueRange(index),
      makeMask(b, loc, info.lanes, range.first, range.last), rest);
}

Value TileReduction::makeFma(Value acc, Value x, Value y) {
  Type element = info.fmaType.getElementType();
  x = extendElements(b, loc, x, info.aKind, element);
  y = extendElements(b, loc, y, info.bKind, element);
  return FmaOp::create(b, loc, info.schedule.getFma(), acc, x, y);
}

Accumulators TileReduction::makeInitial() {
  if (info.hasLaneSums())
    return makeInitialSums();
  if (info.hasColumnPairs())
    return makeInitialPairs();
  Accumulators group;
  // Lanes are channels, or pixels, which share what they start from.
  int64_t perVector = info.hasPixelVectors() ? 1 : info.lanes;
  for (int64_t k = 0; k < at.channels; k += perVector) {
    if (!info.start) {
      group.push_back(info.zero);
      continue;
    }
    Address step = info.epilogueCoef[*info.start][ContractOp::K];
    Address from =
        addr.add(at.epilogue[*info.start], addr.mul({Value(), k}, step));
    group.push_back(
        info.epilogue.load(b, loc, *info.start, info.vectorType, from,
                           info.hasPixelVectors() ? Address() : step,
                           std::min(perVector, at.channels - k)));
  }
  Accumulators acc;
  for (int64_t i = 0; i < getNumGroups(); ++i)
    llvm::append_range(acc, group);
  return acc;
}

Address TileReduction::getGroup(Address a, int64_t group) {
  int64_t perRow = getGroupsPerRow();
  Address row = addr.mul({Value(), group / perRow}, info.aCoef[ContractOp::Ho]);
  Address column =
      addr.mul({Value(), getColumn(group, 0)}, info.aCoef[ContractOp::Wo]);
  return addr.add(a, addr.add(row, column));
}

/// The address may lie past the end: nothing is read.
void TileReduction::prefetch(const FlatView &view, Address address) {
  memref::PrefetchOp::create(b, loc, view.flat,
                             ValueRange(addr.materialize(address)),
                             /*isWrite=*/false, /*localityHint=*/3,
                             /*isDataCache=*/true);
}

/// Fetches what the step reads of the filter `prefetch` elements later; the
/// next step the end of a line that this one begins.
void TileReduction::prefetchFilter(Address f, int64_t elements) {
  int64_t distance = info.nest.filterAhead;
  if (distance == 0)
    return;
  for (int64_t i = 0; i < elements; i += info.b.getLineElements())
    prefetch(info.b, addr.add(f, {Value(), i + distance}));
}

/// Fetches what step `step` of a loop body will read of the input some tiles
/// later, at the same tap and channel: tiles along the columns, or along the
/// rows where the columns of a tile share lines with the next one's.
void TileReduction::prefetchInput(Address a, int64_t step,
                                  const Active &active) {
  int64_t tiles = info.nest.inputAhead;
  int64_t line = info.a.getLineElements();
  const Address &channel = info.aCoef[ContractOp::C];
  const Address &column = info.aCoef[ContractOp::Wo];
  auto isNear = [line](const Address &distance) {
    return !distance.value && std::abs(distance.constant) < line;
  };
  bool sharesLine = step * info.steps % line != 0 && isNear(channel);
  if (tiles == 0 || sharesLine)
    return;
  Address ahead =
      info.nest.inputAlongRows
          ? addr.mul({Value(), tiles * at.rows}, info.aCoef[ContractOp::Ho])
          : addr.mul({Value(), tiles * at.columns}, column);
  // Vectors of the input: several lines of channels, or of pixels.
  int64_t elements = 1;
  if (info.vectorA)
    elements = at.channels;
  else if (info.hasMergedGroups())
    elements = countGroupElements();
  // The columns of pairs, of which some are fetched that are outside.
  bool hasPairs = info.hasColumnPairs();
  int64_t size = hasPairs ? 1 : info.getGroupSize();
  int64_t perRow = hasPairs ? at.columns : getGroupsPerRow();
  for (int64_t group = 0; group < at.rows * perRow; ++group) {
    if (!hasPairs && !active.empty() && active[group].empty())
      continue;
    // One pixel of each line, and the last one of the row.
    int64_t place = group % perRow;
    int64_t distance = place * size * column.constant;
    bool first = place == 0 || distance % line < size * column.constant;
    if (isNear(column) && !first && place + 1 != perRow)
      continue;
    Address from = addr.add(
        addr.mul({Value(), group / perRow}, info.aCoef[ContractOp::Ho]),
        addr.mul({Value(), place * size}, column));
    for (int64_t i = 0; i < elements; i += line)
      prefetch(info.a,
               addr.add(addr.add(a, from), addr.add(ahead, {Value(), i})));
  }
}

//===----------------------------------------------------------------------===//
// Vectors along output channels
//===----------------------------------------------------------------------===//

/// A vector of neighbouring channels of each active pixel.
SmallVector<Value> TileReduction::loadPixels(Address a, const Active &active) {
  SmallVector<Value> pixels(getNumGroups());
  for (auto [pixel, value] : llvm::enumerate(pixels))
    if (active.empty() || !active[pixel].empty())
      value = loadVector(info.a, getGroup(a, pixel), {0, info.lanes});
  return pixels;
}

Value TileReduction::broadcastIntegers(Value elements) {
  auto type = cast<VectorType>(elements.getType());
  Type integer =
      b.getIntegerType(type.getNumElements() * type.getElementTypeBitWidth());
  Value bits = vector::BitCastOp::create(b, loc, VectorType::get({1}, integer),
                                         elements);
  Value scalar = vector::ExtractOp::create(b, loc, bits, 0);
  return vector::BroadcastOp::create(
      b, loc, VectorType::get({info.lanes}, integer), scalar);
}

/// The `count` neighbouring elements from `a` on as one integer of `type`, the
/// first in the lowest bits, zeros above the last. No element behind them is
/// read, which the buffer need not have: they are loads of 2^i elements each.
Value TileReduction::loadInteger(Address a, int64_t count, IntegerType type) {
  Type element = info.aType.getElementType();
  int64_t bits = element.getIntOrFloatBitWidth();
  Value whole;
  for (int64_t begin = 0; begin < count;) {
    int64_t size = llvm::bit_floor(static_cast<uint64_t>(count - begin));
    Value piece = vector::LoadOp::create(
        b, loc, VectorType::get({size}, element), info.a.flat,
        addr.materialize(addr.add(a, {Value(), begin})));
    auto pieceType = b.getIntegerType(size * bits);
    piece = vector::ExtractOp::create(
        b, loc,
        vector::BitCastOp::create(b, loc, VectorType::get({1}, pieceType),
                                  piece),
        0);
    if (pieceType != type)
      piece = arith::ExtUIOp::create(b, loc, type, piece);
    if (begin > 0) {
      Value shift = arith::ConstantOp::create(
          b, loc, b.getIntegerAttr(type, begin * bits));
      piece = arith::ShLIOp::create(b, loc, piece, shift);
      piece = arith::OrIOp::create(b, loc, whole, piece);
    }
    whole = piece;
    begin += size;
  }
  return whole;
}

/// The `count` channels from `a` on, zeros behind them, in every lane: they are
/// broadcast as one integer.
Value TileReduction::broadcastSteps(Address a, int64_t count) {
  Type element = info.aType.getElementType();
  auto stepType = VectorType::get({info.steps}, element);
  const Address &channel = info.aCoef[ContractOp::C];
  bool neighbours = !channel.value && channel.constant == 1;
  Value steps;
  if (neighbours && count == info.steps) {
    steps = broadcastIntegers(vector::LoadOp::create(
        b, loc, stepType, info.a.flat, addr.materialize(a)));
  } else if (neighbours) {
    auto type = b.getIntegerType(info.steps * element.getIntOrFloatBitWidth());
    steps =
        vector::BroadcastOp::create(b, loc, VectorType::get({info.lanes}, type),
                                    loadInteger(a, count, type));
  } else {
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(element));
    SmallVector<Value> elements(info.steps, zero);
    for (int64_t i = 0; i < count; ++i) {
      Address at = addr.add(a, addr.mul({Value(), i}, channel));
      elements[i] = memref::LoadOp::create(b, loc, info.a.flat,
                                           ValueRange(addr.materialize(at)));
    }
    steps = broadcastIntegers(
        vector::FromElementsOp::create(b, loc, stepType, elements));
  }
  if (info.rebasesInput)
    steps = arith::XOrIOp::create(b, loc, steps, makeOffsets(steps.getType()));
  return vector::BitCastOp::create(b, loc, info.aType, steps);
}

/// The bits that 128 added to bytes flips, of integers that hold such.
Value TileReduction::makeOffsets(Type type) {
  auto vector = cast<VectorType>(type);
  llvm::APInt bits = llvm::APInt::getSplat(vector.getElementTypeBitWidth(),
                                           llvm::APInt::getSignMask(8));
  TypedAttr element = b.getIntegerAttr(vector.getElementType(), bits);
  return arith::ConstantOp::create(b, loc, vector,
                                   DenseElementsAttr::get(vector, element));
}

/// A bf16 as f32 in all lanes: read together with its neighbour, which costs as
/// much, it is there after one shift or one blend.
Value TileReduction::broadcastBF16(Address a, const Scalars &scalars) {
  Type element = info.aType.getElementType();
  if (!scalars.hasNext && !scalars.hasPrevious) {
    Value scalar = memref::LoadOp::create(b, loc, info.a.flat,
                                          ValueRange(addr.materialize(a)));
    auto twice = VectorType::get({2 * info.lanes}, element);
    Value lanes = vector::BroadcastOp::create(b, loc, twice, scalar);
    auto pairs = VectorType::get({info.lanes}, b.getI32Type());
    return extendHalfBF16(b, loc,
                          vector::BitCastOp::create(b, loc, pairs, lanes),
                          /*upper=*/true);
  }
  if (!scalars.hasNext)
    a = addr.add(a, {Value(), -1});
  Value pair = vector::LoadOp::create(b, loc, VectorType::get({2}, element),
                                      info.a.flat, addr.materialize(a));
  return extendHalfBF16(b, loc, broadcastIntegers(pair),
                        /*upper=*/!scalars.hasNext);
}

Value TileReduction::broadcastScalars(Address a, int64_t pixel,
                                      const Scalars &scalars) {
  if (info.steps > 1)
    return broadcastSteps(a, scalars.count);
  if (!scalars.pixels.empty()) {
    Value scalar =
        vector::ExtractOp::create(b, loc, scalars.pixels[pixel], scalars.lane);
    return vector::BroadcastOp::create(b, loc, info.aType, scalar);
  }
  if (info.aKind == ElementKind::BF16 && info.fmaType.getElementType().isF32())
    return broadcastBF16(a, scalars);
  Value scalar = memref::LoadOp::create(b, loc, info.a.flat,
                                        ValueRange(addr.materialize(a)));
  return vector::BroadcastOp::create(b, loc, info.aType, scalar);
}

/// Vector `vector` of the filter's step at `f`.
Value TileReduction::loadFilter(Address f, int64_t vector) {
  int64_t lanes = info.lanes;
  Address from = addr.add(f, {Value(), vector * lanes * info.steps});
  if (info.steps > 1)
    return vector::LoadOp::create(b, loc, info.bType, info.b.flat,
                                  addr.materialize(from));
  int64_t set = std::min(lanes, at.channels - vector * lanes);
  return loadVector(info.b, from, {0, info.isPacked() ? lanes : set});
}

/// A vector of the input, an element for each lane, as what an FMA takes: where
/// that is several steps the element is the first, and what its extension puts
/// into the others meets zeros of the filter.
Value TileReduction::fillSteps(Value vector) {
  if (info.steps == 1)
    return vector;
  Value wide = extendElements(b, loc, vector, info.aKind,
                              info.vectorType.getElementType());
  return vector::BitCastOp::create(b, loc, info.fmaType, wide);
}

/// Every active pixel's scalars times the filter vectors.
Accumulators TileReduction::stepChannels(Address a, Address f, Accumulators acc,
                                         const Active &active,
                                         const Scalars &scalars) {
  int64_t lanes = info.lanes;
  int64_t vectors = llvm::divideCeilSigned(at.channels, lanes);
  SmallVector<Value> filter;
  for (int64_t v = 0; v < vectors; ++v)
    filter.push_back(loadFilter(f, v));
  prefetchFilter(f, at.channels * info.steps);
  for (int64_t pixel = 0; pixel < getNumGroups(); ++pixel) {
    bool isOutside = !active.empty() && active[pixel].empty();
    if (isOutside && !info.countsOutside)
      continue;
    Address x = getGroup(a, pixel);
    Value shared;
    if (isOutside)
      shared = info.vectorA ? fillSteps(info.outside) : info.outside;
    else if (!info.vectorA)
      shared = broadcastScalars(x, pixel, scalars);
    if (shared)
      shared = extendElements(b, loc, shared, info.aKind,
                              info.fmaType.getElementType());
    for (int64_t v = 0; v < vectors; ++v) {
      Range channels{0, std::min(lanes, at.channels - v * lanes)};
      Value lhs = shared;
      if (!lhs)
        lhs = fillSteps(
            loadVector(info.a, addr.add(x, {Value(), v * lanes}), channels));
      Value &sum = acc[pixel * vectors + v];
      sum = makeFma(sum, lhs, filter[v]);
    }
  }
  return acc;
}

//===----------------------------------------------------------------------===//
// Vectors along pixels
//===----------------------------------------------------------------------===//

/// The pixels `range` of the group whose first one reads `a`. Where pixels are
/// two elements apart, two loads are shuffled into one vector: elements 0 to
/// n - 1 and, so as not to read past the last pixel, n - 1 to 2 n - 2.
Value TileReduction::loadPixelVector(Address a, Range range) {
  int64_t lanes = info.lanes;
  if (!info.readsEverySecond())
    return loadVector(info.a, a, range);
  // Elements [2 first, 2 last - 2] are wanted.
  auto part = [&](int64_t begin) {
    Range wanted{std::max<int64_t>(2 * range.first - begin, 0),
                 std::min(2 * range.last - 1 - begin, lanes)};
    if (wanted.empty())
      return info.outside;
    return loadVector(info.a, addr.add(a, {Value(), begin}), wanted);
  };
  return joinEverySecond(part(0), part(lanes - 1));
}

Value TileReduction::joinEverySecond(Value low, Value high) {
  int64_t lanes = info.lanes;
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    int64_t element = 2 * lane;
    mask.push_back(element < lanes ? element : lanes + element - (lanes - 1));
  }
  return vector::ShuffleOp::create(b, loc, low, high, mask);
}

/// Scalar `k` of the filter of one step in all lanes. With broadcast = lane it
/// comes from `vector`, n_vec output channels that are loaded at the first.
Value TileReduction::loadFilterScalar(Address f, int64_t k, Value &vector) {
  int64_t lanes = info.lanes, first = k / lanes * lanes;
  Value scalar;
  if (info.schedule.getBroadcast() == Broadcast::Lane) {
    // Blocks of the packed filter are whole also where channels end.
    if (k == first)
      vector = loadVector(info.b, addr.add(f, {Value(), k}), {0, lanes});
    scalar = vector::ExtractOp::create(b, loc, vector, k - first);
  } else {
    Address distance = info.isPacked()
                           ? Address{Value(), k}
                           : addr.mul({Value(), k}, info.bCoef[ContractOp::K]);
    scalar = memref::LoadOp::create(
        b, loc, info.b.flat,
        ValueRange(addr.materialize(addr.add(f, distance))));
  }
  return vector::BroadcastOp::create(b, loc, info.bType, scalar);
}

Accumulators TileReduction::stepPixels(Address a, Address f, Accumulators acc,
                                       const Active &active) {
  SmallVector<Value> input(getNumGroups());
  for (auto [group, vector] : llvm::enumerate(input)) {
    if (!clippedLanes.empty()) {
      vector = loadClippedPixels(getGroup(a, group), clippedLanes[group]);
      continue;
    }
    Range range = active.empty() ? getPixels(group) : active[group];
    if (!range.empty())
      vector = loadPixelVector(getGroup(a, group), range);
    else if (info.countsOutside)
      vector = info.outside;
  }
  prefetchFilter(f, at.channels);
  // A scalar next to its FMAs: loaded all at once, they would occupy registers.
  Value filter;
  for (int64_t k = 0; k < at.channels; ++k) {
    Value scalar = loadFilterScalar(f, k, filter);
    for (auto [group, vector] : llvm::enumerate(input)) {
      if (!vector)
        continue;
      Value &sum = acc[group * at.channels + k];
      sum = makeFma(sum, vector, scalar);
    }
  }
  return acc;
}

Accumulators TileReduction::stepPixelRows(Address a, Address f,
                                          Accumulators acc) {
  // Rows of the input by their distance from the first one, and what of the
  // tile reads them: a group of pixels and a row of the window.
  Positions positions;
  int64_t perRow = getGroupsPerRow();
  // What is gathered with its channels in the place of rows of the window has
  // no two taps that read the same.
  bool isRow = info.rowAxis.tapStep != 0;
  for (int64_t group = 0; group < getNumGroups(); ++group)
    for (auto [r, active] : llvm::enumerate(windowTaps))
      if (!active[group].empty() || info.countsOutside) {
        int64_t row = group / perRow, tap = static_cast<int64_t>(r);
        row = isRow ? row * info.rowAxis.outStep + tap * info.rowAxis.tapStep
                    : row * info.extents[ContractOp::R] + tap;
        positions[{row, group % perRow}].push_back({group, tap});
      }
  prefetchFilter(f, at.channels);
  // Each scalar next to the first FMA that takes it.
  std::map<std::pair<int64_t, int64_t>, Value> scalars;
  auto getScalar = [&](int64_t r, int64_t k) {
    Value &scalar = scalars[{r, k}];
    if (scalar)
      return scalar;
    Address tap =
        addr.add(f, addr.mul({Value(), r}, info.bCoef[ContractOp::R]));
    // With broadcast = lane a vector has the scalars of its channels.
    bool isLane = info.schedule.getBroadcast() == Broadcast::Lane;
    int64_t unit = isLane ? info.lanes : 1, begin = k / unit * unit;
    Value vector;
    for (int64_t i = begin; i < std::min(at.channels, begin + unit); ++i)
      scalars[{r, i}] = loadFilterScalar(tap, i, vector);
    return scalar;
  };
  for (const auto &[position, products] : positions) {
    const Product &first = products.front();
    Range range = windowTaps[first.tap][first.pixel];
    Value x = info.outside;
    if (!range.empty())
      x = loadPixelVector(
          addr.add(getGroup(a, first.pixel),
                   addr.mul({Value(), first.tap}, info.aCoef[ContractOp::R])),
          range);
    for (const Product &product : products)
      for (int64_t k = 0; k < at.channels; ++k) {
        Value &sum = acc[product.pixel * at.channels + k];
        sum = makeFma(sum, x, getScalar(product.tap, k));
      }
  }
  return acc;
}
