//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Infinite and NaN weights that are known when a module is compiled.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_NONFINITE_H
#define CONV_IR_NONFINITE_H

#include "mlir/IR/Value.h"

namespace mlir::conv {

/// Whether `value` is a constant with an infinite or NaN element. Elements that
/// were elided, or whose type is no float of 1, 2, 4 or 8 bytes with
/// infinities, count as finite.
bool hasNonFiniteElements(Value value);

} // namespace mlir::conv

#endif // CONV_IR_NONFINITE_H
