//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a search is about, wherever candidates run.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_TUNE_SEARCHTASK_H
#define LIB_CONV_TUNE_SEARCHTASK_H

#include "conv/Machine/MachineModel.h"
#include "conv/Schedule/Problem.h"
#include "conv/Tune/Tuner.h"

namespace mlir::conv::bench {

/// A problem, and the machine and code it is searched for.
struct SearchTask {
  ResolvedTarget target;
  MachineAttr machine;
  Problem problem;
};

/// Resolves what `request` asks for. The model's pick becomes the best of
/// `result`, unless another process found one already. Fails when there is no
/// such machine, or no schedule.
llvm::Expected<SearchTask> prepareTask(const TuneRequest &request,
                                       MLIRContext *context,
                                       TuneResult &result);

/// Whether `schedule` is the model's pick, or a candidate that `result` knows.
bool wasTried(const TuneResult &result, StringRef schedule);

} // namespace mlir::conv::bench

#endif // LIB_CONV_TUNE_SEARCHTASK_H
