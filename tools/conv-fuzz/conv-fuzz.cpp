//===- conv-fuzz.cpp - Many inputs, one process ---------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What tools/fuzz.py drives: reads requests, one per line, and answers each
/// before it reads the next. A request is three fields with tabs between them:
///
///   read     -         FILE    whether the text is a module
///   opt      PIPELINE  FILE    builtin.module(...), as --pass-pipeline has it
///   compile  OPTIONS   FILE    to objects in memory, options of --conv-to-llvm
///
/// The answer is `ok`, `refused` where an error says why, or `silent` where
/// something failed and no error says so. Diagnostics go to standard error. A
/// process that ends without an answer is the fault that is looked for.
///
//===----------------------------------------------------------------------===//

#include "conv/Execution/Compiler.h"
#include "conv/Execution/Context.h"
#include "conv/Execution/Driver.h"
#include "conv/Pipelines/Pipelines.h"
#include "conv/Support/Tool.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <iostream>
#include <string>

using namespace mlir;
using namespace mlir::conv;

/// Runs the passes of `pipeline`, nested where a pass wants to be, as the
/// command line of conv-opt does.
static LogicalResult runPasses(OwningOpRef<ModuleOp> module,
                               StringRef pipeline) {
  PassManager manager(module->getContext(), ModuleOp::getOperationName(),
                      OpPassManager::Nesting::Implicit);
  if (failed(parsePassPipeline(pipeline, manager, llvm::errs())))
    return emitError(UnknownLoc::get(module->getContext()),
                     "the pipeline does not parse");
  return manager.run(*module);
}

static LogicalResult compile(OwningOpRef<ModuleOp> module, StringRef text,
                             DiagnosticLog &log) {
  ConvToLLVMOptions options;
  if (failed(options.parseFromString(text, llvm::errs())))
    return emitError(UnknownLoc::get(module->getContext()),
                     "the options do not parse");
  FailureOr<LoweredModule> lowered = lowerForC(std::move(module), options);
  if (failed(lowered))
    return failure();
  auto objects =
      compileToObjects(*lowered->module, *lowered->options, lowered->target);
  if (objects)
    return success();
  log.addError(objects.takeError());
  return failure();
}

static StringRef answer(StringRef verb, StringRef how, StringRef path) {
  auto source = llvm::MemoryBuffer::getFile(path);
  if (!source) {
    llvm::errs() << path << ": " << source.getError().message() << '\n';
    return "silent";
  }
  std::unique_ptr<MLIRContext> context = createContext();
  DiagnosticLog log(context.get());
  OwningOpRef<ModuleOp> module =
      parseModule((*source)->getBuffer(), path, context.get());
  LogicalResult result = success(static_cast<bool>(module));
  if (module && verb == "opt")
    result = runPasses(std::move(module), how);
  else if (module && verb == "compile")
    result = compile(std::move(module), how, log);
  bool explained = false;
  for (const LoggedDiagnostic &entry : log.get()) {
    llvm::errs() << entry.str() << '\n';
    explained |= entry.severity == DiagnosticSeverity::Error;
  }
  return succeeded(result) ? "ok" : explained ? "refused" : "silent";
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  initTool();
  std::string line;
  while (std::getline(std::cin, line)) {
    SmallVector<StringRef, 3> fields;
    StringRef(line).split(fields, '\t');
    if (fields.size() != 3 ||
        !llvm::is_contained({"read", "opt", "compile"}, fields[0])) {
      llvm::errs() << "not a request: " << line << '\n';
      return 1;
    }
    llvm::outs() << answer(fields[0], fields[1], fields[2]) << '\n';
    llvm::outs().flush();
  }
  return 0;
}
