//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/IR/Split.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::conv;

static constexpr llvm::StringLiteral kSplitLetters = "nghwk";
/// More parts than this are a mistake, not a machine.
static constexpr int64_t kMostParts = 4096;

std::string Split::str() const {
  std::string text;
  for (auto [letter, parts] : llvm::zip_equal(kSplitLetters, getParts()))
    if (parts != 1)
      text += letter + std::to_string(parts);
  return text.empty() ? "none" : text;
}

std::optional<Split> Split::parse(llvm::StringRef text) {
  Split split;
  if (text == "none")
    return split;
  int64_t *parts[] = {&split.n, &split.g, &split.h, &split.w, &split.k};
  while (!text.empty()) {
    size_t letter = kSplitLetters.find(text.front());
    text = text.drop_front();
    int64_t count;
    if (letter == llvm::StringRef::npos || *parts[letter] != 1 ||
        text.consumeInteger(10, count) || count < 2 || count > kMostParts)
      return std::nullopt;
    *parts[letter] = count;
  }
  return split;
}

llvm::hash_code mlir::conv::hash_value(const Split &split) {
  return llvm::hash_combine(split.n, split.g, split.h, split.w, split.k);
}

llvm::raw_ostream &mlir::conv::operator<<(llvm::raw_ostream &os,
                                          const Split &split) {
  return os << split.str();
}
