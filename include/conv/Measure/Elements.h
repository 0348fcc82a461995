//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Operands in memory, in the element type a kernel takes.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_ELEMENTS_H
#define CONV_MEASURE_ELEMENTS_H

#include "conv/Machine/Instructions.h"

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace mlir::conv::bench {

/// Writes `values`, which are numbers that `kind` has, to `target`.
void storeElements(ElementKind kind, llvm::ArrayRef<float> values,
                   char *target);

/// The `count` elements at `source`, rounded to f32 where they are others.
std::vector<float> loadElements(ElementKind kind, const char *source,
                                int64_t count);

/// The integer up to which all of both signs are numbers of `kind`; of U8 those
/// that are not negative.
int64_t getLargestInteger(ElementKind kind);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_ELEMENTS_H
