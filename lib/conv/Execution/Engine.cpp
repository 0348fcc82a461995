//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Engine.h"

#include "DataObject.h"

#include "conv/Execution/Emit.h"
#include "conv/Execution/PackedInterface.h"
#include "conv/Support/OpenMP.h"

#include "mlir/ExecutionEngine/CRunnerUtils.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <cstring>
#include <dlfcn.h>

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Where symbols come from
//===----------------------------------------------------------------------===//

/// Loads the first of `candidates` there is, for this code alone. It stays:
/// runtimes keep threads. Null when there is none.
static void *loadLibrary(std::initializer_list<const char *> candidates) {
  for (const char *path : candidates)
    if (void *handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL))
      return handle;
  return nullptr;
}

namespace {
/// Finds symbols in libraries that were loaded locally, then in the process.
class LibrarySymbols : public llvm::orc::DefinitionGenerator {
public:
  LibrarySymbols(SmallVector<void *> handles, char prefix)
      : handles(std::move(handles)), prefix(prefix) {}

  llvm::Error
  tryToGenerate(llvm::orc::LookupState &, llvm::orc::LookupKind,
                llvm::orc::JITDylib &dylib, llvm::orc::JITDylibLookupFlags,
                const llvm::orc::SymbolLookupSet &symbols) override {
    llvm::orc::SymbolMap found;
    for (const auto &[name, flags] : symbols) {
      StringRef plain = *name;
      if (prefix && !plain.consume_front(StringRef(&prefix, 1)))
        continue;
      if (void *address = find(plain.str()))
        found[name] = {llvm::orc::ExecutorAddr::fromPtr(address),
                       llvm::JITSymbolFlags::Exported};
    }
    if (found.empty())
      return llvm::Error::success();
    return dylib.define(llvm::orc::absoluteSymbols(std::move(found)));
  }

private:
  void *find(const std::string &name) const {
    for (void *handle : handles)
      if (void *address = dlsym(handle, name.c_str()))
        return address;
    return dlsym(RTLD_DEFAULT, name.c_str());
  }

  SmallVector<void *> handles;
  char prefix;
};
} // namespace

/// The libraries code may call into.
static llvm::Expected<SmallVector<void *>> loadLibraries(bool openMP) {
  SmallVector<void *> handles;
  if (openMP) {
    static void *runtime =
        loadLibrary({getOpenMPRuntime().c_str(), "libomp.so", "libomp.so.5"});
    if (!runtime)
      return llvm::createStringError(
          "several threads need the OpenMP runtime libomp.so");
    handles.push_back(runtime);
  }
  // A host program need not have the functions of mathematics.
  static void *math = loadLibrary({"libm.so.6", "libm.so"});
  if (math)
    handles.push_back(math);
  return handles;
}

//===----------------------------------------------------------------------===//
// Copies of memrefs
//===----------------------------------------------------------------------===//

static void copyElements(int64_t bytes, DynamicMemRefType<char> source,
                         DynamicMemRefType<char> target) {
  if (source.rank == 0) {
    std::memcpy(target.data + target.offset * bytes,
                source.data + source.offset * bytes, bytes);
    return;
  }
  for (int64_t i = 0; i < source.sizes[0]; ++i)
    copyElements(bytes, source[i], target[i]);
}

/// What upstream lowers copies of memrefs to where it does not know their
/// layouts, for elements of so many bytes. The function of its runtime library
/// would bring all of MLIR along.
static void copyMemRef(int64_t bytes, ::UnrankedMemRefType<char> *source,
                       ::UnrankedMemRefType<char> *target) {
  copyElements(bytes, DynamicMemRefType<char>(*source),
               DynamicMemRefType<char>(*target));
}

//===----------------------------------------------------------------------===//
// The engine
//===----------------------------------------------------------------------===//

llvm::Expected<Engine> Engine::create(Objects objects,
                                      const ResolvedTarget &target, bool openMP,
                                      ArrayRef<HostSymbol> symbols) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  if (llvm::Triple(target.triple).getArch() != host.getArch())
    return llvm::createStringError(
        "code for " + target.cpu + " (" + target.triple +
        ") cannot run on this machine (" + host.str() + ")");
  auto machine = createTargetMachine(target, /*jit=*/true);
  if (!machine)
    return machine.takeError();
  auto libraries = loadLibraries(openMP);
  if (!libraries)
    return libraries.takeError();

  llvm::orc::LLJITBuilder builder;
  llvm::orc::JITTargetMachineBuilder forLinking((*machine)->getTargetTriple());
  builder.setJITTargetMachineBuilder(std::move(forLinking));
  builder.setDataLayout((*machine)->createDataLayout());
  // Objects have no constructors; what the process has is found below.
  builder.setPlatformSetUp(llvm::orc::setUpInactivePlatform);
  builder.setLinkProcessSymbolsByDefault(false);
  auto jit = builder.create();
  if (!jit)
    return jit.takeError();
  llvm::orc::JITDylib &dylib = (*jit)->getMainJITDylib();

  llvm::orc::SymbolMap own;
  auto intern = [&](StringRef name) { return (*jit)->mangleAndIntern(name); };
  own[intern("memrefCopy")] = {llvm::orc::ExecutorAddr::fromPtr(&copyMemRef),
                               llvm::JITSymbolFlags::Exported |
                                   llvm::JITSymbolFlags::Callable};
  for (const HostSymbol &symbol : symbols)
    own[intern(symbol.name)] = {
        llvm::orc::ExecutorAddr::fromPtr(symbol.address),
        llvm::JITSymbolFlags::Exported};
  if (llvm::Error error =
          dylib.define(llvm::orc::absoluteSymbols(std::move(own))))
    return std::move(error);
  dylib.addGenerator(std::make_unique<LibrarySymbols>(
      std::move(*libraries), (*jit)->getDataLayout().getGlobalPrefix()));
  Engine result;
  for (std::unique_ptr<llvm::MemoryBuffer> &object : objects) {
    // Weights would be in memory twice.
    auto constants = findPlacedConstants(object->getMemBufferRef());
    if (!constants) {
      if (llvm::Error error = (*jit)->addObjectFile(std::move(object)))
        return std::move(error);
      continue;
    }
    llvm::orc::SymbolMap placed;
    for (const PlacedConstant &constant : *constants)
      placed[intern(constant.symbol)] = {
          llvm::orc::ExecutorAddr::fromPtr(constant.address),
          llvm::JITSymbolFlags::Exported};
    if (llvm::Error error =
            dylib.define(llvm::orc::absoluteSymbols(std::move(placed))))
      return std::move(error);
    result.data.push_back(std::move(object));
  }
  result.jit = std::move(*jit);
  return result;
}

llvm::Expected<Engine::Function> Engine::lookup(StringRef name) const {
  return lookupPacked(("_mlir_ciface_" + name).str());
}

llvm::Expected<Engine::Function> Engine::lookupPacked(StringRef name) const {
  auto address = jit->lookup(getPackedName(name));
  if (!address)
    return address.takeError();
  return address->toPtr<Function>();
}

llvm::Expected<void *> Engine::lookupAddress(StringRef name) const {
  auto address = jit->lookup(name);
  if (!address)
    return address.takeError();
  return address->toPtr<void *>();
}
