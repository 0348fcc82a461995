//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Runs a function in a forked process: generated code may crash.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_CHILDPROCESS_H
#define CONV_MEASURE_CHILDPROCESS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <optional>
#include <string>

namespace mlir::conv::bench {

/// What became of a child.
struct ChildOutcome {
  /// What it returned; nothing when it died first.
  std::optional<llvm::json::Value> value;
  /// How it died, such as "signal 11 (Segmentation fault)".
  std::string death;
  /// The last stage it announced.
  std::string stage;
  /// What it knew before it died: the last value it posted.
  std::optional<llvm::json::Value> partial;
};

/// Announces what the child does next, and what it knows so far (or null).
using StageFunction =
    llvm::function_ref<void(llvm::StringRef, llvm::json::Value)>;

/// Forks, calls `body` there and passes its result back through a pipe. The
/// calling process must be single-threaded. Fails when the system has no
/// process or pipe to give. `cancelled`, if given, is asked several times a
/// second and when a signal arrives; true kills the child.
llvm::Expected<ChildOutcome>
runInChild(llvm::function_ref<llvm::json::Value(StageFunction)> body,
           llvm::function_ref<bool()> cancelled = nullptr);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_CHILDPROCESS_H
