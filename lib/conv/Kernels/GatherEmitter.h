//===- GatherEmitter.h - Lowering of the gathers ----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pieces of the lowering of conv.im2row, conv.im2col, conv.mec_lower and
/// conv.im2win: what a run is (GatherRun.cpp), the loops around it
/// (GatherLowering.cpp), its copy (GatherCopy.cpp), and runs whose borders are
/// found at run time (GatherBorder.cpp).
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_GATHEREMITTER_H
#define LIB_CONV_KERNELS_GATHEREMITTER_H

#include "Address.h"
#include "conv/IR/Conv.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv::gather {

/// A dimension of the result with more than one element.
struct Dim {
  char letter;
  unsigned position;
  int64_t extent;      ///< ShapedType::kDynamic for a dynamic batch.
  Address from, to;    ///< Elements per step in the image and in the result.
  int64_t row, column; ///< Image rows and columns per step.
};

/// What a run copies: `steps` pieces of `inner` elements.
struct Run {
  int64_t steps = 1, inner = 1;
  int64_t column = 0; ///< Image columns per step.
  Address from{Value(), 1}, to{Value(), 1};
  bool isContiguous = true;
  /// The other dimension of a transposed run: `extent` is 0 without one.
  Dim cross = {};
};

/// Where the loops stand.
struct Position {
  Address from, to, row;
  int64_t column; ///< Image column; known up to loops inside the image.
  bool inside = false;
  Address boundedColumn; ///< The same where borders are found at run time.
};

class GatherEmitter {
public:
  GatherEmitter(GatherOpInterface op, RewriterBase &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), addr(rewriter, loc),
        lanes(op.getCopyLanes()) {}

  LogicalResult run();

private:
  // GatherRun.cpp
  void readDims();
  /// Takes the dimensions of the run out of the loops.
  void chooseRun();

  // GatherLowering.cpp
  void loop(const Dim &dim, int64_t begin, int64_t end,
            function_ref<void(Address)> body);
  Position move(const Dim &dim, Position at, Address step);

  void emitOuter(ArrayRef<Dim> dims, Position at);
  void emitRow(Position at);
  void emitColumns(ArrayRef<Dim> dims, Position at, bool zeros);
  void emitRun(Position at, bool zeros);
  /// Runs that differ in code where borders are known numbers.
  uint64_t countRuns() const;

  // GatherBorder.cpp
  void emitBoundedColumns(ArrayRef<Dim> dims, Position at);
  void emitBoundedRun(Position at);
  /// Steps [begin, end) of the run.
  void copyBounded(Position at, Value begin, Value end, bool zeros);

  // GatherCopy.cpp
  Value getZeros(Position at, VectorType type);
  /// Steps [begin, end) of the run.
  void copy(Position at, int64_t begin, int64_t end, bool zeros);
  /// Steps [begin, end) of a transposed run, in squares of vectors.
  void transpose(Position at, int64_t begin, int64_t end, bool zeros);

  GatherOpInterface op;
  RewriterBase &b;
  Location loc;
  AddressBuilder addr;
  int64_t lanes; ///< Elements of a vector of a copy.

  FlatView from, to;
  SmallVector<Dim> outer, columns;
  Run piece;
  int64_t rows = 1, width = 1;
  bool checkRows = true;
};

} // namespace mlir::conv::gather

#endif // LIB_CONV_KERNELS_GATHEREMITTER_H
