//===- Parallelism.h - How threads divide a convolution ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which loops are divided among threads, and the tile of their shares.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_SCHEDULE_PARALLELISM_H
#define LIB_CONV_SCHEDULE_PARALLELISM_H

#include "conv/Schedule/RegisterTile.h"

namespace mlir::conv {

/// What becomes of `tile` where rows are divided: a share has no static border,
/// so that tiles have one row. The best of those, of which a pixel vector's
/// keeps its shape.
RegisterTile getOneRowTile(const Problem &problem, MachineAttr machine,
                           const RegisterTile &tile);

/// The division among threads, as in a schedule's `parallel`: rows and groups
/// only evenly when `evenShares`. May take back `flatten`.
Split chooseParallel(const Problem &problem, MachineAttr machine,
                     const RegisterTile &tile, double cycles, bool evenShares,
                     bool &flatten);

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_PARALLELISM_H
