//===- BufferRange.h - Which bytes a memref can reach -----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEMORY_BUFFERRANGE_H
#define LIB_CONV_MEMORY_BUFFERRANGE_H

#include "mlir/IR/Value.h"

#include <limits>

namespace mlir::conv {

/// Bytes [begin, end) of the memref `root`, which no operation made as a view
/// of another.
struct BufferRange {
  Value root;
  int64_t begin = 0, end = std::numeric_limits<int64_t>::max();
};

/// What `memref` can reach; more than that where a view is not understood.
BufferRange getRange(Value memref);

/// Whether it is certain that nothing written through one is read or written
/// through the other.
bool areDisjoint(const BufferRange &a, const BufferRange &b);

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_BUFFERRANGE_H
