//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Compare.h"

#include "Sampled.h"

#include <algorithm>
#include <cmath>

using namespace mlir::conv::bench;

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

Comparison mlir::conv::bench::compare(llvm::function_ref<void()> challenger,
                                      llvm::function_ref<void()> incumbent,
                                      double margin, double seconds) {
  Sampled a{challenger}, b{incumbent};
  a.calibrate();
  b.calibrate();
  auto take = [](const Sampled &which) {
    which.settle();
    return which.time();
  };
  double start = getSeconds();
  std::vector<double> ratios;
  Comparison result;
  while (ratios.size() < kMaxPairs) {
    bool challengerFirst = ratios.size() % 2 == 0;
    double first = challengerFirst ? take(a) : take(b);
    double second = challengerFirst ? take(b) : take(a);
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
