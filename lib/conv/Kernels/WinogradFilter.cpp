//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Filters packed at Winograd's points, G g G^T of every window g: as code, and
/// of constants. Both compute in f64 and round once.
///
///   for g, for blocks of k, for c
///     for k by lanes:  planes = f32(G f64(window) G^T)     vectors along k
///
//===----------------------------------------------------------------------===//

#include "LaneVectors.h"
#include "MicroKernel.h"
#include "Prepack.h"
#include "WinogradEmitter.h"
#include "conv/IR/Conv.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::winograd;

namespace {

/// Extents, and steps in elements, of the dimensions of a filter.
template <typename Step> struct FilterAxes {
  struct Axis {
    int64_t extent = 1;
    Step step{};
  };
  Axis g, k, r, s, c;

  FilterAxes(PackFilterOp op, ArrayRef<Step> steps) {
    auto get = [&](char letter) -> Axis {
      size_t pos = op.getLayout().find(letter);
      if (pos == StringRef::npos)
        return {};
      return {op.getFilterType().getDimSize(pos), steps[pos]};
    };
    g = get('g');
    k = get('k');
    r = get('r');
    s = get('s');
    c = get('c');
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

LogicalResult mlir::conv::lowerWinogradFilter(PackFilterOp op,
                                              RewriterBase &b) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  AddressBuilder addr(b, loc);
  FlatView from = FlatView::create(b, loc, op.getFilter());
  FlatView to = FlatView::create(b, loc, op.getInit());
  FilterAxes<Address> axes(op, from.strides);
  ArrayRef<int64_t> tile = *op.getWinograd();
  Matrix left = Matrix::getFilter(tile[0]), right = Matrix::getFilter(tile[1]);

  int64_t cOb = op.getBlock();
  constexpr int64_t kMostLanes = 8; // A window is nine vectors of f64.
  int64_t lanes = std::min<int64_t>(op.getLanes(), kMostLanes);
  while (cOb % lanes != 0)
    lanes /= 2;
  auto narrow = VectorType::get({lanes}, b.getF32Type());
  auto wide = VectorType::get({lanes}, b.getF64Type());

  // `set` lanes of output channels, of one window each.
  auto emitVector = [&](Address source, Address target, int64_t set) {
    SmallVector<Value> window;
    for (int64_t r = 0; r < kWinogradTaps; ++r)
      for (int64_t s = 0; s < kWinogradTaps; ++s) {
        Address at = addr.add(source, addr.mul({Value(), r}, axes.r.step));
        at = addr.add(at, addr.mul({Value(), s}, axes.s.step));
        Value taps = loadLanes(b, loc, narrow, from.flat, at, axes.k.step, set);
        window.push_back(arith::ExtFOp::create(b, loc, wide, taps));
      }
    for (auto [point, value] :
         llvm::enumerate(multiplyBoth(b, loc, left, right, window))) {
      Address at =
          addr.add(target, addr.mul({Value(), int64_t(point)}, to.strides[2]));
      Value rounded = arith::TruncFOp::create(b, loc, narrow, value);
      vector::StoreOp::create(b, loc, rounded, to.flat, addr.materialize(at));
    }
  };
  // The channels of a block, `count` of which there are.
  auto emitBlock = [&](Address source, Address target, int64_t count) {
    auto emitAt = [&](Address lane, int64_t set) {
      emitVector(addr.add(source, addr.mul(lane, axes.k.step)),
                 addr.add(target, lane), set);
    };
    if (count == cOb)
      return forEachVector(b, loc, cOb, lanes, emitAt);
    for (int64_t lane = 0; lane < cOb; lane += lanes)
      emitAt({Value(), lane}, std::clamp<int64_t>(count - lane, 0, lanes));
  };
  int64_t whole = axes.k.extent / cOb, rest = axes.k.extent % cOb;
  forEach(b, loc, axes.g.extent, [&](Address g) {
    Address group = addr.add(from.offset, addr.mul(g, axes.g.step));
    Address packed = addr.add(to.offset, addr.mul(g, to.strides[0]));
    auto emitBlocks = [&](Address block, int64_t count) {
      Address first = addr.mul(block, {Value(), cOb});
      Address source = addr.add(group, addr.mul(first, axes.k.step));
      Address target = addr.add(packed, addr.mul(block, to.strides[1]));
      forEach(b, loc, axes.c.extent, [&](Address c) {
        emitBlock(addr.add(source, addr.mul(c, axes.c.step)),
                  addr.add(target, addr.mul(c, to.strides[6])), count);
      });
    };
    forEach(b, loc, whole, [&](Address block) { emitBlocks(block, cOb); });
    if (rest != 0)
      emitBlocks({Value(), whole}, rest);
  });
  b.eraseOp(op);
  return success();
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// left * window * right^T
static SmallVector<double> transformWindow(Matrix left, Matrix right,
                                           ArrayRef<double> window) {
  constexpr int64_t taps = kWinogradTaps;
  int64_t rows = left.elements.size() / taps;
  int64_t columns = right.elements.size() / taps;
  SmallVector<double> result(rows * columns, 0.0);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      for (int64_t r = 0; r < taps; ++r)
        for (int64_t s = 0; s < taps; ++s)
          result[i * columns + j] += left.elements[i * taps + r] *
                                     window[r * taps + s] *
                                     right.elements[j * taps + s];
  return result;
}

void prepack::transformConstant(PackFilterOp op, ArrayRef<char> source,
                                ArrayRef<int64_t> steps,
                                MutableArrayRef<char> target) {
  FilterAxes<int64_t> axes(op, steps);
  ArrayRef<int64_t> tile = *op.getWinograd();
  Matrix left = Matrix::getFilter(tile[0]), right = Matrix::getFilter(tile[1]);
  int64_t cOb = op.getBlock(), points = getWinogradPoints({tile[0], tile[1]});
  int64_t blocks = llvm::divideCeilSigned(axes.k.extent, cOb);
  auto read = [&](int64_t index) {
    float value;
    std::memcpy(&value, source.data() + index * sizeof(value), sizeof(value));
    return double(value);
  };
  for (int64_t g = 0; g < axes.g.extent; ++g)
    for (int64_t k = 0; k < axes.k.extent; ++k)
      for (int64_t c = 0; c < axes.c.extent; ++c) {
        int64_t at = g * axes.g.step + k * axes.k.step + c * axes.c.step;
        SmallVector<double> window;
        for (int64_t r = 0; r < kWinogradTaps; ++r)
          for (int64_t s = 0; s < kWinogradTaps; ++s)
            window.push_back(read(at + r * axes.r.step + s * axes.s.step));
        int64_t block = g * blocks + k / cOb;
        for (auto [point, value] :
             llvm::enumerate(transformWindow(left, right, window))) {
          int64_t index =
              ((block * points + int64_t(point)) * axes.c.extent + c) * cOb +
              k % cOb;
          float rounded = static_cast<float>(value);
          std::memcpy(target.data() + index * sizeof(rounded), &rounded,
                      sizeof(rounded));
        }
      }
}
