//===- FilterSums.h - Sums of taps of filters -------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Filters whose taps are sums of neighbouring taps of another: those that meet
/// the same pixel.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_FILTERSUMS_H
#define LIB_CONV_RECOGNITION_FILTERSUMS_H

#include "mlir/IR/Builders.h"

namespace mlir::conv::raise {

/// Neighbouring taps along one dimension of a filter, of which one is made.
struct TapRun {
  int64_t first = 0, count = 1;
};

/// Whether taps of `filter` may be added, for sums of type `sums`, without more
/// rounding than these have: in their type, where no weight that is known is
/// infinite, NaN, or so large that a sum of all taps may be infinite.
bool canSumTaps(Value filter, Type sums);

/// `filter`, whose shape is static, with a tap for each of `runs`, which are by
/// dimension; where there are none the dimension is as it was. Weights that are
/// known are added here, in f64, and rounded once. What runs of more than one
/// tap add up must pass `canSumTaps`, and is a tensor. On memrefs a copy is a
/// buffer, appended to `buffers`, which the caller frees.
Value createFilterSums(OpBuilder &builder, Location loc, Value filter,
                       ArrayRef<SmallVector<TapRun>> runs,
                       SmallVectorImpl<Value> &buffers);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_FILTERSUMS_H
