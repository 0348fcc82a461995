//===- Passes.h - Passes about buffers and functions ------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_MEMORY_PASSES_H
#define CONV_MEMORY_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::conv {

/// Marks, beside kKernelAttrName, a kernel that is loops no schedule describes:
/// LLVM vectorises and unrolls them.
inline constexpr llvm::StringLiteral kLoopKernelAttrName = "conv.loop_kernel";

/// What `--conv-time-operations` has functions call with the number of the
/// operation that is done; 0 when a public function begins.
inline constexpr llvm::StringLiteral kOperationDoneName = "conv_operation_done";

/// Of the function that --conv-result-sizes adds for each public one that needs
/// it.
inline constexpr llvm::StringLiteral kResultSizesSuffix = "_result_sizes";

/// On such a function: the one whose results it is about.
inline constexpr llvm::StringLiteral kSizesOfAttrName = "conv.sizes_of";

/// On arguments: extents that types do not say, and the type of what a pointer
/// stands for.
inline constexpr llvm::StringLiteral kSizesAttrName = "conv.sizes";
inline constexpr llvm::StringLiteral kTypeAttrName = "conv.type";

#define GEN_PASS_DECL
#include "conv/Memory/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Memory/Passes.h.inc"

} // namespace mlir::conv

#endif // CONV_MEMORY_PASSES_H
