//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/CompiledModule.h"

#include "DataObject.h"

#include "conv/Decide/RecordStore.h"
#include "conv/Execution/Emit.h"
#include "conv/Execution/ObjectCache.h"
#include "conv/Recognition/Weights.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

/// What "native" stands for here, down to the sizes of caches.
static const std::string &getHostText() {
  static const std::string text = [] {
    std::string text = llvm::sys::getProcessTriple();
    MachineOptions options;
    options.cpu = "native";
    auto model = resolveMachine(options, ModuleOp());
    if (!model) {
      llvm::consumeError(model.takeError());
      return text;
    }
    llvm::raw_string_ostream os(text);
    os << ' ' << model->cpu << ' ' << model->features;
    for (const MachineField *field :
         {&model->nFma, &model->lFma, &model->nVec, &model->nReg, &model->loads,
          &model->l1, &model->l1Ways, &model->l2, &model->l3})
      os << ' ' << field->value;
    return text;
  }();
  return text;
}

/// What changes with the records in `path`; nothing when they cannot be read.
static std::optional<std::string> getRecordsVersion(StringRef path) {
  auto store = RecordStore::open(path);
  if (!store) {
    llvm::consumeError(store.takeError());
    return std::nullopt;
  }
  auto version = (*store)->getVersion();
  if (version)
    return std::move(*version);
  llvm::consumeError(version.takeError());
  return std::nullopt;
}

std::optional<std::string> conv::getModuleKey(StringRef source, StringRef name,
                                              StringRef optionText,
                                              const ConvToLLVMOptions &options,
                                              ArrayRef<StringRef> weights) {
  if (!options.report.empty())
    return std::nullopt;
  std::string records;
  if (!options.records.empty()) {
    std::optional<std::string> version = getRecordsVersion(options.records);
    if (!version)
      return std::nullopt;
    records = std::move(*version);
  }
  std::optional<std::string> weightsFile = options.weights;
  if (weightsFile->empty())
    weightsFile = findWeightsFile(source, name);
  if (!weightsFile)
    return std::nullopt;
  SmallVector<StringRef> parts = {"module",   source,        name,
                                  optionText, getHostText(), records};
  parts.append(weights.begin(), weights.end());
  SmallVector<std::unique_ptr<llvm::MemoryBuffer>> files;
  for (const std::string &path : {options.machine.getValue(), *weightsFile}) {
    parts.push_back("");
    if (path.empty())
      continue;
    auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
    if (!file)
      return std::nullopt;
    files.push_back(std::move(*file));
    parts.back() = files.back()->getBuffer();
  }
  return getCacheKey(parts);
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

namespace mlir::conv {
static llvm::json::Value toJSON(const ArgumentInfo &info) {
  return llvm::json::Object{{"role", static_cast<int>(info.role)},
                            {"code", static_cast<int>(info.code)},
                            {"bits", info.bits},
                            {"scalar", info.scalar},
                            {"shape", info.shape},
                            {"name", llvm::json::fixUTF8(info.name)}};
}

static bool fromJSON(const llvm::json::Value &value, ArgumentInfo &info,
                     llvm::json::Path path) {
  int role = 0, code = 0;
  llvm::json::ObjectMapper map(value, path);
  if (!map || !map.map("role", role) || !map.map("code", code) ||
      !map.map("bits", info.bits) || !map.map("scalar", info.scalar) ||
      !map.map("shape", info.shape) || !map.map("name", info.name))
    return false;
  info.role = static_cast<ArgumentRole>(role);
  info.code = static_cast<ElementCode>(code);
  return true;
}

static llvm::json::Value toJSON(const FunctionInfo &info) {
  return llvm::json::Object{
      {"name", info.name},           {"symbol", info.symbol},
      {"arguments", info.arguments}, {"results", info.results},
      {"scalar", info.scalarResult}, {"workspace", info.workspaceBytes}};
}

static bool fromJSON(const llvm::json::Value &value, FunctionInfo &info,
                     llvm::json::Path path) {
  llvm::json::ObjectMapper map(value, path);
  return map && map.map("name", info.name) && map.map("symbol", info.symbol) &&
         map.map("arguments", info.arguments) &&
         map.map("results", info.results) &&
         map.map("scalar", info.scalarResult) &&
         map.map("workspace", info.workspaceBytes);
}

static llvm::json::Value toJSON(const LoggedDiagnostic &entry) {
  return llvm::json::Object{{"severity", static_cast<int>(entry.severity)},
                            {"file", llvm::json::fixUTF8(entry.file)},
                            {"message", llvm::json::fixUTF8(entry.message)},
                            {"line", entry.line},
                            {"column", entry.column}};
}

static bool fromJSON(const llvm::json::Value &value, LoggedDiagnostic &entry,
                     llvm::json::Path path) {
  int severity = 0;
  llvm::json::ObjectMapper map(value, path);
  if (!map || !map.map("severity", severity) || !map.map("file", entry.file) ||
      !map.map("message", entry.message) || !map.map("line", entry.line) ||
      !map.map("column", entry.column))
    return false;
  entry.severity = static_cast<DiagnosticSeverity>(severity);
  return true;
}

namespace {
/// What stands before the objects.
struct Preface {
  CompiledModule *module;
  std::vector<int64_t> sizes;
};
} // namespace

static bool fromJSON(const llvm::json::Value &value, Preface &preface,
                     llvm::json::Path path) {
  CompiledModule &module = *preface.module;
  llvm::json::ObjectMapper map(value, path);
  return map && map.map("triple", module.target.triple) &&
         map.map("cpu", module.target.cpu) &&
         map.map("features", module.target.features) &&
         map.map("openmp", module.openMP) &&
         map.map("functions", module.functions) &&
         map.map("diagnostics", module.diagnostics) &&
         map.map("sizes", preface.sizes);
}
} // namespace mlir::conv

//===----------------------------------------------------------------------===//
// Storing and loading
//===----------------------------------------------------------------------===//

/// How --remarks shows a remark of the driver's.
static LoggedDiagnostic makeRemark(StringRef text) {
  LoggedDiagnostic entry;
  entry.severity = DiagnosticSeverity::Remark;
  entry.message =
      ("[Analysis] compile | Category:conv | Remark=\"" + text + "\"").str();
  return entry;
}

/// The bytes of all objects.
static uint64_t countObjectBytes(const CompiledModule &module) {
  uint64_t total = 0;
  for (const auto &object : module.objects)
    total += object->getBufferSize();
  return total;
}

namespace {
/// What readModule() reads: a line of JSON, then the objects.
struct ModuleText {
  std::string preface;
  SmallVector<StringRef> parts;
};
} // namespace

static void writeModule(const CompiledModule &module, ModuleText &text) {
  llvm::raw_string_ostream os(text.preface);
  std::vector<int64_t> sizes;
  for (const auto &object : module.objects)
    sizes.push_back(object->getBufferSize());
  os << llvm::json::Value(
            llvm::json::Object{{"triple", module.target.triple},
                               {"cpu", module.target.cpu},
                               {"features", module.target.features},
                               {"openmp", module.openMP},
                               {"functions", module.functions},
                               {"diagnostics", module.diagnostics},
                               {"sizes", sizes}})
     << '\n';
  text.parts.push_back(text.preface);
  for (const auto &object : module.objects)
    text.parts.push_back(object->getBuffer());
}

static std::optional<CompiledModule> readModule(StringRef entry) {
  auto [text, bytes] = entry.split('\n');
  auto json = llvm::json::parse(text);
  if (!json) {
    llvm::consumeError(json.takeError());
    return std::nullopt;
  }
  CompiledModule module;
  Preface preface{&module, {}};
  llvm::json::Path::Root root;
  if (!fromJSON(*json, preface, root))
    return std::nullopt;
  for (int64_t size : preface.sizes) {
    if (size < 0 || static_cast<uint64_t>(size) > bytes.size())
      return std::nullopt;
    // Copied to where an object may start, and constants can be read.
    auto object = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(
        size, "object", llvm::Align(kDataAlignment));
    if (!object)
      return std::nullopt;
    llvm::copy(bytes.take_front(size), object->getBufferStart());
    module.objects.push_back(std::move(object));
    bytes = bytes.drop_front(size);
  }
  return module;
}

/// Makes a message about how the module came to be the last of its kind.
static void setOrigin(CompiledModule &module, StringRef text) {
  llvm::erase_if(module.diagnostics, [](const LoggedDiagnostic &entry) {
    return StringRef(entry.message).starts_with("[Analysis] compile |");
  });
  module.diagnostics.push_back(makeRemark(text));
}

void conv::storeModule(StringRef key, const CompiledModule &module) {
  ObjectCache cache = ObjectCache::open();
  if (!cache.isOn())
    return;
  // Mostly weights then, and the kernels are kept by themselves.
  if (countObjectBytes(module) > cache.getMaxBytes() / 16)
    return;
  ModuleText text;
  writeModule(module, text);
  cache.store(key, text.parts);
  cache.prune();
}

std::optional<CompiledModule> conv::loadModule(StringRef key) {
  std::unique_ptr<llvm::MemoryBuffer> entry = ObjectCache::open().lookup(key);
  if (!entry)
    return std::nullopt;
  std::optional<CompiledModule> module = readModule(entry->getBuffer());
  if (module)
    setOrigin(*module, "the module is from the cache");
  return module;
}

//===----------------------------------------------------------------------===//
// In a file
//===----------------------------------------------------------------------===//

/// What a file of a compiled module begins with, followed by the digest of what
/// stands behind the line. The number changes with the form of what follows.
static constexpr llvm::StringLiteral kFileMark = "conv-opt compiled module 1 ";

static std::string getDigest(ArrayRef<StringRef> parts) {
  llvm::BLAKE3 hasher;
  for (StringRef part : parts)
    hasher.update(part);
  return llvm::toHex(hasher.final<32>(), /*LowerCase=*/true);
}

llvm::Error conv::saveModule(StringRef path, const CompiledModule &module) {
  ModuleText text;
  writeModule(module, text);
  // Through a file of another name: nobody finds half a module.
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &file) {
    file << kFileMark << getDigest(text.parts) << '\n';
    for (StringRef part : text.parts)
      file << part;
    return llvm::Error::success();
  });
}

/// A feature `target` needs and this machine has not; empty when it has all.
static llvm::Expected<std::string> findMissing(const ResolvedTarget &target) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  if (llvm::Triple(target.triple).getArch() != host.getArch())
    return target.triple;
  auto machine = createTargetMachine(target, /*jit=*/true);
  if (!machine)
    return machine.takeError();
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  for (const llvm::SubtargetFeatureKV &feature :
       (*machine)->getMCSubtargetInfo()->getEnabledProcessorFeatures()) {
    auto found = features.find(feature.Key);
    if (found != features.end() && !found->second)
      return std::string(feature.Key);
  }
  return "";
}

llvm::Expected<CompiledModule> conv::loadModuleFile(StringRef path) {
  auto fail = [&](const llvm::Twine &reason) {
    return llvm::createStringError(path + ": " + reason);
  };
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return fail(file.getError().message());
  auto [line, bytes] = (*file)->getBuffer().split('\n');
  if (!line.consume_front(kFileMark))
    return fail("not a compiled module, or of another version of conv-opt");
  std::optional<CompiledModule> module;
  if (line == getDigest(bytes))
    module = readModule(bytes);
  if (!module)
    return fail("the compiled module is damaged");
  auto missing = findMissing(module->target);
  if (!missing)
    return missing.takeError();
  if (!missing->empty())
    return fail("compiled for '" + module->target.cpu + "', but this machine " +
                "has not: " + *missing);
  setOrigin(*module, ("the module is from " + path).str());
  return std::move(*module);
}
