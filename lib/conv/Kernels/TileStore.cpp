//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The last step of a register tile. Accumulators hold neighbouring output
/// channels of one pixel, or with vector = w neighbouring pixels of one output
/// channel. Where the output keeps the same together they are stored as they
/// are; where channels meet an output that keeps pixels together (NCHW) the
/// tile is transposed in registers first, n_vec pixels by n_vec channels at a
/// time. Where columns of the output lie two elements apart, vectors are
/// interleaved with those of what lies between.
///
//===----------------------------------------------------------------------===//

#include "TileStore.h"

#include "LaneVectors.h"
#include "conv/IR/Arithmetic.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::conv;

class TileStore::Loads {
public:
  explicit Loads(const TileStore &store) : store(store) {}

  /// Operand `i` of the vector at `at`, whose lanes lie `step` apart.
  Value get(OpBuilder &b, Location loc, unsigned i, Address at, Address step,
            int64_t set) {
    auto isFixed = [](const Address &a) { return !a.value && a.constant == 0; };
    const TileSteps &steps = store.operandSteps[i];
    bool isShared = isFixed(steps.row) && isFixed(steps.column);
    if (isShared)
      for (const Entry &entry : entries)
        if (entry.operand == i && entry.at.value == at.value &&
            entry.at.constant == at.constant && entry.set == set)
          return entry.value;
    Value value =
        store.epilogue->load(b, loc, i, store.vectorType, at, step, set);
    if (isShared)
      entries.push_back({i, at, set, value});
    return value;
  }

private:
  struct Entry {
    unsigned operand;
    Address at;
    int64_t set;
    Value value;
  };
  const TileStore &store;
  SmallVector<Entry> entries;
};

void TileStore::emitVector(OpBuilder &b, Location loc, Value value,
                           const Place &at, int64_t set, Loads &loads) const {
  bool alongColumns =
      vector == VectorIterator::W || mode == StoreMode::WContiguous;
  // The elements of operands need not be neighbours where the output's are.
  storeVector(b, loc, value, at, set, [&](unsigned i) {
    const TileSteps &steps = operandSteps[i];
    return loads.get(b, loc, i, at.operands[i],
                     alongColumns ? steps.column : steps.channel, set);
  });
}

void TileStore::storeVector(OpBuilder &b, Location loc, Value value,
                            const Place &at, int64_t set,
                            EpilogueEmitter::Load load) const {
  if (accumulate) {
    Value before =
        loadLanes(b, loc, vectorType, out, at.out, {Value(), 1}, set);
    value = addElements(b, loc, value, before);
  }
  value = epilogue->apply(b, loc, value, load);
  if (!beside)
    return storeLanes(b, loc, value, at.out, set);
  int64_t lanes = vectorType.getNumElements();
  Value other = loadLanes(b, loc, cast<VectorType>(value.getType()), beside,
                          at.beside, {Value(), 1}, set);
  for (int64_t half : {0, 1}) {
    int64_t begin = half * lanes, count = std::min(lanes, 2 * set - begin);
    if (count <= 0)
      break;
    // Even lanes are those of what lies before.
    Value mixed = shuffleLanes(b, loc, other, value, [&](int64_t lane) {
      int64_t place = begin + lane;
      return place / 2 + (place % 2 == 0 ? 0 : lanes);
    });
    AddressBuilder addr(b, loc);
    storeLanes(b, loc, mixed, addr.add(at.out, {Value(), begin - 1}), count);
  }
}

void TileStore::storeLanes(OpBuilder &b, Location loc, Value value,
                           Address outAt, int64_t set) const {
  int64_t lanes = vectorType.getNumElements();
  Value index = AddressBuilder(b, loc).materialize(outAt);
  if (set == lanes)
    vector::StoreOp::create(b, loc, value, out, ValueRange(index));
  else
    vector::MaskedStoreOp::create(b, loc, out, ValueRange(index),
                                  makeMask(b, loc, lanes, set), value);
}

void TileStore::emitElements(OpBuilder &b, Location loc, Value value,
                             const Place &at, int64_t set) const {
  AddressBuilder addr(b, loc);
  for (int64_t lane = 0; lane < set; ++lane) {
    Value element = vector::ExtractOp::create(b, loc, value, lane);
    Value index = addr.materialize(
        addr.add(at.out, addr.mul({Value(), lane}, outSteps.channel)));
    if (accumulate) {
      Value before = memref::LoadOp::create(b, loc, out, ValueRange(index));
      element = addElements(b, loc, element, before);
    }
    element = epilogue->apply(b, loc, element, [&](unsigned i) {
      Address from = addr.add(
          at.operands[i], addr.mul({Value(), lane}, operandSteps[i].channel));
      return epilogue->load(b, loc, i, element.getType(), from, {Value(), 1},
                            /*set=*/1);
    });
    memref::StoreOp::create(b, loc, element, out, ValueRange(index));
    if (!beside)
      continue;
    Address from =
        addr.add(at.beside, addr.mul({Value(), lane}, besideSteps.channel));
    Value other = memref::LoadOp::create(b, loc, beside,
                                         ValueRange(addr.materialize(from)));
    Value before =
        addr.materialize(addr.add(addr.add(at.out, {Value(), -1}),
                                  addr.mul({Value(), lane}, outSteps.channel)));
    memref::StoreOp::create(b, loc, other, out, ValueRange(before));
  }
}

/// Whether rows of one column follow each other like columns.
static bool follow(const Address &row) {
  return !row.value && row.constant == 1;
}

bool TileStore::operandsFollowRows() const {
  return llvm::all_of(llvm::enumerate(operandSteps), [&](const auto &operand) {
    const Address &row = operand.value().row;
    bool stays = !row.value && row.constant == 0;
    return stays || follow(row);
  });
}

TileStore::Place TileStore::move(OpBuilder &b, Location loc, const Place &at,
                                 Address row, Address column,
                                 Address channel) const {
  AddressBuilder addr(b, loc);
  auto from = [&](Address base, const TileSteps &steps) {
    base = addr.add(base, addr.mul(row, steps.row));
    base = addr.add(base, addr.mul(column, steps.column));
    return addr.add(base, addr.mul(channel, steps.channel));
  };
  Place place{from(at.out, outSteps), {}, from(at.beside, besideSteps)};
  for (auto [base, steps] : llvm::zip(at.operands, operandSteps))
    place.operands.push_back(from(base, steps));
  return place;
}

void TileStore::emit(OpBuilder &b, Location loc, ArrayRef<Value> acc,
                     int64_t rows, int64_t columns, int64_t channels,
                     const Place &at) const {
  if (vector == VectorIterator::KW)
    return emitPairs(b, loc, acc, rows, columns, channels, at);
  int64_t lanes = vectorType.getNumElements();
  int64_t vectors = llvm::divideCeilSigned(channels, lanes);
  if (columns == 1 && rows > 1 && mode == StoreMode::WContiguous &&
      vector == VectorIterator::K && follow(outSteps.row) &&
      operandsFollowRows()) {
    TileStore turned = *this;
    std::swap(turned.outSteps.row, turned.outSteps.column);
    for (TileSteps &steps : turned.operandSteps)
      std::swap(steps.row, steps.column);
    return turned.emit(b, loc, acc, 1, rows, channels, at);
  }
  if (form == EpilogueForm::Output && !epilogue->isEmpty()) {
    static const EpilogueEmitter none;
    TileStore sums = *this;
    sums.epilogue = &none;
    sums.emit(b, loc, acc, rows, columns, channels, at);
    return emitStored(b, loc, rows, columns, channels, at);
  }
  if (vector == VectorIterator::C)
    return emitSums(b, loc, acc, rows, columns, channels, at);
  Loads loads(*this);
  // Channels of one vector of channels.
  auto countOf = [&](int64_t v) {
    return std::min(lanes, channels - v * lanes);
  };
  if (vector == VectorIterator::W) {
    const Value *next = acc.begin();
    for (int64_t h = 0; h < rows; ++h)
      for (int64_t w = 0; w < columns; w += lanes)
        for (int64_t k = 0; k < channels; ++k)
          emitVector(b, loc, *next++, move(b, loc, at, h, w, k),
                     std::min(lanes, columns - w), loads);
    return;
  }
  // There is nothing to transpose in a single column.
  if (mode != StoreMode::WContiguous || columns == 1) {
    for (int64_t pixel = 0; pixel < rows * columns; ++pixel)
      for (int64_t v = 0; v < vectors; ++v) {
        Place place =
            move(b, loc, at, pixel / columns, pixel % columns, v * lanes);
        Value value = acc[pixel * vectors + v];
        if (mode == StoreMode::KContiguous)
          emitVector(b, loc, value, place, countOf(v), loads);
        else
          emitElements(b, loc, value, place, countOf(v));
      }
    return;
  }
  for (int64_t h = 0; h < rows; ++h)
    for (int64_t begin = 0; begin < columns; begin += lanes)
      for (int64_t v = 0; v < vectors; ++v) {
        int64_t count = std::min(lanes, columns - begin);
        SmallVector<Value> square;
        for (int64_t i = 0; i < lanes; ++i)
          square.push_back(
              acc[(h * columns + begin + std::min(i, count - 1)) * vectors +
                  v]);
        transposeSquare(b, loc, square);
        for (int64_t k = 0; k < countOf(v); ++k)
          emitVector(b, loc, square[k],
                     move(b, loc, at, h, begin, v * lanes + k), count, loads);
      }
}

void TileStore::emitStored(OpBuilder &b, Location loc, int64_t rows,
                           int64_t columns, int64_t channels,
                           const Place &at) const {
  AddressBuilder addr(b, loc);
  auto loop = [&](int64_t count, function_ref<void(Address)> body) {
    if (count == 1)
      return body({Value(), 0});
    OpBuilder::InsertionGuard guard(b);
    auto forOp = scf::ForOp::create(b, loc, addr.constant(0),
                                    addr.constant(count), addr.constant(1));
    b.setInsertionPointToStart(forOp.getBody());
    body({forOp.getInductionVar(), 0});
  };
  bool alongColumns =
      vector == VectorIterator::W || mode == StoreMode::WContiguous;
  TileStore again = *this;
  again.accumulate = false;
  auto emitAt = [&](const Place &place, int64_t set) {
    Loads loads(again);
    Value sums =
        loadLanes(b, loc, vectorType, out, place.out, {Value(), 1}, set);
    again.emitVector(b, loc, sums, place, set, loads);
  };
  int64_t lanes = vectorType.getNumElements();
  loop(rows, [&](Address h) {
    if (alongColumns)
      return loop(channels, [&](Address k) {
        for (int64_t w = 0; w < columns; w += lanes)
          emitAt(move(b, loc, at, h, {Value(), w}, k),
                 std::min(lanes, columns - w));
      });
    loop(columns, [&](Address w) {
      if (mode == StoreMode::KContiguous) {
        for (int64_t k = 0; k < channels; k += lanes)
          emitAt(move(b, loc, at, h, w, {Value(), k}),
                 std::min(lanes, channels - k));
        return;
      }
      // Channels apart in memory: one by one.
      loop(channels, [&](Address k) {
        Place place = move(b, loc, at, h, w, k);
        Value sum = memref::LoadOp::create(
            b, loc, out, ValueRange(addr.materialize(place.out)));
        Value one = vector::BroadcastOp::create(
            b, loc, VectorType::get({1}, sum.getType()), sum);
        again.emitElements(b, loc, one, place, /*set=*/1);
      });
    });
  });
}

void TileStore::prefetchOperands(OpBuilder &b, Location loc, int64_t rows,
                                 int64_t columns, int64_t channels,
                                 const Place &at) const {
  for (auto [i, operand] : llvm::enumerate(epilogue->getOperands()))
    if (operand.isWhole && !operand.scalar)
      prefetch(b, loc, operand.view.flat, at.operands[i], operandSteps[i], rows,
               columns, channels, /*isWrite=*/false);
}

void TileStore::prefetchBeside(OpBuilder &b, Location loc, int64_t rows,
                               int64_t columns, int64_t channels,
                               const Place &at) const {
  if (beside)
    prefetch(b, loc, beside, at.beside, besideSteps, rows, columns, channels,
             /*isWrite=*/false);
}

void TileStore::prefetchOutput(OpBuilder &b, Location loc, int64_t rows,
                               int64_t columns, int64_t channels,
                               Address outAt) const {
  prefetch(b, loc, out, outAt, outSteps, rows, columns, channels,
           /*isWrite=*/true);
}

void TileStore::prefetch(OpBuilder &b, Location loc, Value memref, Address at,
                         TileSteps steps, int64_t rows, int64_t columns,
                         int64_t channels, bool isWrite) const {
  AddressBuilder addr(b, loc);
  // One address per cache line; a run that does not start on a line ends one
  // line further.
  int64_t line = getLineElements(memref);
  bool alongColumns = mode == StoreMode::WContiguous;
  if (alongColumns && columns == 1 && follow(steps.row)) {
    std::swap(rows, columns);
    std::swap(steps.row, steps.column);
  }
  int64_t runs = alongColumns ? channels : columns;
  int64_t length = alongColumns ? columns : channels;
  Address run = alongColumns ? steps.channel : steps.column;
  Address step = alongColumns ? steps.column : steps.channel;
  // Elements of a run that a line holds, which may lie apart.
  if (!step.value && step.constant > 1)
    line = std::max<int64_t>(1, line / step.constant);
  for (int64_t h = 0; h < rows; ++h)
    for (int64_t i = 0; i < runs; ++i)
      for (int64_t j = 0; j < length + line - 1; j += line) {
        Address place = addr.add(at, addr.mul({Value(), h}, steps.row));
        place = addr.add(place, addr.mul({Value(), i}, run));
        place =
            addr.add(place, addr.mul({Value(), std::min(j, length - 1)}, step));
        memref::PrefetchOp::create(b, loc, memref,
                                   ValueRange(addr.materialize(place)), isWrite,
                                   /*localityHint=*/3,
                                   /*isDataCache=*/true);
      }
}
