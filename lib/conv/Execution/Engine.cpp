//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Engine.h"

#include "conv/Execution/Emit.h"

#include "mlir/ExecutionEngine/OptUtils.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <cstdlib>

using namespace mlir;
using namespace mlir::conv;

/// The first of `candidates` that can be loaded, for symbol resolution.
static std::string
findLibrary(std::initializer_list<llvm::StringRef> candidates) {
  for (llvm::StringRef path : candidates)
    if (llvm::sys::DynamicLibrary::getPermanentLibrary(path.str().c_str())
            .isValid())
      return path.str();
  return "";
}

llvm::Expected<Engine> Engine::create(ModuleOp module,
                                      const ResolvedTarget &target, bool openMP,
                                      ArrayRef<HostSymbol> symbols) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  if (llvm::Triple(target.triple).getArch() != host.getArch())
    return llvm::createStringError(
        "code for " + target.cpu + " (" + target.triple +
        ") cannot run on this machine (" + host.str() + ")");
  auto forEngine = createTargetMachine(target, /*jit=*/true);
  if (!forEngine)
    return forEngine.takeError();
  auto forPasses = createTargetMachine(target, /*jit=*/true);
  if (!forPasses)
    return forPasses.takeError();

  SmallVector<std::string> paths;
  if (openMP) {
    paths.push_back(findLibrary(
        {CONVOPT_LLVM_LIBRARY_DIR "/libomp.so", "libomp.so", "libomp.so.5"}));
    if (paths.back().empty())
      return llvm::createStringError(
          "several threads need the OpenMP runtime libomp.so");
  }
  // Upstream lowers strided copies to calls into this library; only modules
  // that make them need it.
  std::string utils =
      findLibrary({CONVOPT_LLVM_LIBRARY_DIR "/libmlir_c_runner_utils.so",
                   "libmlir_c_runner_utils.so"});
  if (!utils.empty())
    paths.push_back(utils);
  SmallVector<StringRef> pathRefs(paths.begin(), paths.end());

  auto optimize = makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0,
                                            forPasses->get());
  auto transform = [&](llvm::Module *llvmModule) {
    // Functions of the project's pipeline carry their target already.
    for (llvm::Function &function : *llvmModule) {
      if (function.isDeclaration() || function.hasFnAttribute("target-cpu"))
        continue;
      function.addFnAttr("target-cpu", target.cpu);
      function.addFnAttr("target-features", target.features);
    }
    return optimize(llvmModule);
  };
  ExecutionEngineOptions options;
  options.transformer = transform;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  options.sharedLibPaths = pathRefs;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  auto engine = ExecutionEngine::create(module, options, std::move(*forEngine));
  if (!engine)
    return engine.takeError();
  if (!symbols.empty())
    (*engine)->registerSymbols([&](llvm::orc::MangleAndInterner interner) {
      llvm::orc::SymbolMap map;
      for (const HostSymbol &symbol : symbols)
        map[interner(symbol.name)] = {
            llvm::orc::ExecutorAddr::fromPtr(symbol.address),
            llvm::JITSymbolFlags::Exported};
      return map;
    });
  Engine result;
  result.engine = std::move(*engine);
  return result;
}

llvm::Expected<Engine::Function> Engine::lookup(StringRef name) const {
  return lookupPacked(("_mlir_ciface_" + name).str());
}

llvm::Expected<Engine::Function> Engine::lookupPacked(StringRef name) const {
  engine->initialize();
  return engine->lookupPacked(name);
}

llvm::Expected<void *> Engine::lookupAddress(StringRef name) const {
  engine->initialize();
  return engine->lookup(name);
}
