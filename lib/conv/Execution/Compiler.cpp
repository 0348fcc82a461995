//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Compiler.h"

#include "conv/Execution/Driver.h"
#include "conv/Execution/Identifiers.h"
#include "conv/IR/Conv.h"
#include "conv/Memory/Passes.h"
#include "conv/Recognition/Modules.h"
#include "conv/Recognition/Weights.h"
#include "conv/Support/ModelFormats.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::conv;

int64_t ArgumentInfo::numUnknown() const {
  return llvm::count(shape, kUnknownExtent);
}

int64_t ArgumentInfo::numElements() const {
  if (numUnknown() > 0)
    return 0;
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

int64_t ArgumentInfo::numBytes() const {
  return numElements() * llvm::divideCeil(bits, 8);
}

static int64_t countUnknown(ArrayRef<ArgumentInfo> infos) {
  int64_t count = 0;
  for (const ArgumentInfo &info : infos)
    count += info.numUnknown();
  return count;
}

int64_t FunctionInfo::numSizes() const { return countUnknown(arguments); }

int64_t FunctionInfo::numResultSizes() const { return countUnknown(results); }

std::string conv::getElementName(const ArgumentInfo &argument) {
  std::string bits = std::to_string(argument.bits);
  switch (argument.code) {
  case ElementCode::Bool:
    return "bool";
  case ElementCode::Int:
    return "int" + bits;
  case ElementCode::UInt:
    return "uint" + bits;
  case ElementCode::Float:
    return "float" + bits;
  case ElementCode::BFloat:
    return "bfloat" + bits;
  }
  llvm_unreachable("unknown element code");
}

OwningOpRef<ModuleOp> conv::parseModule(StringRef source, StringRef name,
                                        MLIRContext *context) {
  if (std::string advice = describeForeignModel(name, source);
      !advice.empty()) {
    emitError(FileLineColLoc::get(context, name, 1, 1)) << advice;
    return nullptr;
  }
  llvm::SourceMgr sources;
  // Bytecode is read where it lies: its buffer must be aligned.
  auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(
      source.size(), name, llvm::Align(64));
  llvm::copy(source, buffer->getBufferStart());
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  bool isExplained = false;
  OwningOpRef<ModuleOp> module;
  {
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      isExplained |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
      return failure();
    });
    module = parseSourceFile<ModuleOp>(sources, context);
  }
  // Some parsers of MLIR's operations fail without a word, as that of
  // `tosa.max_pool2d` does where an attribute has no name.
  if (!module && !isExplained)
    emitError(FileLineColLoc::get(context, name, 1, 1))
        << "is no module: MLIR's parser stops at an operation, and does not "
           "say why";
  if (module && failed(flattenModules(*module)))
    return nullptr;
  return module;
}

/// Public dumps of models often come without their weights.
static LogicalResult checkConstants(ModuleOp module) {
  WalkResult walked = module.walk([](Operation *op) {
    for (NamedAttribute attr : op->getAttrs())
      if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr.getValue()))
        if (!resource.getRawHandle().getBlob()) {
          op->emitError("the value of resource '")
              << resource.getRawHandle().getKey()
              << "' is not in the file (elided by whoever printed it?); "
                 "weights that stand in another file are named with the "
                 "option weights=";
          return WalkResult::interrupt();
        }
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

/// Describes an element or scalar; fails on types C has no counterpart for.
static LogicalResult describeElement(Type type, ArgumentInfo &info) {
  if (type.isIndex()) {
    info.code = ElementCode::Int;
    info.bits = 64;
  } else if (type.isBF16()) {
    info.code = ElementCode::BFloat;
    info.bits = 16;
  } else if (type.isF16() || type.isF32() || type.isF64()) {
    info.code = ElementCode::Float;
    info.bits = type.getIntOrFloatBitWidth();
  } else if (type.isInteger(1)) {
    info.code = ElementCode::Bool;
    info.bits = 8;
  } else if (type.isInteger(8) || type.isInteger(16) || type.isInteger(32) ||
             type.isInteger(64)) {
    info.code = type.isUnsignedInteger() ? ElementCode::UInt : ElementCode::Int;
    info.bits = type.getIntOrFloatBitWidth();
  } else {
    return failure();
  }
  return success();
}

/// Describes an argument or result; `why` says what is wrong with it.
static LogicalResult describe(Type type, ArgumentInfo &info, StringRef &why) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped) {
    info.scalar = true;
    why = "has no counterpart in C";
    return describeElement(type, info);
  }
  if (!isa<TensorType, BaseMemRefType>(type) ||
      failed(describeElement(shaped.getElementType(), info))) {
    why = "has no counterpart in C";
    return failure();
  }
  if (!shaped.hasRank()) {
    why = "has no rank; say how many dimensions it has";
    return failure();
  }
  if (auto memref = dyn_cast<MemRefType>(type);
      memref && !memref.getLayout().isIdentity()) {
    why = "is not contiguous";
    return failure();
  }
  info.shape.clear();
  for (int64_t extent : shaped.getShape())
    info.shape.push_back(ShapedType::isDynamic(extent) ? kUnknownExtent
                                                       : extent);
  return success();
}

namespace {
/// What a model calls the arguments and results of a function; empty where it
/// does not say.
struct ValueNames {
  SmallVector<std::string> arguments, results;
  /// Of the results, the one that is returned by value.
  std::optional<unsigned> scalar;
};
} // namespace

/// Takes the names off `func`: each value's `conv.name`, or the lists that
/// TensorFlow's importers give the function.
static ValueNames takeNames(func::FuncOp func) {
  ValueNames names;
  auto getString = [](Attribute attr) {
    auto string = dyn_cast_if_present<StringAttr>(attr);
    return string ? string.getValue().str() : std::string();
  };
  auto mark = StringAttr::get(func.getContext(), kNameAttrName);
  for (unsigned i = 0, e = func.getNumArguments(); i < e; ++i)
    names.arguments.push_back(getString(func.removeArgAttr(i, mark)));
  for (unsigned i = 0, e = func.getNumResults(); i < e; ++i)
    names.results.push_back(getString(func.removeResultAttr(i, mark)));
  for (auto [i, type] : llvm::enumerate(func.getResultTypes()))
    if (!isa<ShapedType>(type))
      names.scalar = i;

  auto entry = func->getAttrOfType<DictionaryAttr>("tf.entry_function");
  if (!entry)
    return names;
  for (auto [key, values] : {std::pair("inputs", &names.arguments),
                             std::pair("outputs", &names.results)}) {
    std::string list = getString(entry.get(key));
    SmallVector<StringRef> parts;
    StringRef(list).split(parts, ',');
    // A name may hold a comma.
    if (parts.size() == values->size())
      for (auto [part, value] : llvm::zip_equal(parts, *values))
        if (value.empty())
          value = part.str();
  }
  return names;
}

/// "3 ('image')".
static std::string getOrdinal(size_t index, StringRef name) {
  std::string text = std::to_string(index);
  return name.empty() ? text : text + " ('" + name.str() + "')";
}

/// Before anything else, while messages can name what the user wrote.
static LogicalResult checkSignature(func::FuncOp func,
                                    const ValueNames &names) {
  ArgumentInfo info;
  StringRef why;
  unsigned numScalars = 0;
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
    if (failed(describe(type, info, why)))
      return emitError(func.getArgument(i).getLoc())
             << "argument " << getOrdinal(i, names.arguments[i]) << " of '"
             << func.getSymName() << "' cannot be passed: " << type << ' '
             << why;
  for (auto [i, type] : llvm::enumerate(func.getResultTypes())) {
    info = {};
    if (failed(describe(type, info, why)))
      return func.emitError("result ")
             << getOrdinal(i, names.results[i]) << " of '" << func.getSymName()
             << "' cannot be returned: " << type << ' ' << why;
    numScalars += info.scalar;
  }
  if (numScalars > 1)
    return func.emitError("more than one scalar result cannot be returned");
  return success();
}

/// True for functions others may call.
static bool isEntry(func::FuncOp func) {
  return func.isPublic() && !func.isDeclaration();
}

static LogicalResult prepareEntries(ModuleOp module,
                                    llvm::StringMap<ValueNames> &names) {
  Builder b(module.getContext());
  bool any = false;
  for (auto func : module.getOps<func::FuncOp>()) {
    if (!isEntry(func))
      continue;
    any = true;
    ValueNames &own = names[func.getSymName()] = takeNames(func);
    if (failed(checkSignature(func, own)))
      return failure();
    // Inputs belong to the caller; bufferization would write into them.
    for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
      if (isa<TensorType>(type))
        func.setArgAttr(i,
                        bufferization::BufferizationDialect::kWritableAttrName,
                        b.getBoolAttr(false));
      else if (isa<BaseMemRefType>(type))
        func.setArgAttr(i, "conv.memref", b.getUnitAttr());
  }
  if (any)
    return success();
  return module.emitError("the module defines no public function");
}

/// Distributes `names`, in the order of the source, over `function`, where what
/// is returned by value stands apart.
static void setNames(FunctionInfo &function, const ValueNames &names) {
  for (auto [info, name] : llvm::zip(function.arguments, names.arguments))
    info.name = name;
  unsigned buffer = 0;
  for (auto [i, name] : llvm::enumerate(names.results))
    if (names.scalar == i && function.scalarResult)
      function.scalarResult->name = name;
    else if (buffer < function.results.size())
      function.results[buffer++].name = name;
}

/// Reads off `func`, in its final form on memrefs, how it is called.
static FunctionInfo describeFunction(func::FuncOp func,
                                     const ValueNames &names) {
  FunctionInfo function;
  function.name = function.symbol = func.getSymName().str();
  StringRef why;
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes())) {
    if (func.getArgAttr(i, "conv.workspace")) {
      // Without sizes. With them it is a pointer.
      if (auto bytes = cast<MemRefType>(type); bytes.getRank() > 0)
        function.workspaceBytes = bytes.getNumElements();
      continue;
    }
    if (func.getArgAttr(i, kSizesAttrName))
      continue;
    ArgumentInfo info;
    auto original = func.getArgAttrOfType<TypeAttr>(i, kTypeAttrName);
    (void)describe(original ? original.getValue() : type, info, why);
    if (func.removeArgAttr(i, "conv.memref"))
      info.role = ArgumentRole::InOut;
    if (!func.getArgAttr(i, "bufferize.result")) {
      function.arguments.push_back(std::move(info));
      continue;
    }
    info.role = ArgumentRole::Output;
    function.results.push_back(std::move(info));
  }
  for (Type type : func.getResultTypes()) {
    ArgumentInfo info;
    info.role = ArgumentRole::Output;
    (void)describe(type, info, why);
    function.scalarResult = std::move(info);
  }
  setNames(function, names);
  return function;
}

/// Gives public functions, which are `functions` and those that return the size
/// of their workspaces, symbols that C can call, and hides the others.
static LogicalResult nameSymbols(ModuleOp module, const SymbolNames &names,
                                 MutableArrayRef<FunctionInfo> functions) {
  SymbolTable symbols(module);
  auto internal =
      LLVM::LinkageAttr::get(module.getContext(), LLVM::Linkage::Internal);
  IdentifierPool pool;
  pool.reserve(makeIdentifier(names.prefix + "supported"));
  SmallVector<func::FuncOp> hidden;
  for (auto symbol : module.getOps<SymbolOpInterface>()) {
    auto func = dyn_cast<func::FuncOp>(*symbol);
    if (func && isEntry(func))
      continue;
    pool.reserve(symbol.getName());
    // Kernels have names that are equal where their code is.
    if (func && !func.isDeclaration() && !func->hasAttr(kKernelAttrName))
      hidden.push_back(func);
  }
  std::vector<std::pair<func::FuncOp, std::string>> renamed;
  // What LLVM or the C library gives a meaning is not the module's.
  for (func::FuncOp func : hidden) {
    func->setAttr("llvm.linkage", internal);
    if (makeIdentifier(func.getSymName()) == func.getSymName().str() + "_")
      renamed.emplace_back(func, pool.take(func.getSymName()));
  }
  // Names that can be used as they are come first: others give way to them.
  for (bool asIs : {true, false})
    for (FunctionInfo &function : functions) {
      std::string name = names.prefix + function.name;
      if ((makeIdentifier(name) == name) != asIs)
        continue;
      // The header adds the latter.
      SmallVector<StringRef> suffixes = {"", kWorkspaceSizeSuffix, "_malloc"};
      bool isSized = function.numSizes() > 0;
      if (isSized)
        suffixes.push_back(kResultSizesSuffix);
      std::string symbol = pool.take(name, suffixes);
      renamed.emplace_back(symbols.lookup<func::FuncOp>(function.name),
                           symbol + names.suffix);
      renamed.emplace_back(symbols.lookup<func::FuncOp>(
                               function.name + kWorkspaceSizeSuffix.str()),
                           symbol + kWorkspaceSizeSuffix.str() + names.suffix);
      if (isSized)
        renamed.emplace_back(symbols.lookup<func::FuncOp>(
                                 function.name + kResultSizesSuffix.str()),
                             symbol + kResultSizesSuffix.str() + names.suffix);
      function.symbol = symbol + names.suffix;
    }
  // In two steps: a new name may be another's old one.
  llvm::erase_if(renamed, [](auto &entry) {
    return entry.first.getSymName() == entry.second;
  });
  for (auto [i, entry] : llvm::enumerate(renamed))
    if (failed(
            symbols.rename(entry.first, "conv.renamed." + std::to_string(i))))
      return entry.first.emitError("cannot be renamed");
  for (auto &[func, name] : renamed)
    if (failed(symbols.rename(func, name)))
      return func.emitError("cannot be renamed to '") << name << "'";
  return success();
}

FailureOr<LoweredModule> conv::lowerForC(OwningOpRef<ModuleOp> module,
                                         const ConvToLLVMOptions &options,
                                         const SymbolNames &symbolNames) {
  ModuleOp op = *module;
  llvm::Expected<ResolvedTarget> target =
      resolveTarget(options.cpu, options.triple, options.features);
  if (!target) {
    op.emitError(llvm::toString(target.takeError()));
    return failure();
  }
  llvm::StringMap<ValueNames> names;
  std::shared_ptr<llvm::MemoryBuffer> weights;
  if (failed(loadWeights(op, options.weights, &weights)) ||
      failed(checkConstants(op)) || failed(prepareEntries(op, names)))
    return failure();

  LoweredModule lowered;
  lowered.options = std::make_unique<ConvToLLVMOptions>();
  lowered.options->copyOptionValuesFrom(options);
  lowered.options->abi = Abi::C;
  lowered.options->weights = "";
  PassManager manager(op.getContext(), ModuleOp::getOperationName());
  buildConvToKernelsPipeline(manager, *lowered.options);
  if (failed(manager.run(op)))
    return failure();
  // Most of them are packed by now; the others are read again.
  if (weights)
    releasePages(*weights);

  lowered.target = *target;
  lowered.openMP = options.threads > 1;
  for (auto func : op.getOps<func::FuncOp>())
    if (isEntry(func) && func.getNumArguments() > 0 &&
        func.getArgAttr(func.getNumArguments() - 1, "conv.workspace"))
      lowered.functions.push_back(
          describeFunction(func, names.lookup(func.getSymName())));
  if (failed(nameSymbols(op, symbolNames, lowered.functions)))
    return failure();
  lowered.module = std::move(module);
  return lowered;
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
conv::emit(LoweredModule &lowered, OutputKind kind) {
  if (kind == OutputKind::Object && canJoinObjects(lowered.target)) {
    auto objects =
        compileToObjects(*lowered.module, *lowered.options, lowered.target);
    if (!objects)
      return objects.takeError();
    if (objects->size() == 1)
      return std::move(objects->front());
    return joinObjects(std::move(*objects));
  }
  llvm::LLVMContext context;
  auto module =
      compileToIR(*lowered.module, *lowered.options, lowered.target, context);
  if (!module)
    return module.takeError();
  auto machine = createTargetMachine(lowered.target, /*jit=*/false);
  if (!machine)
    return machine.takeError();
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream os(bytes);
  if (llvm::Error error = emitModule(**module, **machine, kind, os))
    return std::move(error);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), /*RequiresNullTerminator=*/false);
}
