//===- RaiseConstants.h - Elements of constants -----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reading what values are known to be.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISECONSTANTS_H
#define LIB_CONV_RECOGNITION_RAISECONSTANTS_H

#include "conv/IR/KnownElements.h"

#include "mlir/IR/Value.h"

#include <optional>

namespace mlir::conv::raise {

/// The elements of `value`, a constant of signless integers of 8, 16, 32 or 64
/// bits, extended by their sign; nothing where they are not known. Reshapes and
/// casts of a constant are looked through.
std::optional<KnownElements<int64_t>> readIntegers(Value value);

/// The elements of `value`, a constant of f16, bf16, f32, f64 or such integers.
std::optional<KnownElements<double>> readNumbers(Value value);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISECONSTANTS_H
