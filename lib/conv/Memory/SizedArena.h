//===- SizedArena.h - An arena whose size is a function ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEMORY_SIZEDARENA_H
#define LIB_CONV_MEMORY_SIZEDARENA_H

#include "conv/Schedule/Arena.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::conv {

/// Whether `value` is arithmetic on elements of `sizes`, a memref that nobody
/// writes.
bool followsFrom(Value value, Value sizes);

/// Buffers whose sizes follow from those a function is called with. Which of
/// them share a slot is decided here; how large slots are, where the function
/// runs.
class SizedArena {
public:
  void add(memref::AllocOp alloc, Lifetime lifetime);

  /// Writes where each buffer begins, in bytes from where the arena of known
  /// size begins, whose end `begin` is, to `offsets`; returns where the last
  /// slot ends. The `sizes` of the function are `here` where `b` stands.
  Value emit(OpBuilder &b, Location loc, Value sizes, Value here, int64_t begin,
             SmallVectorImpl<Value> &offsets) const;

private:
  struct Buffer {
    MemRefType type;
    SmallVector<Value> extents; ///< Those its type does not say.
    Lifetime lifetime;          ///< With an estimate of its bytes.
  };
  /// The slot of each buffer.
  SmallVector<unsigned> assignSlots() const;

  SmallVector<Buffer> buffers;
};

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_SIZEDARENA_H
