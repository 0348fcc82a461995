//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// From a module with kernels to machine code, in two halves:
///
///   module ── kernels ──> one thread each: loops, LLVM IR, few passes, object
///          └─ the rest ─> LLVM dialect, -O3, object
///
/// Kernels come from the cache where it has them.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_DRIVER_H
#define CONV_EXECUTION_DRIVER_H

#include "conv/Machine/MachineModel.h"
#include "conv/Pipelines/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <vector>

namespace mlir::conv {

/// Relocatable objects, the module's own code first.
using Objects = std::vector<std::unique_ptr<llvm::MemoryBuffer>>;

/// Compiles `module`, as buildConvToKernelsPipeline leaves it and with
/// `options` as they were there; it is used up. Fails, with diagnostics in its
/// context or a message, where a pass or the back end does. With
/// `packedInterfaces` functions can be called through an array of pointers to
/// their arguments (see Engine::lookupPacked). A remark says how many kernels
/// there are and how many came from the cache.
llvm::Expected<Objects> compileToObjects(ModuleOp module,
                                         const ConvToLLVMOptions &options,
                                         const ResolvedTarget &target,
                                         bool packedInterfaces = false);

/// The same as one module of optimised LLVM IR, without the cache.
llvm::Expected<std::unique_ptr<llvm::Module>>
compileToIR(ModuleOp module, const ConvToLLVMOptions &options,
            const ResolvedTarget &target, llvm::LLVMContext &context);

/// Machine code of `module`, in the LLVM dialect, by LLVM's -O3 pipeline alone.
llvm::Expected<Objects> compilePlain(ModuleOp module,
                                     const ResolvedTarget &target);

/// Whether joinObjects finds a linker and `target` is one it can serve.
bool canJoinObjects(const ResolvedTarget &target);

/// Joins `objects` into one relocatable object.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
joinObjects(Objects objects);

/// Links `objects` into a shared object of their machine, without libraries:
/// what it does not define it asks whoever loads it for, by name.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkImage(const Objects &objects);

} // namespace mlir::conv

#endif // CONV_EXECUTION_DRIVER_H
