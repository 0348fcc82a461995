//===- TapSteps.h - Taps that an instruction takes at once ------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Depthwise convolutions of bytes by instructions that add four products: a
/// group has one channel, so that the products are those of four taps of a
/// column of the window, one below the other. Vectors of four rows of the input
/// are interleaved byte by byte; rows of outputs whose windows overlap share
/// them, where that needs no more of them for a window. Taps that a window does
/// not have are zeros of the filter. Numbers alone: the model counts what the
/// kernel emits.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_TAPSTEPS_H
#define CONV_SCHEDULE_TAPSTEPS_H

#include "conv/Machine/Instructions.h"
#include "conv/Schedule/Problem.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::conv {

/// Taps that lie side by side in a lane.
constexpr int64_t kTapsPerStep = 4;

/// Whether `row` computes depthwise convolutions by several taps at once.
bool takesTaps(const Instruction &row);
/// Whether `p` is computed so.
bool takesTaps(const Problem &p);

/// Rows of the input that are interleaved for a tile.
struct TapPlan {
  /// Rows of outputs that share what is interleaved.
  struct Group {
    int64_t firstRow;
    int64_t taps; ///< Rows of the input, `dilation` apart from the first on.
  };
  /// The group of a row of outputs, and at which of its taps the window begins.
  struct Row {
    int64_t group, offset;
  };
  llvm::SmallVector<Group> groups;
  llvm::SmallVector<Row> rows;
};

/// The plan of `rows` rows of outputs with windows of `taps` rows. Those of
/// fewer rows begin alike.
TapPlan planTaps(int64_t rows, int64_t taps, int64_t stride, int64_t dilation);

/// Fours of a window's rows.
int64_t countTapSteps(int64_t taps);

/// Shuffles that interleave four vectors of bytes to four vectors of lanes, in
/// the order of channels: of each vector one that arranges its parts of 128
/// bits, and eight that pair bytes and then pairs.
constexpr int64_t kInterleavingShuffles = 12;

/// Why the taps of a window are not taken several at a time; nothing where they
/// can.
std::optional<std::string> findTapObstacle(const Problem &p, int64_t lanes,
                                           int64_t rows, int64_t vectors);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_TAPSTEPS_H
