//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaneVectors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::conv;

Value mlir::conv::makeMask(OpBuilder &b, Location loc, int64_t lanes,
                           int64_t set) {
  return makeMask(b, loc, lanes, 0, set);
}

Value mlir::conv::makeMask(OpBuilder &b, Location loc, int64_t lanes,
                           int64_t first, int64_t last) {
  SmallVector<bool> bits(lanes, false);
  std::fill(bits.begin() + first, bits.begin() + last, true);
  auto type = VectorType::get({lanes}, b.getI1Type());
  return arith::ConstantOp::create(b, loc, type,
                                   DenseElementsAttr::get(type, bits));
}

Value mlir::conv::loadLanes(OpBuilder &b, Location loc, VectorType type,
                            Value flat, Address at, Address step, int64_t set) {
  AddressBuilder addr(b, loc);
  int64_t lanes = type.getNumElements();
  bool neighbours = !step.value && step.constant == 1;
  if (neighbours && set == lanes)
    return vector::LoadOp::create(b, loc, type, flat, addr.materialize(at));
  Value value = arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
  if (neighbours)
    return vector::MaskedLoadOp::create(b, loc, type, flat,
                                        ValueRange(addr.materialize(at)),
                                        makeMask(b, loc, lanes, set), value);
  for (int64_t lane = 0; lane < set; ++lane) {
    Address from = addr.add(at, addr.mul({Value(), lane}, step));
    Value scalar = memref::LoadOp::create(b, loc, flat,
                                          ValueRange(addr.materialize(from)));
    value = vector::InsertOp::create(b, loc, scalar, value, lane);
  }
  return value;
}

Value mlir::conv::shuffleLanes(OpBuilder &b, Location loc, Value x, Value y,
                               function_ref<int64_t(int64_t)> select) {
  int64_t lanes = cast<VectorType>(x.getType()).getNumElements();
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane)
    mask.push_back(select(lane));
  return vector::ShuffleOp::create(b, loc, x, y, mask);
}

/// Transposes blocks of four lanes: block q of the p-th vector becomes block p
/// of the q-th. Each round gathers the even blocks of two vectors in one and
/// the odd ones in another.
static SmallVector<Value> transposeBlocks(OpBuilder &b, Location loc,
                                          ArrayRef<Value> rows) {
  if (rows.size() == 1)
    return {rows.front()};
  int64_t lanes = cast<VectorType>(rows.front().getType()).getNumElements();
  SmallVector<Value> even, odd;
  for (size_t i = 0; i < rows.size(); i += 2)
    for (int64_t parity : {0, 1})
      (parity ? odd : even)
          .push_back(
              shuffleLanes(b, loc, rows[i], rows[i + 1], [&](int64_t lane) {
                int64_t block = 2 * (lane % (lanes / 2) / 4) + parity;
                return (lane < lanes / 2 ? 0 : lanes) + block * 4 + lane % 4;
              }));
  even = transposeBlocks(b, loc, even);
  odd = transposeBlocks(b, loc, odd);
  SmallVector<Value> result;
  for (auto [x, y] : llvm::zip(even, odd))
    result.append({x, y});
  return result;
}

void mlir::conv::transposeSquare(OpBuilder &b, Location loc,
                                 SmallVectorImpl<Value> &rows) {
  int64_t lanes = rows.size();
  if (lanes < 4) {
    if (lanes == 2) {
      Value low = vector::ShuffleOp::create(b, loc, rows[0], rows[1],
                                            ArrayRef<int64_t>{0, 2});
      rows[1] = vector::ShuffleOp::create(b, loc, rows[0], rows[1],
                                          ArrayRef<int64_t>{1, 3});
      rows[0] = low;
    }
    return;
  }
  // Interleaves `width` lanes of the lower or upper half of each block.
  auto interleave = [&](Value x, Value y, int64_t width, bool upper) {
    return shuffleLanes(b, loc, x, y, [&](int64_t lane) {
      int64_t within = lane % 4;
      int64_t from = within / (2 * width) * width + within % width;
      bool second = within / width % 2;
      return (second ? lanes : 0) + lane / 4 * 4 + from + (upper ? 2 : 0);
    });
  };
  for (int64_t i = 0; i < lanes; i += 4) {
    Value low0 = interleave(rows[i], rows[i + 1], 1, false);
    Value high0 = interleave(rows[i], rows[i + 1], 1, true);
    Value low1 = interleave(rows[i + 2], rows[i + 3], 1, false);
    Value high1 = interleave(rows[i + 2], rows[i + 3], 1, true);
    rows[i] = interleave(low0, low1, 2, false);
    rows[i + 1] = interleave(low0, low1, 2, true);
    rows[i + 2] = interleave(high0, high1, 2, false);
    rows[i + 3] = interleave(high0, high1, 2, true);
  }
  for (int64_t column = 0; column < 4; ++column) {
    SmallVector<Value> group;
    for (int64_t i = column; i < lanes; i += 4)
      group.push_back(rows[i]);
    for (auto [q, row] : llvm::enumerate(transposeBlocks(b, loc, group)))
      rows[4 * q + column] = row;
  }
}
