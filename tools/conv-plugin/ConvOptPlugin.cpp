//===- ConvOptPlugin.cpp - The project as a plugin for mlir-opt -----------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Both entry points an MLIR driver looks for: one library serves
/// --load-dialect-plugin and --load-pass-plugin.
///
//===----------------------------------------------------------------------===//

#include "conv/InitAll.h"
#include "conv/Support/Version.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;

extern "C" LLVM_ATTRIBUTE_WEAK DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "ConvOpt", conv::getVersion(),
          [](DialectRegistry *registry) { conv::registerDialect(*registry); }};
}

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "ConvOpt", conv::getVersion(),
          []() { conv::registerAllPasses(); }};
}
