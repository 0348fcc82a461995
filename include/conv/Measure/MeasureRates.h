//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The rates of a machine, measured: layers under schedules of which each rate
/// decides some, the latency of memory and the start of a team of threads.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_MEASURERATES_H
#define CONV_MEASURE_MEASURERATES_H

#include "conv/Machine/MachineFile.h"
#include "conv/Measure/Measurer.h"
#include "conv/Measure/RateFit.h"

namespace mlir::conv::bench {

struct RateOptions {
  std::string cpu = "native";
  /// More than one: the start of a team is measured, too.
  int64_t threads = 1;
  /// Begin with the family default, not with the CPU's row of the table.
  bool fromDefault = false;
  /// Seconds to measure layers for, at least one: each in turn, then again, of
  /// which the fastest counts.
  double budget = 300;
  size_t maxRepeats = 3;
};

struct MeasuredRates {
  MachineFile file;
  size_t numSamples = 0;
  /// See getPredictionError; of the samples, with the rates begun with and with
  /// those found.
  double errorBefore = 0, errorAfter = 0;
};

/// Measures and fits. `announce` is told what comes next. Fails when the CPU is
/// unknown or nothing could be measured.
llvm::Expected<MeasuredRates>
measureRates(const RateOptions &options, Measurer &measurer,
             llvm::function_ref<void(llvm::StringRef)> announce);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_MEASURERATES_H
