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

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_BUFFERUTILS_H
