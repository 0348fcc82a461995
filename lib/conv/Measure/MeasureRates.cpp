//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The experiments are layers without padding, so that all nominal taps are
/// computed, each under the model's pick, register tiles and loop orders that
/// are predicted to be slower, and algorithms with a workspace.
///
//===----------------------------------------------------------------------===//

#include "conv/Measure/MeasureRates.h"

#include "conv/Algorithms/Algorithms.h"
#include "conv/Layers/Layer.h"
#include "conv/Measure/ChildProcess.h"
#include "conv/Measure/Compile.h"
#include "conv/Measure/Probe.h"
#include "conv/Measure/Timer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <numeric>
#include <random>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

namespace {
struct Experiment {
  llvm::StringLiteral problem, layout;
  /// Schedules of the direct algorithm beside the pick; and whether the other
  /// algorithms' picks are measured.
  size_t tiles;
  bool algorithms;
};
} // namespace

/// Schedules predicted to take this many times as long as the pick are left
/// out: the model is not meant to know how bad they are.
static constexpr double kHopeless = 2;

static constexpr Experiment kExperiments[] = {
    // In L1 and L2: latency, loads, the start of a tile.
    {"mb1_ic64oc64_ih30kh3", "nhwc", 5, true},
    {"mb1_ic16oc64_ih56kh1", "nhwc", 4, false},
    {"mb1_ic128oc128_ih28kh1", "nchw", 4, false},
    {"mb1_ic32oc64_ih58kh3", "nchw", 4, true},
    // The filter from L2, and from beyond it.
    {"mb1_ic256oc512_ih16kh3", "nhwc", 4, false},
    {"mb1_ic512oc768_ih16kh3", "nhwc", 3, false},
    {"mb1_ic512oc2048_ih7kh1", "nhwc", 4, false},
    // Input and output from beyond L2, and from memory.
    {"mb1_ic128oc128_ih128kh1", "nhwc", 4, false},
    {"mb1_ic64oc128_ih129kh3sh2", "nhwc", 4, true},
    {"mb1_ic64oc64_ih258kh1", "nhwc", 3, true},
    {"mb1_ic32oc32_ih514kh1", "nhwc", 3, false},
    // Planes of pages, and others.
    {"mb1_ic64oc64_ih114kh3", "nchw", 4, false},
    {"mb1_ic32oc32_ih224kh3", "nchw", 3, false},
    // Nothing shared among channels.
    {"g96mb1_ic96oc96_ih58kh3", "nhwc", 2, false},
    {"g96mb1_ic96oc96_ih58kh3", "nchw", 2, false},
};

namespace {
/// A kernel to measure and what the model knows about it.
struct Run {
  std::string name;
  KernelSpec spec;
  Problem problem;
  ScheduleAttr schedule;
  /// Share of the peak, the best there was; 0: not measured.
  double fraction = 0;
};

/// Measures the experiments on one machine.
class RateSession {
public:
  RateSession(const RateOptions &options, Measurer &measurer,
              const MachineModel &model, MLIRContext *context);

  llvm::Error plan();
  std::vector<RateSample> measure(llvm::function_ref<void(StringRef)> announce);
  MachineAttr getMachine() const { return machine; }
  /// Cycles to start and join the threads; nothing when that fails.
  std::optional<double> measureFork(double cyclesPerSecond);

private:
  void mixExperiments();
  void add(const Run &base, ScheduleAttr schedule);
  void addTiles(const Run &base, size_t count);
  void addAlgorithms(const Run &base);
  MeasureRequest makeRequest(const KernelSpec &spec) const;

  const RateOptions &options;
  Measurer &measurer;
  MLIRContext *context;
  MachineAttr machine;
  std::vector<Run> runs;
};
} // namespace

RateSession::RateSession(const RateOptions &options, Measurer &measurer,
                         const MachineModel &model, MLIRContext *context)
    : options(options), measurer(measurer), context(context),
      machine(model.toAttr(context)) {
  if (options.fromDefault)
    machine = machine.withRates(MachineRatesAttr::getDefault(context));
}

void RateSession::add(const Run &base, ScheduleAttr schedule) {
  if (findScheduleObstacle(base.problem, machine, schedule))
    return;
  for (const Run &run : runs)
    if (run.name == base.name && run.schedule == schedule)
      return;
  Run run = base;
  run.schedule = schedule;
  run.spec.schedule = getScheduleText(schedule);
  runs.push_back(std::move(run));
}

/// `count` schedules of the direct algorithm, evenly from the fastest to the
/// slowest that is not hopeless.
void RateSession::addTiles(const Run &base, size_t count) {
  SmallVector<Choice> candidates =
      enumerateDirect(base.problem, machine, context);
  llvm::sort(candidates, [](const Choice &a, const Choice &b) {
    return a.cost.cycles < b.cost.cycles;
  });
  while (!candidates.empty() && candidates.back().cost.cycles >
                                    kHopeless * candidates.front().cost.cycles)
    candidates.pop_back();
  for (size_t i = 1; i <= count && !candidates.empty(); ++i)
    add(base, candidates[(candidates.size() - 1) * i / count].schedule);
}

void RateSession::addAlgorithms(const Run &base) {
  for (const AlgorithmInfo &info : getAlgorithms()) {
    const AlgorithmTraits &traits = info.getTraits();
    if (traits.isReference || traits.contractsInPlace() || traits.hasTile)
      continue;
    for (Form form : {Form::Whole, Form::Banded})
      if (form == Form::Whole || traits.hasBandedForm())
        add(base,
            chooseFor(base.problem, machine, info.algorithm, form, context)
                .schedule);
  }
}

llvm::Error RateSession::plan() {
  for (const Experiment &experiment : kExperiments) {
    auto layer = parseProblemString(experiment.problem);
    if (!layer)
      return layer.takeError();
    auto letters = getLetters(layer->problem, experiment.layout);
    if (!letters)
      return letters.takeError();
    Run base;
    base.name = (experiment.problem + " " + experiment.layout).str();
    base.spec.problem = layer->problem;
    base.spec.letters = *letters;
    FailureOr<Problem> known = getKernelProblem(base.spec, context);
    if (failed(known))
      return llvm::createStringError(base.name + " does not verify");
    base.problem = *known;
    add(base, chooseDirect(base.problem, machine, context).schedule);
    addTiles(base, experiment.tiles);
    if (experiment.algorithms)
      addAlgorithms(base);
  }
  mixExperiments();
  return llvm::Error::success();
}

/// The first of each experiment, then the second: what time allows of them is
/// of all experiments.
void RateSession::mixExperiments() {
  llvm::StringMap<size_t> counts;
  std::vector<std::pair<size_t, size_t>> order;
  for (auto [index, run] : llvm::enumerate(runs))
    order.push_back({counts[run.name]++, index});
  llvm::sort(order);
  std::vector<Run> mixed;
  for (auto [place, index] : order)
    mixed.push_back(std::move(runs[index]));
  runs = std::move(mixed);
}

MeasureRequest RateSession::makeRequest(const KernelSpec &spec) const {
  MeasureRequest request;
  request.spec = spec;
  request.cpu = options.cpu;
  return request;
}

std::vector<RateSample>
RateSession::measure(llvm::function_ref<void(StringRef)> announce) {
  double end = getSeconds() + options.budget;
  bool any = false;
  for (size_t repeat = 0; repeat < options.maxRepeats; ++repeat)
    for (auto [index, run] : llvm::enumerate(runs)) {
      if (any && getSeconds() > end)
        break;
      announce(llvm::formatv("{0} of {1}: {2} {3}", index + 1, runs.size(),
                             run.name, run.spec.schedule)
                   .str());
      MeasureResult result = measurer.measure(makeRequest(run.spec));
      if (result.wasTimed() && result.error.empty())
        run.fraction = std::max(run.fraction, result.peakFraction);
      any |= run.fraction > 0;
    }
  std::vector<RateSample> samples;
  for (const Run &run : runs) {
    if (run.fraction == 0)
      continue;
    // Cycles of the clock in which the peak is n_fma FMAs each.
    double fmaCycles =
        run.problem.flops() / (2.0 * machine.getNVec() * machine.getNFma());
    samples.push_back({run.problem, run.schedule, fmaCycles / run.fraction});
  }
  return samples;
}

//===----------------------------------------------------------------------===//
// What no layer shows
//===----------------------------------------------------------------------===//

/// Cycles from one line of a chain through memory to the next.
static double measureLatency(int64_t l3, double cyclesPerSecond) {
  constexpr int64_t lineWords = 64 / sizeof(uint32_t), steps = 200000;
  int64_t bytes = std::max<int64_t>(4 * l3, int64_t(64) << 20);
  int64_t lines = bytes / 64;
  // A single cycle through all lines, in random order (Sattolo).
  std::vector<uint32_t> next(lines * lineWords);
  std::vector<uint32_t> order(lines);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 generator(2018);
  for (int64_t i = lines - 1; i > 0; --i)
    std::swap(order[i], order[generator() % i]);
  for (int64_t i = 0; i < lines; ++i)
    next[order[i] * lineWords] = order[(i + 1) % lines] * lineWords;
  uint32_t at = 0;
  std::vector<double> seconds;
  for (int round = 0; round < 7; ++round) {
    double begin = getSeconds();
    for (int64_t i = 0; i < steps; ++i)
      at = next[at];
    seconds.push_back(getSeconds() - begin);
  }
  // The end of the chain must be seen, or nothing is run.
  volatile uint32_t sink = at;
  (void)sink;
  return *llvm::min_element(seconds) / steps * cyclesPerSecond;
}

/// Cycles per second, by the peak of FMAs, and the latency of memory.
static llvm::Expected<llvm::json::Value> probeHere(StringRef cpu) {
  auto model = prepareMachine(cpu, /*file=*/"", /*threads=*/1);
  if (!model)
    return model.takeError();
  std::unique_ptr<MLIRContext> context = createContext();
  pinToOneCPU();
  auto probe =
      Probe::create(context.get(), {model->triple, model->cpu, model->features},
                    model->nVec.value, model->nReg.value, 1);
  if (!probe)
    return probe.takeError();
  double flops = 0;
  for (int i = 0; i < 15; ++i)
    flops = std::max(flops, probe->run());
  double cycles = flops / (2.0 * model->nVec.value * model->nFma.value);
  return llvm::json::Object{
      {"cycles_per_second", cycles},
      {"latency", measureLatency(model->l3.value, cycles)}};
}

static llvm::Expected<llvm::json::Object> probeInChild(StringRef cpu) {
  auto outcome = runInChild([&](StageFunction) -> llvm::json::Value {
    auto found = probeHere(cpu);
    if (found)
      return std::move(*found);
    return llvm::toString(found.takeError());
  });
  if (!outcome)
    return outcome.takeError();
  if (!outcome->value)
    return llvm::createStringError("the memory probe crashed: " +
                                   outcome->death);
  if (llvm::json::Object *object = outcome->value->getAsObject())
    return std::move(*object);
  return llvm::createStringError(
      outcome->value->getAsString().value_or("").str());
}

std::optional<double> RateSession::measureFork(double cyclesPerSecond) {
  // Some microseconds of work: what is more than a share of it is the team's.
  auto layer = parseProblemString("mb1_ic16oc16_ih32kh1");
  if (!layer) {
    llvm::consumeError(layer.takeError());
    return std::nullopt;
  }
  KernelSpec spec;
  spec.problem = layer->problem;
  if (auto letters = getLetters(layer->problem, "nhwc"))
    spec.letters = *letters;
  else
    return (llvm::consumeError(letters.takeError()), std::nullopt);
  FailureOr<Problem> problem = getKernelProblem(spec, context);
  if (failed(problem))
    return std::nullopt;
  ScheduleAttr alone = chooseDirect(*problem, machine, context).schedule;
  auto getSecondsOf = [&](int64_t threads) {
    ScheduleAttr schedule = alone.with([&](ScheduleFields &fields) {
      fields.flatten = false;
      fields.parallel = Split();
      fields.parallel.h = threads;
    });
    MeasureRequest request = makeRequest(spec);
    request.spec.schedule = getScheduleText(schedule);
    request.threads = threads;
    MeasureResult result = measurer.measure(request);
    return result.wasTimed() ? result.minMs / 1e3 : 0;
  };
  double one = getSecondsOf(1), team = getSecondsOf(options.threads);
  if (one == 0 || team == 0)
    return std::nullopt;
  double seconds = std::max(team - one / options.threads, 0.0);
  const RateInfo &info = getRateInfo(Rate::Fork);
  return std::clamp(seconds * cyclesPerSecond, info.low, info.high);
}

/// Three digits: more would claim what no measurement shows.
static double roundRate(double value) {
  if (value == 0)
    return 0;
  double scale = std::pow(10, 2 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

llvm::Expected<MeasuredRates>
bench::measureRates(const RateOptions &options, Measurer &measurer,
                    llvm::function_ref<void(StringRef)> announce) {
  MachineOptions machineOptions;
  machineOptions.cpu = options.cpu;
  auto model = resolveMachine(machineOptions, ModuleOp());
  if (!model)
    return model.takeError();
  std::unique_ptr<MLIRContext> context = createContext();
  RateSession session(options, measurer, *model, context.get());
  if (auto error = session.plan())
    return std::move(error);
  auto probe = probeInChild(options.cpu);
  if (!probe)
    return probe.takeError();
  std::vector<RateSample> samples = session.measure(announce);
  if (samples.empty())
    return llvm::createStringError("no layer could be measured");

  MachineAttr before = session.getMachine();
  RateFit fit = fitRates(samples, before);
  MeasuredRates result;
  result.numSamples = samples.size();
  result.errorBefore = getPredictionError(samples, before);
  result.errorAfter = getPredictionError(
      samples,
      before.withRates(MachineRatesAttr::get(context.get(), fit.values)));
  result.file.cpu = model->cpu;
  result.file.source = llvm::formatv(
      "{0} samples on {1}, off by {2:F1} % in the geometric mean",
      samples.size(), getHostModelName(), 100 * result.errorAfter);
  for (Rate rate : fit.fitted)
    result.file.rates[size_t(rate)] = roundRate(fit.values[size_t(rate)]);
  double cycles = probe->getNumber("cycles_per_second").value_or(0);
  const RateInfo &latency = getRateInfo(Rate::MemoryLatency);
  result.file.rates[size_t(Rate::MemoryLatency)] =
      roundRate(std::clamp(probe->getNumber("latency").value_or(latency.low),
                           latency.low, latency.high));
  if (options.threads > 1)
    if (std::optional<double> fork = session.measureFork(cycles))
      result.file.rates[size_t(Rate::Fork)] = roundRate(*fork);
  return result;
}
