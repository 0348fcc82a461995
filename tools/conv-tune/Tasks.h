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

/// What all inputs ask for, without what a module repeats of another.
llvm::Expected<std::vector<TuneTask>> collectTasks(const Options &options,
                                                   const MachineModel &machine,
                                                   MLIRContext *context);

} // namespace mlir::conv::bench

#endif // TOOLS_CONV_TUNE_TASKS_H
