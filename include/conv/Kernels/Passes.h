//===- Passes.h - Passes that write kernels ---------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_KERNELS_PASSES_H
#define CONV_KERNELS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::conv {

/// How the keys of the resources begin that `--conv-prepack` makes.
inline constexpr llvm::StringLiteral kPackedFilterKey = "packed_filter";

#define GEN_PASS_DECL
#include "conv/Kernels/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Kernels/Passes.h.inc"

} // namespace mlir::conv

#endif // CONV_KERNELS_PASSES_H
