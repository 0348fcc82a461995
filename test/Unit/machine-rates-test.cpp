//===- machine-rates-test.cpp - What rates do to predictions --------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Every rate moves predictions the way it should and no other way; rates that
/// made times are found from them; a machine file reads as it was written.
///
//===----------------------------------------------------------------------===//

#include "conv/Algorithms/Algorithms.h"
#include "conv/Layers/Kernel.h"
#include "conv/Layers/Layer.h"
#include "conv/Machine/MachineFile.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Measure/Compile.h"
#include "conv/Measure/RateFit.h"
#include "conv/Schedule/MemoryRates.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstdlib>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

static int failures = 0;

static void check(bool condition, const llvm::Twine &what) {
  if (condition)
    return;
  ++failures;
  llvm::errs() << "failed: " << what << "\n";
}

template <typename T> static T get(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  llvm::errs() << "failed: " << llvm::toString(value.takeError()) << "\n";
  std::exit(1);
}

static MachineAttr getMachine(MLIRContext *context, llvm::StringRef cpu) {
  MachineOptions options;
  options.cpu = cpu.str();
  options.triple = "x86_64-pc-linux-gnu";
  return get(resolveMachine(options, ModuleOp())).toAttr(context);
}

static MachineAttr withRate(MachineAttr machine, Rate rate, double value) {
  RateValues values;
  llvm::copy(machine.getRates().getValues().asArrayRef(), values.begin());
  values[size_t(rate)] = value;
  return machine.withRates(MachineRatesAttr::get(machine.getContext(), values));
}

static double predict(const RateSample &sample, MachineAttr machine) {
  return estimateSchedule(sample.problem, machine, sample.schedule).cycles;
}

/// Layers of all sizes under the pick, other tiles and other algorithms, with
/// the cycles `machine` predicts.
static std::vector<RateSample> makeSamples(MachineAttr machine) {
  MLIRContext *context = machine.getContext();
  std::vector<RateSample> samples;
  for (auto [text, layout] : {std::pair("mb1_ic64oc64_ih30kh3", "nhwc"),
                              std::pair("mb1_ic16oc64_ih56kh1", "nhwc"),
                              std::pair("mb1_ic32oc64_ih58kh3", "nchw"),
                              std::pair("mb1_ic32oc64_ih224kh3", "nchw"),
                              std::pair("mb1_ic64oc128_ih113kh3sh2", "nchw"),
                              std::pair("mb1_ic256oc512_ih16kh3", "nhwc"),
                              std::pair("mb1_ic512oc2048_ih7kh1", "nhwc"),
                              std::pair("mb1_ic64oc64_ih258kh1", "nhwc"),
                              std::pair("mb1_ic8oc64_ih514kh1", "nhwc"),
                              std::pair("mb1_ic64oc64_ih514kh3", "nhwc")}) {
    KernelSpec spec;
    spec.problem = get(parseProblemString(text)).problem;
    spec.letters = get(getLetters(spec.problem, layout));
    FailureOr<Problem> problem = getKernelProblem(spec, context);
    check(succeeded(problem), llvm::Twine(text) + " does not verify");
    if (failed(problem))
      continue;
    auto add = [&](ScheduleAttr schedule) {
      samples.push_back({*problem, schedule, 0});
      samples.back().cycles = predict(samples.back(), machine);
    };
    add(chooseDirect(*problem, machine, context).schedule);
    SmallVector<Choice> tiles = enumerateDirect(*problem, machine, context);
    for (size_t i = 0; i < tiles.size();
         i += std::max<size_t>(tiles.size() / 6, 1))
      add(tiles[i].schedule);
    for (const NamedAlgorithm &named : getNamedAlgorithms())
      if (named.algorithm != Algorithm::Naive)
        add(chooseFor(*problem, machine, named, Form::Whole, context).schedule);
  }
  return samples;
}

/// The latency of memory and the start of a team decide what is done, not what
/// it is predicted to cost.
static bool isDecisionOnly(Rate rate) {
  return rate == Rate::MemoryLatency || rate == Rate::Fork;
}

/// Bytes per cycle: more is faster.
static bool isBandwidth(Rate rate) {
  return rate == Rate::LoadBytes || rate == Rate::L2Bandwidth ||
         rate == Rate::L3Bandwidth || rate == Rate::MemoryBandwidth;
}

static void checkMonotony(ArrayRef<RateSample> samples, MachineAttr machine) {
  for (auto [index, info] : llvm::enumerate(getRateInfos())) {
    Rate rate = static_cast<Rate>(index);
    MachineAttr dearer = withRate(machine, rate,
                                  machine.getRates().getRate(rate) *
                                      (isBandwidth(rate) ? 0.25 : 4));
    size_t moved = 0;
    for (const RateSample &sample : samples) {
      double before = sample.cycles, after = predict(sample, dearer);
      check(after >= before, llvm::formatv("{0} makes {1} faster", info.name,
                                           getScheduleText(sample.schedule))
                                 .str());
      moved += after > before * 1.0001;
    }
    check(isDecisionOnly(rate) ? moved == 0 : moved > 0,
          llvm::formatv("{0} moved {1} of {2} predictions", info.name, moved,
                        samples.size())
              .str());
  }
}

static void checkDecisions(MachineAttr machine, ArrayRef<RateSample> samples) {
  MLIRContext *context = machine.getContext();
  MachineAttr two = MachineAttr::get(
      context, machine.getNFma(), machine.getLFma(), machine.getNVec(),
      machine.getNReg(), machine.getLoads(), machine.getBroadcast(),
      machine.getL1(), machine.getL1Ways(), machine.getL2(), machine.getL3(),
      /*threads=*/2, machine.getRates(), machine.getFmas());
  auto countDivided = [&](double fork) {
    size_t count = 0;
    for (const RateSample &sample : samples)
      count +=
          chooseDirect(sample.problem, withRate(two, Rate::Fork, fork), context)
              .schedule.getThreads() > 1;
    return count;
  };
  check(countDivided(1e9) == 0, "a team that costs a second is started");
  check(countDivided(1) > countDivided(1e6), "fork does not decide on threads");
}

static void checkFit(MachineAttr machine) {
  // Times of a machine that differs from the one the fit begins with.
  MachineAttr truth = machine;
  for (auto [rate, factor] :
       {std::pair(Rate::LatencySlack, 1.7), std::pair(Rate::L2Stall, 3.0),
        std::pair(Rate::AheadStall, 2.0), std::pair(Rate::MemoryStall, 2.2),
        std::pair(Rate::CopyLine, 0.5), std::pair(Rate::MemoryBandwidth, 2.0)})
    truth = withRate(truth, rate, machine.getRates().getRate(rate) * factor);
  std::vector<RateSample> samples = makeSamples(truth);
  double before = getPredictionError(samples, machine);
  RateFit fit = fitRates(samples, machine);
  double after =
      getPredictionError(samples, machine.withRates(MachineRatesAttr::get(
                                      machine.getContext(), fit.values)));
  check(before > 0.02, llvm::formatv("nothing to fit: {0}", before).str());
  check(after < before / 4,
        llvm::formatv("the fit is off by {0}, was {1}", after, before).str());
  for (Rate rate : {Rate::MemoryStall, Rate::CopyLine, Rate::MemoryBandwidth}) {
    double ratio = fit.values[size_t(rate)] / truth.getRates().getRate(rate);
    check(std::abs(std::log(ratio)) < 0.2,
          llvm::formatv("{0} is off by a factor of {1}", getRateInfo(rate).name,
                        ratio)
              .str());
  }
  check(!llvm::is_contained(fit.fitted, Rate::Fork),
        "the start of a team was fitted from one thread");
  for (auto [info, value] : llvm::zip(getRateInfos(), fit.values))
    check(info.isSane(value), llvm::Twine(info.name) + " makes no sense");
  // What is nearer stays no slower, whatever samples say.
  MachineAttr odd = withRate(machine, Rate::L3Stall,
                             machine.getRates().getRate(Rate::AheadStall) / 3);
  RateFit ordered = fitRates(makeSamples(odd), machine);
  check(ordered.values[size_t(Rate::AheadStall)] <=
            ordered.values[size_t(Rate::L3Stall)],
        "lines from L3 wait longer for being fetched ahead");
  // Without samples nothing moves.
  RateFit none = fitRates({}, machine);
  check(
      none.fitted.empty() &&
          llvm::equal(none.values, machine.getRates().getValues().asArrayRef()),
      "a fit of nothing moves rates");
}

static void checkRoundTrip() {
  MachineFile file;
  file.cpu = "znver4";
  file.source = "a \"test\"";
  file.fields = {{"l3", 0}, {"n_fma", 2}};
  file.rates[size_t(Rate::L3Stall)] = 1.875;
  file.rates[size_t(Rate::Fork)] = 12345;
  std::string text = llvm::formatv("{0:2}", llvm::json::Value(toJSON(file)));
  MachineFile read = get(parseMachineFile(text, "text"));
  check(read.cpu == file.cpu && read.source == file.source &&
            read.fields == file.fields && read.rates == file.rates,
        "a machine file does not read as it was written");
}

static void checkRoofs(MachineAttr machine) {
  double last = INFINITY;
  for (double bytes : {1e4, 4e6, 1e9}) {
    double rate = getBandwidth(machine, findLevel(machine, bytes));
    check(rate < last && getCopyRate(machine, bytes) < rate,
          llvm::formatv("{0} bytes move at {1}", bytes, rate).str());
    last = rate;
  }
}

int main() {
  std::unique_ptr<MLIRContext> context = createContext();
  for (llvm::StringRef cpu : {"znver5", "haswell"}) {
    MachineAttr machine = getMachine(context.get(), cpu);
    std::vector<RateSample> samples = makeSamples(machine);
    check(getPredictionError(samples, machine) == 0, "samples are off");
    checkMonotony(samples, machine);
    checkDecisions(machine, samples);
    checkRoofs(machine);
  }
  checkFit(getMachine(context.get(), "znver5"));
  checkRoundTrip();
  return failures ? 1 : 0;
}
