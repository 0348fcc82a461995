//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a program that embeds the compiler starts with: a context that knows
/// every dialect, and a record of what the compiler says.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_CONTEXT_H
#define CONV_EXECUTION_CONTEXT_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace mlir::conv {

/// A context with every upstream dialect and the project's, translations to
/// LLVM IR included, that starts no threads. Registers all passes.
std::unique_ptr<MLIRContext> createContext();

/// Turns remarks of the project into diagnostics of severity Remark.
void enableRemarks(MLIRContext *context);

/// One message. Line and column count from 1; 0 when there is no location.
struct LoggedDiagnostic {
  DiagnosticSeverity severity = DiagnosticSeverity::Error;
  std::string file, message;
  unsigned line = 0, column = 0;

  /// "file:line:column: error: message".
  std::string str() const;
};

/// Collects the diagnostics of a context while it lives.
class DiagnosticLog {
public:
  explicit DiagnosticLog(MLIRContext *context);

  const std::vector<LoggedDiagnostic> &get() const { return entries; }
  std::vector<LoggedDiagnostic> take() { return std::move(entries); }
  /// Adds what was said by other means.
  void addError(llvm::Error error);

private:
  void add(Diagnostic &diagnostic);

  std::vector<LoggedDiagnostic> entries;
  ScopedDiagnosticHandler handler;
};

} // namespace mlir::conv

#endif // CONV_EXECUTION_CONTEXT_H
