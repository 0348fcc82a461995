//===- Deallocate.h - Freeing what was allocated ----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEMORY_DEALLOCATE_H
#define LIB_CONV_MEMORY_DEALLOCATE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace mlir::conv {

/// How a pass runs others on an operation it holds.
using PipelineRunner =
    llvm::function_ref<LogicalResult(OpPassManager &, Operation *)>;

/// Frees what `functions` of `module` allocate, after its last use, by
/// upstream's ownership-based deallocation. It would free once more what they
/// free themselves.
LogicalResult freeAllocations(ModuleOp module, ArrayRef<func::FuncOp> functions,
                              PipelineRunner run);

/// The dialects of what that creates.
void addDeallocationDialects(DialectRegistry &registry);

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_DEALLOCATE_H
