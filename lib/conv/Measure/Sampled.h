//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A sample of a piece of code that shares the caches with others.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEASURE_SAMPLED_H
#define LIB_CONV_MEASURE_SAMPLED_H

#include "conv/Measure/Timer.h"

#include <algorithm>

namespace mlir::conv::bench {

/// Code that is called often enough for a sample to be long.
struct Sampled {
  /// Shorter samples would measure the clock.
  static constexpr double kSampleSeconds = 1e-3;
  /// Untimed calls after other code ran, and seconds after which it is one.
  /// Caches that do not evict strictly by age forget slowly: an 8 MiB filter
  /// that shares a third-level cache of 32 MiB with three others costs its
  /// kernel 6 % after one call, 1 % after two and nothing after four.
  static constexpr int kSettlingCalls = 4;
  static constexpr double kSettlingSeconds = 0.05;

  llvm::function_ref<void()> call;
  /// In the place of `call`: does so many, and says how many seconds they took.
  llvm::function_ref<double(int64_t)> remote = nullptr;
  int64_t repeat = 1;
  double estimate = 0; ///< Seconds per call.

  /// Finds out how long a call takes; a sample is one call when `single`.
  void calibrate(bool single = false) {
    // The first call touches the pages, the second tells how long one takes.
    estimate = time();
    if (estimate < 1)
      estimate = time();
    if (!single)
      repeat = std::clamp<int64_t>(kSampleSeconds / std::max(estimate, 1e-9), 1,
                                   1000000);
  }
  int64_t getSettlingCalls() const {
    return estimate > kSettlingSeconds ? 1 : kSettlingCalls;
  }
  /// Fills the caches with what the call leaves in them.
  void settle() const { run(getSettlingCalls()); }
  /// Seconds of `count` calls.
  double run(int64_t count) const {
    return remote ? remote(count) : timeRepeated(call, count);
  }
  /// Seconds per call of one sample.
  double time() const { return run(repeat) / repeat; }
  /// Seconds a sample takes, with what precedes it when `settled`.
  double getSampleSeconds(bool settled) const {
    return estimate *
           static_cast<double>(repeat + (settled ? getSettlingCalls() : 0));
  }
};

} // namespace mlir::conv::bench

#endif // LIB_CONV_MEASURE_SAMPLED_H
