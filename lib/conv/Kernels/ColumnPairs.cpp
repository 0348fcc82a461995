//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Vectors of n_vec / 2 output channels of each of two columns of a tile. The
/// columns of a pair are half a tile apart, so that neighbouring pairs read
/// neighbouring columns. A step multiplies one channel of one tap, or of all
/// taps of a row of the window, which then share what they load:
///
///   b[s][v]   = vector.load B, n_vec / 2 lanes, twice
///   for each column of the input that the first column of a pair p reads by s
///     x         = n_vec / 2 times A, n_vec / 2 times A half a tile further
///     acc[p][v] = fma(x, b[s][v], acc[p][v])     for all such p and s
///
/// An odd number of columns has its middle one in two pairs. What is outside of
/// the image at one end of a tile is zero in the lanes of that column.
///
//===----------------------------------------------------------------------===//

#include "TileReduction.h"
#include "TileStore.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

using Accumulators = TileReduction::Accumulators;

/// The type of half of the lanes of `type`.
static VectorType getHalfType(VectorType type) {
  return VectorType::get({type.getNumElements() / 2}, type.getElementType());
}

/// The lanes of `low`, then those of `high`.
static Value joinHalves(OpBuilder &b, Location loc, Value low, Value high) {
  int64_t lanes = 2 * cast<VectorType>(low.getType()).getNumElements();
  return vector::ShuffleOp::create(
      b, loc, low, high, llvm::to_vector(llvm::seq<int64_t>(0, lanes)));
}

Value TileReduction::repeatHalf(Value half) {
  return joinHalves(b, loc, half, half);
}

/// What accumulators start from is that of both columns.
Accumulators TileReduction::makeInitialPairs() {
  Accumulators group;
  int64_t half = info.lanes / 2;
  for (int64_t k = 0; k < at.channels; k += half) {
    if (!info.start) {
      group.push_back(info.zero);
      continue;
    }
    Address step = info.epilogueCoef[*info.start][ContractOp::K];
    Address from =
        addr.add(at.epilogue[*info.start], addr.mul({Value(), k}, step));
    group.push_back(repeatHalf(
        info.epilogue.load(b, loc, *info.start, getHalfType(info.vectorType),
                           from, step, std::min(half, at.channels - k))));
  }
  Accumulators acc;
  for (int64_t i = 0; i < getNumGroups(); ++i)
    llvm::append_range(acc, group);
  return acc;
}

Value TileReduction::loadPair(Address a, Range pixels) {
  VectorType half = getHalfType(info.aType);
  auto load = [&](int64_t pixel) -> Value {
    if (pixel < pixels.first || pixel >= pixels.last)
      return arith::ConstantOp::create(b, loc, half, b.getZeroAttr(half));
    Address from = addr.add(a, addr.mul({Value(), pixel * getPairDistance()},
                                        info.aCoef[ContractOp::Wo]));
    Value scalar = memref::LoadOp::create(b, loc, info.a.flat,
                                          ValueRange(addr.materialize(from)));
    return vector::BroadcastOp::create(b, loc, half, scalar);
  };
  Value low = load(0);
  // Both are the only column.
  return joinHalves(b, loc, low, getPairDistance() == 0 ? low : load(1));
}

Accumulators TileReduction::stepPairs(Address a, Address f, Accumulators acc,
                                      const Active &active) {
  SmallVector<Active> taps = getStepTaps(active);
  int64_t half = info.lanes / 2;
  int64_t vectors = llvm::divideCeilSigned(at.channels, half);
  VectorType type = getHalfType(info.bType);
  SmallVector<Value> filter;
  for (size_t s = 0; s < taps.size(); ++s)
    for (int64_t v = 0; v < vectors; ++v) {
      Address tap = addr.add(f, addr.mul({Value(), static_cast<int64_t>(s)},
                                         info.bCoef[ContractOp::S]));
      filter.push_back(repeatHalf(vector::LoadOp::create(
          b, loc, type, info.b.flat,
          addr.materialize(addr.add(tap, {Value(), v * half})))));
    }
  prefetchFilter(f, at.channels);
  for (const auto &[position, products] : getPositions(taps)) {
    const Product &first = products.front();
    Value x = loadPair(getProduct(a, first), taps[first.tap][first.pixel]);
    for (const Product &product : products)
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = acc[product.pixel * vectors + v];
        sum = makeFma(sum, x, filter[product.tap * vectors + v]);
      }
  }
  return acc;
}

/// Halves are vectors of channels of a pixel, and stored as such.
void TileStore::emitPairs(OpBuilder &b, Location loc, ArrayRef<Value> acc,
                          int64_t rows, int64_t columns, int64_t channels,
                          const Place &at) const {
  TileStore halves = *this;
  halves.vector = VectorIterator::K;
  halves.vectorType = getHalfType(vectorType);
  int64_t half = halves.vectorType.getNumElements();
  int64_t vectors = llvm::divideCeilSigned(channels, half);
  int64_t pairs = llvm::divideCeilSigned(columns, 2), distance = columns / 2;
  SmallVector<Value> pixels;
  for (int64_t h = 0; h < rows; ++h)
    for (int64_t column = 0; column < columns; ++column)
      for (int64_t v = 0; v < vectors; ++v) {
        bool isSecond = column >= pairs;
        int64_t pair = column - (isSecond ? distance : 0);
        pixels.push_back(vector::ExtractStridedSliceOp::create(
            b, loc, acc[(h * pairs + pair) * vectors + v],
            ArrayRef<int64_t>{isSecond ? half : 0}, ArrayRef<int64_t>{half},
            ArrayRef<int64_t>{1}));
      }
  halves.emit(b, loc, pixels, rows, columns, channels, at);
}
