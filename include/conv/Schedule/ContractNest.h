//===- ContractNest.h - The loops of one contraction ------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a schedule means for one contraction: the loops around the register
/// tile, the tile, and the loops of its reduction.
///
///   for n, g
///     for k, ho, wo in the schedule's order     runs of tiles of one size
///       acc[rows][columns][vectors]             the tile
///       for r, s, blocks of c, c by unroll      the reduction
///
/// It follows from the contraction's numbers and the schedule alone, with no
/// machine and no cost. The cost model, the legality, the drawing and the
/// micro-kernel read it, so that they speak of the same loops.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_CONTRACTNEST_H
#define CONV_SCHEDULE_CONTRACTNEST_H

#include "conv/IR/Conv.h"
#include "conv/Schedule/BorderCode.h"

#include <array>
#include <optional>

namespace mlir::conv {

/// One dimension of the input that the window moves over: index =
/// out * outStep + tap * tapStep + first, valid in [0, size).
struct WindowAxis {
  /// `size` may be dynamic.
  int64_t outStep = 0, tapStep = 0, first = 0, size = 0;
  bool clipped = false; ///< Some point of the iteration space leaves the input.
  /// How far the last window may leave the input at its end.
  int64_t high = 0;

  /// Whether every tap of outputs [begin, begin + count) is inside.
  bool isInside(int64_t begin, int64_t count, int64_t taps) const {
    return begin * outStep + first >= 0 &&
           (begin + count - 1) * outStep + (taps - 1) * tapStep + first < size;
  }
  bool isInside(int64_t out, int64_t tap) const {
    int64_t index = out * outStep + tap * tapStep + first;
    return index >= 0 && index < size;
  }
  /// The outputs [begin, end) among the first `outputs` of which every tap is
  /// inside: neighbours, as windows move forwards.
  std::pair<int64_t, int64_t> getInside(int64_t outputs, int64_t taps) const;
  /// The axis as what decides about the code of its borders.
  BorderAxis getBorder(int64_t outputs, int64_t taps) const;
  /// The share of the taps of `outputs` that are inside.
  double getShareInside(int64_t outputs, int64_t taps) const;
  bool operator==(const WindowAxis &o) const;
};

/// Coefficients of a contraction's iterators, and last the constant, of a
/// linear result of one of its maps; nothing for the floordiv and mod of
/// blocks.
SmallVector<int64_t> flattenResult(AffineExpr expr);

/// A contraction as a nest sees it. Steps are elements of the operand that an
/// iterator moves by; nothing where only the program knows.
struct Contraction {
  using Steps = std::array<std::optional<int64_t>, ContractOp::NumIterators>;

  /// Of the iterators of conv.contract; n, g, ho and wo may be dynamic.
  std::array<int64_t, ContractOp::NumIterators> extents{1, 1, 1, 1, 1, 1, 1, 1};
  WindowAxis rows, columns;
  /// Whether rows are counted from one that only the program knows.
  bool hasRowOrigin = false;
  /// Whether the input runs along k: depthwise.
  bool vectorInput = false;
  /// Channels per block of the input; 0: not blocked.
  int64_t channelBlock = 0;
  /// Of r, s, c and wo in the input, of r, s and c in the filter.
  Steps inputStep, filterStep;

  /// The contraction of `op`; buffers of tensors have no gaps.
  static Contraction fromOp(ContractOp op);
  /// The contraction that computes `problem` in one piece, with rows and
  /// columns as one dimension where they are flattenable, and with lanes along
  /// `vector`: blocks of output channels are groups that share their input;
  /// groups that are channels, or are merged, are one. Images of unknown size
  /// have the one that stands for all.
  static Contraction fromProblem(const Problem &problem, VectorIterator vector);
  /// What is left of it in tiles of `sizes` (0: whole): the contraction of one
  /// of them.
  Contraction tile(ArrayRef<int64_t> sizes) const;
  /// What is left of it in `count` neighbouring rows.
  Contraction takeRows(int64_t count) const;
  /// Sets the axis of a dimension that is sliced to what the tile reads.
  void slice(WindowAxis &axis, unsigned out, unsigned tap) const;
  /// Whether the first row of a tile is not a number.
  bool hasUnknownRows() const {
    return hasRowOrigin || ShapedType::isDynamic(extents[ContractOp::Ho]) ||
           ShapedType::isDynamic(rows.size);
  }
  /// Whether the columns, or those of them that are inside, are not a number.
  bool hasUnknownColumns() const {
    return ShapedType::isDynamic(extents[ContractOp::Wo]) ||
           (columns.clipped && ShapedType::isDynamic(columns.size));
  }
};

/// What becomes of the taps of tiles that touch the border.
enum class Border {
  Inside,  ///< All taps are inside.
  Peeled,  ///< Each tile is code of its own, which leaves taps out.
  Bounded, ///< The bounds of the loops over taps leave them out.
};
StringRef stringifyBorder(Border border);

/// Neighbouring tiles of one size along one iterator: tile i begins at
/// `begin + i * size`, or, from `gapBegin` on, `gapEnd - gapBegin` further.
struct TileRun {
  int64_t begin = 0, count = 1, size = 1; ///< `count` may be dynamic.
  Border border = Border::Inside;
  int64_t gapBegin = 0, gapEnd = 0;

  bool operator==(const TileRun &o) const;
};
using TileRuns = SmallVector<TileRun, 4>;
/// How many tiles there are of each size, which counts in whole `unit`s. Sizes
/// stand in the order of their first tile.
SizeRuns countSizes(const TileRuns &runs, int64_t unit = 1);
/// How many tiles there are.
int64_t countTiles(const TileRuns &runs);

/// Channels per iteration in code of which there is much and which runs once a
/// row.
constexpr int64_t kUnrollOfCases = 2;

/// Columns at one end of a row, in code of their own.
struct ColumnCase {
  int64_t count = 0;
  /// How far the last window leaves the image.
  int64_t overhang = 0;
  /// An image whose row has that end, and the tiles of the columns in it.
  WindowAxis axis;
  int64_t begin = 0;
  TileRuns runs;

  bool operator==(const ColumnCase &o) const;
};

/// How rows are cut into tiles whose length only the program knows:
///
///   if the first columns are inside at their end
///     first                            those that touch the padding before
///     tiles of `width`                 as many as are inside
///     one of `rests`                   by how many are left and the overhang
///   else
///     one of `shortRows`               likewise
///
/// What has no case, and with too many of them all that is not inside, are
/// tiles of `narrow` columns and single ones, whose taps are bounded at run
/// time.
struct UnknownColumns {
  ColumnCase first;
  int64_t width = 1, narrow = 1;
  SmallVector<ColumnCase, 0> rests, shortRows;

  bool operator==(const UnknownColumns &o) const;
};

/// One loop of a reduction: taps or channels, perhaps several iterators that
/// follow each other in both operands as one.
struct ReductionLoop {
  int64_t extent = 1;
  /// The iterator whose steps the loop takes.
  unsigned step = 0;

  bool operator==(const ReductionLoop &o) const {
    return extent == o.extent && step == o.step;
  }
};

/// How the taps of a window become code.
enum class WindowForm {
  Loops,    ///< A loop over rows, one over columns.
  Columns,  ///< The columns of a row unrolled: neighbours share vectors.
  Row,      ///< The columns of a row in one step, channels around them.
  Rows,     ///< The rows of a column in one step, a loop over columns.
  Whole,    ///< All taps in one step, a column at a time.
  Unrolled, ///< Columns, then rows unrolled: rows share vectors as well.
};
StringRef stringifyWindowForm(WindowForm form);

/// The iterators of `order`, outermost first.
std::array<unsigned, 3> getTileOrder(LoopOrder order);

struct ContractNest {
  /// Of n and g; dynamic where the program knows.
  int64_t images = 1, groups = 1;
  /// K, Ho and Wo, outermost first.
  std::array<unsigned, 3> order{ContractOp::K, ContractOp::Ho, ContractOp::Wo};
  /// Tiles of output channels, rows and columns. The channels of a run may be
  /// no multiple of the lanes. Rows that only the program knows have two runs,
  /// of as many tiles as are inside there and of single rows.
  TileRuns channels, rows, columns;
  /// The register tile of which they are parts.
  RegisterTile tile;
  /// FMAs of the code of tiles that touch the padding, where all of them are
  /// peeled, and how many that may be.
  uint64_t borderCode = 0, borderCodeLimit = 0;
  /// Whether the rows inside of the image are found at run time.
  bool findsRows = false;
  /// Instead of `columns`, where only the program knows them.
  std::optional<UnknownColumns> unknownColumns;

  /// Lanes of a vector, along output channels or columns, and how a scalar
  /// reaches all of them.
  int64_t lanes = 1;
  VectorIterator vector = VectorIterator::K;
  Broadcast broadcast = Broadcast::Memory;
  bool vectorInput = false;

  ReductionLoop r, s, c;
  /// Channels per iteration; of a block where the input is blocked.
  int64_t channelBlock = 0, unroll = 1;
  WindowForm window = WindowForm::Loops;
  /// Whether a tap that stands apart from its loop is hidden from the others,
  /// so that LLVM keeps no scalars for them in registers.
  bool hidesTaps = true;
  bool packedFilter = true;

  /// What is fetched ahead: elements of the filter; tiles of the input and of
  /// the output, and whether these are tiles along the rows.
  int64_t filterAhead = 0, inputAhead = 0, outputAhead = 0;
  bool inputAlongRows = false, outputAlongRows = false;
  /// The residual of a tile is fetched while its sum is computed.
  bool fetchesResidual = true;

  bool hasPixelVectors() const { return vector == VectorIterator::W; }
  /// Whether lanes are input channels, whose sums are added at the end.
  bool hasLaneSums() const { return vector == VectorIterator::C; }
  /// Whether k counts the output channels of several groups, which lanes are.
  bool hasMergedGroups() const { return vector == VectorIterator::G; }
  /// Whether lanes are output channels of two columns of a tile.
  bool hasColumnPairs() const { return vector == VectorIterator::KW; }
  /// Pixels of one accumulator: a vector of neighbours, two columns half a tile
  /// apart, or one.
  int64_t getGroupSize() const {
    return hasPixelVectors() ? lanes : hasColumnPairs() ? 2 : 1;
  }
  /// Output channels of one accumulator.
  int64_t getChannelLanes() const {
    if (hasPixelVectors() || hasLaneSums())
      return 1;
    return hasColumnPairs() ? lanes / 2 : lanes;
  }
  /// Where the tiles of output channels stand among the loops: 0 is outermost.
  unsigned getDepthOfChannels() const;
  /// Vectors that accumulate in a tile of these sizes.
  int64_t countAccumulators(int64_t tileRows, int64_t tileColumns,
                            int64_t tileChannels) const;
  bool operator==(const ContractNest &o) const;
};

/// The nest of `contraction` under `schedule`, whose outer levels have been
/// applied.
ContractNest buildContractNest(const Contraction &contraction,
                               ScheduleAttr schedule);
ContractNest buildContractNest(const Contraction &contraction,
                               const ScheduleFields &schedule);

/// Elements of a cache line.
constexpr int64_t kCacheLineElements = 16;

} // namespace mlir::conv

#endif // CONV_SCHEDULE_CONTRACTNEST_H
