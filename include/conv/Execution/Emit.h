//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// From a module in the LLVM dialect to LLVM IR, assembly and objects.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_EMIT_H
#define CONV_EXECUTION_EMIT_H

#include "conv/Machine/MachineModel.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace mlir::conv {

enum class OutputKind { Object, Assembly, LLVMIR };

/// A code generator for `target`, position independent, at -O3. Registers
/// LLVM's back ends.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const ResolvedTarget &target, bool jit);

/// Translates `module` to LLVM IR for `machine`. Fails with a message when it
/// is not in the LLVM dialect.
llvm::Expected<std::unique_ptr<llvm::Module>>
translate(ModuleOp module, const llvm::TargetMachine &machine,
          llvm::LLVMContext &context);

/// Runs LLVM's -O3 pipeline.
llvm::Error optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// Runs what of LLVM's pipeline a kernel needs: its loops are in the form that
/// is wanted, so that addresses have to be simplified and invariants moved, and
/// all that unrolls or vectorises would only look at them.
llvm::Error optimizeKernels(llvm::Module &module, llvm::TargetMachine &machine);

/// Writes `module`, already optimised. Fails when the back end cannot.
llvm::Error emitModule(llvm::Module &module, llvm::TargetMachine &machine,
                       OutputKind kind, llvm::raw_pwrite_stream &os);

} // namespace mlir::conv

#endif // CONV_EXECUTION_EMIT_H
