//===- machine-fuzz.cpp - Damaged machine files --------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Any text is a machine file or an error; what is read is written as something
/// that reads the same.
///
//===----------------------------------------------------------------------===//

#include "conv/Machine/MachineFile.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <cstdlib>

using namespace mlir::conv;

static std::string print(const MachineFile &file) {
  return llvm::formatv("{0}", llvm::json::Value(toJSON(file)));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  auto file = parseMachineFile(text, "fuzzed");
  if (!file) {
    llvm::consumeError(file.takeError());
    return 0;
  }
  std::string printed = print(*file);
  auto again = parseMachineFile(printed, "printed");
  if (!again || print(*again) != printed)
    std::abort();
  return 0;
}
