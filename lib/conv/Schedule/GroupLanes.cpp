//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/GroupLanes.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir::conv;

int64_t GroupLanes::countScalars() const {
  int64_t count = 0, last = -1;
  for (const Vector &vector : vectors)
    if (vector.numLoads == 0 && vector.scalar != last) {
      ++count;
      last = vector.scalar;
    }
  return count;
}

int64_t GroupLanes::countShuffles() const {
  return llvm::count_if(
      vectors, [](const Vector &vector) { return vector.numLoads != 0; });
}

std::optional<GroupLanes> mlir::conv::planGroupLanes(const GroupShape &shape,
                                                     int64_t channels,
                                                     int64_t c) {
  GroupLanes plan;
  for (int64_t begin = 0; begin < channels; begin += shape.lanes) {
    GroupLanes::Vector vector;
    for (int64_t lane = 0; lane < shape.lanes; ++lane) {
      // Idle lanes read what the last channel reads.
      int64_t channel = std::min(begin + lane, channels - 1);
      vector.elements.push_back(channel / shape.outputs * shape.step + c);
    }
    int64_t first = vector.elements.front(), last = vector.elements.back();
    if (first == last) {
      vector.scalar = first;
      plan.vectors.push_back(std::move(vector));
      continue;
    }
    // A load that begins with whole vectors serves the neighbours as well.
    auto fits = [&](int64_t start) {
      return start <= first && last < start + shape.lanes;
    };
    int64_t aligned = first / shape.lanes * shape.lanes;
    bool isShared = !plan.loads.empty() && fits(plan.loads.back().first);
    if (!isShared)
      plan.loads.push_back({fits(aligned) ? aligned : first, 0});
    vector.firstLoad = plan.loads.size() - 1;
    vector.numLoads = 1;
    int64_t start = plan.loads.back().first;
    plan.loads.back().count = std::max(plan.loads.back().count,
                                       std::min(last - start + 1, shape.lanes));
    if (!fits(start)) {
      int64_t next = start + shape.lanes;
      if (last >= next + shape.lanes)
        return std::nullopt;
      plan.loads.push_back({next, last - next + 1});
      vector.numLoads = 2;
    }
    for (int64_t &element : vector.elements)
      element -= start;
    plan.vectors.push_back(std::move(vector));
  }
  return plan;
}
