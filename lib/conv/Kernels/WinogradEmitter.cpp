//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Products of constant matrices as vector code. A point and its opposite make
/// rows (of B and G) or columns (of A) that differ in signs only: sum and
/// difference of two parts take half the operations.
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

namespace {

struct Term {
  double factor;
  Value value;
};

/// Emits linear combinations.
class Combiner {
public:
  Combiner(OpBuilder &b, Location loc) : b(b), loc(loc) {}

  /// The sum of `terms`, which must not be empty.
  Value sum(ArrayRef<Term> terms);
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value subtract(Value x, Value y) {
    return arith::SubFOp::create(b, loc, x, y);
  }
  /// factor * x + y
  Value fma(double factor, Value x, Value y);

private:
  Value constant(double value, Type type);

  OpBuilder &b;
  Location loc;
};

} // namespace

Value Combiner::constant(double value, Type type) {
  auto vector = dyn_cast<VectorType>(type);
  Type element = vector ? vector.getElementType() : type;
  TypedAttr attr = b.getFloatAttr(element, value);
  if (vector)
    attr = DenseElementsAttr::get(vector, static_cast<Attribute>(attr));
  return arith::ConstantOp::create(b, loc, attr);
}

Value Combiner::fma(double factor, Value x, Value y) {
  if (factor == 1)
    return add(y, x);
  if (factor == -1)
    return subtract(y, x);
  Value c = constant(factor, x.getType());
  if (isa<VectorType>(x.getType()))
    return vector::FMAOp::create(b, loc, c, x, y);
  return math::FmaOp::create(b, loc, c, x, y);
}

Value Combiner::sum(ArrayRef<Term> terms) {
  // A term without a factor needs no multiplication to begin with.
  const auto *first =
      llvm::find_if(terms, [](const Term &term) { return term.factor == 1; });
  Value result;
  if (first != terms.end()) {
    result = first->value;
  } else {
    first = terms.begin();
    result = arith::MulFOp::create(
        b, loc, first->value, constant(first->factor, first->value.getType()));
  }
  for (const Term &term : terms)
    if (&term != first)
      result = fma(term.factor, term.value, result);
  return result;
}

/// Whether `x` and `y` have the same magnitudes and are not the same.
static bool areOpposite(ArrayRef<double> x, ArrayRef<double> y) {
  bool differ = false;
  for (auto [a, b] : llvm::zip_equal(x, y)) {
    if (std::abs(a) != std::abs(b))
      return false;
    differ |= a != b;
  }
  return differ;
}

/// Replaces values whose columns are opposite by their sums and differences,
/// one of which each row takes.
static void pairColumns(Combiner &combine, SmallVectorImpl<double> &matrix,
                        SmallVectorImpl<Value> &values) {
  size_t columns = values.size(), rows = matrix.size() / columns;
  auto getColumn = [&](size_t j) {
    SmallVector<double> column;
    for (size_t i = 0; i < rows; ++i)
      column.push_back(matrix[i * columns + j]);
    return column;
  };
  for (size_t j = 0; j + 1 < columns; ++j) {
    if (!areOpposite(getColumn(j), getColumn(j + 1)))
      continue;
    Value sum = combine.add(values[j], values[j + 1]);
    Value difference = combine.subtract(values[j], values[j + 1]);
    for (size_t i = 0; i < rows; ++i) {
      double &x = matrix[i * columns + j], &y = matrix[i * columns + j + 1];
      std::tie(x, y) = x == y ? std::pair(x, 0.0) : std::pair(0.0, x);
    }
    values[j] = sum;
    values[j + 1] = difference;
    ++j;
  }
}

SmallVector<Value> winograd::multiply(OpBuilder &b, Location loc,
                                      ArrayRef<double> elements,
                                      ArrayRef<Value> operands) {
  Combiner combine(b, loc);
  SmallVector<double> matrix(elements);
  SmallVector<Value> values(operands);
  pairColumns(combine, matrix, values);
  size_t columns = values.size(), rows = matrix.size() / columns;
  auto getRow = [&](size_t i) {
    return ArrayRef(matrix).slice(i * columns, columns);
  };
  SmallVector<Value> results;
  while (results.size() < rows) {
    size_t i = results.size();
    ArrayRef<double> row = getRow(i);
    bool pair = i + 1 < rows && areOpposite(row, getRow(i + 1));
    SmallVector<Term> same, opposite;
    for (auto [j, factor] : llvm::enumerate(row))
      if (factor != 0)
        (pair && factor != getRow(i + 1)[j] ? opposite : same)
            .push_back({factor, values[j]});
    if (!pair || same.empty()) {
      results.push_back(combine.sum(same.empty() ? opposite : same));
      continue;
    }
    // same +- factor * opposite, whose last term is left without a factor.
    double factor = opposite.back().factor;
    for (Term &term : opposite)
      term.factor /= factor;
    Value x = combine.sum(same), y = combine.sum(opposite);
    results.push_back(combine.fma(factor, y, x));
    results.push_back(combine.fma(-factor, y, x));
  }
  return results;
}

SmallVector<Value> winograd::multiplyBoth(OpBuilder &b, Location loc,
                                          Matrix left, Matrix right,
                                          ArrayRef<Value> values) {
  auto numRows = static_cast<int64_t>(left.elements.size()) / left.columns;
  // The left product, column after column.
  SmallVector<Value> columns;
  for (int64_t j = 0; j < right.columns; ++j) {
    SmallVector<Value> column;
    for (int64_t i = 0; i < left.columns; ++i)
      column.push_back(values[i * right.columns + j]);
    llvm::append_range(columns, multiply(b, loc, left.elements, column));
  }
  SmallVector<Value> results;
  for (int64_t i = 0; i < numRows; ++i) {
    SmallVector<Value> row;
    for (int64_t j = 0; j < right.columns; ++j)
      row.push_back(columns[j * numRows + i]);
    llvm::append_range(results, multiply(b, loc, right.elements, row));
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
