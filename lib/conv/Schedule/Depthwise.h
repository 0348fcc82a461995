//===- Depthwise.h - Vectors along groups -----------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Depthwise convolutions whose groups are neighbours in memory: vectors run
/// over groups.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_SCHEDULE_DEPTHWISE_H
#define LIB_CONV_SCHEDULE_DEPTHWISE_H

#include "conv/Schedule/CostModel.h"
#include "conv/Schedule/RegisterTile.h"

namespace mlir::conv {

/// The tile of such a convolution, and the order of the loops around it.
RegisterTile getDepthwiseTile(const Problem &problem, MachineAttr machine);
LoopOrder chooseDepthwiseOrder(const Problem &problem, MachineAttr machine);

/// Predicted cycles of one that is computed by several taps at once.
Cost estimateTapTile(const Problem &problem, MachineAttr machine,
                     const ContractNest &nest);

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_DEPTHWISE_H
