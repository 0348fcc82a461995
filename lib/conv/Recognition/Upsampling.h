//===- Upsampling.h - Images with repeated pixels ---------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What front ends write for upsampling to the nearest pixel by a whole number:
/// a generic that reads an input at `d floordiv S`, one that computes the
/// indices it extracts by whatever arithmetic, or a repetition along dimensions
/// of their own that are joined with the image's.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_UPSAMPLING_H
#define LIB_CONV_RECOGNITION_UPSAMPLING_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace mlir::conv::raise {

/// A tensor each element of which appears so many times in turn, by dimension.
struct Upsampling {
  Value source;
  SmallVector<int64_t> factors;
};

/// What `value`, a tensor, repeats; nothing where it repeats no tensor as a
/// whole.
std::optional<Upsampling> readUpsampling(Value value);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_UPSAMPLING_H
