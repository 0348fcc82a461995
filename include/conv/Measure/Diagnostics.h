//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_DIAGNOSTICS_H
#define CONV_MEASURE_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::conv::bench {

/// Collects what goes wrong while it lives.
class Diagnostics {
public:
  explicit Diagnostics(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          add(diagnostic);
          return success();
        }) {}

  /// What went wrong as one error.
  llvm::Error takeError(llvm::StringRef fallback) const {
    return llvm::createStringError(errors.empty() ? fallback
                                                  : StringRef(errors));
  }
  const std::string &getWarnings() const { return warnings; }

private:
  void add(Diagnostic &diagnostic) {
    bool isError = diagnostic.getSeverity() == DiagnosticSeverity::Error;
    if (!isError && diagnostic.getSeverity() != DiagnosticSeverity::Warning)
      return;
    std::string &text = isError ? errors : warnings;
    llvm::raw_string_ostream os(text);
    os << (text.empty() ? "" : "; ");
    if (auto loc = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
      os << loc.getFilename().getValue() << ':' << loc.getLine() << ':'
         << loc.getColumn() << ": ";
    os << diagnostic.str();
    for (Diagnostic &note : diagnostic.getNotes())
      // The operation printed as a note would drown the reason.
      if (std::string noteText = note.str();
          !StringRef(noteText).starts_with("see current operation"))
        os << " (" << noteText << ")";
  }

  std::string errors, warnings;
  ScopedDiagnosticHandler handler;
};

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_DIAGNOSTICS_H
