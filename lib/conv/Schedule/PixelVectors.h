//===- PixelVectors.h - Vectors along output columns ------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tiles with vector = w, their cost and what goes with them.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_SCHEDULE_PIXELVECTORS_H
#define LIB_CONV_SCHEDULE_PIXELVECTORS_H

#include "conv/Schedule/CostModel.h"
#include "conv/Schedule/RegisterTile.h"

namespace mlir::conv {

/// The tiles with vector = w the model considers; none where the layout, the
/// stride or the registers do not allow one.
llvm::SmallVector<RegisterTile> enumeratePixelTiles(const Problem &problem,
                                                    MachineAttr machine,
                                                    bool oneRow = false);

/// Predicted cycles of such a tile.
Cost estimatePixelTile(const Problem &problem, MachineAttr machine,
                       const RegisterTile &tile);

/// The order of the loops around it.
LoopOrder choosePixelOrder(const Problem &problem, MachineAttr machine,
                           const RegisterTile &tile);

/// The broadcast form of the filter's scalars for it.
Broadcast getFilterBroadcast(MachineAttr machine, const RegisterTile &tile);

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_PIXELVECTORS_H
