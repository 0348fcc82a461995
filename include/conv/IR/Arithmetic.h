//===- Arithmetic.h - Sums of products of scalars ---------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the plain lowerings write, whatever the element types: floating point,
/// or signless integers that are signed.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_ARITHMETIC_H
#define CONV_IR_ARITHMETIC_H

#include "mlir/IR/Builders.h"

namespace mlir::conv {

/// `value` in `type`, which is wider or the same.
Value extendTo(OpBuilder &b, Location loc, Value value, Type type,
               bool isUnsigned = false);

/// A constant of type `type`: of integers the low bits of `value`, of floating
/// point zero, which is then the value.
Value createPaddingElement(OpBuilder &b, Location loc, Type type,
                           int64_t value);

/// The sum of two numbers, or of two vectors of them.
Value addElements(OpBuilder &b, Location loc, Value x, Value y);

/// `acc + x * y`, in the type of `acc`.
Value addProduct(OpBuilder &b, Location loc, Value acc, Value x, Value y,
                 bool isUnsignedX = false);

/// Whether LLVM 22 ends the process on vectors of `lanes` elements of bf16
/// where an x86 CPU has instructions for these: the smallest vector there has
/// 8, and of so many and one element more LLVM takes the last one apart, which
/// it does not know how to promote.
bool breaksBF16(int64_t lanes);

} // namespace mlir::conv

#endif // CONV_IR_ARITHMETIC_H
