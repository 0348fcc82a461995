//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SearchTask.h"

#include "conv/Decide/Candidates.h"
#include "conv/Layers/Kernel.h"
#include "conv/Measure/Compile.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

llvm::Expected<SearchTask> bench::prepareTask(const TuneRequest &request,
                                              MLIRContext *context,
                                              TuneResult &result) {
  auto model = prepareMachine(request.cpu, request.machine, request.threads);
  if (!model)
    return model.takeError();
  KernelSpec spec = request.spec;
  spec.schedule.clear();
  FailureOr<Problem> problem = getKernelProblem(spec, context);
  if (failed(problem))
    return llvm::createStringError("the problem does not verify");
  SearchTask task = {{model->triple, model->cpu, model->features},
                     model->toAttr(context),
                     *problem};
  if (!result.modelSchedule.empty())
    return task;
  CandidateList list = enumerateCandidates(task.problem, task.machine,
                                           request.constraints, context);
  if (!list.getBest())
    return llvm::createStringError(
        list.obstacle.empty() ? "nothing fits max-workspace" : list.obstacle);
  result.modelSchedule = result.schedule =
      getScheduleText(list.getBest()->choice.schedule);
  return task;
}

bool bench::wasTried(const TuneResult &result, StringRef schedule) {
  return schedule == result.modelSchedule ||
         llvm::any_of(result.trials, [&](const Trial &trial) {
           return trial.schedule == schedule;
         });
}
