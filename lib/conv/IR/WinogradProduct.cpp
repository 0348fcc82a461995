//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/IR/WinogradProduct.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <tuple>

using llvm::ArrayRef;
using llvm::SmallVector;
using namespace mlir::conv;

WinogradMatrix WinogradMatrix::getInput(int64_t outputs) {
  const WinogradTransform &transform = getWinogradTransform(outputs);
  return {transform.input, transform.getPoints()};
}

WinogradMatrix WinogradMatrix::getOutput(int64_t outputs) {
  const WinogradTransform &transform = getWinogradTransform(outputs);
  return {transform.output, transform.getPoints()};
}

WinogradMatrix WinogradMatrix::getFilter(int64_t outputs) {
  return {getWinogradTransform(outputs).filter, kWinogradTaps};
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

namespace {

struct Term {
  double factor;
  int64_t value;
};

class ProductPlanner {
public:
  explicit ProductPlanner(WinogradMatrix matrix)
      : matrix(matrix.elements), columns(matrix.columns),
        rows(matrix.getRows()) {
    for (int64_t j = 0; j < columns; ++j)
      values.push_back(j);
  }

  LinearProduct plan() {
    pairColumns();
    while (int64_t(product.results.size()) < rows)
      combineRows(product.results.size());
    return std::move(product);
  }

private:
  ArrayRef<double> getRow(int64_t i) const {
    return ArrayRef(matrix).slice(i * columns, columns);
  }

  SmallVector<double> getColumn(int64_t j) const {
    SmallVector<double> column;
    for (int64_t i = 0; i < rows; ++i)
      column.push_back(matrix[i * columns + j]);
    return column;
  }

  /// factor * x + y
  int64_t combine(double factor, int64_t x, std::optional<int64_t> y) {
    product.operations.push_back({factor, x, y});
    return columns + int64_t(product.operations.size()) - 1;
  }

  /// The sum of `terms`, which must not be empty.
  int64_t sum(ArrayRef<Term> terms) {
    // A term without a factor needs no multiplication to begin with.
    const auto *first =
        llvm::find_if(terms, [](const Term &term) { return term.factor == 1; });
    int64_t result;
    if (first != terms.end()) {
      result = first->value;
    } else {
      first = terms.begin();
      result = combine(first->factor, first->value, std::nullopt);
    }
    for (const Term &term : terms)
      if (&term != first)
        result = combine(term.factor, term.value, result);
    return result;
  }

  /// Replaces values whose columns are opposite by their sums and differences,
  /// one of which each row takes.
  void pairColumns() {
    for (int64_t j = 0; j + 1 < columns; ++j) {
      if (!areOpposite(getColumn(j), getColumn(j + 1)))
        continue;
      int64_t sum = combine(1, values[j + 1], values[j]);
      int64_t difference = combine(-1, values[j + 1], values[j]);
      for (int64_t i = 0; i < rows; ++i) {
        double &x = matrix[i * columns + j], &y = matrix[i * columns + j + 1];
        std::tie(x, y) = x == y ? std::pair(x, 0.0) : std::pair(0.0, x);
      }
      values[j] = sum;
      values[j + 1] = difference;
      ++j;
    }
  }

  /// The result of row `i`, and that of the next one where it is opposite.
  void combineRows(int64_t i) {
    ArrayRef<double> row = getRow(i);
    bool pair = i + 1 < rows && areOpposite(row, getRow(i + 1));
    SmallVector<Term> same, opposite;
    for (auto [j, factor] : llvm::enumerate(row))
      if (factor != 0)
        (pair && factor != getRow(i + 1)[j] ? opposite : same)
            .push_back({factor, values[j]});
    if (!pair || same.empty()) {
      product.results.push_back(sum(same.empty() ? opposite : same));
      return;
    }
    // same +- factor * opposite, whose last term is left without a factor.
    double factor = opposite.back().factor;
    for (Term &term : opposite)
      term.factor /= factor;
    int64_t x = sum(same), y = sum(opposite);
    product.results.push_back(combine(factor, y, x));
    product.results.push_back(combine(-factor, y, x));
  }

  SmallVector<double> matrix;
  int64_t columns, rows;
  SmallVector<int64_t> values; ///< By column of the matrix.
  LinearProduct product;
};

} // namespace

LinearProduct mlir::conv::planProduct(WinogradMatrix matrix) {
  return ProductPlanner(matrix).plan();
}

int64_t mlir::conv::countProductOperations(WinogradMatrix left,
                                           WinogradMatrix right) {
  return right.columns * int64_t(planProduct(left).operations.size()) +
         left.getRows() * int64_t(planProduct(right).operations.size());
}
