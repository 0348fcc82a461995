//===- TileEnumeration.h - The tiles and orders there are -------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Pure functions of problem and machine: which register tiles and which orders
/// of the loops around them exist.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_TILEENUMERATION_H
#define CONV_SCHEDULE_TILEENUMERATION_H

#include "conv/Schedule/RegisterTile.h"

namespace mlir::conv {

/// Every legal register tile of one or two rows, or more of a single column,
/// with vectors along channels that hides the latency, or all legal ones when
/// none does, in a fixed order. Without tiles of one column among several that
/// are stored element by element.
llvm::SmallVector<RegisterTile> enumerateLegalTiles(const Problem &problem,
                                                    MachineAttr machine);

/// The tiles with vectors along channels the model considers, legal ones
/// without those that never win, in a fixed order; never empty. With `oneRow`
/// those of a single row only.
llvm::SmallVector<RegisterTile> enumerateTiles(const Problem &problem,
                                               MachineAttr machine,
                                               bool oneRow = false);

/// The legal tiles of all kinds of kernels.
llvm::SmallVector<RegisterTile> enumerateAllLegalTiles(const Problem &problem,
                                                       MachineAttr machine);

/// The tiles of all kinds of kernels that `algorithm` allows.
llvm::SmallVector<RegisterTile> enumerateTilesOf(Algorithm algorithm,
                                                 const Problem &problem,
                                                 MachineAttr machine,
                                                 bool oneRow = false);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_TILEENUMERATION_H
