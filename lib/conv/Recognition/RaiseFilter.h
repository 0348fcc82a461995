//===- RaiseFilter.h - Parts of filters -------------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Parts of a filter, forwards or backwards. Those of weights that are known
/// are known, too, so that they are packed at compile time.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISEFILTER_H
#define LIB_CONV_RECOGNITION_RAISEFILTER_H

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/Builders.h"

namespace mlir::conv::raise {

/// What is taken of one dimension: `offset`, `offset + stride`, ...
struct FilterDim {
  int64_t offset = 0, size, stride = 1;
  /// The part has no such dimension; its size is 1.
  bool dropped = false;
};

/// All of a filter of this shape.
SmallVector<FilterDim> getWholeFilter(ArrayRef<int64_t> shape);

/// The part `dims` of `filter`, whose shape is static. What runs backwards is
/// copied, and what has been rearranged is taken from where it was before. On
/// memrefs a copy is a buffer, appended to `buffers`, which the caller frees.
Value createFilterPart(OpBuilder &builder, Location loc, Value filter,
                       ArrayRef<FilterDim> dims,
                       SmallVectorImpl<Value> &buffers);

/// `filter` with its dimensions in the order `permutation`. On memrefs a
/// buffer, as above.
Value createFilterPermutation(OpBuilder &builder, Location loc, Value filter,
                              ArrayRef<int64_t> permutation,
                              SmallVectorImpl<Value> &buffers);

/// `filter`, a tensor, with the dimensions of each group joined.
Value createFilterCollapse(OpBuilder &builder, Location loc, Value filter,
                           ArrayRef<ReassociationIndices> groups);

/// `filter`, or where it is a rearrangement (a transposition, a reversal, a
/// slice) of weights that are known, these rearranged.
Value foldFilter(OpBuilder &builder, Location loc, Value filter);

/// What `filter` is such a rearrangement of.
Value findFilterSource(Value filter);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISEFILTER_H
