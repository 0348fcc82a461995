//===- conv-compile.cpp - From a model to an object file and a header -----===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Ahead of time: MLIR in, object, assembly, LLVM IR or library out, for this
/// machine or another, and a C header to call it.
///
//===----------------------------------------------------------------------===//

#include "conv/Execution/Compiler.h"
#include "conv/Execution/Context.h"
#include "conv/Execution/Dispatch.h"
#include "conv/Execution/Driver.h"
#include "conv/Execution/Emit.h"
#include "conv/Execution/Header.h"
#include "conv/Execution/Identifiers.h"
#include "conv/Memory/Passes.h"
#include "conv/Support/OpenMP.h"
#include "conv/Support/Tool.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::conv;

namespace {
enum class Emit { Object, Assembly, LLVMIR, Shared, Static };

/// The options people type. A struct: they exist only while main runs.
struct Options {
  llvm::cl::OptionCategory category{"conv-compile options"};
  llvm::cl::opt<std::string> input{
      llvm::cl::Positional, llvm::cl::desc("<input .mlir or bytecode>"),
      llvm::cl::init("-"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> output{
      "o", llvm::cl::desc("Output (default: the input's name)"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<Emit> emit{
      "emit", llvm::cl::desc("What to write:"), llvm::cl::init(Emit::Object),
      llvm::cl::values(clEnumValN(Emit::Object, "obj", "object file (default)"),
                       clEnumValN(Emit::Assembly, "asm", "assembly"),
                       clEnumValN(Emit::LLVMIR, "llvm", "optimised LLVM IR"),
                       clEnumValN(Emit::Shared, "shared", "shared library"),
                       clEnumValN(Emit::Static, "static", "static library")),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> header{
      "header", llvm::cl::desc("Write a C header as well"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> prefix{
      "prefix",
      llvm::cl::desc("Put before function names (default: the output's name "
                     "and an underscore)"),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> cpu{
      "cpu", llvm::cl::desc("CPU as LLVM spells it (default: native)"),
      llvm::cl::init("native"), llvm::cl::cat(category)};
  llvm::cl::list<std::string> cpus{
      "cpus", llvm::cl::CommaSeparated,
      llvm::cl::desc("Code for several x86-64 CPUs, chosen at run time"),
      llvm::cl::value_desc("cpu,..."), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> machine{
      "machine",
      llvm::cl::desc(
          "Take rates and caches from this machine file of conv-tune "
          "--measure-machine"),
      llvm::cl::value_desc("file.json"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> triple{
      "triple", llvm::cl::desc("Target triple (default: of the CPU)"),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> features{
      "features", llvm::cl::desc("Further target features: +avx2,-avx512f"),
      llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> threads{
      "threads",
      llvm::cl::desc("Threads; more than 1 needs libomp (default 1)"),
      llvm::cl::init(1), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> prepack{
      "prepack",
      llvm::cl::desc(
          "'constants' (default), or 'function' for NAME_pack, which "
          "packs filters that are arguments"),
      llvm::cl::init("constants"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> records{
      "records", llvm::cl::desc("Take schedules from this file of conv-tune's"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::list<std::string> sizes{
      "sizes", llvm::cl::CommaSeparated,
      llvm::cl::desc("Rows and columns of images, such as 224x224,320x320, "
                     "that functions of unknown sizes get versions for"),
      llvm::cl::value_desc("rows x columns,..."), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> weights{
      "weights",
      llvm::cl::desc("File of weights the module names but does not hold "
                     "(default: the one it names)"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> pipeline{
      "options", llvm::cl::desc("Further options of conv-to-llvm"),
      llvm::cl::value_desc("\"a=1 b=2\""), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> linker{
      "linker",
      llvm::cl::desc(
          "Compiler driver that links shared libraries (default: cc, "
          "or the target's gcc)"),
      llvm::cl::cat(category)};
  llvm::cl::opt<bool> remarks{"remarks",
                              llvm::cl::desc("Say what was decided, and why"),
                              llvm::cl::cat(category)};
};
} // namespace

/// Prints what the compiler said.
static void report(const DiagnosticLog &log) {
  for (const LoggedDiagnostic &entry : log.get())
    llvm::errs() << entry.str() << '\n';
}

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(message.str());
}

/// A CPU's name in a symbol.
static std::string getSuffix(llvm::StringRef cpu) {
  std::string suffix = "__" + cpu.str();
  for (char &c : suffix)
    if (!llvm::isAlnum(c))
      c = '_';
  return suffix;
}

namespace {
/// A file's worth of code and what callers need to know about it.
struct Compiled {
  std::unique_ptr<llvm::MemoryBuffer> code;
  ResolvedTarget target;
  std::vector<FunctionInfo> functions;
};
} // namespace

/// Lowers `source` for one CPU; the diagnostics have been printed. `context`
/// has to live as long as the result.
static llvm::Expected<LoweredModule>
lowerFor(llvm::StringRef cpu, const SymbolNames &names, llvm::StringRef source,
         const Options &options, MLIRContext *context) {
  ConvToLLVMOptions pipeline;
  std::string why;
  llvm::raw_string_ostream os(why);
  if (failed(pipeline.parseFromString(options.pipeline, os)))
    return makeError("--options: " + StringRef(why).trim());
  pipeline.cpu = cpu.str();
  if (!options.machine.empty())
    pipeline.machine = options.machine.getValue();
  pipeline.triple = options.triple.getValue();
  pipeline.features = options.features.getValue();
  pipeline.threads = options.threads.getValue();
  pipeline.prepack = options.prepack.getValue();
  if (!options.sizes.empty())
    pipeline.sizes = llvm::to_vector(options.sizes);
  if (!options.records.empty())
    pipeline.records = options.records.getValue();
  if (!options.weights.empty())
    pipeline.weights = options.weights.getValue();

  OwningOpRef<ModuleOp> module = parseModule(source, options.input, context);
  FailureOr<LoweredModule> lowered = failure();
  if (module)
    lowered = lowerForC(std::move(module), pipeline, names);
  if (failed(lowered))
    return makeError("compilation failed");
  return std::move(*lowered);
}

static std::unique_ptr<MLIRContext> createContextFor(const Options &options) {
  std::unique_ptr<MLIRContext> context = createContext();
  if (options.remarks)
    enableRemarks(context.get());
  return context;
}

static OutputKind getKind(const Options &options) {
  return options.emit == Emit::Assembly ? OutputKind::Assembly
         : options.emit == Emit::LLVMIR ? OutputKind::LLVMIR
                                        : OutputKind::Object;
}

/// Compiles `source` for one CPU.
static llvm::Expected<Compiled> compileForOne(const std::string &prefix,
                                              llvm::StringRef source,
                                              const Options &options) {
  std::unique_ptr<MLIRContext> context = createContextFor(options);
  DiagnosticLog log(context.get());
  llvm::scope_exit done([&] { report(log); });
  auto lowered =
      lowerFor(options.cpu, {prefix, ""}, source, options, context.get());
  if (!lowered)
    return lowered.takeError();
  auto code = emit(*lowered, getKind(options));
  if (!code)
    return code.takeError();
  return Compiled{std::move(*code), lowered->target,
                  std::move(lowered->functions)};
}

/// Compiles for each of --cpus into one module that chooses.
static llvm::Expected<Compiled> compileForSeveral(const std::string &prefix,
                                                  llvm::StringRef source,
                                                  const Options &options) {
  if (options.prepack != "constants")
    return makeError("--cpus: filters packed for one CPU do not fit another; "
                     "use --prepack=constants");
  for (const std::string &cpu : options.cpus)
    if (llvm::Error error = checkDispatchable(cpu))
      return makeError("--cpus: " + llvm::toString(std::move(error)));
  Compiled result;
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> joined;
  std::vector<CpuVariant> variants;
  for (const std::string &cpu : options.cpus) {
    variants.push_back({cpu, getSuffix(cpu)});
    std::unique_ptr<MLIRContext> context = createContextFor(options);
    DiagnosticLog log(context.get());
    llvm::scope_exit done([&] { report(log); });
    auto lowered = lowerFor(cpu, {prefix, variants.back().suffix}, source,
                            options, context.get());
    if (!lowered)
      return lowered.takeError();
    auto module = compileToIR(*lowered->module, *lowered->options,
                              lowered->target, llvmContext);
    if (!module)
      return module.takeError();
    if (!joined) {
      joined = std::move(*module);
      result.target = lowered->target;
      result.functions = std::move(lowered->functions);
      continue;
    }
    if (llvm::Linker::linkModules(*joined, std::move(*module)))
      return makeError("cannot join the code for " + cpu);
  }
  std::vector<std::string> symbols;
  for (FunctionInfo &function : result.functions) {
    function.symbol.resize(function.symbol.size() -
                           variants.front().suffix.size());
    symbols.push_back(function.symbol);
    symbols.push_back(function.symbol + kWorkspaceSizeSuffix.str());
    if (function.numSizes() > 0)
      symbols.push_back(function.symbol + kResultSizesSuffix.str());
  }
  if (llvm::Error error = addDispatch(*joined, symbols, variants,
                                      makeIdentifier(prefix + "supported")))
    return std::move(error);
  // The parts carry their target; what chooses must run anywhere.
  result.target.cpu = "x86-64";
  result.target.features.clear();
  auto machine = createTargetMachine(result.target, /*jit=*/false);
  if (!machine)
    return machine.takeError();
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream os(bytes);
  if (llvm::Error error = emitModule(*joined, **machine, getKind(options), os))
    return std::move(error);
  result.code = std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), /*RequiresNullTerminator=*/false);
  return result;
}

/// Links `object` into a shared library.
static llvm::Error linkShared(llvm::StringRef object, llvm::StringRef output,
                              const ResolvedTarget &target,
                              const Options &options) {
  llvm::Triple triple(target.triple);
  SmallVector<std::string> names;
  if (!options.linker.empty())
    names = {options.linker};
  else if (!triple.isOSBinFormatELF())
    return makeError("libraries for " + triple.getOSName() +
                     " are linked by its own tools: name a compiler with "
                     "--linker, or write an object");
  else if (triple.getArch() == llvm::Triple(LLVM_HOST_TRIPLE).getArch())
    names = {"cc", "clang-22", "clang", "gcc"};
  else
    names = {(triple.getArchName() + "-linux-gnu-gcc").str()};
  std::string program;
  for (const std::string &name : names)
    if (auto found = llvm::sys::findProgramByName(name)) {
      program = *found;
      break;
    }
  if (program.empty())
    return makeError("no " + names.front() +
                     " to link with; name a compiler with --linker");
  SmallVector<llvm::StringRef> arguments = {program, "-shared", "-o", output,
                                            object};
  // Who links with the library finds it by its name, wherever it is put.
  std::string soname =
      ("-Wl,-soname," + llvm::sys::path::filename(output)).str();
  if (triple.isOSBinFormatELF())
    arguments.push_back(soname);
  std::string runtime = getOpenMPRuntime();
  std::string runPath =
      ("-Wl,-rpath," + llvm::sys::path::parent_path(runtime)).str();
  if (options.threads > 1)
    llvm::append_range(arguments,
                       SmallVector<llvm::StringRef>{runtime, runPath});
  std::string why;
  if (llvm::sys::ExecuteAndWait(program, arguments, std::nullopt, {}, 0, 0,
                                &why))
    return makeError("linking failed" + (why.empty() ? "" : ": " + why));
  return llvm::Error::success();
}

/// Writes `bytes` to the file `path`, "-" being standard output.
static llvm::Error writeFile(llvm::StringRef path, llvm::StringRef bytes) {
  std::error_code error;
  llvm::ToolOutputFile file(path, error, llvm::sys::fs::OF_None);
  if (error)
    return makeError(path + ": " + error.message());
  file.os() << bytes;
  file.keep();
  return llvm::Error::success();
}

static llvm::Error writeOutput(Compiled &compiled, llvm::StringRef output,
                               const Options &options) {
  StringRef object = compiled.code->getBuffer();
  if (options.emit == Emit::Static) {
    std::string member = (llvm::sys::path::stem(output) + ".o").str();
    llvm::NewArchiveMember newMember(llvm::MemoryBufferRef(object, member));
    return llvm::writeArchive(output, newMember,
                              llvm::SymtabWritingMode::NormalSymtab,
                              llvm::object::Archive::K_GNU,
                              /*Deterministic=*/true, /*Thin=*/false);
  }
  if (options.emit != Emit::Shared)
    return writeFile(output, object);
  SmallString<128> temporary;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("conv-compile", "o", temporary))
    return makeError("cannot make a temporary file: " + error.message());
  llvm::FileRemover remover(temporary);
  if (llvm::Error error = writeFile(temporary, object))
    return error;
  return linkShared(temporary, output, compiled.target, options);
}

static std::string getDefaultOutput(const Options &options) {
  if (options.input == "-")
    return "-";
  SmallString<128> path(options.input);
  static constexpr llvm::StringLiteral extensions[] = {"o", "s", "ll", "so",
                                                       "a"};
  llvm::sys::path::replace_extension(
      path, extensions[static_cast<int>(options.emit.getValue())]);
  return llvm::sys::path::filename(path).str();
}

static llvm::Error run(const Options &options) {
  auto source = llvm::MemoryBuffer::getFileOrSTDIN(options.input);
  if (!source)
    return makeError(options.input + ": " + source.getError().message());
  std::string output = options.output.empty() ? getDefaultOutput(options)
                                              : options.output.getValue();
  std::string prefix = options.prefix;
  if (!options.prefix.getNumOccurrences()) {
    prefix = output == "-" ? "model" : llvm::sys::path::stem(output).str();
    for (char &c : prefix)
      if (!llvm::isAlnum(c))
        c = '_';
    if (llvm::isDigit(prefix.front()))
      prefix.insert(0, "_");
    prefix += '_';
  }
  if (output == "-" &&
      (options.emit == Emit::Shared || options.emit == Emit::Static))
    return makeError("a library needs a file name: give -o");

  bool several = !options.cpus.empty();
  auto compiled =
      several ? compileForSeveral(prefix, (*source)->getBuffer(), options)
              : compileForOne(prefix, (*source)->getBuffer(), options);
  if (!compiled)
    return compiled.takeError();
  if (llvm::Error error = writeOutput(*compiled, output, options))
    return error;
  if (options.header.empty())
    return llvm::Error::success();

  HeaderOptions headerOptions;
  headerOptions.source = llvm::sys::path::filename(options.input).str();
  headerOptions.target =
      (several ? llvm::join(options.cpus, ", ") : compiled->target.cpu) + " (" +
      compiled->target.triple + ")";
  headerOptions.prefix = prefix;
  headerOptions.openMP = options.threads > 1;
  headerOptions.dispatch = several;
  if (!several) {
    auto vectorBytes = getRISCVVectorBytes(compiled->target);
    if (!vectorBytes)
      return vectorBytes.takeError();
    headerOptions.vectorBytes = *vectorBytes;
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  writeHeader(os, compiled->functions, headerOptions);
  return writeFile(options.header, text);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  // LLVM's libraries register options of the same names.
  llvm::cl::ResetCommandLineParser();
  initTool();
  Options options;
  llvm::cl::HideUnrelatedOptions(options.category);
  llvm::cl::ParseCommandLineOptions(
      argc, argv, "Convolution compiler: MLIR to objects and libraries\n");
  if (llvm::Error error = run(options)) {
    llvm::WithColor::error(llvm::errs(), "conv-compile")
        << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  return 0;
}
