//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tiles of an image at Winograd's points. Where channels are neighbours in
/// memory:
///
///   for t, for u                            tiles
///     if the tile is inside
///       for c by lanes:  d = image;  planes = B d B^T
///     else
///       for c by lanes:  d = image at clamped indices and mask;  the same
///
/// Loads of the border read what is nearest inside, and a mask clears it: no
/// element outside of the image is touched. Where columns are neighbours:
///
///   for t, for runs of tiles u, for c by lanes
///     patch[rows][columns][lanes]           squares of vectors transposed,
///                                           zero outside of the image
///     for u:  d = patch;  planes = B d B^T
///
//===----------------------------------------------------------------------===//

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

/// Where a dimension of the image is: its extent and step, or 1 and 0.
struct ImageAxis {
  int64_t extent = 1;
  Address step;
};

class InputEmitter {
public:
  InputEmitter(WinogradInputOp op, RewriterBase &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), addr(rewriter, loc),
        lanes(op.getLanes()), vector(VectorType::get({lanes}, b.getF32Type())) {
  }

  LogicalResult run();

private:
  /// Loads element (p, q) of a tile, `set` lanes from a channel on.
  using Load =
      function_ref<Value(int64_t p, int64_t q, Address channel, int64_t set)>;

  ImageAxis getAxis(char letter);
  int64_t getPoints(unsigned axis) {
    return getWinogradTransform(op.getTile()[axis]).getPoints();
  }
  /// Tiles of an image whose channels are contiguous.
  void emitTiles();
  /// The same where columns are.
  void emitPatches();
  /// Vectors of columns from `column` on, of `set` channels, as vectors of
  /// channels in row `p` of the patch.
  void fillPatch(const FlatView &patch, Address row, Address column,
                 Address channel, int64_t set, int64_t squares);
  SmallVector<Value> loadSquare(Address at, Value column, int64_t set);
  void emitTile(Address row, Address column, Address target);
  void emitInside(Address row, Address column, Address target);
  void emitBorder(Address row, Address column, Address target);
  /// Stores one vector per point from `target` in the first plane on.
  void storePlanes(Address target, ArrayRef<Value> values);
  /// Where tile (t, u) begins in the first plane.
  Address getTarget(Address t, Address u);
  /// All channels of a tile.
  void emitChannels(Address target, Load load);
  Value compare(arith::CmpIPredicate predicate, Value x, int64_t y);
  /// -1 where `index` is in [0, extent), else 0; and the nearest index inside.
  std::pair<Value, Value> clamp(Address index, int64_t extent);

  WinogradInputOp op;
  RewriterBase &b;
  Location loc;
  AddressBuilder addr;
  int64_t lanes;
  VectorType vector;

  FlatView image, planes;
  ImageAxis rows, columns, blocks, channels;
  Address firstRow, firstColumn; ///< Of the image, that the first tile reads.
  Value zero;
};

} // namespace

ImageAxis InputEmitter::getAxis(char letter) {
  int pos = op.getDims().inputPos(letter);
  if (pos < 0)
    return {};
  return {cast<ShapedType>(op.getInput().getType()).getDimSize(pos),
          image.strides[pos]};
}

Value InputEmitter::compare(arith::CmpIPredicate predicate, Value x,
                            int64_t y) {
  return arith::CmpIOp::create(b, loc, predicate, x, addr.constant(y));
}

std::pair<Value, Value> InputEmitter::clamp(Address index, int64_t extent) {
  Value value = addr.materialize(index);
  // Negative ones are large without a sign.
  Value inside = compare(arith::CmpIPredicate::ult, value, extent);
  Value mask = arith::ExtSIOp::create(b, loc, b.getI32Type(), inside);
  Value most = arith::MinSIOp::create(b, loc, value, addr.constant(extent - 1));
  return {mask, arith::MaxSIOp::create(b, loc, most, addr.constant(0))};
}

void InputEmitter::emitChannels(Address target, Load load) {
  Matrix left = Matrix::getInput(op.getTile()[0]);
  Matrix right = Matrix::getInput(op.getTile()[1]);
  forEach(b, loc, blocks.extent, [&](Address block) {
    Address blockStart = addr.mul(block, blocks.step);
    Address first = addr.mul(block, {Value(), channels.extent});
    forEachVector(
        b, loc, channels.extent, lanes, [&](Address channel, int64_t set) {
          Address from = addr.add(blockStart, addr.mul(channel, channels.step));
          SmallVector<Value> values;
          for (int64_t p = 0; p < left.columns; ++p)
            for (int64_t q = 0; q < right.columns; ++q)
              values.push_back(load(p, q, from, set));
          storePlanes(addr.add(target, addr.add(first, channel)),
                      multiplyBoth(b, loc, left, right, values));
        });
  });
}

void InputEmitter::storePlanes(Address target, ArrayRef<Value> values) {
  for (auto [point, value] : llvm::enumerate(values)) {
    Address plane =
        addr.mul({Value(), static_cast<int64_t>(point)}, planes.strides[0]);
    vector::StoreOp::create(b, loc, value, planes.flat,
                            addr.materialize(addr.add(target, plane)));
  }
}

Address InputEmitter::getTarget(Address t, Address u) {
  Address number = addr.add(addr.mul(t, {Value(), op.getTiles()[1]}), u);
  return addr.add(planes.offset, addr.mul(number, planes.strides[1]));
}

void InputEmitter::emitInside(Address row, Address column, Address target) {
  Address start =
      addr.add(image.offset, addr.add(addr.mul(row, rows.step),
                                      addr.mul(column, columns.step)));
  emitChannels(target, [&](int64_t p, int64_t q, Address channel, int64_t set) {
    Address at = addr.add(start, channel);
    at = addr.add(at, addr.mul({Value(), p}, rows.step));
    at = addr.add(at, addr.mul({Value(), q}, columns.step));
    return loadLanes(b, loc, vector, image.flat, at, {Value(), 1}, set);
  });
}

void InputEmitter::emitBorder(Address row, Address column, Address target) {
  auto integers = VectorType::get({lanes}, b.getI32Type());
  SmallVector<Address> rowStarts, columnStarts;
  SmallVector<Value> rowMasks, columnMasks;
  for (auto [axis, first, count, starts, masks] :
       {std::tuple(&rows, row, getPoints(0), &rowStarts, &rowMasks),
        std::tuple(&columns, column, getPoints(1), &columnStarts,
                   &columnMasks)})
    for (int64_t i = 0; i < count; ++i) {
      auto [mask, index] = clamp(addr.add(first, {Value(), i}), axis->extent);
      masks->push_back(mask);
      starts->push_back(addr.mul({index, 0}, axis->step));
    }
  SmallVector<Value> masks;
  for (Value rowMask : rowMasks)
    for (Value columnMask : columnMasks) {
      Value mask = arith::AndIOp::create(b, loc, rowMask, columnMask);
      masks.push_back(vector::BroadcastOp::create(b, loc, integers, mask));
    }
  emitChannels(target, [&](int64_t p, int64_t q, Address channel, int64_t set) {
    Address at = addr.add(addr.add(rowStarts[p], columnStarts[q]),
                          addr.add(image.offset, channel));
    Value value = loadLanes(b, loc, vector, image.flat, at, {Value(), 1}, set);
    Value bits = vector::BitCastOp::create(b, loc, integers, value);
    bits = arith::AndIOp::create(b, loc, bits, masks[p * getPoints(1) + q]);
    return vector::BitCastOp::create(b, loc, vector, bits).getResult();
  });
}

void InputEmitter::emitTile(Address row, Address column, Address target) {
  using arith::CmpIPredicate;
  Value y = addr.materialize(row), x = addr.materialize(column);
  Value inside;
  auto require = [&](Value test) {
    inside = inside ? arith::AndIOp::create(b, loc, inside, test) : test;
  };
  // From the first row and column that fit on, unsigned as negative ones do
  // not.
  for (auto [index, axis, points] : {std::tuple(y, &rows, getPoints(0)),
                                     std::tuple(x, &columns, getPoints(1))}) {
    int64_t starts = std::max<int64_t>(axis->extent - points + 1, 0);
    require(compare(CmpIPredicate::ult, index, starts));
  }
  auto choice = scf::IfOp::create(b, loc, inside, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  emitInside({y, 0}, {x, 0}, target);
  b.setInsertionPointToStart(choice.elseBlock());
  emitBorder({y, 0}, {x, 0}, target);
}

void InputEmitter::emitTiles() {
  ArrayRef<int64_t> tile = op.getTile(), tiles = op.getTiles();
  forEach(b, loc, tiles[0], [&](Address t) {
    forEach(b, loc, tiles[1], [&](Address u) {
      Address row = addr.add(firstRow, addr.mul(t, {Value(), tile[0]}));
      Address column = addr.add(firstColumn, addr.mul(u, {Value(), tile[1]}));
      emitTile(row, column, getTarget(t, u));
    });
  });
}

SmallVector<Value> InputEmitter::loadSquare(Address at, Value column,
                                            int64_t set) {
  auto load = [&](function_ref<Value(Value)> loadRow) {
    SmallVector<Value> square;
    for (int64_t i = 0; i < lanes; ++i) {
      Address channel = addr.mul({Value(), i}, channels.step);
      square.push_back(
          i < set ? loadRow(addr.materialize(addr.add(at, channel))) : zero);
    }
    return square;
  };
  // Inside of the image, or with a mask.
  int64_t starts = std::max<int64_t>(columns.extent - lanes + 1, 0);
  Value inside = compare(arith::CmpIPredicate::ult, column, starts);
  auto choice =
      scf::IfOp::create(b, loc, SmallVector<Type>(lanes, vector), inside,
                        /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(b, loc, load([&](Value index) -> Value {
                         return vector::LoadOp::create(b, loc, vector,
                                                       image.flat, index)
                             .getResult();
                       }));
  b.setInsertionPointToStart(choice.elseBlock());
  auto integers = VectorType::get({lanes}, b.getI32Type());
  auto steps = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  Value numbers = arith::ConstantOp::create(
      b, loc, integers, DenseElementsAttr::get(integers, ArrayRef(steps)));
  Value narrow = arith::IndexCastOp::create(b, loc, b.getI32Type(), column);
  Value first = vector::BroadcastOp::create(b, loc, integers, narrow);
  Value end = arith::ConstantOp::create(
      b, loc, integers,
      DenseElementsAttr::get(integers, static_cast<int32_t>(columns.extent)));
  Value index = arith::AddIOp::create(b, loc, first, numbers);
  Value mask =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index, end);
  scf::YieldOp::create(b, loc, load([&](Value at) -> Value {
                         return vector::MaskedLoadOp::create(
                                    b, loc, vector, image.flat, ValueRange(at),
                                    mask, zero)
                             .getResult();
                       }));
  return SmallVector<Value>(choice.getResults());
}

void InputEmitter::fillPatch(const FlatView &patch, Address row, Address column,
                             Address channel, int64_t set, int64_t squares) {
  forEach(b, loc, getPoints(0), [&](Address p) {
    Address line = addr.add(patch.offset, addr.mul(p, patch.strides[0]));
    Address y = addr.add(row, p);
    Value index = addr.materialize(y);
    Value exists = compare(arith::CmpIPredicate::ult, index, rows.extent);
    auto choice = scf::IfOp::create(b, loc, exists, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    forEach(b, loc, squares, [&](Address square) {
      Address offset = addr.mul(square, {Value(), lanes});
      Value x = addr.materialize(addr.add(column, offset));
      Address at = addr.add(addr.add(image.offset, channel),
                            addr.add(addr.mul({index, 0}, rows.step), {x, 0}));
      SmallVector<Value> vectors = loadSquare(at, x, set);
      transposeSquare(b, loc, vectors);
      Address to = addr.add(line, addr.mul(offset, patch.strides[1]));
      for (auto [i, value] : llvm::enumerate(vectors)) {
        Address step =
            addr.mul({Value(), static_cast<int64_t>(i)}, patch.strides[1]);
        vector::StoreOp::create(b, loc, value, patch.flat,
                                addr.materialize(addr.add(to, step)));
      }
    });
    b.setInsertionPointToStart(choice.elseBlock());
    forEach(b, loc, squares * lanes, [&](Address q) {
      vector::StoreOp::create(
          b, loc, zero, patch.flat,
          addr.materialize(addr.add(line, addr.mul(q, patch.strides[1]))));
    });
  });
}

void InputEmitter::emitPatches() {
  ArrayRef<int64_t> tile = op.getTile(), tiles = op.getTiles();
  zero = arith::ConstantOp::create(b, loc, vector, b.getZeroAttr(vector));
  PatchRuns runs(tiles[1], tile[1], kWinogradTaps - 1);
  int64_t width = (runs.size - 1) * tile[1] + getPoints(1);
  int64_t squares = llvm::divideCeilSigned(width, lanes);
  Value scratch = createScratch(b, op, {getPoints(0), squares * lanes, lanes});
  FlatView patch = FlatView::create(b, loc, scratch);
  Matrix left = Matrix::getInput(tile[0]), right = Matrix::getInput(tile[1]);

  auto emitRun = [&](Address t, Address firstTile, int64_t count) {
    Address row = addr.add(firstRow, addr.mul(t, {Value(), tile[0]}));
    Address column =
        addr.add(firstColumn, addr.mul(firstTile, {Value(), tile[1]}));
    forEachVector(
        b, loc, channels.extent, lanes, [&](Address channel, int64_t set) {
          fillPatch(patch, row, column, addr.mul(channel, channels.step), set,
                    squares);
          forEach(b, loc, count, [&](Address u) {
            Address start =
                addr.add(patch.offset, addr.mul(addr.mul(u, {Value(), tile[1]}),
                                                patch.strides[1]));
            SmallVector<Value> values;
            for (int64_t p = 0; p < left.columns; ++p)
              for (int64_t q = 0; q < right.columns; ++q) {
                Address at =
                    addr.add(start, addr.mul({Value(), p}, patch.strides[0]));
                at = addr.add(at, addr.mul({Value(), q}, patch.strides[1]));
                values.push_back(vector::LoadOp::create(
                    b, loc, vector, patch.flat, addr.materialize(at)));
              }
            Address target =
                addr.add(getTarget(t, addr.add(firstTile, u)), channel);
            storePlanes(target, multiplyBoth(b, loc, left, right, values));
          });
        });
  };
  forEach(b, loc, tiles[0], [&](Address t) {
    runs.forEachRun(b, loc, [&](Address first, int64_t count) {
      emitRun(t, first, count);
    });
  });
}

LogicalResult InputEmitter::run() {
  b.setInsertionPoint(op);
  image = FlatView::create(b, loc, op.getInput());
  planes = FlatView::create(b, loc, op.getInit());
  rows = getAxis('h');
  columns = getAxis('w');
  blocks = getAxis('C');
  channels = getAxis('c');
  firstRow = {op.getRowOrigin(), -op.getDims().getLow()[0]};
  firstColumn = {Value(), -op.getDims().getLow()[1]};
  auto isOne = [](const Address &step) {
    return !step.value && step.constant == 1;
  };
  if (channels.extent > 1 && !isOne(planes.strides[2]))
    return op.emitOpError("has no lowering for planes whose channels are not "
                          "contiguous in memory");
  if (channels.extent == 1 || isOne(channels.step))
    emitTiles();
  else if (isOne(columns.step))
    emitPatches();
  else
    return op.emitOpError("has no lowering for an image of which neither "
                          "channels nor columns are contiguous in memory");
  b.eraseOp(op);
  return success();
}

LogicalResult mlir::conv::lowerWinogradInput(WinogradInputOp op,
                                             RewriterBase &rewriter) {
  return InputEmitter(op, rewriter).run();
}
