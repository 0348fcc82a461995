//===- winograd-product-test.cpp - Products of constant matrices ----------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The operations that a product of a constant matrix is planned as compute
/// what the matrix says, and are as few as rows and columns of opposite points
/// allow.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/WinogradProduct.h"

#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <vector>

using namespace mlir::conv;

static bool computes(WinogradMatrix matrix, llvm::StringRef name) {
  LinearProduct product = planProduct(matrix);
  std::vector<double> values;
  for (int64_t j = 0; j < matrix.columns; ++j)
    values.push_back(double(1 + j * j * 7 % 11));
  std::vector<double> column = values;
  for (const LinearOperation &operation : product.operations)
    values.push_back(operation.factor * values[operation.x] +
                     (operation.y ? values[*operation.y] : 0));
  bool isRight = int64_t(product.results.size()) == matrix.getRows();
  for (int64_t i = 0; isRight && i < matrix.getRows(); ++i) {
    double sum = 0;
    for (int64_t j = 0; j < matrix.columns; ++j)
      sum += matrix.elements[i * matrix.columns + j] * column[j];
    isRight = std::abs(values[product.results[i]] - sum) < 1e-9;
  }
  if (!isRight)
    llvm::errs() << name << " is not what its operations compute\n";
  return isRight;
}

static bool counts(WinogradMatrix left, WinogradMatrix right, int64_t expected,
                   llvm::StringRef name) {
  int64_t operations = countProductOperations(left, right);
  if (operations != expected)
    llvm::errs() << name << " takes " << operations << " operations, not "
                 << expected << "\n";
  return operations == expected;
}

int main() {
  bool passed = true;
  for (int64_t outputs : {2, 4}) {
    passed &= computes(WinogradMatrix::getInput(outputs), "B");
    passed &= computes(WinogradMatrix::getOutput(outputs), "A");
    passed &= computes(WinogradMatrix::getFilter(outputs), "G");
  }
  WinogradMatrix b4 = WinogradMatrix::getInput(4),
                 b2 = WinogradMatrix::getInput(2),
                 a4 = WinogradMatrix::getOutput(4),
                 a2 = WinogradMatrix::getOutput(2);
  passed &= counts(b4, b4, 144, "the input of F(4x4)");
  passed &= counts(a4, a4, 120, "the output of F(4x4)");
  passed &= counts(b4, b2, 72, "the input of F(4x2)");
  passed &= counts(a4, a2, 64, "the output of F(4x2)");
  passed &= counts(b2, b2, 32, "the input of F(2x2)");
  passed &= counts(a2, a2, 24, "the output of F(2x2)");
  return passed ? 0 : 1;
}
