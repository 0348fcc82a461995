//===- Split.h - What threads divide ----------------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_SPLIT_H
#define CONV_IR_SPLIT_H

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace mlir::conv {

/// Into how many parts threads divide each dimension of the iteration space; 1
/// where they do not. `w` counts pixels where rows are flattened.
struct Split {
  int64_t n = 1, g = 1, h = 1, w = 1, k = 1;

  /// Of n, g, h, w, k, outermost first.
  std::array<int64_t, 5> getParts() const { return {n, g, h, w, k}; }
  /// Product of the parts.
  int64_t getThreads() const { return n * g * h * w * k; }
  /// Letters with counts, "h2k4", or "none".
  std::string str() const;
  /// The inverse of str(), letters in any order; nothing when malformed.
  static std::optional<Split> parse(llvm::StringRef text);

  bool operator==(const Split &o) const { return getParts() == o.getParts(); }
  bool operator!=(const Split &o) const { return !(*this == o); }
};

llvm::hash_code hash_value(const Split &split);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Split &split);

} // namespace mlir::conv

#endif // CONV_IR_SPLIT_H
