//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Errors and warnings on stderr.
///
//===----------------------------------------------------------------------===//

#ifndef TOOLS_COMMON_MESSAGES_H
#define TOOLS_COMMON_MESSAGES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::conv::bench {

/// What a tool has to say beside its results, under its name.
class Messages {
public:
  constexpr explicit Messages(llvm::StringRef tool) : tool(tool) {}

  /// Both return the exit code of a failure.
  int reportError(const llvm::Twine &message) const;
  int reportError(llvm::Error error) const;
  /// Begins a warning; the caller ends its line.
  llvm::raw_ostream &warn() const;

private:
  llvm::StringRef tool;
};

} // namespace mlir::conv::bench

#endif // TOOLS_COMMON_MESSAGES_H
