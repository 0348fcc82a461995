//===- schedule-fuzz.cpp - Damaged schedules -----------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Any text after `#conv.` is an attribute, a schedule before all, or an error;
/// an attribute prints as one that reads the same.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Conv.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

using namespace mlir;

// What a context has made lives as long as it does.
static constexpr unsigned kInputsPerContext = 10000;

static MLIRContext &getContext() {
  static std::unique_ptr<MLIRContext> context;
  static unsigned count = 0;
  if (count++ % kInputsPerContext == 0) {
    context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
    context->loadDialect<conv::ConvDialect>();
    context->getDiagEngine().registerHandler([](Diagnostic &) {});
  }
  return *context;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text = "#conv.";
  text.append(reinterpret_cast<const char *>(data), size);
  MLIRContext &context = getContext();
  Attribute attribute = parseAttribute(text, &context);
  if (!attribute)
    return 0;
  std::string printed;
  llvm::raw_string_ostream os(printed);
  attribute.print(os);
  if (parseAttribute(printed, &context) != attribute)
    std::abort();
  return 0;
}
