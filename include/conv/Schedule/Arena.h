//===- Arena.h - Buffers that share memory ----------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where buffers lie in one piece of memory: two are at the same place unless
/// they are in use at the same time.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_ARENA_H
#define CONV_SCHEDULE_ARENA_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::conv {

/// The bound in bytes on what a call of a function may have in memory beside
/// its arguments, results and constants; --conv-autotune writes it.
constexpr llvm::StringLiteral kNetworkMemoryAttr("conv.network_memory");

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

#endif // CONV_SCHEDULE_ARENA_H
