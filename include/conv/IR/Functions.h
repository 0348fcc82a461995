//===- Functions.h - Functions written as polynomials -----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Functions of mathematics that vectors compute: a polynomial for exp, and
/// upstream's, where they are accurate.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_FUNCTIONS_H
#define CONV_IR_FUNCTIONS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {

/// Whether populateFunctionPatterns writes out the operation named `name` of
/// the math dialect, in f32: exp, erf, tanh, expm1, log1p.
bool hasPolynomial(llvm::StringRef name);

/// Adds the patterns that replace functions of f32 by polynomials, of scalars
/// and of vectors. docs/numerics.md has their accuracy; what is less accurate,
/// or wrong for some numbers (log and cbrt for denormal ones, sin and cos for
/// large ones), is left to the C library.
void populateFunctionPatterns(RewritePatternSet &patterns);

} // namespace mlir::conv

#endif // CONV_IR_FUNCTIONS_H
