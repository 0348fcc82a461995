//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/FilterValues.h"

#include "conv/IR/NonFinite.h"
#include "conv/Schedule/AlgorithmTraits.h"

using namespace mlir;
using namespace mlir::conv;

std::optional<std::string> conv::findFilterObstacle(ConvOp op,
                                                    Algorithm algorithm) {
  if (!getTraits(algorithm).hasTile || !hasNonFiniteElements(op.getFilter()))
    return std::nullopt;
  return "the filter has infinite or NaN weights, which sums of weights would "
         "spread";
}
