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

/// A division among threads, as in a schedule's `parallel`.
struct Division {
  Split split;
  /// How much longer the largest share takes than an even one.
  double imbalance = 1;
  /// Whether columns may still be counted through the rows.
  bool flatten = false;

  /// How long `cycles` of one thread take.
  double getElapsed(double cycles) const {
    return cycles * imbalance / double(split.getThreads());
  }
};

/// The division of `cycles` of work by `tile`: rows and groups only evenly when
/// `evenShares`.
Division chooseDivision(const Problem &problem, MachineAttr machine,
                        const RegisterTile &tile, double cycles,
                        bool evenShares);

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_PARALLELISM_H
