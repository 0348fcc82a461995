//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Tune/Search.h"

#include "conv/Algorithms/Algorithms.h"
#include "conv/Measure/CompiledKernel.h"
#include "conv/Measure/Probe.h"
#include "conv/Measure/Timer.h"

#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/STLExtras.h"

#include <optional>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// Candidates beside the pick that are timed again, and seconds for it.
static constexpr size_t kFinalists = 3;
/// Tiles that are tried in every order.
static constexpr size_t kTilesInAllOrders = 4;
static constexpr double kQuickSeconds = 0.03, kFinalSeconds = 1.0;

const SearchEntry &SearchResult::getBest() const {
  return *llvm::max_element(entries,
                            [](const SearchEntry &a, const SearchEntry &b) {
                              return a.speedup < b.speedup;
                            });
}

namespace {
/// A search in this process.
class Search {
public:
  Search(const MeasureRequest &request, SearchSpace space)
      : request(request), space(space), context(createContext()) {}

  llvm::Error run(StageFunction stage, SearchResult &result);

private:
  /// A kernel that may still be wanted.
  struct Compiled {
    size_t entry;
    CompiledKernel kernel;
    Buffer packed;
  };
  CompiledKernel::Call getCall(Compiled &compiled);

  MeasureRequest getRequest(ScheduleAttr schedule) const;
  void searchTiles(SearchResult &result);
  void searchAlgorithms(SearchResult &result);
  /// Measures a candidate unless it is the pick; its share of the peak.
  double measure(const MeasureRequest &candidate, SearchResult &result);
  llvm::Expected<Compiled> compile(const MeasureRequest &candidate,
                                   SearchEntry &entry);
  llvm::Error timeFinalists(SearchResult &result);
  void predict(SearchEntry &entry) const;

  const MeasureRequest &request;
  SearchSpace space;
  std::unique_ptr<MLIRContext> context;
  std::optional<ResolvedTarget> target;
  MachineAttr machine;
  Problem problem;
  std::optional<ReferenceData> data;
  std::optional<Probe> probe;
  /// Shared by all kernels: where pages happen to lie changes the time of
  /// layers beyond L2 by several percent. Filters are packed in several ways.
  std::optional<CompiledKernel::Operands> operands;
  std::vector<Compiled> kernels;
};
} // namespace

MeasureRequest Search::getRequest(ScheduleAttr schedule) const {
  MeasureRequest candidate = request;
  candidate.algorithm = "direct";
  candidate.spec.schedule = getScheduleText(schedule);
  return candidate;
}

/// Index in `candidates` and quick fraction of what was measured of a tile.
using Measured = std::pair<size_t, double>;

void Search::searchTiles(SearchResult &result) {
  SmallVector<Choice> candidates =
      enumerateDirect(problem, machine, context.get());
  ScheduleAttr pick =
      parseSchedule(result.entries.front().schedule, context.get());
  auto isSameTile = [](ScheduleAttr a, ScheduleAttr b) {
    return RegisterTile::fromSchedule(a) == RegisterTile::fromSchedule(b);
  };
  // One tile's candidates follow each other.
  std::vector<Measured> tiles;
  for (size_t i = 0; i < candidates.size();) {
    size_t end = i, chosen = i;
    for (; end < candidates.size() &&
           isSameTile(candidates[i].schedule, candidates[end].schedule);
         ++end) {
      ScheduleAttr schedule = candidates[end].schedule;
      if (pick && schedule.getOrder() == pick.getOrder() &&
          schedule.getBand() == pick.getBand())
        chosen = end;
    }
    tiles.push_back(
        {chosen, measure(getRequest(candidates[chosen].schedule), result)});
    i = end;
  }
  llvm::sort(tiles, [](const Measured &a, const Measured &b) {
    return a.second > b.second;
  });
  for (auto [chosen, fraction] : ArrayRef(tiles).take_front(kTilesInAllOrders))
    for (auto [i, candidate] : llvm::enumerate(candidates))
      if (i != chosen &&
          isSameTile(candidates[chosen].schedule, candidate.schedule))
        measure(getRequest(candidate.schedule), result);
}

void Search::searchAlgorithms(SearchResult &result) {
  for (const NamedAlgorithm &named : getNamedAlgorithms())
    for (Form form : {Form::Whole, Form::Banded}) {
      const AlgorithmTraits &traits = getTraits(named.algorithm);
      // What rounds differently is not what was asked for.
      if (traits.isReference || getRounding(named) ||
          (form == Form::Banded && !traits.hasBandedForm()))
        continue;
      MeasureRequest candidate = request;
      candidate.algorithm = named.getName().str();
      if (traits.hasBandedForm())
        candidate.form = stringifyForm(form).str();
      measure(candidate, result);
    }
}

void Search::predict(SearchEntry &entry) const {
  ScheduleAttr schedule = parseSchedule(entry.schedule, context.get());
  if (!schedule)
    return;
  Cost cost = estimateSchedule(problem, machine, schedule);
  entry.predictedFraction = cost.fmaCycles / cost.cycles;
}

/// A call keeps pointers into the buffers only.
CompiledKernel::Call Search::getCall(Compiled &compiled) {
  operands->packed = std::move(compiled.packed);
  CompiledKernel::Call call = compiled.kernel.getCall(*operands);
  compiled.packed = std::move(operands->packed);
  return call;
}

llvm::Expected<Search::Compiled>
Search::compile(const MeasureRequest &candidate, SearchEntry &entry) {
  auto kernel = CompiledKernel::compile(candidate, context.get(), *target);
  if (!kernel)
    return kernel.takeError();
  entry.algorithm = kernel->log.algorithm;
  entry.form = kernel->log.form;
  entry.schedule = kernel->log.schedule;
  predict(entry);
  if (!operands) {
    auto allocated = kernel->allocate(*data, Buffer::Placement::Aligned);
    if (!allocated)
      return allocated.takeError();
    operands = std::move(*allocated);
  }
  auto packed = kernel->allocatePacked(Buffer::Placement::Aligned);
  if (!packed)
    return packed.takeError();
  operands->packed = std::move(*packed);
  if (kernel->isPrepacked()) {
    CompiledKernel::Call pack = kernel->getPackCall(*operands);
    pack();
  }
  Compiled compiled{0, std::move(*kernel), std::move(operands->packed)};
  CompiledKernel::Call call = getCall(compiled);
  allocation::resetPeak();
  call();
  entry.workspaceBytes = allocation::getPeakBytes();
  TimerOptions options;
  options.rounds = request.rounds;
  options.totalSeconds = kQuickSeconds;
  entry.quickFraction =
      timeCalls([&] { call(); }, problem.flops(), *probe, options).peakFraction;
  return std::move(compiled);
}

double Search::measure(const MeasureRequest &candidate, SearchResult &result) {
  SearchEntry &pick = result.entries.front();
  if (candidate.spec.schedule == pick.schedule)
    return pick.quickFraction;
  SearchEntry entry;
  entry.algorithm = candidate.algorithm;
  entry.form = candidate.form;
  entry.schedule = candidate.spec.schedule;
  auto compiled = compile(candidate, entry);
  if (!compiled) {
    entry.refused = llvm::toString(compiled.takeError());
    result.entries.push_back(entry);
    return 0;
  }
  if (entry.schedule == pick.schedule)
    return pick.quickFraction;
  compiled->entry = result.entries.size();
  result.entries.push_back(entry);
  kernels.push_back(std::move(*compiled));
  // Of the others the fastest stay.
  llvm::sort(MutableArrayRef(kernels).drop_front(),
             [&](const Compiled &a, const Compiled &b) {
               return result.entries[a.entry].quickFraction >
                      result.entries[b.entry].quickFraction;
             });
  while (kernels.size() > kFinalists + 1)
    kernels.pop_back();
  return entry.quickFraction;
}

llvm::Error Search::timeFinalists(SearchResult &result) {
  std::vector<CompiledKernel::Call> calls;
  for (Compiled &compiled : kernels)
    calls.push_back(getCall(compiled));
  std::vector<std::function<void()>> functions;
  for (CompiledKernel::Call &call : calls)
    functions.push_back([&call] { call(); });
  TimerOptions options;
  options.rounds = request.rounds;
  options.totalSeconds = kFinalSeconds;
  std::vector<TurnTiming> timings =
      timeInTurns(functions, problem.flops(), *probe, options);
  for (auto [compiled, timing] : llvm::zip_equal(kernels, timings)) {
    result.entries[compiled.entry].fraction = timing.peakFraction;
    result.entries[compiled.entry].speedup = timing.speedup;
  }
  return llvm::Error::success();
}

llvm::Error Search::run(StageFunction stage, SearchResult &result) {
  stage("compile", nullptr);
  auto model = prepareMachine(request.cpu, request.machine, request.threads);
  if (!model)
    return model.takeError();
  target = ResolvedTarget{model->triple, model->cpu, model->features};
  machine = model->toAttr(context.get());
  FailureOr<Problem> known = getKernelProblem(request.spec, context.get());
  if (failed(known))
    return llvm::createStringError("the problem does not verify");
  problem = *known;
  data.emplace(request.spec, /*withOutput=*/false);
  auto created = Probe::create(context.get(), *target, model->nVec.value,
                               model->nReg.value, request.threads);
  if (!created)
    return created.takeError();
  probe.emplace(std::move(*created));
  if (request.threads == 1)
    pinToOneCPU();

  // The pick first; a candidate that is the same is not measured twice.
  stage("time", nullptr);
  result.entries.emplace_back();
  auto pick = compile(request, result.entries.front());
  if (!pick)
    return pick.takeError();
  kernels.push_back(std::move(*pick));
  switch (space) {
  case SearchSpace::Tiles:
    searchTiles(result);
    break;
  case SearchSpace::Exhaustive:
    for (const Choice &choice :
         enumerateDirect(problem, machine, context.get()))
      measure(getRequest(choice.schedule), result);
    break;
  case SearchSpace::Algorithms:
    searchAlgorithms(result);
    break;
  }
  return timeFinalists(result);
}

SearchResult bench::search(const MeasureRequest &request, SearchSpace space) {
  SearchResult result;
  auto outcome = runInChild([&](StageFunction stage) -> llvm::json::Value {
    SearchResult found;
    if (auto error = Search(request, space).run(stage, found))
      found.refused = llvm::toString(std::move(error));
    return toJSON(found);
  });
  llvm::json::Path::Root root("search");
  if (!outcome)
    result.refused = llvm::toString(outcome.takeError());
  else if (!outcome->value)
    result.refused =
        "crashed in stage '" + outcome->stage + "': " + outcome->death;
  else if (!fromJSON(*outcome->value, result, root))
    result.refused = llvm::toString(root.getError());
  if (result.entries.empty() && result.refused.empty())
    result.refused = "no candidates";
  return result;
}

llvm::json::Object bench::toJSON(const SearchResult &result) {
  llvm::json::Array entries;
  for (const SearchEntry &entry : result.entries)
    entries.push_back(
        llvm::json::Object{{"algorithm", entry.algorithm},
                           {"form", entry.form},
                           {"schedule", entry.schedule},
                           {"workspace_bytes", entry.workspaceBytes},
                           {"predicted_fraction", entry.predictedFraction},
                           {"quick_fraction", entry.quickFraction},
                           {"peak_fraction", entry.fraction},
                           {"speedup", entry.speedup},
                           {"refused", entry.refused}});
  return llvm::json::Object{{"candidates", std::move(entries)},
                            {"pick", static_cast<int64_t>(result.pick)},
                            {"refused", result.refused}};
}

namespace mlir::conv::bench {
static bool fromJSON(const llvm::json::Value &value, SearchEntry &entry,
                     llvm::json::Path path) {
  llvm::json::ObjectMapper map(value, path);
  return map && map.map("algorithm", entry.algorithm) &&
         map.map("form", entry.form) && map.map("schedule", entry.schedule) &&
         map.map("workspace_bytes", entry.workspaceBytes) &&
         map.map("predicted_fraction", entry.predictedFraction) &&
         map.map("quick_fraction", entry.quickFraction) &&
         map.map("peak_fraction", entry.fraction) &&
         map.map("speedup", entry.speedup) && map.map("refused", entry.refused);
}
} // namespace mlir::conv::bench

bool bench::fromJSON(const llvm::json::Value &value, SearchResult &result,
                     llvm::json::Path path) {
  llvm::json::ObjectMapper map(value, path);
  int64_t pick;
  if (!map || !map.map("candidates", result.entries) ||
      !map.map("pick", pick) || !map.map("refused", result.refused))
    return false;
  result.pick = static_cast<size_t>(pick);
  return true;
}
