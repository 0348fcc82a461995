//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Vectors along input channels: every output of a tile has a vector of sums.
/// A step multiplies n_vec channels of one tap, or of all taps of a row of the
/// window, which then share what they load:
///
///   b[s][k]   = vector.load B                    taps x c_ob vectors
///   for each column of the input that a pixel p reads by a tap s
///     x         = vector.load A
///     acc[p][k] = fma(x, b[s][k], acc[p][k])     for all such p and s
///
/// Behind the reduction the lanes are added, n_vec accumulators at a time, by a
/// tree of shuffles and additions whose result has one sum per lane. As the
/// channels of a pixel are few, what is stored is a run of the output over
/// pixels and channels.
///
//===----------------------------------------------------------------------===//

#include "TileReduction.h"
#include "TileStore.h"
#include "conv/IR/Arithmetic.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::conv;

using Accumulators = TileReduction::Accumulators;

/// What accumulators start from stands in one lane, as lanes are added.
Accumulators TileReduction::makeInitialSums() {
  Accumulators group;
  for (int64_t k = 0; k < at.channels; ++k) {
    if (!info.start) {
      group.push_back(info.zero);
      continue;
    }
    Address from = addr.add(
        at.epilogue[*info.start],
        addr.mul({Value(), k}, info.epilogueCoef[*info.start][ContractOp::K]));
    Value scalar = info.epilogue.load(b, loc, *info.start,
                                      info.vectorType.getElementType(), from,
                                      {Value(), 1}, /*set=*/1);
    group.push_back(vector::InsertOp::create(b, loc, scalar, info.zero, 0));
  }
  Accumulators acc;
  for (int64_t i = 0; i < getNumGroups(); ++i)
    llvm::append_range(acc, group);
  return acc;
}

Accumulators TileReduction::stepSums(Address a, Address f, int64_t count,
                                     Accumulators acc, const Active &active) {
  SmallVector<Active> taps = getStepTaps(active);
  SmallVector<Value> filter;
  for (size_t s = 0; s < taps.size(); ++s)
    for (int64_t k = 0; k < at.channels; ++k) {
      Address tap = addr.add(f, addr.mul({Value(), static_cast<int64_t>(s)},
                                         info.bCoef[ContractOp::S]));
      filter.push_back(loadVector(
          info.b, addr.add(tap, {Value(), k * info.lanes}), {0, info.lanes}));
    }
  prefetchFilter(f, at.channels * info.lanes);
  for (const auto &[position, products] : getPositions(taps)) {
    Value x = loadVector(info.a, getProduct(a, products.front()), {0, count});
    for (const Product &product : products)
      for (int64_t k = 0; k < at.channels; ++k) {
        Value &sum = acc[product.pixel * at.channels + k];
        sum = makeFma(sum, x, filter[product.tap * at.channels + k]);
      }
  }
  return acc;
}

//===----------------------------------------------------------------------===//
// The sums
//===----------------------------------------------------------------------===//

/// The even or odd blocks of `block` lanes, of x and then of y, within parts of
/// `part` lanes.
static Value takeBlocks(OpBuilder &b, Location loc, Value x, Value y,
                        int64_t block, int64_t part, bool odd) {
  int64_t lanes = cast<VectorType>(x.getType()).getNumElements();
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    int64_t within = lane % part / block, half = part / block / 2;
    int64_t from = within % half * 2 + (odd ? 1 : 0);
    mask.push_back((within < half ? 0 : lanes) + lane / part * part +
                   from * block + lane % block);
  }
  return vector::ShuffleOp::create(b, loc, x, y, mask);
}

/// The sums of the lanes of each of `vectors`, at most as many as they have
/// lanes: one in each lane, in their order. Other lanes have no meaning.
static Value addLanes(OpBuilder &b, Location loc, ArrayRef<Value> vectors) {
  int64_t lanes = cast<VectorType>(vectors.front().getType()).getNumElements();
  SmallVector<Value> rows(vectors);
  // Within four lanes first: these shuffles need no index register and stay in
  // a quarter of the widest vectors.
  int64_t part = std::min<int64_t>(lanes, 4);
  for (int64_t left = lanes, level = 1; left > 1; left /= 2, level *= 2) {
    bool isWithin = level < part;
    SmallVector<Value> sums;
    for (size_t i = 0; i < rows.size(); i += 2) {
      // What is left over is added to nothing.
      Value x = rows[i], y = i + 1 < rows.size() ? rows[i + 1] : x;
      auto take = [&](bool odd) {
        return takeBlocks(b, loc, x, y, isWithin ? 1 : part,
                          isWithin ? part : lanes, odd);
      };
      sums.push_back(addElements(b, loc, take(false), take(true)));
    }
    rows = std::move(sums);
  }
  return rows.front();
}

/// Whether pixels of `channels` channels follow each other.
static bool isRun(const TileSteps &steps, int64_t columns, int64_t channels) {
  auto is = [](const Address &step, int64_t want) {
    return !step.value && step.constant == want;
  };
  return (channels == 1 || is(steps.channel, 1)) &&
         (columns == 1 || is(steps.column, channels));
}

void TileStore::emitSums(OpBuilder &b, Location loc, ArrayRef<Value> acc,
                         int64_t rows, int64_t columns, int64_t channels,
                         const Place &at) const {
  int64_t lanes = vectorType.getNumElements(), perRow = columns * channels;
  for (int64_t h = 0; h < rows; ++h)
    for (int64_t first = 0; first < perRow; first += lanes) {
      int64_t set = std::min(lanes, perRow - first);
      Value sums = addLanes(b, loc, acc.slice(h * perRow + first, set));
      SmallVector<Place> places;
      for (int64_t i = first; i < first + set; ++i)
        places.push_back(move(b, loc, at, h, i / channels, i % channels));
      if (isRun(outSteps, columns, channels)) {
        emitRun(b, loc, sums, places, columns, channels);
        continue;
      }
      for (auto [lane, place] : llvm::enumerate(places)) {
        Value element =
            vector::ExtractOp::create(b, loc, sums, static_cast<int64_t>(lane));
        Value one = vector::BroadcastOp::create(
            b, loc, VectorType::get({1}, element.getType()), element);
        emitElements(b, loc, one, place, /*set=*/1);
      }
    }
}

void TileStore::emitRun(OpBuilder &b, Location loc, Value sums,
                        ArrayRef<Place> places, int64_t columns,
                        int64_t channels) const {
  int64_t set = places.size();
  storeVector(b, loc, sums, places.front(), set, [&](unsigned i) -> Value {
    Address first = places.front().operands[i];
    if (isRun(operandSteps[i], columns, channels))
      return epilogue->load(b, loc, i, vectorType, first, {Value(), 1}, set);
    // Pixels share what they read, or lie apart.
    SmallVector<Value> elements;
    for (const Place &place : places)
      elements.push_back(epilogue->load(b, loc, i, vectorType.getElementType(),
                                        place.operands[i], {Value(), 1},
                                        /*set=*/1));
    auto type = VectorType::get({vectorType.getNumElements()},
                                elements.front().getType());
    elements.resize(vectorType.getNumElements(), elements.back());
    return vector::FromElementsOp::create(b, loc, type, elements);
  });
}
