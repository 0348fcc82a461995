//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Tune/TuneSession.h"

#include "conv/Execution/Compiler.h"
#include "conv/Measure/Diagnostics.h"
#include "conv/Schedule/Legality.h"
#include "conv/Support/Version.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace json = llvm::json;

/// Seconds below which no search makes sense, and before the end of the budget
/// at which what runs is given up.
static constexpr double kLeastSeconds = 3, kMarginSeconds = 0.5;

llvm::Expected<Constraints> TuneLimits::parse() const {
  return parseConstraints(algorithm, exclude, form, maxWorkspace, accuracy);
}

std::string TuneLimits::str() const {
  std::vector<std::string> parts;
  if (algorithm != "auto")
    parts.push_back("algorithm=" + algorithm);
  if (!exclude.empty()) {
    std::vector<std::string> sorted = exclude;
    llvm::sort(sorted);
    parts.push_back("exclude=" + llvm::join(sorted, ","));
  }
  if (!form.empty())
    parts.push_back("form=" + form);
  if (!maxWorkspace.empty()) {
    // However it is written.
    llvm::Expected<int64_t> bytes = parseBytes(maxWorkspace);
    parts.push_back("max-workspace=" +
                    (bytes ? std::to_string(*bytes) : maxWorkspace));
    if (!bytes)
      llvm::consumeError(bytes.takeError());
  }
  double bound;
  if (!llvm::StringRef(accuracy).getAsDouble(bound))
    parts.push_back(llvm::formatv("accuracy={0}", bound).str());
  return llvm::join(parts, " ");
}

//===----------------------------------------------------------------------===//
// What there is to tune
//===----------------------------------------------------------------------===//

static void addTask(std::vector<TuneTask> &tasks, TuneTask task) {
  for (TuneTask &other : tasks)
    if (other.key == task.key && other.limits.str() == task.limits.str()) {
      ++other.count;
      return;
    }
  tasks.push_back(std::move(task));
}

/// Why a kernel made from `spec` is another problem than that of `key`: its
/// operands are dense and its blocks those of getLetters(). Nothing when it is
/// the same but for the batch, and for a residual instead of accumulation.
static Obstacle findKernelObstacle(const KernelSpec &spec, const RecordKey &key,
                                   const MachineModel &machine,
                                   MLIRContext *context) {
  Diagnostics diagnostics(context);
  FailureOr<OwningOpRef<ModuleOp>> module = buildKernel(spec, context);
  if (failed(module))
    return "it cannot be measured alone";
  RecordKey measured;
  (*module)->walk([&](ConvOp op) { measured = makeRecordKey(op, machine); });
  auto wanted = json::parse(key.problem), got = json::parse(measured.problem);
  if (!wanted || !got) {
    llvm::consumeError(wanted.takeError());
    llvm::consumeError(got.takeError());
    return "it cannot be described";
  }
  for (const auto &[name, value] : *wanted->getAsObject()) {
    StringRef field = name;
    if (field == "n" || field == "residual" || field == "accumulate")
      continue;
    const json::Value *other = got->getAsObject()->get(field);
    if (other && *other == value)
      continue;
    return llvm::formatv("its memory layout is not one that can be measured "
                         "alone: {0} = {1} instead of {2}",
                         field, value, other ? *other : json::Value(nullptr))
        .str();
  }
  return std::nullopt;
}

/// Why the pass would not decide about `op`.
static Obstacle findOpObstacle(ConvOp op) {
  if (op.getScheduleAttr())
    return "it has a schedule";
  Problem problem = Problem::fromOp(op);
  if (!problem.isF32())
    return "only f32 is tuned";
  if (problem.hasUnknownImage())
    return "the size of its image is not known";
  return findObstacle(problem, MachineAttr(), ScheduleAttr());
}

static std::string getName(const Problem &problem) {
  std::string name = problem.str();
  for (auto [present, text] :
       {std::pair(problem.hasBias, "+bias"),
        std::pair(problem.hasResidual || problem.accumulates, "+add"),
        std::pair(problem.hasClamp, "+clamp")})
    if (present)
      name += text;
  return name;
}

static TuneTask makeTask(ConvOp op, int64_t batch, const MachineModel &machine,
                         const TuneLimits &limits) {
  TuneTask task;
  Problem problem = Problem::fromOp(op);
  task.name = getName(problem);
  task.limits = limits;
  if (auto forced = dyn_cast_or_null<StringAttr>(
          op->getDiscardableAttr("conv.algorithm")))
    task.limits.algorithm = forced.str();
  task.key = makeRecordKey(op, machine);
  Obstacle obstacle = findOpObstacle(op);
  if (!obstacle) {
    task.spec = getKernelSpec(op, batch);
    obstacle =
        findKernelObstacle(task.spec, task.key, machine, op.getContext());
  }
  task.obstacle = obstacle.value_or("");
  return task;
}

llvm::Expected<std::vector<TuneTask>>
bench::collectTasks(llvm::StringRef file, const ConvToLLVMOptions &pipeline,
                    int64_t batch, const MachineModel &machine,
                    const TuneLimits &limits, MLIRContext *context) {
  auto text = llvm::MemoryBuffer::getFile(file);
  if (!text)
    return llvm::createStringError("cannot read " + file + ": " +
                                   text.getError().message());
  OwningOpRef<ModuleOp> module;
  {
    Diagnostics diagnostics(context);
    module = parseModule((*text)->getBuffer(), file, context);
    if (!module)
      return diagnostics.takeError("cannot read the module");
    PassManager manager(context, ModuleOp::getOperationName());
    buildConvRaisePipeline(manager, pipeline);
    if (failed(manager.run(*module)))
      return diagnostics.takeError("the module cannot be raised");
  }
  std::vector<TuneTask> tasks;
  module->walk(
      [&](ConvOp op) { addTask(tasks, makeTask(op, batch, machine, limits)); });
  return tasks;
}

llvm::Expected<std::vector<TuneTask>>
bench::collectTasks(llvm::ArrayRef<Layer> layers, llvm::StringRef layout,
                    const MachineModel &machine, const TuneLimits &limits,
                    MLIRContext *context) {
  std::vector<TuneTask> tasks;
  for (const Layer &layer : layers) {
    KernelSpec spec;
    spec.problem = layer.problem;
    auto letters = getLetters(layer.problem, layout);
    if (!letters) {
      TuneTask task;
      task.name = layer.name;
      task.obstacle = llvm::toString(letters.takeError());
      tasks.push_back(std::move(task));
      continue;
    }
    spec.letters = *letters;
    Diagnostics diagnostics(context);
    FailureOr<OwningOpRef<ModuleOp>> module = buildKernel(spec, context);
    if (failed(module))
      return diagnostics.takeError(layer.name + ": cannot be built");
    (*module)->walk([&](ConvOp op) {
      TuneTask task = makeTask(op, layer.problem.n, machine, limits);
      task.name = layer.name;
      addTask(tasks, std::move(task));
    });
  }
  return tasks;
}

//===----------------------------------------------------------------------===//
// Tuning it
//===----------------------------------------------------------------------===//

llvm::StringRef bench::stringifyStatus(TuneOutcome::Status status) {
  switch (status) {
  case TuneOutcome::Tuned:
    return "tuned";
  case TuneOutcome::Recorded:
    return "recorded";
  case TuneOutcome::Skipped:
    return "skipped";
  case TuneOutcome::Failed:
    return "failed";
  case TuneOutcome::OutOfTime:
    return "out of time";
  case TuneOutcome::Busy:
    return "busy";
  case TuneOutcome::Interrupted:
    return "interrupted";
  }
  llvm_unreachable("unknown status");
}

static double getSecondsUntil(SteadyTime then) {
  return std::chrono::duration<double>(then - std::chrono::steady_clock::now())
      .count();
}

static SteadyTime getTimeIn(double seconds) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<SteadyTime::duration>(
             std::chrono::duration<double>(seconds));
}

/// The record of a task that was made within its limits; nothing without one.
static llvm::Expected<std::optional<TuningRecord>>
findRecord(RecordStore &records, const TuneTask &task) {
  auto match = records.find(task.key);
  if (!match)
    return match.takeError();
  for (TuningRecord &record : match->records)
    if (record.limits == task.limits.str())
      return std::move(record);
  return std::nullopt;
}

static TuningRecord makeRecord(const TuneTask &task, const TuneResult &result) {
  TuningRecord record;
  record.key = task.key;
  record.name = task.name;
  record.limits = task.limits.str();
  record.schedule = result.schedule;
  record.modelSchedule = result.modelSchedule;
  record.ms = result.ms;
  record.peakFraction = result.peakFraction;
  record.speedup = result.speedup;
  record.numCandidates = result.getNumMeasured();
  record.workspaceBytes = result.workspaceBytes;
  record.provenance.host = result.host.empty() ? getHostName() : result.host;
  record.provenance.date = getCurrentDate();
  record.provenance.tool = getFullVersion();
  record.provenance.noise = result.noise;
  record.provenance.busy = result.busy;
  record.provenance.clockGHz = result.clockGHz;
  return record;
}

namespace {
class Session {
public:
  Session(const TuneSessionOptions &options,
          llvm::function_ref<bool()> interrupted)
      : options(options), interrupted(interrupted) {}

  /// Tunes one of `numLeft` tasks.
  llvm::Expected<TuneOutcome> run(const TuneTask &task, size_t numLeft);

private:
  bool isOver() const { return getSecondsUntil(options.end) < kMarginSeconds; }
  llvm::Error measure(const TuneTask &task, size_t numLeft,
                      TuneOutcome &outcome);
  TuneOutcome::Status getStatus(const TuneResult &result) const;

  const TuneSessionOptions &options;
  llvm::function_ref<bool()> interrupted;
};
} // namespace

TuneOutcome::Status Session::getStatus(const TuneResult &result) const {
  if (result.wasTuned())
    return TuneOutcome::Tuned;
  if (interrupted())
    return TuneOutcome::Interrupted;
  if (result.tooBusy)
    return TuneOutcome::Busy;
  return isOver() ? TuneOutcome::OutOfTime : TuneOutcome::Failed;
}

llvm::Error Session::measure(const TuneTask &task, size_t numLeft,
                             TuneOutcome &outcome) {
  TuneRequest request;
  auto constraints = task.limits.parse();
  if (!constraints)
    return constraints.takeError();
  request.constraints = std::move(*constraints);
  request.spec = task.spec;
  request.cpu = options.cpu;
  request.machine = options.machine;
  request.threads = options.threads;
  request.top = options.top;
  request.maxCandidates = options.maxCandidates;
  request.maxBusy = options.maxBusy;
  request.board = options.board;
  double left = getSecondsUntil(options.end) - kMarginSeconds;
  double share = std::min(left, std::max(left / numLeft, kLeastSeconds));
  request.deadline = getTimeIn(share);
  TuneResult result = tune(request, [&] { return interrupted() || isOver(); });
  outcome.trials = result.trials;
  outcome.confirmation = result.confirmation;
  outcome.status = getStatus(result);
  outcome.reason = result.error;
  if (outcome.status == TuneOutcome::Tuned)
    outcome.record = makeRecord(task, result);
  return llvm::Error::success();
}

llvm::Expected<TuneOutcome> Session::run(const TuneTask &task, size_t numLeft) {
  TuneOutcome outcome;
  if (!task.obstacle.empty()) {
    outcome.status = TuneOutcome::Skipped;
    outcome.reason = task.obstacle;
  } else if (interrupted()) {
    outcome.status = TuneOutcome::Interrupted;
  } else if (!isOver()) {
    auto start = std::chrono::steady_clock::now();
    if (auto error = measure(task, numLeft, outcome))
      return std::move(error);
    outcome.seconds = -getSecondsUntil(start);
  }
  return outcome;
}

llvm::Expected<TuneOutcome>
bench::tuneTask(const TuneTask &task, const TuneSessionOptions &options,
                llvm::function_ref<bool()> interrupted) {
  return Session(options, interrupted).run(task, /*numLeft=*/1);
}

/// What became of one of `numLeft` tasks: recorded by now, or tuned.
static llvm::Expected<TuneOutcome> tuneOrFind(const TuneTask &task,
                                              RecordStore &records,
                                              Session &session, size_t numLeft,
                                              bool again) {
  if (task.obstacle.empty() && !again) {
    // Asked each time: another process may be at the same work.
    auto record = findRecord(records, task);
    if (!record)
      return record.takeError();
    if (*record) {
      TuneOutcome outcome;
      outcome.status = TuneOutcome::Recorded;
      outcome.record = std::move(**record);
      return outcome;
    }
  }
  auto outcome = session.run(task, numLeft);
  if (outcome && outcome->status == TuneOutcome::Tuned)
    if (auto error = records.add(outcome->record))
      return std::move(error);
  return outcome;
}

llvm::Error
bench::tuneAll(llvm::ArrayRef<TuneTask> tasks, RecordStore &records,
               const TuneSessionOptions &options,
               llvm::function_ref<bool()> interrupted,
               llvm::function_ref<void(size_t)> start,
               llvm::function_ref<void(size_t, const TuneOutcome &)> done) {
  std::vector<size_t> order(tasks.size());
  for (auto [i, index] : llvm::enumerate(order))
    index = i;
  llvm::sort(order, [&](size_t a, size_t b) {
    auto cost = [&](const TuneTask &task) {
      return task.obstacle.empty() ? task.count * task.spec.problem.flops() : 0;
    };
    return std::pair(-cost(tasks[a]), a) < std::pair(-cost(tasks[b]), b);
  });
  llvm::DenseSet<size_t> open;
  for (auto [index, task] : llvm::enumerate(tasks)) {
    if (!task.obstacle.empty())
      continue;
    auto record = findRecord(records, task);
    if (!record)
      return record.takeError();
    if (options.again || !*record)
      open.insert(index);
  }
  Session session(options, interrupted);
  for (size_t index : order) {
    start(index);
    auto outcome = tuneOrFind(tasks[index], records, session,
                              std::max<size_t>(open.size(), 1), options.again);
    if (!outcome)
      return outcome.takeError();
    open.erase(index);
    done(index, *outcome);
  }
  return llvm::Error::success();
}
