//===- TileStore.h - Epilogue and store of a register tile ------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_TILESTORE_H
#define LIB_CONV_KERNELS_TILESTORE_H

#include "Address.h"
#include "conv/IR/Conv.h"

namespace mlir::conv {

/// A constant mask of `lanes` lanes whose first `set` are true.
Value makeMask(OpBuilder &b, Location loc, int64_t lanes, int64_t set);

/// A constant mask of `lanes` lanes of which [first, last) are true.
Value makeMask(OpBuilder &b, Location loc, int64_t lanes, int64_t first,
               int64_t last);

/// The first `set` elements that lie `step` apart from `at` on, in a vector of
/// zeros: by one load where they are neighbours, else element by element.
Value loadLanes(OpBuilder &b, Location loc, VectorType type, Value flat,
                Address at, Address step, int64_t set);

/// Transposes a square of vectors in registers.
void transposeSquare(OpBuilder &b, Location loc, SmallVectorImpl<Value> &rows);

/// `value`, a scalar or a vector, within the bounds of `clamp`, if not null.
Value applyClamp(OpBuilder &b, Location loc, ClampAttr clamp, Value value);

/// Writes finished accumulators: adds what is in the output (when it
/// accumulates) and the residual, clamps, stores.
struct TileStore {
  StoreMode mode;
  VectorIterator vector; ///< What the accumulators' lanes are.
  VectorType vectorType;
  bool accumulate;
  ClampAttr clamp;                       ///< May be null.
  Value out, residual;                   ///< Flat views; residual may be null.
  Address outRow, outColumn, outChannel; ///< Element distances.
  Address residualRow, residualColumn, residualChannel;

  /// Stores the accumulators `acc` of `rows` x `columns` pixels x `channels`,
  /// whose first element belongs at `outAt` / `residualAt`: vectors of channels
  /// fastest, or, with vector = w, channels fastest and vectors of pixels
  /// around them. The last vector may be partial.
  void emit(OpBuilder &b, Location loc, ArrayRef<Value> acc, int64_t rows,
            int64_t columns, int64_t channels, Address outAt,
            Address residualAt) const;

  /// Fetches the residual of a tile ahead of its use: called before the
  /// reduction, it hides the residual's way from the outer caches.
  void prefetchResidual(OpBuilder &b, Location loc, int64_t rows,
                        int64_t columns, int64_t channels,
                        Address residualAt) const;
  /// Fetches the lines of a tile's output for writing.
  void prefetchOutput(OpBuilder &b, Location loc, int64_t rows, int64_t columns,
                      int64_t channels, Address outAt) const;

private:
  /// Fetches the lines of a tile of `memref` with these distances.
  void prefetch(OpBuilder &b, Location loc, Value memref, Address at,
                Address row, Address column, Address channel, int64_t rows,
                int64_t columns, int64_t channels, bool isWrite) const;
  /// Epilogue and store of `value`, whose first `set` lanes are contiguous in
  /// the output.
  void emitVector(OpBuilder &b, Location loc, Value value, Address outAt,
                  Address residualAt, int64_t set) const;
  void emitElements(OpBuilder &b, Location loc, Value value, Address outAt,
                    Address residualAt, int64_t set) const;
};

} // namespace mlir::conv

#endif // LIB_CONV_KERNELS_TILESTORE_H
