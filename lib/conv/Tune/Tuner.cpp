//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Tune/Tuner.h"

#include "BoardSearch.h"
#include "SearchPolicy.h"
#include "SearchTask.h"

#include "conv/Decide/Records.h"
#include "conv/Measure/Compare.h"
#include "conv/Measure/CompiledKernel.h"
#include "conv/Measure/Probe.h"
#include "conv/Measure/Timer.h"
#include "conv/Tune/Neighbours.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <csignal>
#include <thread>
#include <unistd.h>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace json = llvm::json;

/// How the core is watched before a search: a few slices of the scheduler at a
/// time, and how often, a moment apart, before it is called busy.
static constexpr double kWatchSeconds = 0.03, kRestSeconds = 0.2;
static constexpr int kMostWatches = 10;

int64_t TuneResult::getNumMeasured() const {
  return 1 + llvm::count_if(trials,
                            [](const Trial &trial) { return trial.ratio > 0; });
}

json::Object bench::toJSON(const TuneResult &r) {
  json::Array trials;
  for (const Trial &trial : r.trials)
    trials.push_back(json::Object{{"schedule", trial.schedule},
                                  {"verdict", trial.verdict},
                                  {"ratio", trial.ratio}});
  return json::Object{{"schedule", r.schedule},
                      {"model_schedule", r.modelSchedule},
                      {"ms", r.ms},
                      {"peak_fraction", r.peakFraction},
                      {"model_peak_fraction", r.modelPeakFraction},
                      {"speedup", r.speedup},
                      {"confirmation", r.confirmation},
                      {"workspace_bytes", r.workspaceBytes},
                      {"noise", r.noise},
                      {"busy", r.busy},
                      {"clock_ghz", r.clockGHz},
                      {"host", r.host},
                      {"trials", std::move(trials)},
                      {"error", r.error},
                      {"too_busy", r.tooBusy}};
}

namespace mlir::conv::bench {
static bool fromJSON(const json::Value &value, Trial &trial, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("schedule", trial.schedule) &&
         map.map("verdict", trial.verdict) && map.map("ratio", trial.ratio);
}
} // namespace mlir::conv::bench

bool bench::fromJSON(const json::Value &value, TuneResult &r, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("schedule", r.schedule) &&
         map.map("model_schedule", r.modelSchedule) && map.map("ms", r.ms) &&
         map.map("peak_fraction", r.peakFraction) &&
         map.map("model_peak_fraction", r.modelPeakFraction) &&
         map.map("speedup", r.speedup) &&
         map.map("confirmation", r.confirmation) &&
         map.map("workspace_bytes", r.workspaceBytes) &&
         map.map("noise", r.noise) && map.map("busy", r.busy) &&
         map.map("clock_ghz", r.clockGHz) && map.map("host", r.host) &&
         map.map("trials", r.trials) && map.map("error", r.error) &&
         map.map("too_busy", r.tooBusy);
}

namespace {
/// A kernel with its operands, ready to run.
class Contestant {
public:
  static llvm::Expected<std::unique_ptr<Contestant>>
  create(const MeasureRequest &request, MLIRContext *context,
         const ResolvedTarget &target, const ReferenceData &data);

  void operator()() { (*call)(); }
  /// The output of the last call.
  std::vector<float> getOutput() const { return kernel.readOutput(operands); }

  std::string schedule;
  int64_t workspaceBytes = 0;
  /// Of the second call: the first one touches the pages.
  double seconds = 0;

private:
  explicit Contestant(CompiledKernel kernel) : kernel(std::move(kernel)) {}

  CompiledKernel kernel;
  CompiledKernel::Operands operands;
  std::optional<CompiledKernel::Call> call;
};

/// The search in one child process. `result` is what is known so far: a process
/// that follows one that crashed goes on from it.
class TuningSearch {
public:
  TuningSearch(const TuneRequest &request, StageFunction stage,
               TuneResult &result)
      : request(request), stage(stage), result(result),
        context(createContext()) {}

  /// Tries candidates; decides when none is faster than the pick.
  llvm::Error run();
  /// Decides between the fastest and the pick.
  llvm::Error confirm();

private:
  llvm::Expected<std::unique_ptr<Contestant>> compile(StringRef schedule);
  llvm::Error prepare();
  llvm::Error awaitQuiet();
  llvm::Error refuseBusy(double share, double allowed);
  void tryAll(ArrayRef<ScheduleAttr> schedules);
  Trial tryOne(StringRef schedule);
  llvm::Error finish();

  bool isOver() const {
    if (request.maxCandidates && result.trials.size() >= request.maxCandidates)
      return true;
    // A candidate must fit, and the last comparison after it.
    auto left = std::chrono::duration<double>(request.deadline -
                                              std::chrono::steady_clock::now());
    return left.count() < longestTrial + finalSeconds;
  }
  /// Tells the parent what is known, and what comes next.
  void announce(StringRef what) { stage(what, toJSON(result)); }

  const TuneRequest &request;
  StageFunction stage;
  TuneResult &result;
  std::unique_ptr<MLIRContext> context;
  std::optional<SearchTask> task;
  std::optional<ReferenceData> data;
  std::optional<Probe> probe;
  std::unique_ptr<Contestant> pick, best;
  std::vector<float> expected;
  double longestTrial = 0, finalSeconds = 0;
};
} // namespace

llvm::Expected<std::unique_ptr<Contestant>>
Contestant::create(const MeasureRequest &request, MLIRContext *context,
                   const ResolvedTarget &target, const ReferenceData &data) {
  auto kernel = CompiledKernel::compile(request, context, target);
  if (!kernel)
    return kernel.takeError();
  std::unique_ptr<Contestant> self(new Contestant(std::move(*kernel)));
  auto operands = self->kernel.allocate(data, Buffer::Placement::Aligned);
  if (!operands)
    return operands.takeError();
  self->operands = std::move(*operands);
  self->schedule = self->kernel.log.schedule;
  if (self->kernel.isPrepacked()) {
    CompiledKernel::Call pack = self->kernel.getPackCall(self->operands);
    pack();
  }
  self->call.emplace(self->kernel.getCall(self->operands));
  allocation::resetPeak();
  (*self)();
  self->workspaceBytes = allocation::getPeakBytes();
  double start = getSeconds();
  (*self)();
  self->seconds = getSeconds() - start;
  return std::move(self);
}

llvm::Expected<std::unique_ptr<Contestant>>
TuningSearch::compile(StringRef schedule) {
  MeasureRequest kernel;
  kernel.spec = request.spec;
  kernel.spec.schedule = schedule.str();
  kernel.cpu = request.cpu;
  kernel.machine = request.machine;
  kernel.threads = request.threads;
  return Contestant::create(kernel, context.get(), task->target, *data);
}

llvm::Error TuningSearch::refuseBusy(double share, double allowed) {
  result.tooBusy = true;
  if (share <= allowed)
    return llvm::createStringError(
        "the FMA probe beside the samples does not run evenly");
  return llvm::createStringError(
      llvm::formatv("other work takes {0:F0} % of the core, {1:F0} % are "
                    "allowed",
                    100 * share, 100 * allowed));
}

/// Waits for other work to leave the core; fails when it stays.
llvm::Error TuningSearch::awaitQuiet() {
  // Several threads are watched by the probe alone.
  if (request.maxBusy >= 1 || request.threads != 1)
    return llvm::Error::success();
  double share = 0;
  for (int i = 0; i < kMostWatches; ++i) {
    share = measureBusyShare(kWatchSeconds);
    if (share <= request.maxBusy)
      return llvm::Error::success();
    std::this_thread::sleep_for(std::chrono::duration<double>(kRestSeconds));
  }
  return refuseBusy(share, request.maxBusy);
}

/// Compiles the pick, and the best when another process found it.
llvm::Error TuningSearch::prepare() {
  auto start = std::chrono::steady_clock::now();
  auto prepared = prepareTask(request, context.get(), result);
  if (!prepared)
    return prepared.takeError();
  task = std::move(*prepared);
  if (request.threads == 1)
    pinToOneCPU();
  if (auto error = awaitQuiet())
    return error;
  KernelSpec spec = request.spec;
  spec.schedule.clear();
  data.emplace(spec, /*withOutput=*/false);
  // Not the order in which they met before: memory is given out in it.
  if (result.schedule != result.modelSchedule) {
    auto compiled = compile(result.schedule);
    if (!compiled)
      return compiled.takeError();
    best = std::move(*compiled);
  }
  auto compiled = compile(result.modelSchedule);
  if (!compiled)
    return compiled.takeError();
  pick = std::move(*compiled);
  expected = pick->getOutput();
  // The last comparison, in a process that compiles two.
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  finalSeconds = kFinalPairSeconds + kRecordSeconds + 30 * pick->seconds +
                 2 * took.count() + 0.5;
  return llvm::Error::success();
}

/// Compiles a candidate, compares its result with the pick's and its time with
/// the best one's.
Trial TuningSearch::tryOne(StringRef schedule) {
  Trial trial{schedule.str(), "", 0};
  auto compiled = compile(schedule);
  if (!compiled) {
    trial.verdict = "refused: " + llvm::toString(compiled.takeError());
    return trial;
  }
  Contestant &challenger = **compiled;
  std::vector<float> output = challenger.getOutput();
  std::string wrong =
      compareExactly(request.spec.getOutput(), output.data(), expected);
  if (!wrong.empty()) {
    trial.verdict = "wrong: " + wrong;
    return trial;
  }
  Contestant &incumbent = best ? *best : *pick;
  trial.verdict = "slower";
  trial.ratio = incumbent.seconds / challenger.seconds;
  if (challenger.seconds > kHopeless * incumbent.seconds)
    return trial;
  Comparison comparison =
      compare([&] { challenger(); }, [&] { incumbent(); }, kMargin,
              std::max(kPairSeconds, 20 * incumbent.seconds));
  trial.ratio = comparison.ratio;
  if (!comparison.isFaster(kMargin))
    return trial;
  trial.verdict = "faster";
  best = std::move(*compiled);
  result.schedule = best->schedule;
  return trial;
}

void TuningSearch::tryAll(ArrayRef<ScheduleAttr> schedules) {
  for (ScheduleAttr attr : schedules) {
    std::string schedule = getScheduleText(attr);
    if (wasTried(result, schedule))
      continue;
    if (isOver())
      return;
    announce("candidate " + schedule);
    ::alarm(kCandidateSeconds);
    auto start = std::chrono::steady_clock::now();
    result.trials.push_back(tryOne(schedule));
    ::alarm(0);
    std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    longestTrial = std::max(longestTrial, took.count());
  }
}

/// Decides between the best and the pick, and takes the times to record.
llvm::Error TuningSearch::finish() {
  announce("finish");
  ::alarm(kCandidateSeconds);
  auto probed =
      Probe::create(context.get(), task->target, task->machine.getNVec(),
                    task->machine.getNReg(), request.threads);
  if (!probed)
    return probed.takeError();
  if (best) {
    Comparison last =
        compare([&] { (*best)(); }, [&] { (*pick)(); }, kFinalMargin,
                std::max(kFinalPairSeconds, 20 * pick->seconds));
    result.confirmation = last.ratio;
    if (last.isFaster(kFinalMargin))
      result.speedup = last.ratio;
    else
      best.reset();
  }
  TimerOptions options;
  options.maxBusy = request.maxBusy;
  double flops = task->problem.flops();
  auto time = [&](Contestant &which) {
    double round = std::max(which.seconds, 1e-3) + 6e-4;
    options.rounds = std::clamp<int64_t>(kRecordSeconds / round, 7, 101);
    return timeCalls([&] { which(); }, flops, *probed, options);
  };
  Contestant &winner = best ? *best : *pick;
  Timing timing = time(winner);
  if (timing.tooBusy)
    return refuseBusy(timing.busy, request.maxBusy);
  result.schedule = winner.schedule;
  result.workspaceBytes = winner.workspaceBytes;
  result.ms = timing.medianMs;
  result.peakFraction = timing.peakFraction;
  result.modelPeakFraction = timing.peakFraction / result.speedup;
  result.noise = timing.noise;
  result.busy = timing.busy;
  result.clockGHz =
      timing.peakGflops / (2.0 * task->machine.getNVec() *
                           task->machine.getNFma() * request.threads);
  return llvm::Error::success();
}

llvm::Error TuningSearch::run() {
  announce("prepare");
  if (auto error = prepare())
    return error;
  tryAll(getFirstCandidates(task->problem, task->machine, request.constraints,
                            request.top, context.get()));
  // Downhill, as long as something is found.
  std::string around;
  while (around != result.schedule && !isOver()) {
    around = result.schedule;
    tryAll(getNeighbours(task->problem, task->machine, request.constraints,
                         parseScheduleIfValid(around, context.get())));
  }
  // What beat the pick has to do so in another process, too.
  return best ? llvm::Error::success() : finish();
}

llvm::Error TuningSearch::confirm() {
  announce("prepare again");
  if (auto error = prepare())
    return error;
  return finish();
}

/// A step of a search, in the process that calls it.
using SearchStep = llvm::Error (*)(const TuneRequest &, StageFunction,
                                   TuneResult &);

static llvm::Error runHere(const TuneRequest &request, StageFunction stage,
                           TuneResult &result) {
  return TuningSearch(request, stage, result).run();
}

static llvm::Error confirmHere(const TuneRequest &request, StageFunction stage,
                               TuneResult &result) {
  return TuningSearch(request, stage, result).confirm();
}

/// Runs one step of a search in a child and takes over what it found. Returns
/// how it ended when it did not reach its end.
static llvm::Expected<std::optional<ChildOutcome>>
runStep(const TuneRequest &request, TuneResult &known, SearchStep step,
        llvm::function_ref<bool()> cancelled) {
  auto outcome = runInChild(
      [&](StageFunction stage) -> json::Value {
        // A crash is over at once, a loop without end is not.
        std::signal(SIGALRM, SIG_DFL);
        TuneResult result = known;
        if (auto error = step(request, stage, result))
          result.error = llvm::toString(std::move(error));
        return toJSON(result);
      },
      cancelled);
  if (!outcome)
    return outcome.takeError();
  const auto &value = outcome->value ? outcome->value : outcome->partial;
  json::Path::Root root("result");
  TuneResult result;
  if (value && fromJSON(*value, result, root))
    known = std::move(result);
  if (outcome->value)
    return std::nullopt;
  return std::move(*outcome);
}

TuneResult bench::tune(const TuneRequest &request,
                       llvm::function_ref<bool()> cancelled) {
  constexpr int mostCrashes = 10;
  // Operands of the pick, the best and a challenger, and where they come from.
  constexpr double numCopies = 4.5;
  TuneResult known;
  auto fail = [&](const llvm::Twine &why) {
    known.error = why.str();
    return known;
  };
  double needed = numCopies * request.spec.getNumBytes();
  int64_t available = getAvailableMemory();
  if (request.board.empty() && available && needed > available)
    return fail(llvm::formatv("needs {0:F1} GiB of memory, {1:F1} GiB are "
                              "available",
                              needed / (1 << 30), double(available) / (1 << 30))
                    .str());
  SearchStep step = request.board.empty() ? runHere : searchOnBoard;
  for (int crashes = 0; crashes < mostCrashes;) {
    auto ended = runStep(request, known, step, cancelled);
    if (!ended)
      return fail(llvm::toString(ended.takeError()));
    if (!*ended) {
      if (!known.error.empty() || known.ms > 0)
        return known;
      step = confirmHere;
      continue;
    }
    if (cancelled())
      return fail("interrupted");
    StringRef running = (*ended)->stage, death = (*ended)->death;
    if (!running.consume_front("candidate "))
      return fail("crashed in stage '" + running + "': " + death);
    known.trials.push_back({running.str(), ("crashed: " + death).str(), 0});
    ++crashes;
  }
  return fail("too many candidates crashed");
}
