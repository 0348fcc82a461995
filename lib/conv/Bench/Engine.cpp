//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Bench/Engine.h"

#include "conv/Bench/Memory.h"

#include "mlir/ExecutionEngine/OptUtils.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <cstdlib>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

llvm::Expected<MachineModel> bench::prepareMachine(llvm::StringRef cpu,
                                                   int64_t threads) {
  // Read by the OpenMP runtime when it is loaded.
  setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);
  MachineOptions options;
  options.cpu = cpu.str();
  options.threads = threads;
  return resolveMachine(options, ModuleOp());
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const ResolvedTarget &resolved) {
  llvm::Triple triple(resolved.triple);
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError(error);
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, resolved.cpu, resolved.features, llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive,
      /*JIT=*/true));
  if (!machine)
    return llvm::createStringError("LLVM has no code generator for " +
                                   resolved.triple);
  return machine;
}

/// The first of `candidates` that can be loaded, for symbol resolution.
static std::string
findLibrary(std::initializer_list<llvm::StringRef> candidates) {
  for (llvm::StringRef path : candidates)
    if (llvm::sys::DynamicLibrary::getPermanentLibrary(path.str().c_str())
            .isValid())
      return path.str();
  return "";
}

llvm::Expected<Engine>
Engine::create(ModuleOp module, const ResolvedTarget &target, bool openMP) {
  static bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
    return true;
  }();
  (void)initialized;

  llvm::Triple host(llvm::sys::getProcessTriple());
  if (llvm::Triple(target.triple).getArch() != host.getArch())
    return llvm::createStringError(
        "code for " + target.cpu + " (" + target.triple +
        ") cannot run on this machine (" + host.str() + ")");
  auto forEngine = createTargetMachine(target);
  if (!forEngine)
    return forEngine.takeError();
  auto forPasses = createTargetMachine(target);
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
  (*engine)->registerSymbols([](llvm::orc::MangleAndInterner interner) {
    llvm::orc::SymbolMap symbols;
    for (const allocation::Symbol &symbol : allocation::getSymbols())
      symbols[interner(symbol.name)] = {
          llvm::orc::ExecutorAddr::fromPtr(symbol.address),
          llvm::JITSymbolFlags::Exported};
    return symbols;
  });
  Engine result;
  result.engine = std::move(*engine);
  return result;
}

llvm::Expected<Engine::Function> Engine::lookup(StringRef name) const {
  engine->initialize();
  return engine->lookupPacked(("_mlir_ciface_" + name).str());
}
