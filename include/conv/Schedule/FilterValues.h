//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the values of a filter keep algorithms from, where they are known.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_FILTERVALUES_H
#define CONV_SCHEDULE_FILTERVALUES_H

#include "conv/IR/Conv.h"

#include <optional>
#include <string>

namespace mlir::conv {

/// Why `algorithm` must not see the filter of `op`: one that adds weights up
/// before it multiplies would spread those that are infinite or NaN over
/// outputs whose sums they are not in.
std::optional<std::string> findFilterObstacle(ConvOp op, Algorithm algorithm);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_FILTERVALUES_H
