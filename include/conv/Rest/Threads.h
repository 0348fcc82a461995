//===- Threads.h - Dividing the rest among threads --------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_REST_THREADS_H
#define CONV_REST_THREADS_H

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>

namespace mlir::conv {

/// Bits of the elements N_vec counts.
constexpr int64_t kLaneBits = 32;

/// Whether threads of `machine` save more than it costs to start them, of work
/// that takes `steps` vectors from the caches.
bool paysThreads(MachineAttr machine, int64_t steps);

/// Which of `loops`, outermost first, `threads` divide: the first they divide
/// evenly, else the first that has enough iterations, if any.
std::optional<unsigned> chooseShared(ArrayRef<unsigned> loops,
                                     ArrayRef<int64_t> extents,
                                     int64_t threads);

/// Divides `op`, whose loops are all parallel, among threads if that pays: one
/// of its loops that `admits` says may be. Returns what each of them
/// does, the same operation on a part, or `op`.
FailureOr<linalg::LinalgOp> divideAmongThreads(
    RewriterBase &rewriter, linalg::LinalgOp op, MachineAttr machine,
    llvm::function_ref<bool(unsigned)> admits = [](unsigned) { return true; });

} // namespace mlir::conv

#endif // CONV_REST_THREADS_H
