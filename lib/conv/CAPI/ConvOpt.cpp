//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv-c/ConvOpt.h"

#include "conv/Execution/CompiledModule.h"
#include "conv/Execution/Compiler.h"
#include "conv/Execution/Context.h"
#include "conv/Execution/Driver.h"
#include "conv/Execution/Emit.h"
#include "conv/Execution/Engine.h"
#include "conv/Memory/Passes.h"
#include "conv/Recognition/Weights.h"
#include "conv/Support/Version.h"

#include "llvm/Support/MemoryBuffer.h"

#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>

using namespace mlir;
using namespace mlir::conv;

struct ConvOptContext {
  /// Made when something has to be compiled: what the cache holds needs none.
  MLIRContext *get() {
    if (!context) {
      context = createContext();
      enableRemarks(context.get());
    }
    return context.get();
  }

  std::unique_ptr<MLIRContext> context;
  std::vector<LoggedDiagnostic> diagnostics;
  std::mutex mutex;
};

struct ConvOptFunction {
  FunctionInfo info;
  Engine::Function packed = nullptr;
  void *address = nullptr;
  /// Of a function with sizes.
  int32_t (*getResultSizes)(const int64_t *, int64_t *) = nullptr;
  int64_t (*getWorkspaceBytes)(const int64_t *) = nullptr;
};

struct ConvOptModule {
  std::optional<Engine> engine;
  std::deque<ConvOptFunction> functions;
};

/// Bytes of a source from which on its constants are worth a context.
static constexpr size_t kLargeSource = 1 << 20;

namespace {
/// Memory a thread keeps for workspaces.
class Scratch {
public:
  ~Scratch() { std::free(memory); }

  void *get(size_t bytes) {
    if (bytes <= size)
      return memory;
    std::free(memory);
    memory = nullptr;
    size = 0;
    if (posix_memalign(&memory, 64, bytes)) {
      memory = nullptr;
      return nullptr;
    }
    size = bytes;
    return memory;
  }

private:
  void *memory = nullptr;
  size_t size = 0;
};

/// One compilation: owns the context's lock and collects what it says.
class Session {
public:
  explicit Session(ConvOptContext &owner) : owner(owner), lock(owner.mutex) {
    owner.diagnostics.clear();
  }
  ~Session() {
    if (log)
      llvm::append_range(owner.diagnostics, log->take());
    log.reset();
  }

  /// Compiles in a context of its own, which is freed with what it holds: the
  /// names and the bytes of weights are then this compilation's alone.
  void isolate() { own.emplace(); }

  /// Parses `text` into `options`. Fails with diagnostics.
  LogicalResult parseOptions(const char *text, ConvToLLVMOptions &options) {
    std::string why;
    llvm::raw_string_ostream os(why);
    if (!text || succeeded(options.parseFromString(text, os)))
      return success();
    addError(llvm::createStringError(why.empty() ? "malformed options"
                                                 : StringRef(why).trim()));
    return failure();
  }

  /// Parses and lowers. Fails with diagnostics.
  FailureOr<LoweredModule> lower(llvm::StringRef source, const char *name,
                                 const ConvToLLVMOptions &options,
                                 const char *prefix, const Weights &weights) {
    // Packed weights stay in a context for as long as it lives.
    if (!weights.blobs.empty() || !options.weights.empty() ||
        source.size() > kLargeSource || source.contains(kWeightsAttrName))
      isolate();
    getLog();
    OwningOpRef<ModuleOp> module =
        parseModule(source, getName(name), getContext());
    if (!module || failed(attachWeights(*module, weights)))
      return failure();
    SymbolNames names;
    if (prefix)
      names.prefix = prefix;
    return lowerForC(std::move(module), options, names);
  }

  /// Compiles for calls in this process. Fails with diagnostics.
  std::optional<CompiledModule> compile(llvm::StringRef source,
                                        const char *name,
                                        const char *optionText,
                                        const Weights &weights);

  void addError(llvm::Error error) { getLog().addError(std::move(error)); }

private:
  static const char *getName(const char *name) {
    return name ? name : "<source>";
  }
  MLIRContext *getContext() { return own ? own->get() : owner.get(); }
  DiagnosticLog &getLog() {
    if (!log)
      log.emplace(getContext());
    return *log;
  }

  ConvOptContext &owner;
  std::lock_guard<std::mutex> lock;
  std::optional<ConvOptContext> own;
  std::optional<DiagnosticLog> log;
};
} // namespace

std::optional<CompiledModule> Session::compile(llvm::StringRef source,
                                               const char *name,
                                               const char *optionText,
                                               const Weights &weights) {
  ConvToLLVMOptions options;
  if (failed(parseOptions(optionText, options)))
    return std::nullopt;
  SmallVector<llvm::StringRef> parts;
  for (const auto &weight : weights.blobs) {
    parts.push_back(weight.getKey());
    parts.emplace_back(weight.second.data.data(), weight.second.data.size());
  }
  std::optional<std::string> key = getModuleKey(
      source, getName(name), optionText ? llvm::StringRef(optionText) : "",
      options, parts);
  if (key)
    if (std::optional<CompiledModule> module = loadModule(*key)) {
      owner.diagnostics = module->diagnostics;
      return module;
    }
  FailureOr<LoweredModule> lowered =
      lower(source, name, options, /*prefix=*/nullptr, weights);
  if (failed(lowered))
    return std::nullopt;
  auto objects =
      compileToObjects(*lowered->module, *lowered->options, lowered->target,
                       /*packedInterfaces=*/true);
  if (!objects) {
    addError(objects.takeError());
    return std::nullopt;
  }
  CompiledModule module;
  module.objects = std::move(*objects);
  module.target = std::move(lowered->target);
  module.openMP = lowered->openMP;
  module.functions = std::move(lowered->functions);
  module.diagnostics = getLog().get();
  if (key)
    storeModule(*key, module);
  return module;
}

/// Finds what says the sizes of results and workspace of a function that is
/// called with sizes.
static llvm::Error lookupSizes(const Engine &engine, const FunctionInfo &info,
                               ConvOptFunction &function) {
  if (info.numSizes() == 0)
    return llvm::Error::success();
  auto results = engine.lookupAddress(info.symbol + kResultSizesSuffix.str());
  if (!results)
    return results.takeError();
  auto workspace =
      engine.lookupAddress(info.symbol + kWorkspaceSizeSuffix.str());
  if (!workspace)
    return workspace.takeError();
  function.getResultSizes =
      reinterpret_cast<decltype(function.getResultSizes)>(*results);
  function.getWorkspaceBytes =
      reinterpret_cast<decltype(function.getWorkspaceBytes)>(*workspace);
  return llvm::Error::success();
}

/// `module`, callable; null, with a diagnostic, when it cannot be linked.
static ConvOptModule *link(Session &session,
                           std::optional<CompiledModule> module) {
  if (!module)
    return nullptr;
  auto engine = Engine::create(std::move(module->objects), module->target,
                               module->openMP);
  if (!engine) {
    session.addError(engine.takeError());
    return nullptr;
  }
  auto result = std::make_unique<ConvOptModule>();
  for (FunctionInfo &info : module->functions) {
    ConvOptFunction function;
    auto packed = engine->lookupPacked(info.symbol);
    if (!packed) {
      session.addError(packed.takeError());
      return nullptr;
    }
    function.packed = *packed;
    auto address = engine->lookupAddress(info.symbol);
    if (!address) {
      session.addError(address.takeError());
      return nullptr;
    }
    function.address = *address;
    if (llvm::Error error = lookupSizes(*engine, info, function)) {
      session.addError(std::move(error));
      return nullptr;
    }
    function.info = std::move(info);
    result->functions.push_back(std::move(function));
  }
  result->engine = std::move(*engine);
  return result.release();
}

static ConvOptModule *compile(ConvOptContext *context, llvm::StringRef source,
                              const char *name, const char *options,
                              const Weights &weights = {}) {
  Session session(*context);
  return link(session, session.compile(source, name, options, weights));
}

static Weights makeWeights(const ConvOptWeight *weights, size_t count) {
  Weights named;
  for (const ConvOptWeight &weight : ArrayRef(weights, count))
    named.blobs[weight.name].data =
        ArrayRef(static_cast<const char *>(weight.data), weight.size);
  return named;
}

static int fillType(const ArgumentInfo &info, ConvOptValueType *type) {
  type->role = static_cast<ConvOptRole>(info.role);
  type->code = static_cast<ConvOptTypeCode>(info.code);
  type->bits = info.bits;
  type->scalar = info.scalar;
  type->rank = info.shape.size();
  type->shape = info.shape.data();
  type->bytes = info.numBytes();
  type->name = info.name.c_str();
  return 1;
}

const char *convOptGetVersion(void) { return getVersion(); }

const char *convOptGetRevision(void) { return getRevision(); }

const char *convOptGetLLVMVersion(void) { return getLLVMVersion(); }

const char *convOptGetFullVersion(void) { return getFullVersion(); }

ConvOptContext *convOptContextCreate(void) { return new ConvOptContext; }

void convOptContextDestroy(ConvOptContext *context) { delete context; }

size_t convOptContextGetNumDiagnostics(const ConvOptContext *context) {
  return context->diagnostics.size();
}

int convOptContextGetDiagnostic(const ConvOptContext *context, size_t index,
                                ConvOptDiagnostic *diagnostic) {
  if (index >= context->diagnostics.size())
    return 0;
  const LoggedDiagnostic &entry = context->diagnostics[index];
  switch (entry.severity) {
  case DiagnosticSeverity::Note:
    diagnostic->severity = ConvOptSeverityNote;
    break;
  case DiagnosticSeverity::Warning:
    diagnostic->severity = ConvOptSeverityWarning;
    break;
  case DiagnosticSeverity::Error:
    diagnostic->severity = ConvOptSeverityError;
    break;
  case DiagnosticSeverity::Remark:
    diagnostic->severity = ConvOptSeverityRemark;
    break;
  }
  diagnostic->file = entry.file.c_str();
  diagnostic->line = entry.line;
  diagnostic->column = entry.column;
  diagnostic->message = entry.message.c_str();
  return 1;
}

ConvOptModule *convOptCompile(ConvOptContext *context, const char *source,
                              size_t length, const char *name,
                              const char *options) {
  return compile(context, llvm::StringRef(source, length), name, options);
}

ConvOptModule *convOptCompileWithWeights(ConvOptContext *context,
                                         const char *source, size_t length,
                                         const char *name, const char *options,
                                         const ConvOptWeight *weights,
                                         size_t numWeights) {
  return compile(context, llvm::StringRef(source, length), name, options,
                 makeWeights(weights, numWeights));
}

int convOptCompileToFile(ConvOptContext *context, const char *source,
                         size_t length, const char *name, const char *options,
                         const ConvOptWeight *weights, size_t numWeights,
                         const char *path) {
  Session session(*context);
  std::optional<CompiledModule> module =
      session.compile(llvm::StringRef(source, length), name, options,
                      makeWeights(weights, numWeights));
  if (!module)
    return 1;
  llvm::Error error = saveModule(path, *module);
  if (!error)
    return 0;
  session.addError(std::move(error));
  return 1;
}

ConvOptModule *convOptLoad(ConvOptContext *context, const char *path) {
  Session session(*context);
  auto module = loadModuleFile(path);
  if (!module) {
    session.addError(module.takeError());
    return nullptr;
  }
  context->diagnostics = module->diagnostics;
  return link(session, std::move(*module));
}

ConvOptModule *convOptCompileFile(ConvOptContext *context, const char *path,
                                  const char *options) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    Session session(*context);
    session.addError(llvm::createStringError(std::string(path) + ": " +
                                             buffer.getError().message()));
    return nullptr;
  }
  return compile(context, (*buffer)->getBuffer(), path, options);
}

void convOptModuleDestroy(ConvOptModule *module) { delete module; }

int convOptEmit(ConvOptContext *context, const char *source, size_t length,
                const char *name, const char *options, const char *prefix,
                ConvOptEmitKind kind, char **data, size_t *size) {
  Session session(*context);
  ConvToLLVMOptions parsed;
  if (failed(session.parseOptions(options, parsed)))
    return 1;
  FailureOr<LoweredModule> lowered =
      session.lower(llvm::StringRef(source, length), name, parsed, prefix,
                    /*weights=*/{});
  if (failed(lowered))
    return 1;
  auto bytes = emit(*lowered, static_cast<OutputKind>(kind));
  if (!bytes) {
    session.addError(bytes.takeError());
    return 1;
  }
  StringRef text = (*bytes)->getBuffer();
  *data = static_cast<char *>(std::malloc(text.size()));
  if (!*data) {
    session.addError(llvm::createStringError("out of memory"));
    return 1;
  }
  std::memcpy(*data, text.data(), text.size());
  *size = text.size();
  return 0;
}

void convOptFree(void *data) { std::free(data); }

size_t convOptModuleGetNumFunctions(const ConvOptModule *module) {
  return module->functions.size();
}

const ConvOptFunction *convOptModuleGetFunction(const ConvOptModule *module,
                                                size_t index) {
  return index < module->functions.size() ? &module->functions[index] : nullptr;
}

const ConvOptFunction *convOptModuleLookup(const ConvOptModule *module,
                                           const char *name) {
  for (const ConvOptFunction &function : module->functions)
    if (function.info.name == name)
      return &function;
  return nullptr;
}

const char *convOptFunctionGetName(const ConvOptFunction *function) {
  return function->info.name.c_str();
}

size_t convOptFunctionGetNumArguments(const ConvOptFunction *function) {
  return function->info.arguments.size();
}

int convOptFunctionGetArgument(const ConvOptFunction *function, size_t index,
                               ConvOptValueType *type) {
  if (index >= function->info.arguments.size())
    return 0;
  return fillType(function->info.arguments[index], type);
}

size_t convOptFunctionGetNumResults(const ConvOptFunction *function) {
  return function->info.results.size() +
         function->info.scalarResult.has_value();
}

int convOptFunctionGetResult(const ConvOptFunction *function, size_t index,
                             ConvOptValueType *type) {
  const FunctionInfo &info = function->info;
  if (index < info.results.size())
    return fillType(info.results[index], type);
  if (index == info.results.size() && info.scalarResult)
    return fillType(*info.scalarResult, type);
  return 0;
}

size_t convOptFunctionGetWorkspaceBytes(const ConvOptFunction *function) {
  return function->info.workspaceBytes;
}

size_t convOptFunctionGetNumSizes(const ConvOptFunction *function) {
  return function->info.numSizes();
}

size_t convOptFunctionGetNumResultSizes(const ConvOptFunction *function) {
  return function->info.numResultSizes();
}

int convOptFunctionGetResultSizes(const ConvOptFunction *function,
                                  const int64_t *sizes, int64_t *resultSizes) {
  return function->getResultSizes ? function->getResultSizes(sizes, resultSizes)
                                  : 0;
}

size_t convOptFunctionGetWorkspaceBytesFor(const ConvOptFunction *function,
                                           const int64_t *sizes) {
  return function->getWorkspaceBytes ? function->getWorkspaceBytes(sizes)
                                     : function->info.workspaceBytes;
}

void *convOptFunctionGetPointer(const ConvOptFunction *function) {
  return function->address;
}

int convOptFunctionInvoke(const ConvOptFunction *function,
                          void *const *arguments, void *const *results,
                          void *workspace) {
  if (function->getResultSizes)
    return 2;
  return convOptFunctionInvokeSized(function, arguments, results,
                                    /*sizes=*/nullptr, workspace);
}

int convOptFunctionInvokeSized(const ConvOptFunction *function,
                               void *const *arguments, void *const *results,
                               const int64_t *sizes, void *workspace) {
  const FunctionInfo &info = function->info;
  if (!workspace) {
    size_t bytes = convOptFunctionGetWorkspaceBytesFor(function, sizes);
    static thread_local Scratch scratch;
    if (bytes > 0)
      workspace = scratch.get(bytes);
    if (bytes > 0 && !workspace)
      return 1;
  }
  // The packed form takes pointers to values: to pointers for buffers.
  SmallVector<void *, 16> packed;
  for (auto [i, argument] : llvm::enumerate(info.arguments))
    packed.push_back(argument.scalar ? arguments[i]
                                     : const_cast<void **>(&arguments[i]));
  for (size_t i = 0, e = info.results.size(); i < e; ++i)
    packed.push_back(const_cast<void **>(&results[i]));
  if (function->getResultSizes)
    packed.push_back(static_cast<void *>(&sizes));
  packed.push_back(&workspace);
  if (info.scalarResult)
    packed.push_back(results[info.results.size()]);
  function->packed(packed.data());
  return 0;
}
