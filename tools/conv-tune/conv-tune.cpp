//===- conv-tune.cpp - Measures schedules and remembers the best ----------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tunes the convolutions of a module or of sets of layers. Wiring; the work is
/// in lib/conv/Tune.
///
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "RecordsCommand.h"
#include "Tasks.h"
#include "common/Messages.h"
#include "common/Progress.h"
#include "conv/Decide/RecordStore.h"
#include "conv/Measure/Compile.h"
#include "conv/Measure/MachineReport.h"
#include "conv/Measure/MeasureRates.h"
#include "conv/Support/Tool.h"
#include "conv/Tune/FitRecords.h"
#include "conv/Tune/TaskText.h"
#include "conv/Tune/TuneReport.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Signals.h"

#include <csignal>

using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace cl = llvm::cl;
namespace json = llvm::json;

static constexpr Messages messages("conv-tune");

/// Set by the first SIGINT or SIGTERM; the next one ends the process.
static volatile std::sig_atomic_t interrupted = 0;

static void printCheck(const MachineCheck &check) {
  printMachine(llvm::outs(), check);
  for (const std::string &warning : getWarnings(check))
    messages.warn() << warning << "\n";
}

/// The exit code, with what to do about convolutions that were not tuned.
static int getStatus(const TuneTable &table) {
  if (size_t late = table.getCount(TuneOutcome::OutOfTime))
    messages.warn() << late
                    << " convolutions had no time left; run again, or give "
                       "more with --budget\n";
  if (table.getCount(TuneOutcome::Interrupted)) {
    messages.warn()
        << "interrupted; what was tuned is recorded, run again to go on\n";
    return 130;
  }
  if (size_t busy = table.getCount(TuneOutcome::Busy))
    messages.warn() << busy
                    << " convolutions were not measured: other work took too "
                       "much of the core; run again, or allow more with "
                       "--max-busy\n";
  if (table.getCount(TuneOutcome::Failed))
    return 1;
  if (table.getCount(TuneOutcome::Tuned) ||
      table.getCount(TuneOutcome::Recorded))
    return 0;
  if (table.getCount(TuneOutcome::Busy))
    return TooBusy;
  return table.getCount(TuneOutcome::OutOfTime) ? OutOfTime : 0;
}

static int tuneTasks(llvm::ArrayRef<TuneTask> tasks, RecordStore &records,
                     SteadyTime begin, json::Object &report) {
  TuneTable table(llvm::outs(), tasks, tuneOptions().trials);
  table.printHeader();
  Progress progress(tasks.size(), tuneOptions().progress, Progress::Bar);
  json::Array problems;
  auto error = tuneAll(
      tasks, records, tuneOptions().getSession(begin),
      [] { return interrupted != 0; },
      [&](size_t i) { progress.announce(tasks[i].name); },
      [&](size_t i, const TuneOutcome &outcome) {
        progress.clear();
        table.printRow(tasks[i], outcome);
        problems.push_back(toJSON(tasks[i], outcome));
      });
  progress.clear();
  if (error)
    return messages.reportError(std::move(error));
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  report["seconds"] = seconds;
  report["problems"] = std::move(problems);
  table.printSummary(seconds);
  return getStatus(table);
}

/// Before the work: a file that cannot be written should not cost it.
static llvm::Error checkMachineFile() {
  std::error_code code;
  llvm::raw_fd_ostream(tuneOptions().machine, code, llvm::sys::fs::OF_Append);
  if (code)
    return llvm::createStringError("cannot write the machine file '" +
                                   tuneOptions().machine +
                                   "': " + code.message());
  return llvm::Error::success();
}

/// Fits the rates to records and writes the file.
static int fitMachineFile(const MachineModel &model) {
  auto records = RecordStore::open(tuneOptions().records);
  if (!records)
    return messages.reportError(records.takeError());
  if (auto error = checkMachineFile())
    return messages.reportError(std::move(error));
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  auto fit = fitRecords(**records, model, context.get());
  if (!fit)
    return messages.reportError(fit.takeError());
  if (auto error = writeMachineFile(fit->file, tuneOptions().machine))
    return messages.reportError(std::move(error));
  printFit(llvm::outs(), *fit);
  return 0;
}

/// Measures the rates and writes the file.
static int measureMachineFile() {
  if (auto error = checkMachineFile())
    return messages.reportError(std::move(error));
  RateOptions rates;
  rates.cpu = tuneOptions().cpu;
  rates.threads = tuneOptions().threads;
  rates.fromDefault = tuneOptions().fromDefault;
  rates.budget = tuneOptions().budget;
  std::unique_ptr<Measurer> measurer = createForkingMeasurer();
  auto measured = measureRates(rates, *measurer, [](llvm::StringRef what) {
    if (tuneOptions().progress)
      llvm::errs() << what << "\n";
  });
  if (!measured)
    return messages.reportError(measured.takeError());
  if (auto error = writeMachineFile(measured->file, tuneOptions().machine))
    return messages.reportError(std::move(error));
  printRates(llvm::outs(), *measured);
  return 0;
}

static int run(SteadyTime begin) {
  if (auto error = tuneOptions().validate())
    return messages.reportError(std::move(error));
  if (!tuneOptions().task.empty())
    return runTask(begin, [] { return interrupted != 0; });
  MachineOptions machineOptions;
  machineOptions.cpu = tuneOptions().cpu;
  machineOptions.threads = tuneOptions().threads;
  if (!tuneOptions().measureMachine && !tuneOptions().fit)
    machineOptions.machine = tuneOptions().machine;
  auto model = resolveMachine(machineOptions, mlir::ModuleOp());
  if (!model)
    return messages.reportError(model.takeError());
  std::optional<std::string> elsewhere =
      findHostObstacle({model->triple, model->cpu, model->features});
  if (tuneOptions().measureMachine) {
    if (elsewhere)
      return messages.reportError("code for '" + model->cpu +
                                  "' cannot be measured here: " + *elsewhere);
    auto check = checkMachine(tuneOptions().cpu);
    if (!check)
      return messages.reportError(check.takeError());
    printCheck(*check);
    return tuneOptions().machine.empty() ? 0 : measureMachineFile();
  }
  if (tuneOptions().fit)
    return fitMachineFile(*model);
  if (tuneOptions().printKind) {
    llvm::outs() << printMachineKind(getMachineText(*model)) << "\n";
    return 0;
  }
  if (auto constraints = tuneOptions().getLimits().parse(); !constraints)
    return messages.reportError(constraints.takeError());
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  if (tuneOptions().plan)
    return printPlan(*model, context.get());
  auto tasks =
      collectTasks(tuneOptions(), machineOptions, *model, context.get());
  if (!tasks)
    return messages.reportError(tasks.takeError());
  if (tasks->empty())
    return messages.reportError(
        "nothing to tune: no convolutions in what was given (modules, problem "
        "strings, --net, --layers)");
  // Before the work: a file that cannot be written should not cost it.
  auto records = RecordStore::create(tuneOptions().records);
  if (!records)
    return messages.reportError(records.takeError());
  json::Object report;
  if (elsewhere && tuneOptions().board.empty()) {
    messages.warn() << "code for '" << model->cpu
                    << "' is not measured here: " << *elsewhere
                    << "; the model alone decides, and nothing is recorded\n";
    printModelPicks(llvm::outs(), *tasks, *model, context.get());
    return 0;
  }
  if (tuneOptions().board.empty()) {
    auto check = checkMachine(tuneOptions().cpu);
    if (!check)
      return messages.reportError(check.takeError());
    printCheck(*check);
    report["machine"] = toJSON(*check);
  }
  int status = tuneTasks(*tasks, **records, begin, report);
  auto out = tuneOptions().openJSON();
  if (!out)
    return messages.reportError(out.takeError());
  if (*out)
    **out << llvm::formatv("{0:2}\n", json::Value(std::move(report)));
  return status;
}

int main(int argc, char **argv) {
  SteadyTime begin = std::chrono::steady_clock::now();
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  initTool();
  cl::HideUnrelatedOptions(tuneOptions().category);
  registerRecordsCommand();
  cl::ParseCommandLineOptions(
      argc, argv,
      "Measures schedules of convolutions and remembers the fastest\n\n"
      "  conv-tune model.mlir --records tuned.db\n"
      "  conv-tune --net resnet50 --layout nchw --records tuned.db\n"
      "  conv-opt model.mlir --conv-to-llvm=\"records=tuned.db\"\n"
      "  conv-tune records --help\n");
  if (wantsRecordsCommand())
    return runRecordsCommand();
  llvm::sys::SetInterruptFunction([] { interrupted = 1; });
  return run(begin);
}
