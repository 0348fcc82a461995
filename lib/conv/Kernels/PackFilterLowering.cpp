//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// conv.pack_filter as loops:
///
///   for g, kt, r, s, ct
///     packed[g][kt][r][s][ct][0 .. c_ob) =
///         extend(interleave(filter[g][kt * c_ob ..][ct * c_pack + i][r][s]))
///
/// with c_pack vectors at a time where the filter keeps k contiguous; lanes
/// past the last channel are zero. Where it keeps c contiguous, alone or with
/// taps behind it as [k][c][r][s] does, squares of vectors are transposed in
/// registers:
///
///   for g, kt, taps before c
///     for kv in 0 .. c_ob by L, c in 0 .. C by L
///       for v in taps behind c                 unrolled
///         row[i] = load filter[k + kv + i][(c, taps) + v * L ..]      L loads
///         transpose rows
///         store packed[..][c, tap of (v * L + j)][kv ..] = row[j]     L stores
///
/// What is left is packed element by element. Where k counts the channels of
/// all groups, those of a block are whole groups, or all there are.
///
//===----------------------------------------------------------------------===//

#include "Address.h"
#include "Extension.h"
#include "LaneVectors.h"
#include "MicroKernel.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

class FilterPacker {
public:
  FilterPacker(PackFilterOp op, OpBuilder &b)
      : loc(op.getLoc()), layout(op.getLayout()), type(op.getFilterType()),
        packedType(op.getPackedType()), packed(packedType.getShape()),
        from(FlatView::createBits(b, loc, op.getFilter())),
        to(FlatView::createBits(b, loc, op.getInit())),
        element(cast<MemRefType>(from.flat.getType()).getElementType()),
        cOb(op.getBlock()), cPack(op.getCPack()), lanes(op.getLanes()),
        merged(op.getMergedGroup()), channels(getExtent('c')),
        kStride(getStride('k')),
        contiguous(!kStride.value && kStride.constant == 1) {
    if (merged == 0) {
      findSquares();
    } else {
      const Address group = getStride('g');
      contiguous = !group.value && group.constant == merged &&
                   (contiguous || merged == 1);
    }
  }

  void emit(OpBuilder &b);

private:
  /// A range of steps of channels, and how they are packed.
  struct Range {
    int64_t first, last;
    bool squares;
    int64_t set; ///< Channels that exist of each step.
  };

  int64_t getExtent(char letter) const {
    size_t pos = layout.find(letter);
    return pos == StringRef::npos ? 1 : type.getDimSize(pos);
  }
  Address getStride(char letter) const {
    size_t pos = layout.find(letter);
    return pos == StringRef::npos ? Address() : from.strides[pos];
  }
  bool isBehindChannels(char letter) const {
    size_t pos = layout.find(letter), c = layout.find('c');
    return pos != StringRef::npos && c != StringRef::npos && pos > c;
  }
  void findSquares();
  /// Output channels, of all groups where they are merged.
  int64_t countOutputs() const {
    return getExtent('k') * (merged != 0 ? getExtent('g') : 1);
  }
  /// How far a block's channel `lane` is from its first.
  Address getLaneOffset(AddressBuilder &addr, int64_t lane) const;

  /// Packs the blocks of k [firstTile, firstTile + tiles), of which `count`
  /// channels each exist, of `range`.
  void emitNest(OpBuilder &b, int64_t firstTile, int64_t tiles, int64_t count,
                const Range &range) const;
  /// Packs `square` channels c from `src` on, all taps behind them and all
  /// channels of the block, of which `count` exist.
  void transposeBlock(OpBuilder &b, Address src, Address dst,
                      int64_t count) const;
  /// The same for the channels from `lane` on, of which `set` exist.
  void transposeLanes(OpBuilder &b, Address src, Address dst, Address lane,
                      int64_t set) const;
  /// Packs one step of `setC` channels c and the block's channels k, of which
  /// `count` exist, and clears the rest.
  void copyBlock(OpBuilder &b, Address src, Address dst, int64_t count,
                 int64_t setC) const;
  /// The first `set` of the channels k from number `first` of the block at `at`
  /// on, zeros behind them.
  Value loadChannels(OpBuilder &b, Address at, VectorType vector, int64_t first,
                     int64_t set) const;
  /// Where element `index` of a square's rows, which count the dimensions from
  /// c on, the last one fastest, is packed.
  Address moveTo(AddressBuilder &addr, Address at, int64_t index) const;
  /// Stores the channels of a step side by side for each lane.
  void store(OpBuilder &b, ArrayRef<Value> step, Address at) const;

  Location loc;
  StringRef layout;
  ShapedType type, packedType;
  ArrayRef<int64_t> packed;
  FlatView from, to;
  Type element; ///< Of the filter, or its bits.
  int64_t cOb, cPack, lanes;
  int64_t merged; ///< Output channels of a group; 0: each has its own blocks.
  int64_t channels;
  Address kStride;
  bool contiguous; ///< Neighbouring output channels, of all groups if merged.
  /// Lanes of the squares, taps behind c in the filter, channels in squares.
  int64_t square = 1, behind = 1, transposed = 0;
};

} // namespace

void FilterPacker::findSquares() {
  square = lanes;
  while (cOb % square != 0)
    square /= 2;
  size_t cPos = layout.find('c');
  // Whether c and the taps behind it lie in one piece.
  bool piece = !contiguous && cPos != StringRef::npos;
  for (size_t pos = layout.size(); piece && pos-- > cPos;) {
    Address step = from.strides[pos];
    bool tap = StringRef("crs").contains(layout[pos]);
    piece = tap && !step.value && step.constant == behind;
    if (pos != cPos)
      behind *= type.getDimSize(pos);
  }
  // More taps are more code than the filter is worth.
  constexpr int64_t kMaxTaps = 25, kLeastSquare = 4;
  // A square holds whole steps.
  if (piece && square >= std::max(kLeastSquare, cPack) && behind <= kMaxTaps)
    transposed = channels / square * square;
}

Address FilterPacker::moveTo(AddressBuilder &addr, Address at,
                             int64_t index) const {
  Address steps[] = {to.strides[2], to.strides[3], to.strides[4]};
  for (size_t pos = layout.size(), cPos = layout.find('c'); pos-- > cPos;) {
    int64_t extent = pos == cPos ? square : type.getDimSize(pos);
    int64_t place = index % extent / (pos == cPos ? cPack : 1);
    at = addr.add(at, addr.mul({Value(), place},
                               steps[StringRef("rsc").find(layout[pos])]));
    index /= extent;
  }
  return at;
}

void FilterPacker::store(OpBuilder &b, ArrayRef<Value> step, Address at) const {
  SmallVector<Value> vectors(step);
  // Halves of the step are interleaved, and then they with each other.
  for (size_t size = vectors.size() / 2; size > 0; size /= 2)
    for (size_t i = 0; i < size; ++i)
      vectors[i] =
          vector::InterleaveOp::create(b, loc, vectors[i], vectors[size + i]);
  Value value = vectors.front();
  Type filter = type.getElementType(), wide = packedType.getElementType();
  if (filter != wide)
    value = extendElements(b, loc, value, *getElementKind(filter), wide);
  vector::StoreOp::create(b, loc, value, to.flat,
                          AddressBuilder(b, loc).materialize(at));
}

void FilterPacker::transposeLanes(OpBuilder &b, Address src, Address dst,
                                  Address lane, int64_t set) const {
  AddressBuilder addr(b, loc);
  auto vector = VectorType::get({square}, element);
  SmallVector<Value> columns;
  for (int64_t v = 0; v < behind; ++v) {
    SmallVector<Value> rows;
    for (int64_t i = 0; i < square; ++i) {
      Address k = addr.mul(addr.add(lane, {Value(), i}), kStride);
      rows.push_back(
          i < set
              ? loadLanes(b, loc, vector, from.flat,
                          addr.add(addr.add(src, k), {Value(), v * square}),
                          {Value(), 1}, square)
              : arith::ConstantOp::create(b, loc, vector, b.getZeroAttr(vector))
                    .getResult());
    }
    transposeSquare(b, loc, rows);
    columns.append(rows);
    // Steps whose last channel is there now.
    for (int64_t index = v * square; index < (v + 1) * square; ++index) {
      if (index / behind % cPack != cPack - 1)
        continue;
      SmallVector<Value> step;
      for (int64_t i = cPack - 1; i >= 0; --i)
        step.push_back(columns[index - i * behind]);
      Address at = addr.add(dst, addr.mul(lane, {Value(), cPack}));
      store(b, step, moveTo(addr, at, index));
    }
  }
}

void FilterPacker::transposeBlock(OpBuilder &b, Address src, Address dst,
                                  int64_t count) const {
  AddressBuilder addr(b, loc);
  int64_t full = count / square;
  if (full > 0)
    scf::buildLoopNest(b, loc, addr.constant(0), addr.constant(full * square),
                       addr.constant(square),
                       [&](OpBuilder &b, Location, ValueRange ivs) {
                         transposeLanes(b, src, dst, {ivs[0], 0}, square);
                       });
  for (int64_t lane = full * square; lane < cOb; lane += square)
    transposeLanes(b, src, dst, {Value(), lane},
                   std::max<int64_t>(count - lane, 0));
}

Address FilterPacker::getLaneOffset(AddressBuilder &addr, int64_t lane) const {
  if (merged == 0)
    return addr.mul({Value(), lane}, kStride);
  return addr.add(addr.mul({Value(), lane / merged}, getStride('g')),
                  addr.mul({Value(), lane % merged}, kStride));
}

Value FilterPacker::loadChannels(OpBuilder &b, Address at, VectorType vector,
                                 int64_t first, int64_t set) const {
  AddressBuilder addr(b, loc);
  int64_t size = vector.getNumElements();
  Value zero = arith::ConstantOp::create(b, loc, vector, b.getZeroAttr(vector));
  if (set == 0)
    return zero;
  Value begin = contiguous
                    ? addr.materialize(addr.add(at, getLaneOffset(addr, first)))
                    : Value();
  if (contiguous && set == size)
    return vector::LoadOp::create(b, loc, vector, from.flat, begin);
  if (contiguous)
    return vector::MaskedLoadOp::create(b, loc, vector, from.flat,
                                        ValueRange(begin),
                                        makeMask(b, loc, size, set), zero);
  Value value = zero;
  for (int64_t i = 0; i < set; ++i) {
    Value scalar = memref::LoadOp::create(
        b, loc, from.flat,
        ValueRange(
            addr.materialize(addr.add(at, getLaneOffset(addr, first + i)))));
    value = vector::InsertOp::create(b, loc, scalar, value, i);
  }
  return value;
}

void FilterPacker::copyBlock(OpBuilder &b, Address src, Address dst,
                             int64_t count, int64_t setC) const {
  AddressBuilder addr(b, loc);
  int64_t size = std::min(cOb, lanes);
  while (cOb % size != 0)
    size /= 2;
  auto vector = VectorType::get({size}, element);
  for (int64_t lane = 0; lane < cOb; lane += size) {
    int64_t set = std::clamp<int64_t>(count - lane, 0, size);
    SmallVector<Value> step;
    for (int64_t i = 0; i < cPack; ++i)
      step.push_back(
          loadChannels(b, addr.add(src, addr.mul({Value(), i}, getStride('c'))),
                       vector, lane, i < setC ? set : 0));
    store(b, step, addr.add(dst, {Value(), lane * cPack}));
  }
}

void FilterPacker::emitNest(OpBuilder &b, int64_t firstTile, int64_t tiles,
                            int64_t count, const Range &range) const {
  if (tiles == 0 || range.first == range.last)
    return;
  AddressBuilder addr(b, loc);
  const char letters[] = {'g', 'k', 'r', 's', 'c'};
  SmallVector<Value> lower, upper, steps;
  for (auto [dim, letter] : llvm::enumerate(letters)) {
    int64_t first = 0, last = packed[dim];
    if (letter == 'k') {
      first = firstTile;
      last = firstTile + tiles;
    } else if (letter == 'c') {
      first = range.first;
      last = range.last;
    } else if (range.squares && isBehindChannels(letter)) {
      last = 1; // Taps behind c are part of a square.
    }
    lower.push_back(addr.constant(first));
    upper.push_back(addr.constant(last));
    steps.push_back(
        addr.constant(letter == 'c' && range.squares ? square / cPack : 1));
  }
  scf::buildLoopNest(
      b, loc, lower, upper, steps, [&](OpBuilder &b, Location, ValueRange ivs) {
        AddressBuilder addr(b, loc);
        Address src = from.offset, dst = to.offset;
        for (auto [dim, letter] : llvm::enumerate(letters)) {
          dst = addr.add(dst, addr.mul({ivs[dim], 0}, to.strides[dim]));
          Address index{ivs[dim], 0};
          if (letter == 'k') {
            src = addr.add(src, addr.mul(index, getLaneOffset(addr, cOb)));
            continue;
          }
          if (letter == 'c')
            index = addr.mul(index, {Value(), cPack});
          src = addr.add(src, addr.mul(index, getStride(letter)));
        }
        if (range.squares)
          transposeBlock(b, src, dst, count);
        else
          copyBlock(b, src, dst, count, range.set);
      });
}

/// The last block of k and the last step of c may be partial and are nests of
/// their own.
void FilterPacker::emit(OpBuilder &b) {
  int64_t k = countOutputs(), full = k / cOb, steps = channels / cPack;
  for (const Range &range :
       {Range{0, transposed / cPack, true, cPack},
        Range{transposed / cPack, steps, false, cPack},
        Range{steps, packed[4], false, channels % cPack}}) {
    emitNest(b, 0, full, cOb, range);
    if (k % cOb != 0)
      emitNest(b, full, 1, k % cOb, range);
  }
}

LogicalResult mlir::conv::lowerPackFilter(PackFilterOp op, RewriterBase &b) {
  if (op.getWinograd())
    return lowerWinogradFilter(op, b);
  b.setInsertionPoint(op);
  FilterPacker(op, b).emit(b);
  b.eraseOp(op);
  return success();
}
