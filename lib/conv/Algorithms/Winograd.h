//===- Winograd.h - Tiles at Winograd's points, by blocks -------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What Winograd's algorithm makes of a problem: tiles, blocks of rows of them,
/// and the buffers of a block. Shared by the rewriting and the model.
///
/// With dilations the outputs of every d-th row and column read the same
/// inputs, and others do not: phases of the output, each a convolution of a
/// phase of the image by the same window without dilation.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_ALGORITHMS_WINOGRAD_H
#define LIB_CONV_ALGORITHMS_WINOGRAD_H

#include "conv/Algorithms/Algorithms.h"
#include "conv/IR/Winograd.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

namespace mlir::conv {

/// Phases of a dimension that have equal extents, `first` and those after it.
struct WinogradPhases {
  int64_t first, count;
  int64_t outputs, inputs; ///< Of each phase.
  int64_t low;             ///< Zeros before its inputs.
  /// Where its inputs begin in the image, beyond the number of the phase.
  int64_t start;
};

/// All phases of a dimension of `inputs` inputs, `low` zeros before them, and
/// `outputs` outputs: one that is all where `dilation` is 1.
SmallVector<WinogradPhases> getWinogradPhases(int64_t dilation, int64_t inputs,
                                              int64_t outputs, int64_t low);

/// A phase of `problem` as a problem of its own, of which there are as many
/// images as `problem` has, for all phases together.
Problem getWinogradPhase(const Problem &problem, const WinogradPhases &rows,
                         const WinogradPhases &columns);
/// The same for the first phase, which is the largest.
Problem getWinogradPhase(const Problem &problem);

/// The tiles of an output, by blocks: of whole rows of tiles of an image, or of
/// all rows of several images, so that small ones pass over the filter
/// together.
struct WinogradBlocks {
  WinogradTile tile;
  int64_t points;        ///< Of a tile.
  int64_t rows, columns; ///< Tiles of an image.
  int64_t blockRows;     ///< Rows of tiles in a block; the last may have fewer.
  int64_t images;        ///< In a block; the last may have fewer.

  /// `outputRows` is the band of a schedule, 0 for all rows.
  WinogradBlocks(const Problem &problem, WinogradTile tile, int64_t outputRows,
                 int64_t images);

  int64_t countTiles() const { return images * blockRows * columns; }
  /// Of an image of `outputRows` rows: blocks of which all rows are outputs,
  /// and rows of tiles that are left.
  int64_t countWhole(int64_t outputRows) const {
    return outputRows / (blockRows * tile[0]);
  }
  int64_t countRest(int64_t outputRows) const {
    return rows - countWhole(outputRows) * blockRows;
  }
  /// Blocks that each of `parts` threads takes at most, and threads that take
  /// any.
  int64_t getShare(int64_t outputRows, int64_t parts) const {
    int64_t all = countWhole(outputRows) + (countRest(outputRows) != 0 ? 1 : 0);
    return llvm::divideCeilSigned(all, parts);
  }
  int64_t countShares(int64_t outputRows, int64_t parts) const {
    int64_t all = countWhole(outputRows) + (countRest(outputRows) != 0 ? 1 : 0);
    return llvm::divideCeilSigned(all, getShare(outputRows, parts));
  }
  /// Blocks of an image as a fraction: the last one may be smaller.
  double countBlocks() const {
    return double(rows) / double(blockRows) / double(images);
  }
  /// How often all blocks of `count` images pass over the filter.
  double countPasses(double count) const {
    return images == 1 ? count * double(llvm::divideCeilSigned(rows, blockRows))
                       : std::ceil(count / double(images));
  }
};

/// Extents of the planes of a block's input, `[point][tile][channel]`: tiles
/// and channels as they are allocated. Channels are whole vectors of `lanes`;
/// a few more than needed where neighbouring planes would otherwise be written
/// in too few sets of the first cache.
struct WinogradPlanes {
  int64_t tiles, channels;
};
WinogradPlanes getWinogradPlanes(const Problem &problem,
                                 const WinogradBlocks &blocks, int64_t lanes);

/// Channels of the input that each of `parts` threads transforms where they
/// divide those of the output; nothing where one of them transforms all, as
/// shares of whole vectors would not be equal.
std::optional<int64_t> getInputShare(const Problem &problem, int64_t parts,
                                     int64_t lanes);

/// Replaces `op` by transformations and contractions for tiles of its schedule.
LogicalResult applyWinograd(ConvOp op, RewriterBase &rewriter);

/// The contraction of one block of a phase: a 1x1 convolution of its tiles with
/// a group per point.
Problem getWinogradContraction(const Problem &problem,
                               const WinogradBlocks &blocks, int64_t lanes);

} // namespace mlir::conv

#endif // LIB_CONV_ALGORITHMS_WINOGRAD_H
