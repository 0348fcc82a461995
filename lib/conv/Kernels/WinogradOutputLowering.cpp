//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Outputs from the products at Winograd's points. Where channels are
/// neighbours in memory:
///
///   for t, for u                            tiles; the last ones apart where
///     for k by lanes                        the result ends within them
///       y = A m A^T                         m is one vector per plane
///       out = epilogue(y (+ out))           those that lie in the result
///
/// Where columns are:
///
///   for t, for k by lanes, for runs of tiles u
///     for u:  patch[rows][columns][lanes] = A m A^T
///     for rows, for columns by lanes        squares of vectors transposed
///       out = epilogue(y (+ out))           vectors of columns
///
//===----------------------------------------------------------------------===//

#include "EpilogueEmitter.h"
#include "LaneVectors.h"
#include "MicroKernel.h"
#include "WinogradEmitter.h"
#include "conv/IR/Conv.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::winograd;

namespace {

/// A place in the result and in the operands of the epilogue.
struct OutputPlace {
  Address out;
  SmallVector<Address> operands;
};

class OutputEmitter {
public:
  OutputEmitter(WinogradOutputOp op, RewriterBase &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), addr(rewriter, loc),
        lanes(op.getLanes()), vector(VectorType::get({lanes}, b.getF32Type())) {
  }

  LogicalResult run();

private:
  int64_t getExtent(char letter);
  /// `place` moved along the dimension of the result that `letter` names.
  OutputPlace move(OutputPlace place, char letter, Address distance);
  /// Whether what `letter` names are neighbours in the result, or one.
  bool isContiguous(char letter);
  /// Runs `body` for the tiles along `letter` and the outputs each has.
  void forEachTile(char letter, unsigned axis,
                   function_ref<void(Address, int64_t)> body);
  /// Where tile (t, u) begins in the first plane.
  Address getSource(Address t, Address u);
  /// The first `rows` x `columns` outputs of the tile at `source`.
  SmallVector<Value> computeTile(Address source, int64_t set, int64_t rows,
                                 int64_t columns);
  void emitTile(Address source, const OutputPlace &place, int64_t rows,
                int64_t columns);
  void emitTiles(const OutputPlace &origin);
  void emitPatches(const OutputPlace &origin);
  /// Row `p` of a patch, of `set` channels and `columns` columns.
  void storePatch(const FlatView &patch, int64_t p, const OutputPlace &place,
                  int64_t set, int64_t columns);
  /// The epilogue of, and the store to, `set` lanes at `place`.
  void store(Value sums, const OutputPlace &place, int64_t set);
  Value applyEpilogue(Value sums, const OutputPlace &place, int64_t set);
  Value loadResult(const OutputPlace &place, int64_t set);
  void storeResult(Value value, const OutputPlace &place, int64_t set);
  /// The epilogue over all of the result.
  void emitStored(const OutputPlace &place);

  WinogradOutputOp op;
  RewriterBase &b;
  Location loc;
  AddressBuilder addr;
  int64_t lanes;
  VectorType vector;

  FlatView product, out;
  EpilogueEmitter epilogue;
  char lane = 'k'; ///< What the lanes of stored vectors are: k or w.
};

} // namespace

int64_t OutputEmitter::getExtent(char letter) {
  int pos = op.getDims().outputPos(letter);
  return pos < 0 ? 1 : cast<ShapedType>(op.getInit().getType()).getDimSize(pos);
}

OutputPlace OutputEmitter::move(OutputPlace place, char letter,
                                Address distance) {
  int pos = op.getDims().outputPos(letter);
  if (pos < 0)
    return place;
  place.out = addr.add(place.out, addr.mul(distance, out.strides[pos]));
  for (auto [at, operand] : llvm::zip(place.operands, epilogue.getOperands()))
    at = addr.add(at, addr.mul(distance, operand.steps[pos]));
  return place;
}

bool OutputEmitter::isContiguous(char letter) {
  int pos = op.getDims().outputPos(letter);
  if (pos < 0 || getExtent(letter) == 1)
    return true;
  const Address &step = out.strides[pos];
  return !step.value && step.constant == 1;
}

Value OutputEmitter::loadResult(const OutputPlace &place, int64_t set) {
  return loadLanes(b, loc, vector, out.flat, place.out, {Value(), 1}, set);
}

void OutputEmitter::storeResult(Value value, const OutputPlace &place,
                                int64_t set) {
  Value at = addr.materialize(place.out);
  if (set == lanes)
    vector::StoreOp::create(b, loc, value, out.flat, at);
  else
    vector::MaskedStoreOp::create(b, loc, out.flat, ValueRange(at),
                                  makeMask(b, loc, lanes, set), value);
}

Value OutputEmitter::applyEpilogue(Value sums, const OutputPlace &place,
                                   int64_t set) {
  int pos = op.getDims().outputPos(lane);
  return epilogue.apply(b, loc, sums, [&](unsigned i) {
    Address step = pos < 0 ? Address() : epilogue.getOperands()[i].steps[pos];
    return epilogue.load(b, loc, i, sums.getType(), place.operands[i], step,
                         set);
  });
}

void OutputEmitter::store(Value sums, const OutputPlace &place, int64_t set) {
  if (op.getAccumulate())
    sums = arith::AddFOp::create(b, loc, sums, loadResult(place, set));
  if (!op.getStored())
    sums = applyEpilogue(sums, place, set);
  storeResult(sums, place, set);
}

void OutputEmitter::forEachTile(char letter, unsigned axis,
                                function_ref<void(Address, int64_t)> body) {
  int64_t size = op.getTile()[axis], count = op.getTiles()[axis];
  int64_t rest = getExtent(letter) % size;
  int64_t whole = rest == 0 ? count : count - 1;
  forEach(b, loc, whole, [&](Address tile) { body(tile, size); });
  if (rest != 0)
    body({Value(), whole}, rest);
}

Address OutputEmitter::getSource(Address t, Address u) {
  Address number = addr.add(addr.mul(t, {Value(), op.getTiles()[1]}), u);
  return addr.add(product.offset, addr.mul(number, product.strides[1]));
}

SmallVector<Value> OutputEmitter::computeTile(Address source, int64_t set,
                                              int64_t rows, int64_t columns) {
  Matrix left = Matrix::getOutput(op.getTile()[0]);
  Matrix right = Matrix::getOutput(op.getTile()[1]);
  // What the result does not have is not computed.
  left.elements = left.elements.take_front(rows * left.columns);
  right.elements = right.elements.take_front(columns * right.columns);
  SmallVector<Value> values;
  for (int64_t point = 0; point < left.columns * right.columns; ++point) {
    Address at =
        addr.add(source, addr.mul({Value(), point}, product.strides[0]));
    values.push_back(
        loadLanes(b, loc, vector, product.flat, at, {Value(), 1}, set));
  }
  return multiplyBoth(b, loc, left, right, values);
}

void OutputEmitter::emitTile(Address source, const OutputPlace &place,
                             int64_t rows, int64_t columns) {
  forEachVector(b, loc, getExtent('k'), lanes, [&](Address k, int64_t set) {
    SmallVector<Value> sums =
        computeTile(addr.add(source, k), set, rows, columns);
    OutputPlace first = move(place, 'k', k);
    for (int64_t p = 0; p < rows; ++p)
      for (int64_t q = 0; q < columns; ++q)
        store(sums[p * columns + q],
              move(move(first, 'h', {Value(), p}), 'w', {Value(), q}), set);
  });
}

void OutputEmitter::emitTiles(const OutputPlace &origin) {
  ArrayRef<int64_t> tile = op.getTile();
  forEachTile('h', 0, [&](Address t, int64_t rows) {
    OutputPlace row = move(origin, 'h', addr.mul(t, {Value(), tile[0]}));
    forEachTile('w', 1, [&](Address u, int64_t columns) {
      OutputPlace at = move(row, 'w', addr.mul(u, {Value(), tile[1]}));
      emitTile(getSource(t, u), at, rows, columns);
    });
  });
}

void OutputEmitter::storePatch(const FlatView &patch, int64_t p,
                               const OutputPlace &place, int64_t set,
                               int64_t columns) {
  Address line =
      addr.add(patch.offset, addr.mul({Value(), p}, patch.strides[0]));
  forEachVector(b, loc, columns, lanes, [&](Address first, int64_t count) {
    SmallVector<Value> square;
    for (int64_t i = 0; i < lanes; ++i) {
      // Columns that do not exist are not stored.
      Address column = addr.add(first, {Value(), std::min(i, count - 1)});
      Address at = addr.add(line, addr.mul(column, patch.strides[1]));
      square.push_back(vector::LoadOp::create(b, loc, vector, patch.flat,
                                              addr.materialize(at)));
    }
    transposeSquare(b, loc, square);
    OutputPlace at = move(place, 'w', first);
    for (int64_t k = 0; k < set; ++k)
      store(square[k], move(at, 'k', {Value(), k}), count);
  });
}

void OutputEmitter::emitPatches(const OutputPlace &origin) {
  ArrayRef<int64_t> tile = op.getTile(), tiles = op.getTiles();
  PatchRuns runs(tiles[1], tile[1], /*halo=*/0);
  Value scratch = createScratch(
      b, op,
      {tile[0], static_cast<int64_t>(llvm::alignTo(runs.size * tile[1], lanes)),
       lanes});
  FlatView patch = FlatView::create(b, loc, scratch);
  forEachTile('h', 0, [&](Address t, int64_t rows) {
    OutputPlace row = move(origin, 'h', addr.mul(t, {Value(), tile[0]}));
    forEachVector(b, loc, getExtent('k'), lanes, [&](Address k, int64_t set) {
      runs.forEachRun(b, loc, [&](Address first, int64_t count) {
        forEach(b, loc, count, [&](Address u) {
          Address source = addr.add(getSource(t, addr.add(first, u)), k);
          SmallVector<Value> sums = computeTile(source, set, rows, tile[1]);
          Address start =
              addr.add(patch.offset, addr.mul(addr.mul(u, {Value(), tile[1]}),
                                              patch.strides[1]));
          for (auto [i, sum] : llvm::enumerate(sums)) {
            int64_t p = int64_t(i) / tile[1], q = int64_t(i) % tile[1];
            Address at =
                addr.add(start, addr.mul({Value(), p}, patch.strides[0]));
            at = addr.add(at, addr.mul({Value(), q}, patch.strides[1]));
            vector::StoreOp::create(b, loc, sum, patch.flat,
                                    addr.materialize(at));
          }
        });
        OutputPlace at =
            move(move(row, 'k', k), 'w', addr.mul(first, {Value(), tile[1]}));
        int64_t columns = count * tile[1];
        // The last run ends with the result.
        if (!first.value && first.constant + count == tiles[1])
          columns = getExtent('w') - first.constant * tile[1];
        for (int64_t p = 0; p < rows; ++p)
          storePatch(patch, p, move(at, 'h', {Value(), p}), set, columns);
      });
    });
  });
}

void OutputEmitter::emitStored(const OutputPlace &place) {
  char other = lane == 'k' ? 'w' : 'k';
  forEach(b, loc, getExtent('h'), [&](Address h) {
    forEach(b, loc, getExtent(other), [&](Address i) {
      forEachVector(
          b, loc, getExtent(lane), lanes, [&](Address j, int64_t set) {
            OutputPlace at = move(move(move(place, 'h', h), other, i), lane, j);
            storeResult(applyEpilogue(loadResult(at, set), at, set), at, set);
          });
    });
  });
}

LogicalResult OutputEmitter::run() {
  b.setInsertionPoint(op);
  product = FlatView::create(b, loc, op.getProduct());
  out = FlatView::create(b, loc, op.getInit());
  epilogue =
      EpilogueEmitter::create(b, cast<EpilogueOpInterface>(op.getOperation()));
  if (!isContiguous('k') && !isContiguous('w'))
    return op.emitOpError("has no lowering for a result of which neither "
                          "channels nor columns are contiguous in memory");
  lane = isContiguous('k') ? 'k' : 'w';
  if (product.strides[2].value ||
      (product.strides[2].constant != 1 && getExtent('k') > 1))
    return op.emitOpError("has no lowering for planes whose channels are not "
                          "contiguous in memory");
  OutputPlace origin{out.offset, {}};
  for (const EpilogueOperand &operand : epilogue.getOperands())
    origin.operands.push_back(operand.view.offset);
  if (lane == 'k')
    emitTiles(origin);
  else
    emitPatches(origin);
  if (op.getStored())
    emitStored(origin);
  b.eraseOp(op);
  return success();
}

LogicalResult mlir::conv::lowerWinogradOutput(WinogradOutputOp op,
                                              RewriterBase &rewriter) {
  return OutputEmitter(op, rewriter).run();
}
