//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Tune/FitRecords.h"

#include "conv/Decide/Candidates.h"
#include "conv/Layers/Kernel.h"
#include "conv/Measure/RateFit.h"
#include "conv/Schedule/ProblemJSON.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace json = llvm::json;

/// Below as many records a fit would learn them by heart: there are up to 20
/// rates.
static constexpr size_t kLeastRecords = 20;

namespace {
/// A record as the model sees it.
struct MeasuredProblem {
  Problem problem;
  ScheduleAttr fastest, picked;
  /// Cycles of the two.
  double fastestCycles = 0, pickedCycles = 0;
};
} // namespace

/// The kernel that was measured for a key; nothing when it cannot be built
/// here.
static std::optional<Problem> getMeasuredProblem(const RecordKey &key,
                                                 MLIRContext *context) {
  auto value = json::parse(key.problem);
  if (!value) {
    llvm::consumeError(value.takeError());
    return std::nullopt;
  }
  KernelSpec spec;
  json::Path::Root root;
  std::vector<int64_t> blocks;
  json::ObjectMapper map(*value, root);
  bool accumulates = false;
  if (!map || !readProblem(*value, spec.problem, root) ||
      !map.map("input", spec.letters.input) ||
      !map.map("filter", spec.letters.filter) ||
      !map.map("output", spec.letters.output) || !map.map("blocks", blocks) ||
      !map.map("accumulate", accumulates) || blocks.size() != 2)
    return std::nullopt;
  spec.problem.inputBlock = blocks[0];
  spec.problem.outputBlock = blocks[1];
  // As tuning measures it.
  spec.problem.hasResidual |= accumulates;
  if (ShapedType::isDynamic(spec.problem.n))
    spec.problem.n = 1;
  FailureOr<Problem> problem = getKernelProblem(spec, context);
  if (failed(problem))
    return std::nullopt;
  return *problem;
}

static std::optional<MeasuredProblem> readMeasured(const TuningRecord &record,
                                                   MachineAttr machine,
                                                   MLIRContext *context) {
  std::optional<Problem> problem = getMeasuredProblem(record.key, context);
  MeasuredProblem result;
  result.fastest = parseScheduleIfValid(record.schedule, context);
  result.picked = parseScheduleIfValid(record.modelSchedule, context);
  if (!problem || !result.fastest || !result.picked || record.peakFraction <= 0)
    return std::nullopt;
  for (ScheduleAttr schedule : {result.fastest, result.picked})
    if (findScheduleObstacle(*problem, machine, schedule))
      return std::nullopt;
  result.problem = *problem;
  // Cycles of the clock in which the peak is n_fma FMAs each, of all threads.
  double atPeak = problem->flops() / (2.0 * machine.getNVec() *
                                      machine.getNFma() * machine.getThreads());
  result.fastestCycles = atPeak / record.peakFraction;
  result.pickedCycles = result.fastestCycles * record.speedup;
  return result;
}

static std::vector<RateSample> getSamples(ArrayRef<MeasuredProblem> all) {
  std::vector<RateSample> samples;
  for (const MeasuredProblem &one : all) {
    samples.push_back({one.problem, one.fastest, one.fastestCycles});
    if (one.picked != one.fastest)
      samples.push_back({one.problem, one.picked, one.pickedCycles});
  }
  return samples;
}

static PickQuality judge(ArrayRef<MeasuredProblem> all,
                         ArrayRef<RateSample> samples, MachineAttr machine,
                         MLIRContext *context) {
  PickQuality quality;
  quality.error = getPredictionError(samples, machine);
  double sum = 0;
  for (const MeasuredProblem &one : all) {
    CandidateList list =
        enumerateCandidates(one.problem, machine, Constraints(), context);
    const Candidate *pick = list.getBest();
    if (!pick)
      continue;
    ScheduleAttr schedule = pick->choice.schedule;
    quality.numFastest += schedule == one.fastest;
    if (schedule != one.fastest && schedule != one.picked)
      continue;
    ++quality.numKnown;
    if (schedule != one.fastest)
      sum += std::log(one.pickedCycles / one.fastestCycles);
  }
  if (quality.numKnown)
    quality.loss = std::exp(sum / quality.numKnown);
  return quality;
}

llvm::Expected<RecordFit> bench::fitRecords(RecordStore &records,
                                            const MachineModel &model,
                                            MLIRContext *context) {
  MachineAttr machine = model.toAttr(context);
  std::string wanted = getMachineText(model);
  std::vector<MeasuredProblem> all;
  if (auto error = records.visit([&](const TuningRecord &record) {
        // Of a confined search the model's pick is another than the model's.
        if (record.key.machine == wanted && record.limits.empty() &&
            record.key.revision == kCodegenRevision &&
            record.key.llvmVersion == LLVM_VERSION_MAJOR)
          if (auto measured = readMeasured(record, machine, context))
            all.push_back(*measured);
        return llvm::Error::success();
      }))
    return std::move(error);
  if (all.size() < kLeastRecords)
    return llvm::createStringError(
        llvm::formatv("{0}: {1} records of this machine, a fit needs {2}",
                      records.getPath(), all.size(), kLeastRecords));
  std::vector<RateSample> samples = getSamples(all);
  RateFit fit = fitRates(samples, machine);
  RecordFit result;
  result.numRecords = all.size();
  result.before = judge(all, samples, machine, context);
  result.after = judge(
      all, samples,
      machine.withRates(MachineRatesAttr::get(context, fit.values)), context);
  result.file.cpu = model.cpu;
  result.file.source = llvm::formatv(
      "fitted to {0} records, off by {1:F1} % in the geometric mean",
      all.size(), 100 * result.after.error);
  for (Rate rate : fit.fitted)
    result.file.rates[size_t(rate)] = fit.values[size_t(rate)];
  return result;
}

void bench::printFit(llvm::raw_ostream &os, const RecordFit &fit) {
  os << fit.numRecords << " records\n";
  for (auto [title, quality] :
       {std::pair("before", fit.before), std::pair("fitted", fit.after)})
    os << llvm::formatv(
        "{0}: predictions off by {1:F1} %; the model picks the fastest of {2} "
        "convolutions; of the {3} whose pick was measured, it takes {4:F3} "
        "times the fastest (geometric means)\n",
        title, 100 * quality.error, quality.numFastest, quality.numKnown,
        quality.loss);
}
