//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Names of the element types of a convolution, as tools take them.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_LAYERS_ELEMENTTYPES_H
#define CONV_LAYERS_ELEMENTTYPES_H

#include "conv/Schedule/Problem.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir::conv::bench {

/// The types called `name`: f64, f32, f16 and bf16 (sums in f32), i16, s8s8 and
/// u8s8 (input and filter of bytes; sums in i32). Fails, listing the names, on
/// an unknown one.
llvm::Expected<FactorTypes> parseElementTypes(llvm::StringRef name);

/// The name of `types`.
llvm::StringRef getElementTypesName(const FactorTypes &types);

/// Gives the elements of `problem` these types. The output has the sums'.
void setElementTypes(Problem &problem, const FactorTypes &types);

} // namespace mlir::conv::bench

#endif // CONV_LAYERS_ELEMENTTYPES_H
