//===- KnownElements.h - Elements of constants ------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reading constants whatever attribute holds them, also those whose bytes a
/// file or a resource of the module has.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_KNOWNELEMENTS_H
#define CONV_IR_KNOWNELEMENTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace mlir::conv {

/// The elements of a constant in row-major order. A splat has one, however many
/// it stands for.
template <typename T> struct KnownElements {
  llvm::SmallVector<T> values;
  bool isSplat = false;

  T operator[](int64_t i) const { return values[isSplat ? 0 : i]; }
};

/// The elements of `constant`, signless integers of 8, 16, 32 or 64 bits,
/// extended by their sign; nothing where they are not known.
std::optional<KnownElements<int64_t>> readIntegers(Attribute constant);

/// The elements of `constant`, numbers of f16, bf16, f32, f64 or such integers.
std::optional<KnownElements<double>> readNumbers(Attribute constant);

/// Calls `visit` for each element of a tensor of `shape` in row-major order,
/// with where a walk is whose step along dimension d is `steps[d]`.
void visitStrided(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> steps,
                  llvm::function_ref<void(int64_t position)> visit);

} // namespace mlir::conv

#endif // CONV_IR_KNOWNELEMENTS_H
