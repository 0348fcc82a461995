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

#define GEN_PASS_DECL
#include "conv/Memory/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Memory/Passes.h.inc"

} // namespace mlir::conv

#endif // CONV_MEMORY_PASSES_H
