//===- BufferUtils.h - Where buffers are used -------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEMORY_BUFFERUTILS_H
#define LIB_CONV_MEMORY_BUFFERUTILS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SetVector.h"

#include <optional>

namespace mlir::conv {

/// Values that name (part of) the buffer `root`, and whether it leaves the
/// iteration, block or function that made it.
struct Aliases {
  llvm::SetVector<Value> values;
  Operation *escape = nullptr;
};
Aliases findAliases(Value root);

/// The iterations of a parallel loop, nothing when they are not known.
std::optional<SmallVector<int64_t>> getExtents(Operation *loop);

/// Alignment of every buffer in an arena, in bytes.
constexpr int64_t kWorkspaceAlignment = 64;

/// `bytes` that are in use from position `first` to position `last`, both
/// included, and where in the arena they are placed.
struct Lifetime {
  int64_t bytes = 0, first = 0, last = 0;
  int64_t offset = 0;
};

/// Places `lifetimes` so that those that meet do not overlap: the largest
/// first, each as low as possible. Returns the bytes of the arena.
int64_t placeInArena(MutableArrayRef<Lifetime> lifetimes);

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_BUFFERUTILS_H
