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
//===----------------------------------------------------------------------===//

#include "EpilogueEmitter.h"
#include "MicroKernel.h"
#include "TileStore.h"
#include "WinogradEmitter.h"
#include "conv/IR/Conv.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

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
  /// Whether what lies at `place` is neighbours along the channels, in the
  /// result and in all operands, or does not vary.
  bool channelsRun();
  /// Runs `body` for the tiles along `letter` and the outputs each has.
  void forEachTile(char letter, unsigned axis,
                   function_ref<void(Address, int64_t)> body);
  void emitTile(Address source, const OutputPlace &place, int64_t rows,
                int64_t columns);
  /// The epilogue of, and the store to, `set` lanes of channels at `place`.
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

bool OutputEmitter::channelsRun() {
  int pos = op.getDims().outputPos('k');
  if (pos < 0 || getExtent('k') == 1)
    return true;
  auto isConstant = [](const Address &step, int64_t value) {
    return !step.value && step.constant == value;
  };
  return isConstant(out.strides[pos], 1);
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
  int pos = op.getDims().outputPos('k');
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

void OutputEmitter::emitTile(Address source, const OutputPlace &place,
                             int64_t rows, int64_t columns) {
  Matrix left = Matrix::getOutput(op.getTile()[0]);
  Matrix right = Matrix::getOutput(op.getTile()[1]);
  // What the result does not have is not computed.
  left.elements = left.elements.take_front(rows * left.columns);
  right.elements = right.elements.take_front(columns * right.columns);
  forEachVector(b, loc, getExtent('k'), lanes, [&](Address k, int64_t set) {
    SmallVector<Value> values;
    for (int64_t point = 0; point < left.columns * right.columns; ++point) {
      Address at = addr.add(addr.add(source, k),
                            addr.mul({Value(), point}, product.strides[0]));
      values.push_back(
          loadLanes(b, loc, vector, product.flat, at, {Value(), 1}, set));
    }
    SmallVector<Value> sums = multiplyBoth(b, loc, left, right, values);
    OutputPlace first = move(place, 'k', k);
    for (int64_t p = 0; p < rows; ++p)
      for (int64_t q = 0; q < columns; ++q)
        store(sums[p * columns + q],
              move(move(first, 'h', {Value(), p}), 'w', {Value(), q}), set);
  });
}

void OutputEmitter::emitStored(const OutputPlace &place) {
  forEach(b, loc, getExtent('h'), [&](Address h) {
    forEach(b, loc, getExtent('w'), [&](Address w) {
      forEachVector(b, loc, getExtent('k'), lanes, [&](Address k, int64_t set) {
        OutputPlace at = move(move(move(place, 'h', h), 'w', w), 'k', k);
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
  if (!channelsRun())
    return op.emitOpError("has no lowering for a result whose channels are not "
                          "contiguous in memory");
  if (product.strides[2].value ||
      (product.strides[2].constant != 1 && getExtent('k') > 1))
    return op.emitOpError("has no lowering for planes whose channels are not "
                          "contiguous in memory");
  OutputPlace origin{out.offset, {}};
  for (const EpilogueOperand &operand : epilogue.getOperands())
    origin.operands.push_back(operand.view.offset);
  ArrayRef<int64_t> tile = op.getTile();
  forEachTile('h', 0, [&](Address t, int64_t rows) {
    OutputPlace row = move(origin, 'h', addr.mul(t, {Value(), tile[0]}));
    forEachTile('w', 1, [&](Address u, int64_t columns) {
      OutputPlace at = move(row, 'w', addr.mul(u, {Value(), tile[1]}));
      Address number = addr.add(addr.mul(t, {Value(), op.getTiles()[1]}), u);
      emitTile(addr.add(product.offset, addr.mul(number, product.strides[1])),
               at, rows, columns);
    });
  });
  if (op.getStored())
    emitStored(origin);
  b.eraseOp(op);
  return success();
}

LogicalResult mlir::conv::lowerWinogradOutput(WinogradOutputOp op,
                                              RewriterBase &rewriter) {
  return OutputEmitter(op, rewriter).run();
}
