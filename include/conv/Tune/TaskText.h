//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tasks as lines of text, so that what is planned in one place is tuned in
/// another, and what became of them.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_TUNE_TASKTEXT_H
#define CONV_TUNE_TASKTEXT_H

#include "conv/Tune/TuneSession.h"

namespace mlir::conv::bench {

/// A short name of a machine as keys describe it: its CPU and a digest.
/// Machines of one kind share records.
std::string getMachineKind(llvm::StringRef machineText);

/// {"kind":...,"machine":{...}}.
std::string printMachineKind(llvm::StringRef machineText);

/// Texts of machines from such lines; fails on others, naming `name` and line.
llvm::Expected<std::vector<std::string>>
parseMachineKinds(llvm::StringRef text, llvm::StringRef name);

/// How a task is to be tuned.
struct TaskOptions {
  double budget = 60; ///< Seconds.
  int64_t top = 4, maxCandidates = 0;
};

struct PlannedTask {
  /// Digest of the key and the limits: the same for the same task.
  std::string id;
  TuneTask task;
  TaskOptions options;
};

/// A line without its end.
std::string printTask(const TuneTask &task, const TaskOptions &options);
/// Fails on anything else, and on a task for another revision of the code
/// generator or another LLVM.
llvm::Expected<PlannedTask> parseTask(llvm::StringRef line);

/// The answer to a task: its id, status, reason, seconds, and the record as
/// RecordStore takes it.
std::string printAnswer(const PlannedTask &task, const TuneOutcome &outcome);

} // namespace mlir::conv::bench

#endif // CONV_TUNE_TASKTEXT_H
