//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A table of 256 bytes is 16 rows. The low half of a byte is a place in each
/// of them, which a shuffle takes, and each bit of the high half decides
/// between halves of the rows that are left.
///
//===----------------------------------------------------------------------===//

#include "ByteTables.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/APInt.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <vector>

using namespace mlir;
using namespace mlir::conv;

using llvm::APInt;

/// Values of a byte, and bits of its low half.
static constexpr int64_t kBytes = 256, kRowBits = 4;

/// The other operand of `op`, a constant; nothing where it is none.
static std::optional<APInt> getConstant(Operation *op, unsigned i) {
  APInt constant;
  if (!matchPattern(op->getOperand(i), m_ConstantInt(&constant)))
    return std::nullopt;
  return constant;
}

static unsigned getWidth(Type type) {
  return type.isIndex() ? IndexType::kInternalStorageBitWidth
                        : type.getIntOrFloatBitWidth();
}

/// The operand of `op` that varies, where the others are constant.
static std::optional<unsigned> findVarying(Operation *op) {
  if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::IndexCastOp,
          arith::IndexCastUIOp>(op))
    return 0;
  if (!isa<arith::AddIOp, arith::SubIOp, arith::XOrIOp>(op))
    return std::nullopt;
  if (getConstant(op, 1))
    return 0;
  if (getConstant(op, 0))
    return 1;
  return std::nullopt;
}

/// What `op` makes of `value`, operand `varying`.
static APInt evaluate(Operation *op, unsigned varying, const APInt &value) {
  unsigned width = getWidth(op->getResult(0).getType());
  if (isa<arith::ExtSIOp, arith::IndexCastOp>(op))
    return value.sextOrTrunc(width);
  if (isa<arith::ExtUIOp, arith::IndexCastUIOp>(op))
    return value.zextOrTrunc(width);
  APInt other = *getConstant(op, 1 - varying);
  if (isa<arith::AddIOp>(op))
    return value + other;
  if (isa<arith::XOrIOp>(op))
    return value ^ other;
  return varying == 0 ? value - other : other - value;
}

std::optional<ByteLookup> mlir::conv::readByteLookup(tensor::ExtractOp op) {
  RankedTensorType table = op.getTensor().getType();
  if (table.getRank() != 1 || !table.hasStaticShape() ||
      !table.getElementType().isInteger(8))
    return std::nullopt;
  ByteLookup lookup;
  SmallVector<std::pair<Operation *, unsigned>> steps;
  Value current = op.getIndices().front();
  while (!current.getType().isInteger(8)) {
    Operation *step = current.getDefiningOp();
    std::optional<unsigned> varying =
        step ? findVarying(step) : std::optional<unsigned>();
    if (!varying)
      return std::nullopt;
    steps.emplace_back(step, *varying);
    current = step->getOperand(*varying);
  }
  lookup.byte = current;
  for (int64_t byte = 0; byte < kBytes; ++byte) {
    APInt place(8, byte);
    for (auto [step, varying] : llvm::reverse(steps))
      place = evaluate(step, varying, place);
    int64_t first = byte % kTableRow == 0 ? place.getSExtValue()
                                          : lookup.rows[byte / kTableRow];
    if (place.getSExtValue() != first + byte % kTableRow || first < 0 ||
        first + kTableRow > table.getDimSize(0))
      return std::nullopt;
    lookup.rows[byte / kTableRow] = first;
  }
  return lookup;
}

/// Element i is that of `row` at index i of `places`.
static Value shuffle(OpBuilder &b, Location loc, Value row,
                     ArrayRef<Value> places) {
  SmallVector<Value> elements;
  for (Value place : places)
    elements.push_back(vector::ExtractOp::create(b, loc, row, place));
  auto type = cast<VectorType>(row.getType());
  return vector::FromElementsOp::create(b, loc, type, elements);
}

/// The elements for as many bytes as are shuffled at once.
static Value lookUp(OpBuilder &b, Location loc, ArrayRef<Value> rows,
                    Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  auto splat = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, APInt(8, value)));
  };
  Value low = arith::AndIOp::create(b, loc, bytes, splat(kTableRow - 1));
  SmallVector<Value> places;
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    Value place = vector::ExtractOp::create(b, loc, low, i);
    places.push_back(
        arith::IndexCastUIOp::create(b, loc, b.getIndexType(), place));
  }
  std::vector<Value> left;
  for (Value row : rows)
    left.push_back(shuffle(b, loc, row, places));
  for (int64_t bit = kRowBits; left.size() > 1; ++bit) {
    Value set = arith::CmpIOp::create(
        b, loc, arith::CmpIPredicate::ne,
        arith::AndIOp::create(b, loc, bytes, splat(int64_t(1) << bit)),
        splat(0));
    for (size_t i = 0; i < left.size() / 2; ++i)
      left[i] =
          arith::SelectOp::create(b, loc, set, left[2 * i + 1], left[2 * i]);
    left.resize(left.size() / 2);
  }
  return left.front();
}

Value mlir::conv::emitByteLookup(OpBuilder &b, Location loc, Value table,
                                 const ByteLookup &lookup, Value bytes) {
  auto type = cast<VectorType>(bytes.getType());
  int64_t width = type.getNumElements();
  int64_t shuffled = llvm::PowerOf2Ceil(std::max(width, kTableRow));
  auto rowType = VectorType::get({kTableRow}, type.getElementType());
  SmallVector<int64_t> repeated, lanes;
  for (int64_t i = 0; i < shuffled; ++i) {
    repeated.push_back(i % kTableRow);
    // Lanes behind the last one look up what it does.
    lanes.push_back(std::min(i, width - 1));
  }
  SmallVector<Value> rows;
  for (int64_t first : lookup.rows) {
    Value place = arith::ConstantIndexOp::create(b, loc, first);
    Value row = vector::TransferReadOp::create(
        b, loc, rowType, table, ValueRange(place),
        /*padding=*/std::nullopt, ArrayRef<bool>{true});
    if (shuffled != kTableRow)
      row = vector::ShuffleOp::create(b, loc, row, row, repeated);
    rows.push_back(row);
  }
  if (width == shuffled)
    return lookUp(b, loc, rows, bytes);
  bytes = vector::ShuffleOp::create(b, loc, bytes, bytes, lanes);
  Value found = lookUp(b, loc, rows, bytes);
  lanes.resize(width);
  return vector::ShuffleOp::create(b, loc, found, found, lanes);
}
