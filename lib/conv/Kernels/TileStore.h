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
#include "EpilogueEmitter.h"
#include "conv/IR/Conv.h"

namespace mlir::conv {

/// Element distances between the rows, columns and channels of a tile in one
/// operand.
struct TileSteps {
  Address row, column, channel;
};

/// Writes finished accumulators: adds what is in the output (when it
/// accumulates), computes the epilogue, stores.
struct TileStore {
  StoreMode mode;
  VectorIterator vector; ///< What the accumulators' lanes are.
  VectorType vectorType;
  bool accumulate;
  EpilogueForm form;
  const EpilogueEmitter *epilogue;
  Value out; ///< A flat view.
  TileSteps outSteps;
  SmallVector<TileSteps> operandSteps; ///< Of the epilogue's operands.
  /// A flat view of what is written between the columns of the output, each
  /// element before the one that is computed; null without.
  Value beside = {};
  TileSteps besideSteps = {};

  /// Where a pixel's first channel is in the output, in the operands of the
  /// epilogue and in what is written beside.
  struct Place {
    Address out;
    SmallVector<Address> operands;
    Address beside = {};
  };

  /// Stores the accumulators `acc` of `rows` x `columns` pixels x `channels`,
  /// whose first element belongs at `at`: vectors of channels fastest, or, with
  /// vector = w, channels fastest and vectors of pixels around them, or, with
  /// vector = c, a vector of sums for each channel of each pixel, or, with
  /// vector = kw, channels of two columns in a vector. The last vector may be
  /// partial.
  void emit(OpBuilder &b, Location loc, ArrayRef<Value> acc, int64_t rows,
            int64_t columns, int64_t channels, const Place &at) const;

  /// Fetches what the epilogue reads of a tile ahead of its use: called before
  /// the reduction, it hides the way from the outer caches.
  void prefetchOperands(OpBuilder &b, Location loc, int64_t rows,
                        int64_t columns, int64_t channels,
                        const Place &at) const;
  /// The same for what is written beside.
  void prefetchBeside(OpBuilder &b, Location loc, int64_t rows, int64_t columns,
                      int64_t channels, const Place &at) const;
  /// Fetches the lines of a tile's output for writing.
  void prefetchOutput(OpBuilder &b, Location loc, int64_t rows, int64_t columns,
                      int64_t channels, Address outAt) const;

private:
  /// Operands loaded for one tile: those that do not vary with the pixels
  /// serve all of them.
  class Loads;

  /// Fetches the lines of a tile of `memref` with these distances.
  void prefetch(OpBuilder &b, Location loc, Value memref, Address at,
                TileSteps steps, int64_t rows, int64_t columns,
                int64_t channels, bool isWrite) const;
  /// Whether the operands follow along rows as `outSteps` says the output does.
  bool operandsFollowRows() const;
  /// `at` moved by pixels and channels.
  Place move(OpBuilder &b, Location loc, const Place &at, Address row,
             Address column, Address channel) const;
  Place move(OpBuilder &b, Location loc, const Place &at, int64_t row,
             int64_t column, int64_t channel) const {
    return move(b, loc, at, Address{Value(), row}, Address{Value(), column},
                Address{Value(), channel});
  }
  /// The epilogue of a tile whose sums have been stored:
  ///
  ///   for h, for w (k where columns are contiguous)
  ///     for v:  out[v] = epilogue(out[v])               unrolled
  void emitStored(OpBuilder &b, Location loc, int64_t rows, int64_t columns,
                  int64_t channels, const Place &at) const;
  /// Epilogue and store of `value`, whose first `set` lanes are contiguous in
  /// the output.
  void emitVector(OpBuilder &b, Location loc, Value value, const Place &at,
                  int64_t set, Loads &loads) const;
  /// The same, with the operands of the epilogue by `load`.
  void storeVector(OpBuilder &b, Location loc, Value value, const Place &at,
                   int64_t set, EpilogueEmitter::Load load) const;
  /// Stores the first `set` lanes of `value`, which are contiguous.
  void storeLanes(OpBuilder &b, Location loc, Value value, Address outAt,
                  int64_t set) const;
  void emitElements(OpBuilder &b, Location loc, Value value, const Place &at,
                    int64_t set) const;

  // ColumnPairs.cpp
  void emitPairs(OpBuilder &b, Location loc, ArrayRef<Value> acc, int64_t rows,
                 int64_t columns, int64_t channels, const Place &at) const;

  // LaneSums.cpp
  void emitSums(OpBuilder &b, Location loc, ArrayRef<Value> acc, int64_t rows,
                int64_t columns, int64_t channels, const Place &at) const;
  /// Epilogue and store of sums that are neighbours in the output, each with
  /// its place.
  void emitRun(OpBuilder &b, Location loc, Value sums, ArrayRef<Place> places,
               int64_t columns, int64_t channels) const;
};

} // namespace mlir::conv

#endif // LIB_CONV_KERNELS_TILESTORE_H
