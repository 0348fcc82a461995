//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Bench/Compare.h"

#include "conv/Bench/Timer.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

using namespace mlir::conv::bench;

/// Shorter samples would measure the clock.
static constexpr double kSampleSeconds = 1e-3;
static constexpr size_t kMinPairs = 7, kMaxPairs = 101;

Comparison mlir::conv::bench::summarise(std::vector<double> ratios) {
  Comparison result;
  result.numPairs = ratios.size();
  if (ratios.empty())
    return result;
  std::sort(ratios.begin(), ratios.end());
  double n = ratios.size();
  // The number of ratios below the true median is binomial.
  auto rank = std::max(0.0, std::floor(n / 2 - std::sqrt(n)));
  result.low = ratios[static_cast<size_t>(rank)];
  result.high = ratios[ratios.size() - 1 - static_cast<size_t>(rank)];
  result.ratio = getMedian(std::move(ratios));
  return result;
}

namespace {
/// Code that is called often enough for a sample to be long.
struct Sampled {
  explicit Sampled(llvm::function_ref<void()> call) : call(call) {
    double start = getSeconds();
    call();
    double once = std::max(getSeconds() - start, 1e-9);
    repeat = std::clamp<int64_t>(kSampleSeconds / once, 1, 1000000);
  }
  double time() const {
    call();
    double start = getSeconds();
    for (int64_t i = 0; i < repeat; ++i)
      call();
    return (getSeconds() - start) / repeat;
  }
  llvm::function_ref<void()> call;
  int64_t repeat;
};
} // namespace

Comparison mlir::conv::bench::compare(llvm::function_ref<void()> challenger,
                                      llvm::function_ref<void()> incumbent,
                                      double margin, double seconds) {
  challenger();
  incumbent();
  Sampled a(challenger), b(incumbent);
  double start = getSeconds();
  std::vector<double> ratios;
  Comparison result;
  while (ratios.size() < kMaxPairs) {
    bool challengerFirst = ratios.size() % 2 == 0;
    double first = challengerFirst ? a.time() : b.time();
    double second = challengerFirst ? b.time() : a.time();
    ratios.push_back(challengerFirst ? second / first : first / second);
    if (ratios.size() < kMinPairs)
      continue;
    result = summarise(ratios);
    bool slower = result.high < 1 + margin;
    bool faster = result.low > 1 + margin && ratios.size() > 2 * kMinPairs;
    if (slower || faster || getSeconds() - start > seconds)
      break;
  }
  return result;
}
