//===- MemoryBudget.h - A bound on the memory of a function -----*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a function has in memory beside its arguments, results and constants:
/// the values that are made and still needed while an operation runs, and the
/// workspace of that operation. Operations run in the order in which they are
/// written, so that a bound on the sum leaves each convolution
///
///   workspace <= bound - bytes of the values alive while it runs
///
/// whatever the others take. Placing all that in one arena may waste some.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_DECIDE_MEMORYBUDGET_H
#define LIB_CONV_DECIDE_MEMORYBUDGET_H

#include "conv/Schedule/Arena.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/DenseMap.h"

#include <utility>

namespace mlir::conv {

/// Convolutions and the bytes of their workspaces.
using Workspaces = SmallVector<std::pair<Operation *, int64_t>>;

class MemoryBudget {
public:
  /// Finds the values of `func`; a bound of `bytes`. Extents that are not known
  /// count as one.
  MemoryBudget(FunctionOpInterface func, int64_t bytes);

  /// Bytes of the values in memory while `op`, an operation of the function,
  /// runs: those it reads and writes, and those that others read later.
  int64_t getLiveBytes(Operation *op) const;

  /// The largest workspace there is room for while `op` runs; negative where
  /// there is not even room for the values.
  int64_t getRoom(Operation *op) const {
    return bound + returned.lookup(op) - getLiveBytes(op);
  }

  /// Bytes of an arena of all values and of `workspaces`.
  int64_t place(const Workspaces &workspaces) const;

  /// Leaves less, for what placing wastes.
  void lower(int64_t bytes) { bound -= bytes; }

  /// Leaves `op` alone so many bytes more.
  void giveBack(Operation *op, int64_t bytes) { returned[op] = bytes; }

private:
  /// The number of the buffer `value` is in or a view of; -1 where it has none.
  int64_t findBuffer(Value value) const;
  /// Gives `result` of `op` a buffer, its own or that of an operand.
  void addResult(Operation *op, OpResult result, int64_t position);
  /// The index of the operation of the function's block that holds `op`; 0 in
  /// functions of several blocks, where everything may be needed at any time.
  int64_t getPosition(Operation *op) const;

  int64_t bound;
  DenseMap<Operation *, int64_t> returned;
  DenseMap<Operation *, int64_t> positions;
  DenseMap<Value, int64_t> numbers;
  SmallVector<Lifetime> buffers;
};

} // namespace mlir::conv

#endif // LIB_CONV_DECIDE_MEMORYBUDGET_H
