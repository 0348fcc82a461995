//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which of two pieces of code is faster, on a machine that does other things.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_COMPARE_H
#define CONV_MEASURE_COMPARE_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstddef>
#include <vector>

namespace mlir::conv::bench {

/// Times of the incumbent over those of the challenger: above 1 the challenger
/// is faster.
struct Comparison {
  double ratio = 0;         ///< Median over pairs of neighbouring samples.
  double low = 0, high = 0; ///< About 95 % sure to enclose the true median.
  size_t numPairs = 0;

  bool isFaster(double margin) const { return low > 1 && ratio > 1 + margin; }
};

/// Median and interval of ratios, by order statistics: nothing is assumed of
/// the noise but that pairs do not depend on each other.
Comparison summarise(std::vector<double> ratios);

/// Times both in alternating order until it is clear that the challenger is
/// faster by more than `margin` or is not, at least 7 times, for about
/// `seconds` of both together. Each sample follows untimed calls of its
/// own: caches hold what they left.
Comparison compare(llvm::function_ref<void()> challenger,
                   llvm::function_ref<void()> incumbent, double margin,
                   double seconds);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_COMPARE_H
