//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Products of constant matrices as vector code, in the operations that
/// `planProduct` finds, and loops around them.
///
//===----------------------------------------------------------------------===//

#include "WinogradEmitter.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::winograd;

/// factor * x + y, or factor * x where there is no y.
static Value combine(OpBuilder &b, Location loc, double factor, Value x,
                     Value y) {
  if (y && factor == 1)
    return arith::AddFOp::create(b, loc, y, x);
  if (y && factor == -1)
    return arith::SubFOp::create(b, loc, y, x);
  auto vector = dyn_cast<VectorType>(x.getType());
  TypedAttr attr =
      b.getFloatAttr(vector ? vector.getElementType() : x.getType(), factor);
  if (vector)
    attr = DenseElementsAttr::get(vector, static_cast<Attribute>(attr));
  Value constant = arith::ConstantOp::create(b, loc, attr);
  if (!y)
    return arith::MulFOp::create(b, loc, x, constant);
  if (vector)
    return vector::FMAOp::create(b, loc, constant, x, y);
  return math::FmaOp::create(b, loc, constant, x, y);
}

SmallVector<Value> winograd::multiply(OpBuilder &b, Location loc, Matrix matrix,
                                      ArrayRef<Value> operands) {
  LinearProduct product = planProduct(matrix);
  SmallVector<Value> values(operands);
  for (const LinearOperation &operation : product.operations)
    values.push_back(combine(b, loc, operation.factor, values[operation.x],
                             operation.y ? values[*operation.y] : Value()));
  return llvm::map_to_vector(product.results,
                             [&](int64_t result) { return values[result]; });
}

SmallVector<Value> winograd::multiplyBoth(OpBuilder &b, Location loc,
                                          Matrix left, Matrix right,
                                          ArrayRef<Value> values) {
  int64_t numRows = left.getRows();
  // The left product, column after column.
  SmallVector<Value> columns;
  for (int64_t j = 0; j < right.columns; ++j) {
    SmallVector<Value> column;
    for (int64_t i = 0; i < left.columns; ++i)
      column.push_back(values[i * right.columns + j]);
    llvm::append_range(columns, multiply(b, loc, left, column));
  }
  SmallVector<Value> results;
  for (int64_t i = 0; i < numRows; ++i) {
    SmallVector<Value> row;
    for (int64_t j = 0; j < right.columns; ++j)
      row.push_back(columns[j * numRows + i]);
    llvm::append_range(results, multiply(b, loc, right, row));
  }
  return results;
}

void winograd::forEach(OpBuilder &b, Location loc, int64_t count,
                       function_ref<void(Address)> body) {
  if (count == 1)
    return body({Value(), 0});
  if (count < 1)
    return;
  AddressBuilder addr(b, loc);
  OpBuilder::InsertionGuard guard(b);
  auto loop = scf::ForOp::create(b, loc, addr.constant(0), addr.constant(count),
                                 addr.constant(1));
  b.setInsertionPointToStart(loop.getBody());
  body({loop.getInductionVar(), 0});
}

void winograd::forEachVector(OpBuilder &b, Location loc, int64_t count,
                             int64_t lanes,
                             function_ref<void(Address, int64_t)> body) {
  AddressBuilder addr(b, loc);
  int64_t whole = count / lanes * lanes;
  if (whole == lanes) {
    body({Value(), 0}, lanes);
  } else if (whole > 0) {
    OpBuilder::InsertionGuard guard(b);
    auto loop = scf::ForOp::create(b, loc, addr.constant(0),
                                   addr.constant(whole), addr.constant(lanes));
    b.setInsertionPointToStart(loop.getBody());
    body({loop.getInductionVar(), 0}, lanes);
  }
  if (whole < count)
    body({Value(), whole}, count - whole);
}

PatchRuns::PatchRuns(int64_t count, int64_t width, int64_t halo)
    : count(count), size(std::min(count, (kPatchColumns - halo) / width)) {}

void PatchRuns::forEachRun(OpBuilder &b, Location loc,
                           function_ref<void(Address, int64_t)> body) const {
  int64_t before = llvm::divideCeilSigned(count, size) - 1;
  AddressBuilder addr(b, loc);
  forEach(b, loc, before,
          [&](Address run) { body(addr.mul(run, {Value(), size}), size); });
  body({Value(), before * size}, count - before * size);
}

Value winograd::createScratch(OpBuilder &b, Operation *at,
                              ArrayRef<int64_t> shape) {
  OpBuilder::InsertionGuard guard(b);
  Operation *scope =
      at->getParentWithTrait<OpTrait::AutomaticAllocationScope>();
  b.setInsertionPointToStart(&scope->getRegion(0).front());
  auto type = MemRefType::get(shape, b.getF32Type());
  return memref::AllocaOp::create(b, at->getLoc(), type,
                                  b.getI64IntegerAttr(64));
}
