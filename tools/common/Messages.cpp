//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "common/Messages.h"

#include "llvm/Support/WithColor.h"

using namespace mlir::conv::bench;

int Messages::reportError(const llvm::Twine &message) const {
  llvm::WithColor::error(llvm::errs(), tool) << message << "\n";
  return 1;
}

int Messages::reportError(llvm::Error error) const {
  return reportError(llvm::toString(std::move(error)));
}

llvm::raw_ostream &Messages::warn() const {
  return llvm::WithColor::warning(llvm::errs(), tool);
}
