//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One rate after the other is moved to where the loss is least, until a sweep
/// through all of them gains nothing: the model is a sum of maxima, of which
/// derivatives say little, and a prediction takes microseconds.
///
//===----------------------------------------------------------------------===//

#include "conv/Measure/RateFit.h"

#include "conv/Algorithms/Algorithms.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// Errors from here on count linearly, not squared: a sample that other work
/// disturbed is off by this much.
static constexpr double kOutlier = 0.1;
/// What it costs to move a rate by a factor of e, as the square of a mean error
/// it has to take away: 0.3 %.
static constexpr double kPull = 1e-5;
/// Sweeps through all rates, and the least a sweep has to gain to go on.
static constexpr int kMaxSweeps = 30;
static constexpr double kLeastGain = 1e-3;
/// Factors to try on a rate, coarse ones first.
static constexpr double kFactors[] = {2, 1.3, 1.1, 1.03};
/// A rate the samples say something about changes their loss by this part when
/// it is doubled or halved.
static constexpr double kSensitive = 0.02;

/// The logarithm of predicted over measured cycles.
static double getLogError(const RateSample &sample, MachineAttr machine) {
  Cost cost = estimateSchedule(sample.problem, machine, sample.schedule);
  return std::log(cost.cycles / sample.cycles);
}

double bench::getPredictionError(ArrayRef<RateSample> samples,
                                 MachineAttr machine) {
  if (samples.empty())
    return 0;
  double sum = 0;
  for (const RateSample &sample : samples)
    sum += std::abs(getLogError(sample, machine));
  return std::exp(sum / samples.size()) - 1;
}

namespace {
/// Moves rates to where the loss is least.
class RateFitter {
public:
  RateFitter(ArrayRef<RateSample> samples, MachineAttr machine)
      : samples(samples), machine(machine) {
    llvm::copy(machine.getRates().getValues().asArrayRef(), start.begin());
    values = start;
    loss = getLoss(values);
  }

  RateFit fit();

private:
  /// What the samples say against rates, and that with the pull to the start.
  double getSampleLoss(const RateValues &candidate) const;
  double getLoss(const RateValues &candidate) const;
  /// The rate times `factor`, within what makes sense and the range of a fit.
  double scale(Rate rate, double factor) const;
  /// Whether moving the rate there lowers the loss; then it is moved.
  bool moveTo(Rate rate, double value);
  void improve(Rate rate);
  bool isSensitive(Rate rate) const;

  ArrayRef<RateSample> samples;
  MachineAttr machine;
  RateValues start, values;
  double loss;
};
} // namespace

double RateFitter::getSampleLoss(const RateValues &candidate) const {
  MachineAttr with =
      machine.withRates(MachineRatesAttr::get(machine.getContext(), candidate));
  double sum = 0;
  for (const RateSample &sample : samples) {
    double error = std::abs(getLogError(sample, with));
    sum += error < kOutlier ? error * error : kOutlier * (2 * error - kOutlier);
  }
  return sum / samples.size();
}

double RateFitter::getLoss(const RateValues &candidate) const {
  double moved = 0;
  for (auto [value, before] : llvm::zip(candidate, start))
    if (value > 0 && before > 0)
      moved += std::pow(std::log(value / before), 2);
  return getSampleLoss(candidate) + kPull * moved;
}

double RateFitter::scale(Rate rate, double factor) const {
  const RateInfo &info = getRateInfo(rate);
  double before = start[size_t(rate)];
  double low = std::max(info.low, before / kFitRange);
  double high = std::min(info.high, before * kFitRange);
  return std::clamp(values[size_t(rate)] * factor, low, std::max(low, high));
}

/// Whether what is nearer is no slower: other errors of the model would else be
/// made up for by a line that waits longer for being fetched ahead.
static bool isOrdered(const RateValues &values) {
  constexpr std::pair<Rate, Rate> pairs[] = {
      {Rate::L2Stall, Rate::L3Stall},
      {Rate::AheadStall, Rate::L3Stall},
      {Rate::L3Stall, Rate::MemoryStall},
      {Rate::L3Bandwidth, Rate::L2Bandwidth},
      {Rate::MemoryBandwidth, Rate::L3Bandwidth}};
  return llvm::all_of(pairs, [&](const std::pair<Rate, Rate> &pair) {
    return values[size_t(pair.first)] <= values[size_t(pair.second)];
  });
}

bool RateFitter::moveTo(Rate rate, double value) {
  RateValues candidate = values;
  candidate[size_t(rate)] = value;
  if (isOrdered(values) && !isOrdered(candidate))
    return false;
  double after = getLoss(candidate);
  if (after >= loss)
    return false;
  values = candidate;
  loss = after;
  return true;
}

void RateFitter::improve(Rate rate) {
  for (double factor : kFactors)
    for (double step : {factor, 1 / factor})
      while (moveTo(rate, scale(rate, step)))
        continue;
}

bool RateFitter::isSensitive(Rate rate) const {
  double here = getSampleLoss(values);
  for (double factor : {2.0, 0.5}) {
    RateValues candidate = values;
    candidate[size_t(rate)] = scale(rate, factor);
    if (std::abs(getSampleLoss(candidate) - here) > kSensitive * here)
      return true;
  }
  return false;
}

RateFit RateFitter::fit() {
  for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
    double before = loss;
    for (size_t rate = 0; rate < kNumRates; ++rate)
      improve(static_cast<Rate>(rate));
    if (loss > before * (1 - kLeastGain))
      break;
  }
  RateFit result{values, {}};
  for (size_t rate = 0; rate < kNumRates; ++rate) {
    RateValues without = result.values;
    without[rate] = start[rate];
    bool keepsOrder = isOrdered(without) || !isOrdered(result.values);
    if (isSensitive(static_cast<Rate>(rate)) || !keepsOrder)
      result.fitted.push_back(static_cast<Rate>(rate));
    else
      result.values = without;
  }
  return result;
}

RateFit bench::fitRates(ArrayRef<RateSample> samples, MachineAttr machine) {
  if (samples.empty()) {
    RateFit result;
    llvm::copy(machine.getRates().getValues().asArrayRef(),
               result.values.begin());
    return result;
  }
  return RateFitter(samples, machine).fit();
}
