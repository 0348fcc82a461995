//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Context.h"

#include "conv/InitAll.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Remarks.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

using namespace mlir;
using namespace mlir::conv;

std::unique_ptr<MLIRContext> conv::createContext() {
  static bool registered = [] {
    mlir::registerAllPasses();
    conv::registerAllPasses();
    return true;
  }();
  (void)registered;
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  conv::registerDialect(registry);
  // Threads of the context would share the cores with what is measured.
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadDialect<ConvDialect, func::FuncDialect, LLVM::LLVMDialect>();
  return context;
}

void conv::enableRemarks(MLIRContext *context) {
  remark::RemarkCategories categories;
  categories.all = "conv";
  categories.passed = categories.missed = categories.analysis =
      categories.failed = categories.all;
  // Without a streamer and a policy this cannot fail.
  (void)remark::enableOptimizationRemarks(
      *context, /*streamer=*/nullptr,
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories,
      /*printAsEmitRemarks=*/true);
}

static StringRef getName(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("unknown severity");
}

std::string LoggedDiagnostic::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (!file.empty())
    os << file << ':' << line << ':' << column << ": ";
  os << getName(severity) << ": " << message;
  return text;
}

/// The first place in a file that `loc` names.
static FileLineColLoc findFile(Location loc) {
  FileLineColLoc found;
  loc->walk([&](Location inner) {
    found = dyn_cast<FileLineColLoc>(inner);
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found;
}

DiagnosticLog::DiagnosticLog(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        add(diagnostic);
        return success();
      }) {}

void DiagnosticLog::add(Diagnostic &diagnostic) {
  auto append = [&](Diagnostic &part) {
    LoggedDiagnostic entry;
    entry.severity = part.getSeverity();
    entry.message = part.str();
    if (FileLineColLoc loc = findFile(part.getLocation())) {
      entry.file = loc.getFilename().str();
      entry.line = loc.getLine();
      entry.column = loc.getColumn();
    }
    entries.push_back(std::move(entry));
  };
  append(diagnostic);
  for (Diagnostic &note : diagnostic.getNotes())
    // The operation printed as a note would drown the reason.
    if (!StringRef(note.str()).starts_with("see current operation"))
      append(note);
}

void DiagnosticLog::addError(llvm::Error error) {
  LoggedDiagnostic entry;
  entry.message = llvm::toString(std::move(error));
  entries.push_back(std::move(entry));
}
