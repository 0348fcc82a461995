//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How long each operation of a module takes, in code that says when one is
/// done (`--conv-time-operations`).
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_OPERATIONTIMES_H
#define CONV_MEASURE_OPERATIONTIMES_H

#include "conv/Execution/Engine.h"
#include "conv/Measure/OperationCosts.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/JSON.h"

namespace mlir::conv::bench {

/// An operation and what was measured of it.
struct OperationTime {
  OperationCost cost;
  /// Times a call of the function runs it.
  double runs = 1;
  /// Of all runs together, and the least that arithmetic and bytes allow.
  double ms = 0, boundMs = 0;

  bool isMemoryBound() const {
    return cost.memoryCycles > cost.arithmeticCycles;
  }
  /// The share of its bound that it reaches; 0 of what neither computes nor
  /// moves anything that is known.
  double getBoundFraction() const { return ms > 0 ? boundMs / ms : 0; }
};

llvm::json::Object toJSON(const OperationTime &operation);
bool fromJSON(const llvm::json::Value &value, OperationTime &operation,
              llvm::json::Path path);

/// Operations of the same kind as one, which has their sums and as many runs as
/// they are; convolutions stay as they are. Flops, bytes and cycles are those
/// of a call.
std::vector<OperationTime> joinKinds(llvm::ArrayRef<OperationTime> operations);

/// Whether what is no convolution takes more than `kSlowShare` of the time and
/// reaches less than `kSlowBound` of its bound.
bool isSlow(const OperationTime &operation, double totalMs);
inline constexpr double kSlowShare = 0.05, kSlowBound = 0.5;

/// What defines `@conv_operation_done`.
HostSymbol getOperationDoneSymbol();

/// Calls the instrumented code again and again; `costs` are its operations.
/// Times are medians over `rounds` calls (0: as many as fit into 0.4 s, at
/// least 7), and of operations that ran. Bounds are those of a machine that
/// does so many cycles per millisecond on all of its cores together.
std::vector<OperationTime> timeOperations(llvm::function_ref<void()> call,
                                          llvm::ArrayRef<OperationCost> costs,
                                          int64_t rounds, double cyclesPerMs);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_OPERATIONTIMES_H
