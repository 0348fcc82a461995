//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/TapSteps.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// Vectors of the filter that a tile keeps beside its registers, in L1: 8 KiB
/// of vectors of 64 bytes.
static constexpr int64_t kMaxTapFilters = 128;
/// Lanes that shuffles stay inside of.
static constexpr int64_t kLanesOfPart = 4;

bool mlir::conv::takesTaps(const Instruction &row) {
  return row.k == kTapsPerStep && row.multiplied == ElementKind::I8 &&
         !row.extends();
}

bool mlir::conv::takesTaps(const Problem &p) {
  return p.vectorGroups && p.fma && takesTaps(*p.fma);
}

int64_t mlir::conv::countTapSteps(int64_t taps) {
  return llvm::divideCeilSigned(taps, kTapsPerStep);
}

TapPlan mlir::conv::planTaps(int64_t rows, int64_t taps, int64_t stride,
                             int64_t dilation) {
  TapPlan plan;
  for (int64_t row = 0; row < rows; ++row) {
    if (!plan.groups.empty() && stride % dilation == 0) {
      TapPlan::Group &last = plan.groups.back();
      int64_t offset = (row - last.firstRow) * (stride / dilation);
      if (countTapSteps(offset + taps) == countTapSteps(taps)) {
        last.taps = offset + taps;
        plan.rows.push_back({int64_t(plan.groups.size()) - 1, offset});
        continue;
      }
    }
    plan.groups.push_back({row, taps});
    plan.rows.push_back({int64_t(plan.groups.size()) - 1, 0});
  }
  return plan;
}

std::optional<std::string> mlir::conv::findTapObstacle(const Problem &p,
                                                       int64_t lanes,
                                                       int64_t rows,
                                                       int64_t vectors) {
  if (lanes % kLanesOfPart != 0)
    return llvm::formatv("four taps at once need vectors of fours of lanes, "
                         "not of {0}",
                         lanes);
  TapPlan plan = planTaps(rows, p.r, p.strideH, p.dilationH);
  int64_t offsets = 0;
  for (const TapPlan::Row &row : plan.rows)
    offsets = std::max(offsets, row.offset + 1);
  int64_t filters = offsets * countTapSteps(p.r) * p.s * vectors;
  if (filters <= kMaxTapFilters)
    return std::nullopt;
  return llvm::formatv("four taps at once of a {0}x{1} window keep {2} vectors "
                       "of the filter at hand (limit {3})",
                       p.r, p.s, filters, kMaxTapFilters);
}
