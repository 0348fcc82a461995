//===- TileReduction.h - The reduction of a register tile ----------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What happens between the start of a register tile and its store:
///
///   for r in clipped rows              dynamic bounds, or peeled
///     for s                            launder(base); border: TileBorder.cpp
///       for c by unroll
///         step                         TileStep.cpp
///
/// or, for depthwise convolutions with vectors along pixels,
///
///   for s, for r                       unrolled: rows share what they read
///     step                             columns two apart: SplitColumns.cpp
///
/// or, where the taps of a row share what they load,
///
///   for r in clipped rows
///     for c by unroll
///       step of all taps of the row      LaneSums.cpp, GroupVectors.cpp,
///                                        ColumnPairs.cpp
///
/// or, with vectors along pixels, where those of a column do, of which s is
/// unrolled where that is not too much code,
///
///   for s                              for c
///     for c by unroll                    for s
///       step of all taps of the column     the same       TileStep.cpp
///
/// Accumulators belong to groups of pixels: one pixel where vectors run along
/// channels, n_vec neighbours of a row where they run along pixels, two columns
/// half a tile apart where they hold channels of both. A tile has `rows` x
/// ceil(columns / group) groups.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_TILEREDUCTION_H
#define LIB_CONV_KERNELS_TILEREDUCTION_H

#include "ContractInfo.h"
#include "conv/Schedule/GroupLanes.h"

#include <map>
#include <optional>

namespace mlir::conv {

/// Where a register tile stands. Rows and columns are known numbers where
/// their border has to be clipped statically.
struct TilePosition {
  Address a, b, out;             ///< Of the tile's first pixel, tap (0, 0).
  SmallVector<Address> epilogue; ///< The same for each operand of it.
  Address beside;                ///< And for what is written beside.
  int64_t rows = 1, columns = 1, channels = 1;
  std::optional<int64_t> row;    ///< Set when rows are clipped statically.
  std::optional<int64_t> column; ///< Set when columns are clipped statically.
  Value dynamicRow;              ///< Output row when clipped by loop bounds.
  Value dynamicColumn;           ///< The same for the first column.
  /// Of the image `column` lies in, where that stands for others.
  const WindowAxis *columnAxis = nullptr;
  ArrayRef<Value> tapFilters; ///< Of its block: makeTapFilters.
};

class TileReduction {
public:
  using Accumulators = SmallVector<Value>;

  TileReduction(const ContractInfo &info, OpBuilder &builder,
                const TilePosition &at)
      : info(info), b(builder), loc(info.op->getLoc()), addr(builder, loc),
        at(at), unroll(info.schedule.getUnroll()) {
    if (at.columnAxis)
      unroll = std::min(unroll, kUnrollOfCases);
  }

  /// Accumulators before the first step: a bias, or zeros. Those of a group
  /// follow each other.
  Accumulators makeInitial();
  /// All steps of the reduction.
  Accumulators run(Accumulators acc);
  /// The filter of a block of channels, for instructions that take several
  /// taps: vectors for each place a window begins at, four of its rows, column
  /// and vector of channels, one after the other; null where none begins.
  SmallVector<Value> makeTapFilters(int64_t rows);

private:
  /// The pixels [first, last) of a group that a tap is inside of the image for.
  struct Range {
    int64_t first = 0, last = 0;
    bool empty() const { return first >= last; }
    bool operator==(const Range &o) const {
      return first == o.first && last == o.last;
    }
  };
  using Active = SmallVector<Range>; ///< Per group; empty: all pixels.

  int64_t getGroupsPerRow() const {
    return llvm::divideCeilSigned(at.columns, info.getGroupSize());
  }
  int64_t getNumGroups() const { return at.rows * getGroupsPerRow(); }
  /// How far the columns of a pair are from each other: those of an odd number
  /// overlap.
  int64_t getPairDistance() const { return at.columns / 2; }
  /// The column of pixel `pixel` of `group`.
  int64_t getColumn(int64_t group, int64_t pixel) const {
    int64_t place = group % getGroupsPerRow();
    return info.hasColumnPairs() ? place + pixel * getPairDistance()
                                 : place * info.getGroupSize() + pixel;
  }
  /// All pixels of `group`; the last of a row may be partial.
  Range getPixels(int64_t group) const {
    int64_t size = info.getGroupSize();
    if (info.hasColumnPairs())
      return {0, size};
    int64_t begin = group % getGroupsPerRow() * size;
    return {0, std::min(size, at.columns - begin)};
  }
  Address getGroup(Address a, int64_t group);

  // TileReduction.cpp
  Active getAll() const;
  /// Whether nothing has to be done for a tap of which `active` are inside.
  bool isSkipped(const Active &active) const;
  /// The pixels of `active` whose tap is inside of the image.
  Active insideRows(Active active, int64_t tap) const;
  Active insideColumns(Active active, int64_t tap) const;
  Accumulators reduceRows(Accumulators acc);
  Accumulators reduceSharedTaps(Accumulators acc);
  Accumulators reduceWindowRows(Accumulators acc);
  Accumulators reduceWholeWindow(Accumulators acc);
  /// The pixels of each row of column `tap` of the window.
  SmallVector<Active> getColumnTaps(int64_t tap) const;
  Accumulators reduceColumns(Address a, Address f, Accumulators acc,
                             const Active &active);
  Accumulators reduceWindowRow(Address a, Address f, Accumulators acc,
                               const Active &active);
  Accumulators reduceColumnRun(Address a, Address f, int64_t taps,
                               Accumulators acc, const Active &active);
  Accumulators reduceChannels(Address a, Address f, Accumulators acc,
                              const Active &active);
  Accumulators reduceChannelRun(Address a, Address f, int64_t channels,
                                Accumulators acc, const Active &active);
  /// A loop from `lower` to `upper`; its body maps accumulators.
  Accumulators loop(Value lower, Value upper, int64_t stride, Accumulators acc,
                    function_ref<Accumulators(Value, Accumulators)> body);

  // TileBorder.cpp
  /// The taps [first, second) of a row of the window.
  using Taps = std::pair<Value, Value>;
  /// How many taps read an index below `limit` from column `pixel` of the tile.
  Value countTapsBelow(Address limit, int64_t pixel);
  /// Finds the taps that pixels are inside of the image for.
  void boundColumns();
  /// Columns clipped by the bounds of loops over taps.
  Accumulators reduceBoundedColumns(Address a, Address f, Accumulators acc);
  Accumulators reduceTaps(Taps taps, Address a, Address f, Accumulators acc);
  /// What `reduce` makes of the accumulators of a column's pixels, for which
  /// there is a reduction of their own.
  Accumulators reduceColumn(
      int64_t column, Accumulators acc,
      function_ref<Accumulators(TileReduction &, Accumulators)> reduce);
  Accumulators reduceColumnTaps(int64_t column, Taps taps, Address a, Address f,
                                Accumulators acc);
  /// The taps of the rows or columns of a window that are not `inside`, where
  /// they count: `reduceTap` gets where the filter's are.
  Accumulators
  reduceOutside(unsigned iterator, Taps inside, Address f, Accumulators acc,
                function_ref<Accumulators(Address, Accumulators)> reduceTap);
  Accumulators reduceOutsideRows(Taps inside, Accumulators acc);
  Accumulators reduceOutsideColumns(Taps inside, Address f, Accumulators acc);
  Accumulators reduceMasked(Taps taps, Address a, Address f, Accumulators acc);

  // TileStep.cpp
  /// What a step multiplies of each pixel: `count` channels from memory or,
  /// where there are vectors of `pixels`, their lane `lane`.
  struct Scalars {
    int64_t count;
    ArrayRef<Value> pixels;
    int64_t lane;
    /// Whether the channel behind, or else the one before, is there as well.
    bool hasNext = false, hasPrevious = false;
  };
  Accumulators stepChannels(Address a, Address f, Accumulators acc,
                            const Active &active, const Scalars &scalars);
  /// The scalars of pixel `pixel`, which is at `a`, in all lanes.
  Value broadcastScalars(Address a, int64_t pixel, const Scalars &scalars);
  Value loadInteger(Address a, int64_t count, IntegerType type);
  Value broadcastSteps(Address a, int64_t count);
  Value makeOffsets(Type type);
  Value broadcastBF16(Address a, const Scalars &scalars);
  /// Neighbouring elements as one integer in every lane.
  Value broadcastIntegers(Value elements);
  Value loadFilter(Address f, int64_t vector);
  Value fillSteps(Value vector);
  Accumulators stepPixels(Address a, Address f, Accumulators acc,
                          const Active &active);
  /// One channel of all `windowTaps`, those of a column of the window.
  Accumulators stepPixelRows(Address a, Address f, Accumulators acc);

  /// A tap of a pixel.
  struct Product {
    int64_t pixel, tap;
  };
  /// What reads one place of the input: a row and a column of it.
  using Positions = std::map<std::pair<int64_t, int64_t>, SmallVector<Product>>;

  // TileReduction.cpp
  /// The taps a step has: those of a row of the window, or the one at hand.
  SmallVector<Active> getStepTaps(const Active &active) const;
  /// The pixels and taps that read each row and column of the input.
  Positions getPositions(ArrayRef<Active> taps) const;
  /// Where the pixel and tap of `product` read.
  Address getProduct(Address a, const Product &product);
  /// `base`, so that LLVM does not know it for the same.
  Address launder(Address base);

  // SplitColumns.cpp
  /// A tap of a row of the window: whether it reads the odd columns, and how
  /// many lanes away from where vectors begin.
  struct SplitTap {
    int64_t parity, lanes;
  };
  /// A row of the input: where its vectors begin, the columns that are read,
  /// and the vectors made of them so far.
  struct SplitRow {
    Address a;
    Range columns;
    std::map<int64_t, Value> loads;
    std::map<std::pair<int64_t, int64_t>, Value> vectors;
  };
  /// Whether taps share the even and odd columns of rows.
  bool splitsRows() const;
  Accumulators reduceSplitRows(Accumulators acc);
  SplitTap splitTap(int64_t tap) const;
  Range getSplitColumns() const;
  SplitRow makeSplitRow(Address a, Range columns);
  Value loadSplitColumns(SplitRow &row, int64_t index);
  Value getSplitVector(SplitRow &row, int64_t parity, int64_t index);
  Value getSplitTap(SplitRow &row, const SplitTap &tap, int64_t index);

  // GroupVectors.cpp
  /// All channels of one tap, or of all `windowTaps`.
  Accumulators stepGroups(Address a, Address f, Accumulators acc,
                          const Active &active);
  /// Elements that the channels of a tile read of a pixel.
  int64_t countGroupElements() const;
  /// What the vectors of a pixel at `a` meet, brought to their lanes.
  SmallVector<Value> loadGroups(Address a, const GroupLanes &plan);

  // TapSteps.cpp
  /// Where elements of the input are, and whether inside of the image: known,
  /// or by a value.
  struct TapPlace {
    Address address;
    bool isOutside = false;
    Value isInside;
  };
  Accumulators reduceTaps(Accumulators acc);
  /// Rows of the input for tap `tap` of the windows of row `row`; `column` for
  /// tap `s` of the windows of column `column`.
  TapPlace findTapRow(int64_t row, int64_t tap);
  TapPlace findTapColumn(int64_t column, int64_t s);
  TapPlace findTapPlace(const WindowAxis &axis, Address size, int64_t out,
                        int64_t tap, std::optional<int64_t> known,
                        Value dynamic, Address address);
  /// The first `set` bytes from `at` on in a vector of as many lanes of bytes
  /// as FMAs take.
  Value loadTapBytes(const FlatView &view, Address at, int64_t set);
  Value loadTapInput(const TapPlace &row, const TapPlace &column, int64_t first,
                     int64_t set);
  /// Four vectors of bytes as four of lanes, each with a byte of every one.
  SmallVector<Value> interleaveTaps(ArrayRef<Value> rows);
  Value unpackTaps(Value low, Value high, int64_t bytes, bool upper);
  Value makeTapBytes(int64_t byte);

  // ColumnPairs.cpp
  Accumulators makeInitialPairs();
  /// One channel of one tap, or of all `windowTaps`.
  Accumulators stepPairs(Address a, Address f, Accumulators acc,
                         const Active &active);
  /// The scalars that the pair at `a` reads, of which those of `pixels` are
  /// inside, each in half of the lanes.
  Value loadPair(Address a, Range pixels);
  /// A vector of half as many lanes, twice.
  Value repeatHalf(Value half);

  // LaneSums.cpp
  Accumulators makeInitialSums();
  /// `count` channels of one tap, or of all `windowTaps`.
  Accumulators stepSums(Address a, Address f, int64_t count, Accumulators acc,
                        const Active &active);

  // TileStep.cpp
  /// `acc` and the products of the image's `x` and the filter's `y`, extended
  /// as far as they are multiplied.
  Value makeFma(Value acc, Value x, Value y);
  SmallVector<Value> loadPixels(Address a, const Active &active);
  Value loadPixelVector(Address a, Range range);
  /// The even elements of elements 0 to n - 1 and n - 1 to 2 n - 2.
  Value joinEverySecond(Value low, Value high);
  Value loadFilterScalar(Address f, int64_t k, Value &vector);
  void prefetch(const FlatView &view, Address address);
  void prefetchFilter(Address f, int64_t elements);
  void prefetchInput(Address a, int64_t step, const Active &active);
  /// A vector whose lanes [range.first, range.last) are read.
  Value loadVector(const FlatView &view, Address at, Range range);
  /// The pixels of group `group`, of which those of `lanes` are read.
  Value loadClippedPixels(Address a, std::pair<Value, Value> lanes);
  Value loadClippedVector(Address a, Value first, Value last);

  const ContractInfo &info;
  OpBuilder &b;
  Location loc;
  AddressBuilder addr;
  const TilePosition &at;
  int64_t unroll; ///< Channels per iteration.
  /// Taps of each column (vector = k), or the first of the last pixel and the
  /// last of the first one (vector = w), and those all pixels have. Set with a
  /// dynamic column.
  SmallVector<Taps> columnTaps;
  Taps commonTaps;
  /// The lanes of each group inside of the image, while masked steps are
  /// emitted.
  SmallVector<std::pair<Value, Value>> clippedLanes;
  /// The pixels of each tap of a row of the window (vector = w: of a column),
  /// while steps of all of them are emitted.
  SmallVector<Active> windowTaps;
};

} // namespace mlir::conv

#endif // LIB_CONV_KERNELS_TILEREDUCTION_H
