//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the command line asks to tune.
///
//===----------------------------------------------------------------------===//

#ifndef TOOLS_CONV_TUNE_TASKS_H
#define TOOLS_CONV_TUNE_TASKS_H

#include "Options.h"

namespace mlir::conv::bench {

/// What all inputs ask for on the machine that `target` resolves to, without
/// what a module repeats of another.
llvm::Expected<std::vector<TuneTask>> collectTasks(const TuneOptions &options,
                                                   const MachineOptions &target,
                                                   const MachineModel &machine,
                                                   MLIRContext *context);

/// Prints the tasks of --plan; the exit code.
int printPlan(const MachineModel &host, MLIRContext *context);

/// Does the task of --task and prints the answer; the exit code.
int runTask(SteadyTime begin, llvm::function_ref<bool()> interrupted);

/// Exit codes beside 0 and 1: nothing was measured, because the budget was too
/// small, other work took too much of the core, or the task is for another
/// machine.
enum ExitCode { OutOfTime = 3, TooBusy = 4, OtherMachine = 5 };

} // namespace mlir::conv::bench

#endif // TOOLS_CONV_TUNE_TASKS_H
