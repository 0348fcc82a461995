//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Rates that explain times: least squares on the logarithm of predicted over
/// measured cycles. Runs nothing.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_RATEFIT_H
#define CONV_MEASURE_RATEFIT_H

#include "conv/Schedule/Problem.h"

#include <vector>

namespace mlir::conv::bench {

/// A convolution under a schedule, and the cycles it took.
struct RateSample {
  Problem problem;
  ScheduleAttr schedule;
  double cycles = 0;
};

struct RateFit {
  RateValues values;
  /// Rates the samples say something about; the others are as they were.
  std::vector<Rate> fitted;
};

/// How far off predictions are in the geometric mean: exp(mean |log(predicted /
/// measured)|) - 1; 0 of nothing.
double getPredictionError(llvm::ArrayRef<RateSample> samples,
                          MachineAttr machine);

/// Fits all rates, beginning with those of `machine`, of which a fitted one is
/// at most kFitRange times as large or as small. A rate the samples say little
/// about stays near where it was.
RateFit fitRates(llvm::ArrayRef<RateSample> samples, MachineAttr machine);

/// Rates differ by as much between the CPUs there are.
inline constexpr double kFitRange = 8;

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_RATEFIT_H
