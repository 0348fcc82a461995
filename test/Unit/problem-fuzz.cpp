//===- problem-fuzz.cpp - Damaged problem strings and layers -------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Any text is a problem string or an error, and so is any text as a set of
/// layers; what is read prints as something that reads the same.
///
//===----------------------------------------------------------------------===//

#include "conv/Layers/Layer.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <cstdlib>

using namespace mlir::conv;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  if (auto layers = bench::parseLayers(text, "fuzzed.json"); !layers)
    llvm::consumeError(layers.takeError());
  auto layer = bench::parseProblemString(text);
  if (!layer) {
    llvm::consumeError(layer.takeError());
    return 0;
  }
  std::string printed = layer->problem.str();
  auto again = bench::parseProblemString(printed);
  if (!again || again->problem.str() != printed)
    std::abort();
  return 0;
}
