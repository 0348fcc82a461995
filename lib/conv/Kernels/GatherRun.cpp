//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a gather copies at once. A run is the longest piece that is contiguous
/// in the image and in the result: S * C elements for im2row and MEC, C for
/// im2win, W for im2col. Where one dimension is contiguous in the image and
/// another one in the result (im2col of NHWC), a run is both of them,
/// transposed in registers. Without such dimensions it goes element by element.
///
//===----------------------------------------------------------------------===//

#include "GatherEmitter.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::gather;

void GatherEmitter::readDims() {
  DimsAttr attr = op.getConvDims();
  auto image = cast<MemRefType>(op.getImage().getType());
  auto target = cast<MemRefType>(op.getTarget().getType());
  auto stride = [&](char letter) {
    int pos = attr.inputPos(letter);
    return pos < 0 ? Address() : from.strides[pos];
  };
  if (int pos = attr.inputPos('h'); pos >= 0)
    rows = image.getDimSize(pos);
  if (int pos = attr.inputPos('w'); pos >= 0)
    width = image.getDimSize(pos);
  int64_t lastRow = -attr.getLow()[0];
  for (auto [i, letter] : llvm::enumerate(op.getOrder())) {
    Dim dim{letter,
            static_cast<unsigned>(i),
            target.getDimSize(i),
            {},
            to.strides[i],
            0,
            0};
    if (dim.extent == 1)
      continue;
    switch (letter) {
    case 'h':
      dim.row = attr.getStrides()[0];
      break;
    case 'r':
      dim.row = attr.getDilations()[0];
      break;
    case 'p':
      dim.row = 1;
      break;
    case 'w':
      dim.column = attr.getStrides()[1];
      break;
    case 's':
      dim.column = attr.getDilations()[1];
      break;
    case 'q':
      dim.column = 1;
      break;
    default:
      dim.from = stride(letter);
      break;
    }
    if (dim.row != 0) {
      dim.from = addr.mul(stride('h'), {Value(), dim.row});
      lastRow += dim.row * (dim.extent - 1);
    }
    if (dim.column != 0)
      dim.from = addr.mul(stride('w'), {Value(), dim.column});
    (dim.column != 0 ? columns : outer).push_back(dim);
  }
  checkRows = op.getOrigin() || attr.getLow()[0] > 0 || lastRow >= rows;
}

void GatherEmitter::chooseRun() {
  auto isUnit = [](Address a) { return !a.value && a.constant == 1; };
  SmallVector<Dim> all(outer);
  llvm::append_range(all, columns);
  llvm::sort(
      all, [](const Dim &x, const Dim &y) { return x.position < y.position; });
  auto take = [&](const Dim &dim) {
    auto same = [&](const Dim &other) { return other.letter == dim.letter; };
    llvm::erase_if(outer, same);
    llvm::erase_if(columns, same);
  };
  auto canRun = [](const Dim &dim) {
    return dim.row == 0 && !ShapedType::isDynamic(dim.extent);
  };
  if (!all.empty() && isUnit(all.back().from) && isUnit(all.back().to) &&
      canRun(all.back())) {
    Dim last = all.pop_back_val();
    take(last);
    piece = {last.extent, 1, last.column, last.from, last.to, true, {}};
    // The next dimension continues the run where it follows in both.
    while (!all.empty() && piece.column == 0 && canRun(all.back())) {
      Dim next = all.pop_back_val();
      int64_t length = piece.steps * piece.inner;
      if (next.from.value || next.from.constant != length || next.to.value ||
          next.to.constant != length)
        break;
      take(next);
      piece.steps = next.extent;
      piece.inner = length;
      piece.column = next.column;
    }
    return;
  }
  // Nothing is contiguous in both: along the image, else along the result.
  const Dim *best = nullptr;
  for (const Dim &dim : all)
    if (canRun(dim) &&
        (!best || isUnit(dim.from) || (isUnit(dim.to) && !isUnit(best->from))))
      best = &dim;
  if (!best)
    return;
  // One contiguous here, the other one there. Columns may meet the border.
  const Dim *source = nullptr, *target = nullptr;
  for (const Dim &dim : all)
    if (canRun(dim)) {
      if (isUnit(dim.from) && (!source || dim.extent > source->extent))
        source = &dim;
      if (isUnit(dim.to))
        target = &dim;
    }
  bool crosses = source && target && source->letter != target->letter &&
                 (source->column == 0 || target->column == 0);
  if (crosses) {
    const Dim &run = source->column != 0 ? *source : *target;
    const Dim &cross = source->column != 0 ? *target : *source;
    piece = {run.extent, 1, run.column, run.from, run.to, false, cross};
    take(Dim(run));
    take(Dim(cross));
    return;
  }
  piece = {best->extent, 1, best->column, best->from, best->to, false, {}};
  take(Dim(*best));
}
