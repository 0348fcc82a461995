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
/// the last dimension by vectors where the filter keeps k contiguous, else
/// element by element; lanes past the last channel are zero.
///
//===----------------------------------------------------------------------===//

#include "Address.h"
#include "MicroKernel.h"
#include "TileStore.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::conv;

LogicalResult mlir::conv::lowerPackFilter(PackFilterOp op, RewriterBase &b) {
  Location loc = op.getLoc();
  if (op.getCPack() != 1)
    return op.emitOpError("has no lowering for c_pack = ") << op.getCPack();
  Type element = op.getFilterType().getElementType();
  b.setInsertionPoint(op);
  AddressBuilder addr(b, loc);
  FlatView from = FlatView::create(b, loc, op.getFilter());
  FlatView to = FlatView::create(b, loc, op.getInit());
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

  // Copies `count` channels and clears the rest of the block.
  auto copyBlock = [&](OpBuilder &b, Address src, Address dst, int64_t count) {
    AddressBuilder addr(b, loc);
    int64_t lanes = std::min<int64_t>(cOb, 16);
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
  auto nest = [&](int64_t firstTile, int64_t tiles, int64_t count) {
    if (tiles == 0)
      return;
    SmallVector<Value> lower, upper, steps;
    for (int64_t dim = 0; dim < 5; ++dim) {
      lower.push_back(addr.constant(dim == 1 ? firstTile : 0));
      upper.push_back(
          addr.constant(dim == 1 ? firstTile + tiles : packed[dim]));
      steps.push_back(addr.constant(1));
    }
    scf::buildLoopNest(
        b, loc, lower, upper, steps,
        [&](OpBuilder &b, Location, ValueRange ivs) {
          AddressBuilder addr(b, loc);
          Address src = from.offset, dst = to.offset;
          const char letters[] = {'g', 'k', 'r', 's', 'c'};
          for (int64_t dim = 0; dim < 5; ++dim) {
            dst = addr.add(dst, addr.mul({ivs[dim], 0}, to.strides[dim]));
            Address index{ivs[dim], 0};
            if (dim == 1)
              index = addr.mul(index, {Value(), cOb});
            src = addr.add(src, addr.mul(index, stride(letters[dim])));
          }
          copyBlock(b, src, dst, count);
        });
  };
  int64_t full = k / cOb;
  nest(0, full, cOb);
  if (k % cOb != 0)
    nest(full, 1, k % cOb);
  b.eraseOp(op);
  return success();
}
