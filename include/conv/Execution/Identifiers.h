//===- Identifiers.h - Names C and C++ accept -------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// MLIR lets a function be called anything; its symbol has to be something that
/// C and C++ can call.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_IDENTIFIERS_H
#define CONV_EXECUTION_IDENTIFIERS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <string>

namespace mlir::conv {

/// `name` with an underscore for every byte that cannot stand in an identifier,
/// before a leading digit, and behind a name that means something else: a
/// keyword of C or C++, a function of the C library, what a generated header
/// uses itself.
std::string makeIdentifier(llvm::StringRef name);

/// Identifiers that are in use.
class IdentifierPool {
public:
  void reserve(llvm::StringRef name) { used.insert(name); }

  /// The identifier nearest to `name` that is free followed by each of
  /// `suffixes`, which are then in use: a number is added where one is taken.
  std::string take(llvm::StringRef name,
                   llvm::ArrayRef<llvm::StringRef> suffixes = {""});

private:
  llvm::StringSet<> used;
};

} // namespace mlir::conv

#endif // CONV_EXECUTION_IDENTIFIERS_H
