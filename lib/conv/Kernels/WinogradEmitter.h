//===- WinogradEmitter.h - Winograd's transformations as code ---*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the lowerings of Winograd's transformations share: products of small
/// constant matrices as straight-line vector code, and loops.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_WINOGRADEMITTER_H
#define LIB_CONV_KERNELS_WINOGRADEMITTER_H

#include "Address.h"
#include "conv/IR/WinogradProduct.h"

namespace mlir::conv::winograd {

using Matrix = WinogradMatrix;

/// `matrix` times the vectors, or scalars, `values`: one result per row.
SmallVector<Value> multiply(OpBuilder &b, Location loc, Matrix matrix,
                            ArrayRef<Value> values);

/// `left` times `values`, row by row, times the transpose of `right`.
SmallVector<Value> multiplyBoth(OpBuilder &b, Location loc, Matrix left,
                                Matrix right, ArrayRef<Value> values);

/// Runs `body` for `count` steps: in a loop, unless there is but one.
void forEach(OpBuilder &b, Location loc, int64_t count,
             function_ref<void(Address)> body);

/// Runs `body` for the first lane of each vector of `count` elements, and how
/// many of its lanes there are: whole ones in a loop, the rest apart.
void forEachVector(OpBuilder &b, Location loc, int64_t count, int64_t lanes,
                   function_ref<void(Address, int64_t)> body);

/// Columns of a patch, through which tiles go where columns rather than
/// channels are contiguous: with 6 rows of 16 lanes half of a first cache of 48
/// KiB.
constexpr int64_t kPatchColumns = 64;

/// A row of tiles divided into runs that go through one patch.
struct PatchRuns {
  int64_t count; ///< Tiles of the row.
  int64_t size;  ///< Tiles of a run; the last may have fewer.

  /// Tiles of `width` columns whose runs read `halo` more.
  PatchRuns(int64_t count, int64_t width, int64_t halo);
  /// Runs `body` for the first tile and the tiles of each run. That of the last
  /// one is a number.
  void forEachRun(OpBuilder &b, Location loc,
                  function_ref<void(Address, int64_t)> body) const;
};

/// A buffer of f32 on the stack of the function `at` is in, or of the thread.
Value createScratch(OpBuilder &b, Operation *at, ArrayRef<int64_t> shape);

} // namespace mlir::conv::winograd

#endif // LIB_CONV_KERNELS_WINOGRADEMITTER_H
