//===- conv-tune.cpp - Measures schedules and remembers the best ----------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tunes the convolutions of a module or of sets of layers. Options and
/// printing; the work is in lib/conv/Bench.
///
//===----------------------------------------------------------------------===//

#include "conv/Bench/Engine.h"
#include "conv/Bench/MachineCheck.h"
#include "conv/Bench/Measurer.h"
#include "conv/Bench/Report.h"
#include "conv/Bench/TuneSession.h"
#include "conv/Execution/Context.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/WithColor.h"

#include <csignal>

using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace cl = llvm::cl;
namespace json = llvm::json;

namespace {
/// The command line. Not static objects: LLVM's libraries register options of
/// the same names, which main removes first.
struct Options {
  cl::OptionCategory category{"conv-tune options"};
  cl::list<std::string> inputs{cl::Positional,
                               cl::desc("<model.mlir or problem string>..."),
                               cl::cat(category)};
  cl::list<std::string> nets{"net", cl::CommaSeparated,
                             cl::desc("Built-in sets of layers"),
                             cl::value_desc("name,..."), cl::cat(category)};
  cl::list<std::string> layerFiles{
      "layers", cl::desc("A set of layers in a JSON file"),
      cl::value_desc("file.json"), cl::cat(category)};
  cl::opt<std::string> records{
      "records", cl::desc("File to read and add to; made when missing"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> layout{
      "layout", cl::desc("Of layers: nhwc (default), nchw or blocked"),
      cl::init("nhwc"), cl::cat(category)};
  cl::opt<int64_t> batch{
      "batch",
      cl::desc("Override the batch of layers; of modules with a dynamic batch, "
               "the images to measure with (default 1)"),
      cl::init(0), cl::cat(category)};
  cl::opt<std::string> cpu{"cpu",
                           cl::desc("CPU to compile for, as LLVM spells it "
                                    "(default native); another than the host "
                                    "is not measured"),
                           cl::init("native"), cl::cat(category)};
  cl::opt<int64_t> threads{"threads", cl::desc("Threads (default 1)"),
                           cl::init(1), cl::cat(category)};
  cl::opt<double> budget{"budget",
                         cl::desc("Seconds all of it may take (default 300)"),
                         cl::init(300), cl::cat(category)};
  cl::opt<std::string> algorithm{"algorithm", cl::desc("Only this algorithm"),
                                 cl::init("auto"), cl::cat(category)};
  cl::list<std::string> exclude{"exclude", cl::CommaSeparated,
                                cl::desc("Algorithms not to try"),
                                cl::value_desc("name,..."), cl::cat(category)};
  cl::opt<std::string> form{"form",
                            cl::desc("Only transformations of this extent: "
                                     "whole or banded"),
                            cl::cat(category)};
  cl::opt<std::string> maxWorkspace{
      "max-workspace",
      cl::desc("Most bytes of temporary storage, such as 64KiB"),
      cl::value_desc("bytes"), cl::cat(category)};
  cl::opt<std::string> pipeline{
      "options",
      cl::desc("Options of conv-to-llvm that change a module's convolutions, "
               "such as propagate-layouts=blocked"),
      cl::value_desc("\"a=1 b=2\""), cl::cat(category)};
  cl::opt<unsigned> top{
      "top",
      cl::desc("Other algorithms to try beside the model's pick, and twice as "
               "many register tiles (default 4)"),
      cl::init(4), cl::cat(category)};
  cl::opt<unsigned> maxCandidates{
      "max-candidates",
      cl::desc("Most candidates per convolution (default 0: what time allows)"),
      cl::init(0), cl::cat(category)};
  cl::opt<bool> again{"again", cl::desc("Measure what is recorded, too"),
                      cl::cat(category)};
  cl::opt<bool> measureMachine{
      "measure-machine",
      cl::desc("Print N_fma and L_fma as modelled and as measured, and stop"),
      cl::cat(category)};
  cl::opt<std::string> jsonFile{"json", cl::desc("Write a summary to a file"),
                                cl::value_desc("file"), cl::cat(category)};
  cl::opt<bool> progress{"progress",
                         cl::desc("Say on stderr what is being tuned: a bar on "
                                  "a terminal (the default there), else lines"),
                         cl::cat(category)};
  cl::opt<bool> trials{"print-trials",
                       cl::desc("Print what became of each candidate"),
                       cl::cat(category)};
};
} // namespace

static Options &options() {
  static Options all;
  return all;
}

static int reportError(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "conv-tune") << message << "\n";
  return 1;
}

static int reportError(llvm::Error error) {
  return reportError(llvm::toString(std::move(error)));
}

static llvm::raw_ostream &warn() {
  return llvm::WithColor::warning(llvm::errs(), "conv-tune");
}

/// Set by the first SIGINT or SIGTERM; the next one ends the process.
static volatile std::sig_atomic_t interrupted = 0;

namespace {
/// What is done and what is being tuned: a bar, or lines.
class Progress {
public:
  explicit Progress(size_t total)
      : total(total), terminal(llvm::sys::Process::StandardErrIsDisplayed()) {}

  void announce(llvm::StringRef what) {
    ++step;
    if (terminal)
      drawBar(what);
    else if (options().progress)
      llvm::errs() << "[" << step << "/" << total << "] " << what << "\n";
    llvm::errs().flush();
  }
  void clear() {
    if (terminal)
      llvm::errs() << "\r\x1b[K";
  }

private:
  void drawBar(llvm::StringRef what) {
    constexpr size_t width = 30;
    size_t full = width * (step - 1) / total;
    llvm::errs() << "\r\x1b[K[" << std::string(full, '#')
                 << std::string(width - full, '.') << "] " << step << "/"
                 << total << " " << what;
  }

  size_t total, step = 0;
  bool terminal;
};
} // namespace

static llvm::Error checkOptions() {
  if (options().threads < 1 || options().threads > 1024)
    return llvm::createStringError("--threads must be between 1 and 1024");
  if (options().batch < 0)
    return llvm::createStringError("--batch must not be negative");
  if (!(options().budget > 0))
    return llvm::createStringError("--budget must be positive");
  if (options().layout != "nhwc" && options().layout != "nchw" &&
      options().layout != "blocked")
    return llvm::createStringError("unknown layout '" + options().layout +
                                   "' (known: nhwc, nchw, blocked)");
  if (options().records.empty() && !options().measureMachine)
    return llvm::createStringError("--records is missing: the file to read and "
                                   "add to");
  return llvm::Error::success();
}

static TuneLimits getLimits() {
  TuneLimits limits;
  limits.algorithm = options().algorithm;
  limits.form = options().form;
  limits.maxWorkspace = options().maxWorkspace;
  limits.exclude.assign(options().exclude.begin(), options().exclude.end());
  return limits;
}

static bool isModule(llvm::StringRef input) {
  return input.ends_with(".mlir") || input.ends_with(".mlirbc") ||
         llvm::sys::fs::is_regular_file(input);
}

/// The layers that were asked for beside modules.
static llvm::Expected<std::vector<Layer>> getLayers() {
  LayerSources sources{
      {}, options().layerFiles, options().nets, options().batch};
  llvm::copy_if(options().inputs, std::back_inserter(sources.problems),
                [](const std::string &input) { return !isModule(input); });
  return collectLayers(sources);
}

/// What all inputs ask for, without what a module repeats of another.
static llvm::Expected<std::vector<TuneTask>>
collectAll(const MachineModel &machine, mlir::MLIRContext *context) {
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
  ConvToLLVMOptions pipeline;
  std::string why;
  llvm::raw_string_ostream os(why);
  if (failed(pipeline.parseFromString(options().pipeline, os)))
    return llvm::createStringError("--options: " + llvm::StringRef(why).trim());
  pipeline.cpu = options().cpu.getValue();
  pipeline.threads = options().threads.getValue();
  for (const std::string &input : options().inputs)
    if (isModule(input))
      if (auto error = append(collectTasks(
              input, pipeline, std::max<int64_t>(options().batch, 1), machine,
              getLimits(), context)))
        return std::move(error);
  auto layers = getLayers();
  if (!layers)
    return layers.takeError();
  if (auto error = append(collectTasks(*layers, options().layout, machine,
                                       getLimits(), context)))
    return std::move(error);
  return tasks;
}

/// One line, and a warning for each number that is not what the model says.
static void printMachine(const MachineCheck &check) {
  llvm::outs() << (check.host.empty() ? "host" : check.host) << ", code for "
               << check.cpu << ", " << check.nVec << " lanes:";
  for (const CheckedField &field : check.fields) {
    llvm::outs() << " " << field.name << " = " << field.modelled;
    if (field.measured)
      llvm::outs() << llvm::format(" (measured %.2f)", *field.measured);
    llvm::outs() << ",";
  }
  llvm::outs() << llvm::format(" %.1f GFLOP/s per core\n", check.gflops);
  llvm::outs().flush();
  for (const CheckedField &field : check.fields)
    if (field.deviates())
      warn() << llvm::formatv(
          "{0} is {1:F2} here, the model of '{2}' says {3}: other work on this "
          "core, or a wrong model\n",
          field.name, *field.measured, check.cpu, field.modelled);
}

namespace {
/// A row per convolution, and what they amount to.
class TuneTable {
public:
  explicit TuneTable(llvm::ArrayRef<TuneTask> tasks) {
    for (const TuneTask &task : tasks)
      width = std::max(width, task.name.size());
  }

  void printHeader() {
    llvm::outs() << llvm::left_justify("name", width)
                 << "  count  tried  model %  best %   gain      s  schedule\n";
    llvm::outs().flush();
  }
  void printRow(const TuneTask &task, const TuneOutcome &outcome) {
    llvm::raw_ostream &os = llvm::outs();
    os << llvm::left_justify(task.name, width);
    const TuningRecord &record = outcome.record;
    if (outcome.status == TuneOutcome::Tuned ||
        outcome.status == TuneOutcome::Recorded)
      os << llvm::format(
          "  %5lld  %5lld  %7.1f  %6.1f  %5.2f  %5.1f  %s%s\n",
          static_cast<long long>(task.count),
          static_cast<long long>(record.numCandidates),
          100 * record.peakFraction / record.speedup, 100 * record.peakFraction,
          record.speedup, outcome.seconds,
          abbreviateSchedule(record.schedule).c_str(),
          outcome.status == TuneOutcome::Recorded ? " (recorded)" : "");
    else
      os << "  " << stringifyStatus(outcome.status)
         << (outcome.reason.empty() ? "" : ": ") << outcome.reason << "\n";
    if (options().trials) {
      for (const Trial &trial : outcome.trials)
        os << llvm::format("    %6.3f  ", trial.ratio) << trial.verdict << "  "
           << trial.schedule << "\n";
      if (outcome.confirmation > 0)
        os << llvm::format("    %6.3f  the fastest against the model's pick, "
                           "once more\n",
                           outcome.confirmation);
    }
    os.flush();
  }

private:
  size_t width = 4;
};
} // namespace

static json::Object toJSON(const TuneTask &task, const TuneOutcome &outcome) {
  json::Object object{{"name", task.name},
                      {"count", task.count},
                      {"status", stringifyStatus(outcome.status)},
                      {"seconds", outcome.seconds}};
  if (!outcome.reason.empty())
    object["reason"] = outcome.reason;
  const TuningRecord &record = outcome.record;
  if (!record.schedule.empty()) {
    object["schedule"] = record.schedule;
    object["model_schedule"] = record.modelSchedule;
    object["peak_fraction"] = record.peakFraction;
    object["speedup"] = record.speedup;
    object["candidates"] = record.numCandidates;
    object["workspace_bytes"] = record.workspaceBytes;
  }
  json::Array trials;
  for (const Trial &trial : outcome.trials)
    trials.push_back(json::Object{{"schedule", trial.schedule},
                                  {"verdict", trial.verdict},
                                  {"ratio", trial.ratio}});
  object["trials"] = std::move(trials);
  object["confirmation"] = outcome.confirmation;
  return object;
}

/// What came of it all, and the exit code.
static int printSummary(llvm::ArrayRef<size_t> counts, double seconds,
                        size_t numImproved) {
  llvm::outs() << llvm::formatv("{0} tuned, {1} of them faster than the "
                                "model's pick; {2} recorded before; {3:F1} s\n",
                                counts[TuneOutcome::Tuned], numImproved,
                                counts[TuneOutcome::Recorded], seconds);
  llvm::outs().flush();
  if (size_t late = counts[TuneOutcome::OutOfTime])
    warn() << late
           << " convolutions had no time left; run again, or give more "
              "with --budget\n";
  if (counts[TuneOutcome::Interrupted]) {
    warn() << "interrupted; what was tuned is recorded, run again to go on\n";
    return 130;
  }
  return counts[TuneOutcome::Failed] ? 1 : 0;
}

static int tuneTasks(llvm::ArrayRef<TuneTask> tasks, SteadyTime begin,
                     json::Object &report) {
  TuneSessionOptions session;
  session.records = options().records;
  session.cpu = options().cpu;
  session.threads = options().threads;
  session.top = options().top;
  session.maxCandidates = options().maxCandidates;
  session.again = options().again;
  session.end = begin + std::chrono::duration_cast<SteadyTime::duration>(
                            std::chrono::duration<double>(options().budget));
  TuneTable table(tasks);
  table.printHeader();
  Progress progress(tasks.size());
  std::vector<size_t> counts(TuneOutcome::Interrupted + 1);
  size_t numImproved = 0;
  json::Array problems;
  auto error = tuneAll(
      tasks, session, [] { return interrupted != 0; },
      [&](size_t i) { progress.announce(tasks[i].name); },
      [&](size_t i, const TuneOutcome &outcome) {
        progress.clear();
        ++counts[outcome.status];
        numImproved +=
            outcome.status == TuneOutcome::Tuned && outcome.record.speedup > 1;
        table.printRow(tasks[i], outcome);
        problems.push_back(toJSON(tasks[i], outcome));
      });
  progress.clear();
  if (error)
    return reportError(std::move(error));
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  report["seconds"] = seconds;
  report["problems"] = std::move(problems);
  return printSummary(counts, seconds, numImproved);
}

/// Says what the model picks where nothing can be measured.
static void printModelOnly(llvm::ArrayRef<TuneTask> tasks,
                           const MachineModel &model,
                           mlir::MLIRContext *context, llvm::StringRef why) {
  warn() << "code for '" << model.cpu << "' is not measured here: " << why
         << "; the model alone decides, and nothing is recorded\n";
  for (const TuneTask &task : tasks) {
    llvm::outs() << task.name << "  ";
    if (!task.obstacle.empty()) {
      llvm::outs() << "skipped: " << task.obstacle << "\n";
      continue;
    }
    auto constraints = task.limits.parse();
    auto module = buildKernel(task.spec, context);
    if (!constraints || failed(module)) {
      llvm::consumeError(constraints.takeError());
      continue;
    }
    (*module)->walk([&](ConvOp op) {
      CandidateList list = enumerateCandidates(
          Problem::fromOp(op), model.toAttr(context), *constraints, context);
      if (const Candidate *best = list.getBest())
        llvm::outs() << "model only: "
                     << abbreviateSchedule(
                            getScheduleText(best->choice.schedule))
                     << "\n";
      else
        llvm::outs() << "skipped: "
                     << (list.obstacle.empty() ? "nothing fits max-workspace"
                                               : list.obstacle)
                     << "\n";
    });
  }
}

static llvm::Error writeJSON(json::Object report) {
  if (options().jsonFile.empty())
    return llvm::Error::success();
  std::error_code code;
  llvm::raw_fd_ostream out(options().jsonFile, code);
  if (code)
    return llvm::createStringError("cannot write " + options().jsonFile + ": " +
                                   code.message());
  out << llvm::formatv("{0:2}\n", json::Value(std::move(report)));
  return llvm::Error::success();
}

static int run(SteadyTime begin) {
  if (auto error = checkOptions())
    return reportError(std::move(error));
  MachineOptions machineOptions;
  machineOptions.cpu = options().cpu;
  machineOptions.threads = options().threads;
  auto model = resolveMachine(machineOptions, mlir::ModuleOp());
  if (!model)
    return reportError(model.takeError());
  std::optional<std::string> elsewhere =
      findHostObstacle({model->triple, model->cpu, model->features});
  if (options().measureMachine) {
    if (elsewhere)
      return reportError("code for '" + model->cpu +
                         "' cannot be measured here: " + *elsewhere);
    auto check = checkMachine(options().cpu);
    if (!check)
      return reportError(check.takeError());
    printMachine(*check);
    return 0;
  }
  if (auto constraints = getLimits().parse(); !constraints)
    return reportError(constraints.takeError());
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  auto tasks = collectAll(*model, context.get());
  if (!tasks)
    return reportError(tasks.takeError());
  if (tasks->empty())
    return reportError("nothing to tune: no convolutions in what was given "
                       "(modules, problem strings, --net, --layers)");
  // Before the work: a file that cannot be written should not cost it.
  if (auto error = createRecords(options().records))
    return reportError(std::move(error));
  if (auto records = TuningRecords::load(options().records); !records)
    return reportError(records.takeError());
  json::Object report;
  if (elsewhere) {
    printModelOnly(*tasks, *model, context.get(), *elsewhere);
    return 0;
  }
  auto check = checkMachine(options().cpu);
  if (!check)
    return reportError(check.takeError());
  printMachine(*check);
  report["machine"] = toJSON(*check);
  int status = tuneTasks(*tasks, begin, report);
  if (auto error = writeJSON(std::move(report)))
    return reportError(std::move(error));
  return status;
}

int main(int argc, char **argv) {
  SteadyTime begin = std::chrono::steady_clock::now();
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  cl::HideUnrelatedOptions(options().category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Measures schedules of convolutions and remembers the fastest\n\n"
      "  conv-tune model.mlir --records tuned.json\n"
      "  conv-tune --net resnet50 --layout nchw --records tuned.json\n"
      "  conv-opt model.mlir --conv-to-llvm=\"records=tuned.json\"\n");
  llvm::sys::SetInterruptFunction([] { interrupted = 1; });
  return run(begin);
}
