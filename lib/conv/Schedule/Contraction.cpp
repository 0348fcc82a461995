//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The numbers of a conv.contract, and of a tile of it: what
/// ContractOp::getTiledImplementation makes, without IR.
///
//===----------------------------------------------------------------------===//

#include "conv/Schedule/ContractNest.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

SmallVector<int64_t> mlir::conv::flattenResult(AffineExpr expr) {
  SmallVector<int64_t> flat;
  if (failed(
          getFlattenedAffineExpr(expr, ContractOp::NumIterators, 0, &flat)) ||
      flat.size() != ContractOp::NumIterators + 1)
    flat.clear();
  return flat;
}

/// Elements between neighbours along each dimension, without gaps where `type`
/// is a tensor.
static SmallVector<int64_t> getStrides(ShapedType type) {
  if (auto memref = dyn_cast<MemRefType>(type)) {
    SmallVector<int64_t> strides;
    int64_t offset;
    if (succeeded(memref.getStridesAndOffset(strides, offset)))
      return strides;
  }
  auto dense = MemRefType::get(type.getShape(), type.getElementType());
  return dense.getStridesAndOffset().first;
}

/// Elements one step of each iterator moves by: the sum over the map's results.
static Contraction::Steps getSteps(AffineMap map, ShapedType type) {
  Contraction::Steps steps;
  steps.fill(0);
  for (auto [expr, stride] :
       llvm::zip_equal(map.getResults(), getStrides(type))) {
    SmallVector<int64_t> flat = flattenResult(expr);
    for (unsigned i = 0; !flat.empty() && i < ContractOp::NumIterators; ++i) {
      if (flat[i] == 0)
        continue;
      if (ShapedType::isDynamic(stride))
        steps[i] = std::nullopt;
      else if (steps[i])
        steps[i] = *steps[i] + flat[i] * stride;
    }
  }
  return steps;
}

Contraction Contraction::fromOp(ContractOp op) {
  Contraction result;
  llvm::copy(op.getExtents(), result.extents.begin());
  result.hasRowOrigin = static_cast<bool>(op.getRowOrigin());
  result.vectorInput = op.getMap(0).isFunctionOfDim(ContractOp::K);
  result.channelBlock = op.getChannelBlock();
  result.inputStep = getSteps(op.getMap(0), op.getAType());
  result.filterStep = getSteps(op.getMap(1), op.getBType());
  // The window moves over these dimensions; all others stay inside.
  for (unsigned dim = 0; dim < op.getMap(0).getNumResults(); ++dim) {
    AffineExpr expr = op.getMap(0).getResult(dim);
    if (result.channelBlock != 0 && expr.isFunctionOfDim(ContractOp::C))
      continue;
    SmallVector<int64_t> flat = flattenResult(expr);
    if (flat.empty())
      continue;
    ArrayRef<int64_t> high = op.getHigh().value_or(ArrayRef<int64_t>());
    auto read = [&](unsigned out, unsigned tap) {
      int64_t behind = high.empty() ? 0 : high[out == ContractOp::Wo];
      return WindowAxis{flat[out],           flat[tap],
                        flat.back(),         op.getAType().getDimSize(dim),
                        !op.isInBounds(dim), behind};
    };
    bool row = flat[ContractOp::Ho] || flat[ContractOp::R];
    bool column = flat[ContractOp::Wo] || flat[ContractOp::S];
    if (row && !column)
      result.rows = read(ContractOp::Ho, ContractOp::R);
    else if (column && !row)
      result.columns = read(ContractOp::Wo, ContractOp::S);
  }
  return result;
}

Contraction Contraction::fromProblem(const Problem &p, VectorIterator vector) {
  Contraction result;
  auto &extents = result.extents;
  extents[ContractOp::N] = p.n;
  extents[ContractOp::G] = p.g;
  extents[ContractOp::Ho] = p.ho;
  extents[ContractOp::Wo] = p.wo;
  extents[ContractOp::K] = p.k;
  extents[ContractOp::R] = p.r;
  extents[ContractOp::S] = p.s;
  extents[ContractOp::C] = p.c;
  if (p.outputBlock != 0) {
    extents[ContractOp::K] = p.outputBlock;
    extents[ContractOp::G] = p.k / p.outputBlock;
  }
  if (p.vectorGroups || vector == VectorIterator::G) {
    extents[ContractOp::K] = p.g * p.k;
    extents[ContractOp::G] = 1;
  }
  result.vectorInput = p.vectorGroups || vector == VectorIterator::G;
  result.channelBlock = p.inputBlock;
  auto read = [&](int64_t stride, int64_t dilation, int64_t low, int64_t high,
                  int64_t size, int64_t outputs, int64_t taps) {
    int64_t last = (outputs - 1) * stride + (taps - 1) * dilation - low;
    bool clipped = low > 0 || (high > 0 && last >= size);
    return WindowAxis{stride, dilation, -low, size, clipped, high};
  };
  if (p.flattenable) {
    extents[ContractOp::Ho] = 1;
    extents[ContractOp::Wo] = p.ho * p.wo;
    result.columns = read(1, p.dilationW, 0, 0, p.h * p.w, p.ho * p.wo, 1);
  } else {
    if (p.hasRows)
      result.rows =
          read(p.strideH, p.dilationH, p.lowH, p.highH, p.h, p.ho, p.r);
    if (p.hasColumns)
      result.columns =
          read(p.strideW, p.dilationW, p.lowW, p.highW, p.w, p.wo, p.s);
  }
  auto move = [](int64_t distance, int64_t step) {
    return ShapedType::isDynamic(distance) ? std::nullopt
                                           : std::optional(distance * step);
  };
  result.inputStep[ContractOp::R] = move(p.inputRow, p.dilationH);
  result.inputStep[ContractOp::S] = move(p.inputColumn, p.dilationW);
  result.inputStep[ContractOp::C] = move(p.inputChannel, 1);
  result.inputStep[ContractOp::Wo] = move(p.inputColumn, p.strideW);
  return result;
}

Contraction Contraction::tile(ArrayRef<int64_t> sizes) const {
  Contraction part = *this;
  auto divide = [&](unsigned i) {
    int64_t extent = extents[i];
    if (sizes[i] == 0 || (!ShapedType::isDynamic(extent) && sizes[i] >= extent))
      return false;
    bool even = !ShapedType::isDynamic(extent) && extent % sizes[i] == 0;
    part.extents[i] = even || sizes[i] == 1 ? sizes[i] : ShapedType::kDynamic;
    return true;
  };
  for (unsigned i : {ContractOp::N, ContractOp::G, ContractOp::K})
    divide(i);
  if (divide(ContractOp::Wo) && columns.outStep != 0)
    part.slice(part.columns, ContractOp::Wo, ContractOp::S);
  return divide(ContractOp::Ho) ? part.takeRows(part.extents[ContractOp::Ho])
                                : part;
}

Contraction Contraction::takeRows(int64_t count) const {
  Contraction part = *this;
  part.extents[ContractOp::Ho] = count;
  if (rows.outStep == 0)
    return part;
  // Tiles that may reach the padding, and those of unknown extent, read the
  // whole input from a row that only the program knows.
  if (rows.clipped || ShapedType::isDynamic(count))
    part.hasRowOrigin = part.rows.clipped = true;
  else
    part.slice(part.rows, ContractOp::Ho, ContractOp::R);
  return part;
}

void Contraction::slice(WindowAxis &axis, unsigned out, unsigned tap) const {
  axis.first = 0;
  axis.size =
      (extents[out] - 1) * axis.outStep + (extents[tap] - 1) * axis.tapStep + 1;
}
