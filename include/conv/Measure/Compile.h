//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiling what is measured.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_COMPILE_H
#define CONV_MEASURE_COMPILE_H

#include "conv/Execution/Context.h"
#include "conv/Execution/Engine.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Measure/OperationCosts.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace mlir::conv::bench {

using conv::createContext;
using conv::Engine;

/// How to compile a module.
struct CompileOptions {
  std::string cpu = "native", algorithm = "auto", prepack = "function";
  std::string machine; ///< A machine file; empty: none.
  std::string form;    ///< "whole", "banded", or empty: as the model prefers.
  std::string maxWorkspace;     ///< Such as "64KiB"; empty: any.
  std::string accuracy = "sum"; ///< As --conv-autotune takes it.
  std::string networkAccuracy;  ///< The same.
  std::string networkMemory;    ///< The same.
  int64_t threads = 1;
  /// Layout of values between convolutions, "plain" or "blocked"; empty: as the
  /// pipeline has it.
  std::string propagateLayouts;
  /// Whether functions say when each of their operations is done.
  bool timeOperations = false;
};

/// An argument that the function takes packed: `@NAME_pack` packs it.
struct PackedArgument {
  unsigned index;
  SmallVector<int64_t> shape; ///< Packed.
  int64_t elementBytes;       ///< The same.
  /// `@NAME_pack` returns it; otherwise it fills a buffer it is given.
  bool returned;

  int64_t numElements() const;
};

/// What the pipeline decided, seen between its passes.
struct CompileLog {
  /// In: the function whose arguments are watched.
  std::string function = "conv";
  /// Of the first convolution: "<algorithm = ...>", empty when none.
  std::string schedule, algorithm, form;
  /// In the order `@NAME_pack` takes them.
  SmallVector<PackedArgument> packed;
  std::string warnings;
  /// With CompileOptions::timeOperations, what they are.
  std::vector<OperationCost> operations;
};

/// Compiles `module` as `--conv-to-llvm` does; it is used up. Fails with the
/// diagnostics as the message.
llvm::Expected<Objects> compile(ModuleOp module, const CompileOptions &options,
                                const ResolvedTarget &target, CompileLog &log);

/// Runs `--conv-autotune`, and `--conv-raise` before it when `raise`.
llvm::Error decide(ModuleOp module, const CompileOptions &options, bool raise);

/// Lowers without this project: plain upstream passes, convolutions to loops.
/// conv.conv goes back to linalg first.
llvm::Error lowerUpstream(ModuleOp module);

/// Runs passes on a module, given as text. Fails with the diagnostics.
llvm::Error runPipeline(ModuleOp module, StringRef pipeline);

/// Code of `objects`, whose allocation functions are those of Memory.h.
llvm::Expected<Engine> createCountingEngine(Objects objects,
                                            const ResolvedTarget &target,
                                            bool openMP);

/// The same of `module`, in the LLVM dialect, by LLVM's passes alone.
llvm::Expected<Engine> createCountingEngine(ModuleOp module,
                                            const ResolvedTarget &target,
                                            bool openMP);

/// The machine model of `cpu`, with the machine file `file` if there is one;
/// also tells the OpenMP runtime, before it is loaded, how many threads to
/// start.
llvm::Expected<MachineModel>
prepareMachine(llvm::StringRef cpu, llvm::StringRef file, int64_t threads);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_COMPILE_H
