//===- LaneValues.h - Bodies of scalars on vectors --------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What bodies of linalg's operations compute, for several elements at once.
/// What is the same for all of them stays a scalar as long as it can.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_REST_LANEVALUES_H
#define LIB_CONV_REST_LANEVALUES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::conv {

/// `width` elements of type `element`; a single one is no vector.
Type getLanes(Type element, int64_t width);

/// `value` in each of `width` lanes; vectors stay as they are.
Value splat(OpBuilder &b, Location loc, Value value, int64_t width);

/// `inner`, which has one result and maps element by element, of what `mapping`
/// has for its operands: of vectors of `width` where one of them is.
Operation *cloneOnLanes(OpBuilder &b, Operation &inner,
                        const IRMapping &mapping, int64_t width);

} // namespace mlir::conv

#endif // LIB_CONV_REST_LANEVALUES_H
