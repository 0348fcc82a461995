//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A module's code and all that is known about it, for callers in this process:
/// compiled, or taken whole from the cache. In the second case nothing of MLIR
/// or of LLVM's passes runs.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_COMPILEDMODULE_H
#define CONV_EXECUTION_COMPILEDMODULE_H

#include "conv/Execution/Compiler.h"
#include "conv/Execution/Context.h"
#include "conv/Execution/Driver.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::conv {

struct CompiledModule {
  Objects objects; ///< With packed interfaces.
  ResolvedTarget target;
  bool openMP = false;
  std::vector<FunctionInfo> functions;
  std::vector<LoggedDiagnostic> diagnostics;
};

/// The name under which the cache may hold what `source` compiles to with
/// `weights`, their names and bytes. Nothing when a compilation does more than
/// yield code, such as writing a report.
std::optional<std::string> getModuleKey(llvm::StringRef source,
                                        llvm::StringRef name,
                                        llvm::StringRef optionText,
                                        const ConvToLLVMOptions &options,
                                        ArrayRef<llvm::StringRef> weights = {});

/// The module in the cache under `key`; its diagnostics say where it is from.
std::optional<CompiledModule> loadModule(llvm::StringRef key);

/// Stores `module` under `key`, unless it would crowd out much else.
void storeModule(llvm::StringRef key, const CompiledModule &module);

/// Writes `module` to the file `path`, in place of what is there.
llvm::Error saveModule(llvm::StringRef path, const CompiledModule &module);

/// The module that saveModule() wrote. An error when there is none, when it is
/// damaged, or when this machine cannot run it.
llvm::Expected<CompiledModule> loadModuleFile(llvm::StringRef path);

} // namespace mlir::conv

#endif // CONV_EXECUTION_COMPILEDMODULE_H
