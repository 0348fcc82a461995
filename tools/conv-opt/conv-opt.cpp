//===- conv-opt.cpp - The optimiser driver --------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// mlir-opt with the conv dialect, its passes and its pipelines.
///
//===----------------------------------------------------------------------===//

#include "conv/InitAll.h"
#include "conv/Support/ModelFormats.h"
#include "conv/Support/Tool.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/WithColor.h"

/// A diagnostic has the place and the reason. By default the operation follows
/// it, which is the whole module where an option is wrong;
/// --mlir-print-op-on-diagnostic=true brings that back.
static void hideOperationsOfDiagnostics() {
  mlir::registerMLIRContextCLOptions();
  auto option = llvm::cl::getRegisteredOptions().find(
      llvm::StringRef("mlir-print-op-on-diagnostic"));
  if (option != llvm::cl::getRegisteredOptions().end())
    static_cast<llvm::cl::opt<bool> *>(option->second)->setInitialValue(false);
}

int main(int argc, char **argv) {
  mlir::conv::initTool();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllPasses();
  mlir::conv::registerDialect(registry);
  mlir::conv::registerAllPasses();
  hideOperationsOfDiagnostics();
  auto [input, output] = mlir::registerAndParseCLIOptions(
      argc, argv, "Autotuning convolution compiler\n", registry);
  if (std::string advice = mlir::conv::describeForeignModel(input);
      !advice.empty()) {
    llvm::WithColor::error(llvm::errs(), "conv-opt") << advice << '\n';
    return 1;
  }
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, input, output, registry));
}
