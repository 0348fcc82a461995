//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tasks.h"

#include "common/Messages.h"
#include "conv/Decide/RecordStore.h"
#include "conv/Tune/TaskText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <tuple>

using namespace mlir::conv;
using namespace mlir::conv::bench;

static constexpr Messages taskMessages("conv-tune");

static bool isModule(llvm::StringRef input) {
  return input.ends_with(".mlir") || input.ends_with(".mlirbc") ||
         llvm::sys::fs::is_regular_file(input);
}

llvm::Expected<std::vector<TuneTask>>
bench::collectTasks(const TuneOptions &options, const MachineOptions &target,
                    const MachineModel &machine, mlir::MLIRContext *context) {
  std::vector<TuneTask> tasks;
  auto append = [&](llvm::Expected<std::vector<TuneTask>> more) -> llvm::Error {
    if (!more)
      return more.takeError();
    for (TuneTask &task : *more) {
      auto known = llvm::find_if(tasks, [&](const TuneTask &other) {
        return other.key == task.key &&
               other.limits.str() == task.limits.str() &&
               other.obstacle == task.obstacle;
      });
      if (known == tasks.end())
        tasks.push_back(std::move(task));
      else
        known->count += task.count;
    }
    return llvm::Error::success();
  };
  ConvToLLVMOptions toLLVM;
  std::string why;
  llvm::raw_string_ostream os(why);
  if (failed(toLLVM.parseFromString(options.pipeline, os)))
    return llvm::createStringError("--options: " + llvm::StringRef(why).trim());
  toLLVM.cpu = target.cpu;
  toLLVM.triple = target.triple;
  toLLVM.machine = target.machine;
  toLLVM.threads = target.threads;
  for (const std::string &input : options.inputs)
    if (isModule(input))
      if (auto error = append(bench::collectTasks(
              input, toLLVM, std::max<int64_t>(options.batch, 1), machine,
              options.getLimits(), context)))
        return std::move(error);
  std::vector<std::string> problems;
  llvm::copy_if(options.inputs, std::back_inserter(problems),
                [](const std::string &input) { return !isModule(input); });
  auto layers = options.collectLayers(std::move(problems));
  if (!layers)
    return layers.takeError();
  for (const Layer &layer : *layers)
    if (layer.form != LayerForm::Image)
      return llvm::createStringError(
          layer.name + " is of the form '" + getFormName(layer.form) +
          "'; schedules are tuned of convolutions of images of known size");
  if (auto error = append(bench::collectTasks(*layers, options.layout, machine,
                                              options.getLimits(), context)))
    return std::move(error);
  return tasks;
}

//===----------------------------------------------------------------------===//
// Planning
//===----------------------------------------------------------------------===//

static llvm::Expected<std::string> readText(const std::string &path) {
  auto text = llvm::MemoryBuffer::getFileOrSTDIN(path);
  if (!text)
    return llvm::createStringError("cannot read " + path + ": " +
                                   text.getError().message());
  return (*text)->getBuffer().str();
}

namespace {
/// A machine to plan for.
struct PlannedMachine {
  std::string text;
  MachineOptions options;
};
} // namespace

/// What the options of a machine must be for its model to be like `text`.
static MachineOptions getMachineOptionsOf(llvm::StringRef text) {
  MachineOptions result;
  auto value = llvm::json::parse(text);
  if (!value) {
    llvm::consumeError(value.takeError());
    return result;
  }
  const llvm::json::Object &machine = *value->getAsObject();
  result.cpu = machine.getString("cpu").value_or("").str();
  result.triple = machine.getString("triple").value_or("").str();
  for (auto [name, field] :
       {std::pair("n_fma", &result.nFma), std::pair("l_fma", &result.lFma),
        std::pair("n_vec", &result.nVec), std::pair("n_reg", &result.nReg),
        std::pair("loads", &result.loads), std::pair("l1", &result.l1),
        std::pair("l1_ways", &result.l1Ways), std::pair("l2", &result.l2),
        std::pair("l3", &result.l3), std::pair("threads", &result.threads)})
    *field = machine.getInteger(name).value_or(*field);
  return result;
}

static llvm::Expected<std::vector<PlannedMachine>>
getPlannedMachines(const MachineModel &host) {
  std::vector<PlannedMachine> machines;
  if (tuneOptions().kinds.empty()) {
    MachineOptions target;
    target.cpu = tuneOptions().cpu;
    target.machine = tuneOptions().machine;
    target.threads = tuneOptions().threads;
    machines.push_back({getMachineText(host), target});
    return machines;
  }
  auto text = readText(tuneOptions().kinds);
  if (!text)
    return text.takeError();
  auto kinds = parseMachineKinds(*text, tuneOptions().kinds);
  if (!kinds)
    return kinds.takeError();
  for (const std::string &kind : *kinds)
    machines.push_back({kind, getMachineOptionsOf(kind)});
  return machines;
}

/// Whether the store has a record of the task by now.
static llvm::Expected<bool> isRecorded(RecordStore *records,
                                       const TuneTask &task) {
  if (!records)
    return false;
  auto match = records->find(task.key);
  if (!match)
    return match.takeError();
  return llvm::any_of(match->records, [&](const TuningRecord &record) {
    return record.limits == task.limits.str();
  });
}

static llvm::Error planFor(const PlannedMachine &machine, RecordStore *records,
                           mlir::MLIRContext *context,
                           std::vector<TuneTask> &plan) {
  auto model = resolveMachine(machine.options, mlir::ModuleOp());
  if (!model)
    return model.takeError();
  auto tasks = collectTasks(tuneOptions(), machine.options, *model, context);
  if (!tasks)
    return tasks.takeError();
  for (TuneTask &task : *tasks) {
    if (!task.obstacle.empty()) {
      taskMessages.warn() << task.name << " is left out: " << task.obstacle
                          << "\n";
      continue;
    }
    task.key.machine = machine.text;
    auto recorded = isRecorded(tuneOptions().again ? nullptr : records, task);
    if (!recorded)
      return recorded.takeError();
    if (!*recorded)
      plan.push_back(std::move(task));
  }
  return llvm::Error::success();
}

int bench::printPlan(const MachineModel &host, mlir::MLIRContext *context) {
  auto machines = getPlannedMachines(host);
  if (!machines)
    return taskMessages.reportError(machines.takeError());
  std::unique_ptr<RecordStore> records;
  if (!tuneOptions().records.empty() &&
      llvm::sys::fs::exists(tuneOptions().records)) {
    auto opened = RecordStore::open(tuneOptions().records);
    if (!opened)
      return taskMessages.reportError(opened.takeError());
    records = std::move(*opened);
  }
  std::vector<TuneTask> plan;
  for (const PlannedMachine &machine : *machines)
    if (auto error = planFor(machine, records.get(), context, plan))
      return taskMessages.reportError(std::move(error));
  // What takes longest first: the last tasks of a fleet should be short.
  llvm::sort(plan, [](const TuneTask &a, const TuneTask &b) {
    auto order = [](const TuneTask &task) {
      return std::tuple(-task.count * task.spec.problem.flops(), task.name,
                        task.key.machine, task.key.problem, task.limits.str());
    };
    return order(a) < order(b);
  });
  TaskOptions how;
  how.budget = tuneOptions().budget;
  how.top = tuneOptions().top;
  how.maxCandidates = tuneOptions().maxCandidates;
  for (const TuneTask &task : plan)
    llvm::outs() << printTask(task, how) << "\n";
  return 0;
}

//===----------------------------------------------------------------------===//
// Doing
//===----------------------------------------------------------------------===//

/// How to name this machine so that it is the task's; nothing when it is
/// another, with the reason in `why`.
static std::optional<std::string>
findCPU(const PlannedTask &task, const MachineModel &host, std::string &why) {
  std::string here = getMachineText(host);
  if (here == task.task.key.machine)
    return tuneOptions().cpu.getValue();
  why = describeMachineDifference(task.task.key.machine, here);
  // The same CPU by its name, whose caches are the table's.
  MachineOptions named;
  named.cpu = getMachineOptionsOf(task.task.key.machine).cpu;
  named.threads = host.threads.value;
  auto model = resolveMachine(named, mlir::ModuleOp());
  if (!model) {
    llvm::consumeError(model.takeError());
    return std::nullopt;
  }
  if (getMachineText(*model) != task.task.key.machine ||
      findHostObstacle({model->triple, model->cpu, model->features}))
    return std::nullopt;
  return named.cpu;
}

static int getExitCode(TuneOutcome::Status status) {
  switch (status) {
  case TuneOutcome::Tuned:
  case TuneOutcome::Recorded:
    return 0;
  case TuneOutcome::OutOfTime:
    return OutOfTime;
  case TuneOutcome::Busy:
    return TooBusy;
  case TuneOutcome::Interrupted:
    return 130;
  case TuneOutcome::Skipped:
  case TuneOutcome::Failed:
    return 1;
  }
  llvm_unreachable("unknown status");
}

int bench::runTask(SteadyTime begin, llvm::function_ref<bool()> interrupted) {
  auto text = readText(tuneOptions().task);
  if (!text)
    return taskMessages.reportError(text.takeError());
  auto planned = parseTask(llvm::StringRef(*text).trim());
  if (!planned)
    return taskMessages.reportError(planned.takeError());
  MachineOptions target;
  target.cpu = tuneOptions().cpu;
  target.machine = tuneOptions().machine;
  target.threads = getMachineOptionsOf(planned->task.key.machine).threads;
  auto host = resolveMachine(target, mlir::ModuleOp());
  if (!host)
    return taskMessages.reportError(host.takeError());
  TuneOutcome outcome;
  std::string why;
  std::optional<std::string> cpu = findCPU(*planned, *host, why);
  if (!cpu) {
    outcome.status = TuneOutcome::Skipped;
    outcome.reason = "the task is for another machine: " + why;
    llvm::outs() << printAnswer(*planned, outcome) << "\n";
    return OtherMachine;
  }
  TuneSessionOptions session = tuneOptions().getSession(begin);
  session.cpu = *cpu;
  session.threads = target.threads;
  session.top = planned->options.top;
  session.maxCandidates = planned->options.maxCandidates;
  session.end =
      begin + std::chrono::duration_cast<SteadyTime::duration>(
                  std::chrono::duration<double>(planned->options.budget));
  auto done = tuneTask(planned->task, session, interrupted);
  if (!done)
    return taskMessages.reportError(done.takeError());
  llvm::outs() << printAnswer(*planned, *done) << "\n";
  return getExitCode(done->status);
}
