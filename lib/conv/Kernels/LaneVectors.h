//===- LaneVectors.h - Masks, shuffles and squares of lanes -----*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What emitters of all kinds do with the lanes of vectors.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_LANEVECTORS_H
#define LIB_CONV_KERNELS_LANEVECTORS_H

#include "Address.h"

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

/// Shuffles `x` and `y` by `select`, called for each lane of the result; lanes
/// of `y` follow those of `x`.
Value shuffleLanes(OpBuilder &b, Location loc, Value x, Value y,
                   function_ref<int64_t(int64_t)> select);

/// Transposes a square of vectors. Four rows at a time are transposed within
/// blocks of four lanes, then the blocks among each other: on every instruction
/// set the first are shuffles that need no index register.
void transposeSquare(OpBuilder &b, Location loc, SmallVectorImpl<Value> &rows);

} // namespace mlir::conv

#endif // LIB_CONV_KERNELS_LANEVECTORS_H
