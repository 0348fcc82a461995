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
///   for g, kt, r, s, c
///     packed[g][kt][r][s][c][0 .. c_ob) = filter[g][kt * c_ob ..][c][r][s]
///
/// the last dimension by vectors where the filter keeps k contiguous; lanes
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
/// What is left is packed element by element, and so is all of a filter whose
/// lanes take several channels at once (c_pack).
///
//===----------------------------------------------------------------------===//

#include "Address.h"
#include "MicroKernel.h"
#include "TileStore.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::conv;

/// Several channels side by side for each lane, element by element:
///
///   for g, kt, r, s, ct, kl, cl
///     k = kt * c_ob + kl, c = ct * c_pack + cl
///     packed[g][kt][r][s][ct][kl][cl] = k < K and c < C ? filter[...] : 0
static void packSteps(PackFilterOp op, RewriterBase &rewriter) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  AddressBuilder addr(rewriter, loc);
  ArrayRef<int64_t> packed = op.getPackedType().getShape();
  FlatView from = FlatView::createBits(rewriter, loc, op.getFilter());
  FlatView to = FlatView::createBits(rewriter, loc, op.getInit());
  Type element = cast<MemRefType>(from.flat.getType()).getElementType();
  StringRef layout = op.getLayout();
  Value zero =
      arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(element));
  SmallVector<Value> lower(packed.size(), addr.constant(0)), upper,
      steps(packed.size(), addr.constant(1));
  for (int64_t size : packed)
    upper.push_back(addr.constant(size));
  scf::buildLoopNest(
      rewriter, loc, lower, upper, steps,
      [&](OpBuilder &b, Location, ValueRange ivs) {
        AddressBuilder addr(b, loc);
        auto join = [&](Value block, int64_t size, Value within) {
          return addr.materialize(
              addr.add(addr.mul({block, 0}, {Value(), size}), {within, 0}));
        };
        Value k = join(ivs[1], packed[5], ivs[5]);
        Value c = join(ivs[4], packed[6], ivs[6]);
        Value inside;
        SmallVector<Value> index;
        for (auto [dim, letter] : llvm::enumerate(layout)) {
          bool isPadded = letter == 'k' || letter == 'c';
          index.push_back(letter == 'g'   ? ivs[0]
                          : letter == 'k' ? k
                          : letter == 'r' ? ivs[2]
                          : letter == 's' ? ivs[3]
                                          : c);
          if (!isPadded)
            continue;
          int64_t extent = op.getFilterType().getDimSize(dim);
          Value test =
              arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                    index.back(), addr.constant(extent));
          inside = inside ? arith::AndIOp::create(b, loc, inside, test) : test;
          index.back() = arith::MinUIOp::create(b, loc, index.back(),
                                                addr.constant(extent - 1));
        }
        // A filter without channels of either kind has one.
        for (auto [letter, value] : {std::pair('k', k), std::pair('c', c)})
          if (!layout.contains(letter)) {
            Value test = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                               value, addr.constant(0));
            inside =
                inside ? arith::AndIOp::create(b, loc, inside, test) : test;
          }
        auto place = [&](const FlatView &view, ValueRange index) {
          Address at = view.offset;
          for (auto [i, stride] : llvm::zip_equal(index, view.strides))
            at = addr.add(at, addr.mul({i, 0}, stride));
          return addr.materialize(at);
        };
        Value value = memref::LoadOp::create(b, loc, from.flat,
                                             ValueRange(place(from, index)));
        value = arith::SelectOp::create(b, loc, inside, value, zero);
        memref::StoreOp::create(b, loc, value, to.flat,
                                ValueRange(place(to, ivs)));
      });
  rewriter.eraseOp(op);
}

LogicalResult mlir::conv::lowerPackFilter(PackFilterOp op, RewriterBase &b) {
  Location loc = op.getLoc();
  if (op.getWinograd())
    return lowerWinogradFilter(op, b);
  if (op.getCPack() != 1) {
    packSteps(op, b);
    return success();
  }
  b.setInsertionPoint(op);
  AddressBuilder addr(b, loc);
  FlatView from = FlatView::createBits(b, loc, op.getFilter());
  FlatView to = FlatView::createBits(b, loc, op.getInit());
  Type element = cast<MemRefType>(from.flat.getType()).getElementType();
  StringRef layout = op.getLayout();
  auto stride = [&](char letter) {
    size_t pos = layout.find(letter);
    return pos == StringRef::npos ? Address() : from.strides[pos];
  };
  ArrayRef<int64_t> packed = op.getPackedType().getShape();
  int64_t cOb = packed[5];
  size_t kPos = layout.find('k');
  int64_t k = kPos == StringRef::npos ? 1 : op.getFilterType().getDimSize(kPos);
  Address kStride = stride('k');
  bool contiguous = !kStride.value && kStride.constant == 1;

  // Lanes of the squares, taps behind c in the filter, and whether they and c
  // lie in one piece.
  int64_t square = op.getLanes();
  while (cOb % square != 0)
    square /= 2;
  int64_t behind = 1;
  size_t cPos = layout.find('c');
  bool piece = !contiguous && cPos != StringRef::npos;
  for (size_t pos = layout.size(); piece && pos-- > cPos;) {
    Address step = from.strides[pos];
    bool tap = StringRef("crs").contains(layout[pos]);
    piece = tap && !step.value && step.constant == behind;
    if (pos != cPos)
      behind *= op.getFilterType().getDimSize(pos);
  }
  // More taps are more code than the filter is worth.
  constexpr int64_t kMaxTaps = 25;
  int64_t channels = packed[4];
  int64_t transposed = piece && square >= 4 && behind <= kMaxTaps
                           ? channels / square * square
                           : 0;

  // Packs `square` channels c from `src` on, all taps behind them and all
  // channels of the block, of which `count` exist.
  auto transposeBlock = [&](OpBuilder &b, Address src, Address dst,
                            int64_t count) {
    AddressBuilder addr(b, loc);
    auto type = VectorType::get({square}, element);
    Address steps[] = {to.strides[2], to.strides[3], to.strides[4]};
    auto move = [&](Address at, int64_t index) {
      // The index counts the dimensions from c on, the last one fastest.
      for (size_t pos = layout.size(); pos-- > cPos;) {
        int64_t extent =
            pos == cPos ? square : op.getFilterType().getDimSize(pos);
        at = addr.add(at, addr.mul({Value(), index % extent},
                                   steps[StringRef("rsc").find(layout[pos])]));
        index /= extent;
      }
      return at;
    };
    auto emit = [&](OpBuilder &b, Address lane, int64_t set) {
      for (int64_t v = 0; v < behind; ++v) {
        SmallVector<Value> rows;
        for (int64_t i = 0; i < square; ++i) {
          Address k = addr.mul(addr.add(lane, {Value(), i}), kStride);
          rows.push_back(
              i < set
                  ? loadLanes(b, loc, type, from.flat,
                              addr.add(addr.add(src, k), {Value(), v * square}),
                              {Value(), 1}, square)
                  : arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type))
                        .getResult());
        }
        transposeSquare(b, loc, rows);
        for (int64_t j = 0; j < square; ++j)
          vector::StoreOp::create(b, loc, rows[j], to.flat,
                                  ValueRange(addr.materialize(move(
                                      addr.add(dst, lane), v * square + j))));
      }
    };
    int64_t full = count / square;
    if (full > 0)
      scf::buildLoopNest(b, loc, addr.constant(0), addr.constant(full * square),
                         addr.constant(square),
                         [&](OpBuilder &b, Location, ValueRange ivs) {
                           emit(b, {ivs[0], 0}, square);
                         });
    for (int64_t lane = full * square; lane < cOb; lane += square)
      emit(b, {Value(), lane}, std::max<int64_t>(count - lane, 0));
  };

  // Copies `count` channels and clears the rest of the block.
  auto copyBlock = [&](OpBuilder &b, Address src, Address dst, int64_t count) {
    AddressBuilder addr(b, loc);
    int64_t lanes = std::min<int64_t>(cOb, op.getLanes());
    while (cOb % lanes != 0)
      lanes /= 2;
    auto type = VectorType::get({lanes}, element);
    Value zero = arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
    auto storeAt = [&](Value value, int64_t lane) {
      vector::StoreOp::create(
          b, loc, value, to.flat,
          ValueRange(addr.materialize(addr.add(dst, {Value(), lane}))));
    };
    for (int64_t lane = 0; lane < cOb; lane += lanes) {
      int64_t set = std::clamp<int64_t>(count - lane, 0, lanes);
      Address at = addr.add(src, addr.mul({Value(), lane}, kStride));
      if (set == 0) {
        storeAt(zero, lane);
      } else if (contiguous && set == lanes) {
        storeAt(vector::LoadOp::create(b, loc, type, from.flat,
                                       addr.materialize(at)),
                lane);
      } else if (contiguous) {
        storeAt(vector::MaskedLoadOp::create(
                    b, loc, type, from.flat, ValueRange(addr.materialize(at)),
                    makeMask(b, loc, lanes, set), zero),
                lane);
      } else {
        Value value = zero;
        for (int64_t i = 0; i < set; ++i) {
          Value scalar = memref::LoadOp::create(
              b, loc, from.flat,
              ValueRange(addr.materialize(
                  addr.add(at, addr.mul({Value(), i}, kStride)))));
          value = vector::InsertOp::create(b, loc, scalar, value, i);
        }
        storeAt(value, lane);
      }
    }
  };

  // Loops over the five outer dimensions of the packed filter. The last block
  // of k may be partial and is a nest of its own.
  const char letters[] = {'g', 'k', 'r', 's', 'c'};
  auto nest = [&](int64_t firstTile, int64_t tiles, int64_t count,
                  bool squares) {
    if (tiles == 0 || (squares ? transposed : channels - transposed) == 0)
      return;
    SmallVector<Value> lower, upper, steps;
    for (int64_t dim = 0; dim < 5; ++dim) {
      int64_t first = dim == 1 ? firstTile : 0;
      int64_t last = dim == 1 ? firstTile + tiles : packed[dim];
      if (dim == 4)
        (squares ? last : first) = transposed;
      // Taps behind c are part of a square.
      else if (squares && layout.find(letters[dim]) != StringRef::npos &&
               dim > 1 && layout.find(letters[dim]) > cPos)
        last = 1;
      lower.push_back(addr.constant(first));
      upper.push_back(addr.constant(last));
      steps.push_back(addr.constant(dim == 4 && squares ? square : 1));
    }
    scf::buildLoopNest(
        b, loc, lower, upper, steps,
        [&](OpBuilder &b, Location, ValueRange ivs) {
          AddressBuilder addr(b, loc);
          Address src = from.offset, dst = to.offset;
          for (int64_t dim = 0; dim < 5; ++dim) {
            dst = addr.add(dst, addr.mul({ivs[dim], 0}, to.strides[dim]));
            Address index{ivs[dim], 0};
            if (dim == 1)
              index = addr.mul(index, {Value(), cOb});
            src = addr.add(src, addr.mul(index, stride(letters[dim])));
          }
          if (squares)
            transposeBlock(b, src, dst, count);
          else
            copyBlock(b, src, dst, count);
        });
  };
  int64_t full = k / cOb;
  for (bool squares : {true, false}) {
    nest(0, full, cOb, squares);
    if (k % cOb != 0)
      nest(full, 1, k % cOb, squares);
  }
  b.eraseOp(op);
  return success();
}
