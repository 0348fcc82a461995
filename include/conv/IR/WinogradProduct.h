//===- WinogradProduct.h - Products of Winograd's matrices ------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Products of constant matrices as few linear operations. A point and its
/// opposite make rows (of B and G) or columns (of A) that differ in signs only:
/// sum and difference of two parts take half the operations. The lowerings emit
/// these operations, the model counts them.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_WINOGRADPRODUCT_H
#define CONV_IR_WINOGRADPRODUCT_H

#include "conv/IR/Winograd.h"

#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace mlir::conv {

/// A matrix of the table, row by row.
struct WinogradMatrix {
  llvm::ArrayRef<double> elements;
  int64_t columns;

  static WinogradMatrix getInput(int64_t outputs);
  static WinogradMatrix getOutput(int64_t outputs);
  static WinogradMatrix getFilter(int64_t outputs);

  int64_t getRows() const { return int64_t(elements.size()) / columns; }
};

/// factor * x + y, or factor * x where there is no y. The operands are numbers
/// of values: first those that are multiplied, then the results of operations.
struct LinearOperation {
  double factor;
  int64_t x;
  std::optional<int64_t> y;
};

/// A matrix times a column of values.
struct LinearProduct {
  llvm::SmallVector<LinearOperation> operations;
  llvm::SmallVector<int64_t> results; ///< One value per row of the matrix.
};

/// Plans the product of `matrix` and a column.
LinearProduct planProduct(WinogradMatrix matrix);

/// Operations of `left` times a square of values times the transpose of
/// `right`: the left product column by column, then the right one row by row.
int64_t countProductOperations(WinogradMatrix left, WinogradMatrix right);

} // namespace mlir::conv

#endif // CONV_IR_WINOGRADPRODUCT_H
