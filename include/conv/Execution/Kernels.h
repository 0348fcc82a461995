//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Kernels compiled apart: each in a context of its own, so that threads do not
/// wait for each other, by the passes that a loop nest of the project needs.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_KERNELS_H
#define CONV_EXECUTION_KERNELS_H

#include "conv/Machine/MachineModel.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>
#include <vector>

namespace mlir::conv {

/// A kernel on its way to a thread.
struct KernelSource {
  std::string name;
  /// What equal kernels have in common, without locations.
  std::string text;
  /// Bytecode of a module that holds it alone, with locations.
  std::string bytecode;
  /// Loops that no schedule describes.
  bool loops = false;
};

/// Takes the kernels of --conv-outline-kernels out of `module`, which keeps
/// declarations of them, in the order in which they stand there.
std::vector<KernelSource> takeKernels(ModuleOp module);

/// Compiles kernels one after the other. What takes long to make and can be
/// used again, such as a context, is; threads have one of these each.
class KernelCompiler {
public:
  /// Works in `context`, which no other thread may use meanwhile and which
  /// has all that createContext gives it; in one of its own where there is
  /// none.
  static llvm::Expected<std::unique_ptr<KernelCompiler>>
  create(const ResolvedTarget &target, MLIRContext *context = nullptr);
  ~KernelCompiler();

  /// Lowers, translates and optimises `kernel`. Fails with what the compiler
  /// said.
  llvm::Expected<std::unique_ptr<llvm::Module>>
  compile(const KernelSource &kernel, llvm::LLVMContext &context);

  llvm::TargetMachine &getMachine() const { return *machine; }

private:
  KernelCompiler(const ResolvedTarget &target,
                 std::unique_ptr<llvm::TargetMachine> machine,
                 std::unique_ptr<MLIRContext> own, MLIRContext *context);

  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<MLIRContext> own;
  MLIRContext &context;
  PassManager passes, loopPasses;
};

} // namespace mlir::conv

#endif // CONV_EXECUTION_KERNELS_H
