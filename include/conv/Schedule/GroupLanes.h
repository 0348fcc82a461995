//===- GroupLanes.h - What lanes of several groups read ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Vectors whose lanes are output channels of several groups (vector = g): lane
/// l of vector v is output channel v * lanes + l of the block, and reads
/// channel c of its group, element
///
///   e = (v * lanes + l) / outputs * step + c
///
/// of the block's input. Neighbouring elements are loaded as vectors, from
/// which constant shuffles bring each to its lanes; vectors share what they
/// load. Numbers alone: the model counts what the kernel emits.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_GROUPLANES_H
#define CONV_SCHEDULE_GROUPLANES_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace mlir::conv {

/// Vectors of `lanes` over groups of `outputs` output channels, whose input
/// lies `step` elements apart.
struct GroupShape {
  int64_t lanes, outputs, step;
};

/// What the vectors of one block read of one pixel for one channel.
struct GroupLanes {
  /// Elements [first, first + count), at most as many as there are lanes.
  struct Load {
    int64_t first, count;
  };
  struct Vector {
    /// The first load that its lanes are taken from, and how many, neighbours:
    /// one or two. None where all lanes read element `scalar`.
    unsigned firstLoad = 0, numLoads = 0;
    int64_t scalar = 0;
    /// The element of each lane, counted from the first of the first load.
    llvm::SmallVector<int64_t> elements;
  };
  llvm::SmallVector<Load> loads;
  llvm::SmallVector<Vector> vectors;

  /// Scalars that are broadcast, each once.
  int64_t countScalars() const;
  int64_t countShuffles() const;
};

/// What vectors of `channels` output channels read for channel `c` of each
/// group; nothing where a vector's elements do not lie in two vectors.
std::optional<GroupLanes> planGroupLanes(const GroupShape &shape,
                                         int64_t channels, int64_t c);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_GROUPLANES_H
