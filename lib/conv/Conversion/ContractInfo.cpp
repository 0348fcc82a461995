//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractInfo.h"

#include "ContractLayout.h"
#include "conv/Analysis/RegisterTile.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

using Iterator = ContractOp::Iterator;

static bool isUnit(Address a) { return !a.value && a.constant == 1; }

/// Coefficients of the iterators and the constant of a linear result; nothing
/// for the floordiv and mod of blocks.
static SmallVector<int64_t> flatten(AffineExpr expr) {
  SmallVector<int64_t> flat;
  if (failed(
          getFlattenedAffineExpr(expr, ContractOp::NumIterators, 0, &flat)) ||
      flat.size() != ContractOp::NumIterators + 1)
    flat.clear();
  return flat;
}

/// Element distance per step of `iterator`: the sum over the map's results.
static Address getCoefficient(AddressBuilder &addr, const FlatView &view,
                              AffineMap map, unsigned iterator) {
  Address sum;
  for (auto [dim, expr] : llvm::enumerate(map.getResults()))
    if (SmallVector<int64_t> flat = flatten(expr); !flat.empty())
      sum =
          addr.add(sum, addr.mul(view.strides[dim], {Value(), flat[iterator]}));
  return sum;
}

std::pair<int64_t, int64_t> Axis::getInside(int64_t outputs,
                                            int64_t taps) const {
  if (!clipped)
    return {0, outputs};
  int64_t reach = (taps - 1) * tapStep + first;
  if (outStep == 0)
    return {0, first >= 0 && reach < size ? outputs : 0};
  int64_t begin = llvm::divideCeilSigned(std::max<int64_t>(-first, 0), outStep);
  int64_t end =
      reach < size ? llvm::divideFloorSigned(size - 1 - reach, outStep) + 1 : 0;
  begin = std::min(begin, outputs);
  return {begin, std::clamp(end, begin, std::max(begin, outputs))};
}

BorderAxis Axis::getBorder(int64_t outputs, int64_t taps) const {
  if (!clipped)
    return {outputs, taps, outStep, 0, 0};
  int64_t last = (outputs - 1) * outStep + (taps - 1) * tapStep + first;
  return {outputs, taps, outStep, std::max<int64_t>(-first, 0),
          std::max<int64_t>(last - (size - 1), 0)};
}

Axis ContractInfo::readAxis(unsigned outIterator, unsigned tapIterator,
                            unsigned dim) {
  SmallVector<int64_t> flat = flatten(op.getMap(0).getResult(dim));
  Axis axis;
  axis.outStep = flat[outIterator];
  axis.tapStep = flat[tapIterator];
  axis.first = flat.back();
  axis.size = op.getAType().getDimSize(dim);
  axis.clipped = !op.isInBounds(dim);
  return axis;
}

/// Finds which dimensions of A the window moves over; all others stay inside.
LogicalResult ContractInfo::readAxes() {
  AffineMap aMap = op.getMap(0);
  for (unsigned dim = 0; dim < aMap.getNumResults(); ++dim) {
    if (channelBlock != 0 && aMap.getResult(dim).isFunctionOfDim(Iterator::C))
      continue;
    SmallVector<int64_t> flat = flatten(aMap.getResult(dim));
    if (flat.empty())
      return op.emitOpError("has an input map that is not linear");
    bool row = flat[ContractOp::Ho] || flat[ContractOp::R];
    bool column = flat[ContractOp::Wo] || flat[ContractOp::S];
    if (row && !column)
      rowAxis = readAxis(ContractOp::Ho, ContractOp::R, dim);
    else if (column && !row)
      columnAxis = readAxis(ContractOp::Wo, ContractOp::S, dim);
    if (op.isInBounds(dim))
      continue;
    bool alone =
        llvm::all_of(llvm::ArrayRef<unsigned>{ContractOp::N, ContractOp::G,
                                              ContractOp::K, ContractOp::C},
                     [&](unsigned i) { return flat[i] == 0; });
    if (!alone || row == column ||
        ShapedType::isDynamic(op.getAType().getDimSize(dim)))
      return op.emitOpError("has no lowering for dimension ")
             << dim << " of the input leaving its bounds";
    if (flat[row ? ContractOp::R : ContractOp::S] < 0 ||
        flat[row ? ContractOp::Ho : ContractOp::Wo] < 0)
      return op.emitOpError("has no lowering for a window that moves backwards "
                            "across a border");
  }
  // Rows of a tile share the r loop; without static positions they are clipped
  // one by one.
  if (rowAxis.clipped && rowAxis.tapStep == 0 && extents[ContractOp::R] > 1)
    return op.emitOpError("has no lowering for rows clipped without taps");
  return success();
}

LogicalResult ContractInfo::readOperands(OpBuilder &builder) {
  Location loc = op.getLoc();
  AddressBuilder addr(builder, loc);
  AffineMap aMap = op.getMap(0);
  a = FlatView::create(builder, loc, op.getA());
  b = FlatView::create(builder, loc, op.getB());
  out = FlatView::create(builder, loc, op.getInit());
  for (unsigned i = 0; i < ContractOp::NumIterators; ++i) {
    aCoef[i] = getCoefficient(addr, a, aMap, i);
    bCoef[i] = getCoefficient(addr, b, op.getMap(1), i);
    outCoef[i] = getCoefficient(addr, out, op.getMap(2), i);
  }
  aOrigin = a.offset;
  for (auto [dim, expr] : llvm::enumerate(aMap.getResults())) {
    if (channelBlock != 0 && expr.isFunctionOfDim(Iterator::C)) {
      if (expr.getKind() == AffineExprKind::FloorDiv)
        aBlock = a.strides[dim];
      else if (expr.getKind() == AffineExprKind::Mod)
        aCoef[ContractOp::C] = a.strides[dim];
      continue;
    }
    aOrigin = addr.add(
        aOrigin, addr.mul(a.strides[dim], {Value(), flatten(expr).back()}));
  }
  if (op.getRowOrigin())
    aOrigin = addr.add(aOrigin,
                       addr.mul({op.getRowOrigin(), 0}, aCoef[ContractOp::Ho]));
  bTile = isPacked()
              ? b.strides[1]
              : addr.mul(bCoef[ContractOp::K], {Value(), schedule.getCOb()});
  if (op.getResidual()) {
    residual = FlatView::create(builder, loc, op.getResidual());
    for (unsigned i = 0; i < ContractOp::NumIterators; ++i)
      residualCoef[i] = getCoefficient(addr, residual, op.getMap(2), i);
  }
  if (op.getBias()) {
    bias = FlatView::create(builder, loc, op.getBias());
    unsigned dim = 0;
    for (unsigned i : {ContractOp::G, ContractOp::K})
      if (llvm::is_contained(op.getMap(2).getResults(),
                             builder.getAffineDimExpr(i)))
        (i == ContractOp::G ? biasG : biasK) = bias.strides[dim++];
  }
  return success();
}

/// Whether what vectors read and write is contiguous along their iterator.
LogicalResult ContractInfo::checkVectors() {
  int64_t k = extents[ContractOp::K];
  Address aK = aCoef[ContractOp::K];
  vectorA = aK.value || aK.constant != 0;
  if (hasPixelVectors()) {
    if (channelBlock != 0 || (vectorA && k > 1))
      return op.emitOpError("vector = w on a blocked input or one that k runs "
                            "along");
    vectorA = false;
    if (schedule.getBroadcast() == Broadcast::Lane && !isPacked())
      return op.emitOpError("broadcast = lane with vector = w needs a packed "
                            "filter");
  }
  for (const LayoutDemand &demand : getLayoutDemands(op))
    if (!demand.isMet())
      return op.emitOpError(demand.otherwise);
  return success();
}

/// Makes one loop of reductions that follow each other in both operands, as
/// the taps and channels of a transformed input do. Taps of the direct
/// algorithm keep their loops: they read the same elements as their neighbours.
void ContractInfo::mergeReductions() {
  if (schedule.getAlgorithm() == Algorithm::Direct || channelBlock != 0)
    return;
  // Lanes of FMAs that take one are neighbours along the innermost reduction.
  bool needsLanes =
      schedule.getBroadcast() == Broadcast::Lane && !hasPixelVectors();
  auto follows = [&](const Address *coef, unsigned outer, unsigned inner) {
    return !coef[outer].value && !coef[inner].value &&
           coef[outer].constant == coef[inner].constant * extents[inner];
  };
  auto merge = [&](unsigned outer, unsigned inner, const Axis &axis) {
    if (axis.clipped || extents[outer] == 1)
      return;
    if (extents[inner] == 1) {
      if (needsLanes && !isUnit(aCoef[outer]))
        return;
      aCoef[inner] = aCoef[outer];
      bCoef[inner] = bCoef[outer];
    } else if (!follows(aCoef, outer, inner) || !follows(bCoef, outer, inner)) {
      return;
    }
    extents[inner] *= extents[outer];
    extents[outer] = 1;
  };
  merge(ContractOp::S, ContractOp::C, columnAxis);
  if (extents[ContractOp::S] == 1)
    merge(ContractOp::R, ContractOp::C, rowAxis);
  else
    merge(ContractOp::R, ContractOp::S, rowAxis);
}

bool ContractInfo::sharesWindow() const {
  return hasPixelVectors() && extents[ContractOp::C] == 1 &&
         extents[ContractOp::K] == 1 &&
         isUnrolledWindow(extents[ContractOp::R], extents[ContractOp::S]);
}

/// Depthwise kernels read vectors of the input that serve several taps:
/// unrolled, LLVM loads each once. The tile leaves registers for them.
bool ContractInfo::sharesColumns() const {
  int64_t taps = extents[ContractOp::S];
  return sharesWindow() || (vectorA && taps > 1 && taps <= kSharedTaps);
}

bool ContractInfo::boundsBorders() const {
  RegisterTile tile = RegisterTile::fromSchedule(schedule);
  int64_t rows = extents[ContractOp::Ho];
  // A tile whose first row is not known has one.
  if (ContractOp(op).getRowOrigin() || ShapedType::isDynamic(rows)) {
    tile.rows = 1;
    rows = 1;
  }
  uint64_t code = countBorderCode(
      tile, rowAxis.getBorder(rows, extents[ContractOp::R]),
      columnAxis.getBorder(extents[ContractOp::Wo], extents[ContractOp::S]),
      sharesColumns(), std::min(schedule.getUnroll(), extents[ContractOp::C]));
  return code > getBorderCodeLimit(tile);
}

FailureOr<ContractInfo> ContractInfo::analyze(ContractOp op,
                                              OpBuilder &builder) {
  ContractInfo info;
  info.op = op;
  info.schedule = op.getSchedule();
  info.extents = op.getExtents();
  info.lanes = info.schedule.getNVec();
  info.channelBlock = op.getChannelBlock();
  Type element = op.getOutType().getElementType();
  if (!element.isF32())
    return op.emitOpError("has a lowering only for f32, not for ") << element;
  if (op.getCPack() != 1)
    return op.emitOpError("has no lowering for c_pack = ") << op.getCPack();
  if (ShapedType::isDynamic(info.extents[ContractOp::Wo]))
    return op.emitOpError("has no lowering for a dynamic extent of wo");
  if (failed(info.readAxes()) || failed(info.readOperands(builder)) ||
      failed(info.checkVectors()))
    return failure();
  info.vectorType = VectorType::get({info.lanes}, element);
  info.zero = arith::ConstantOp::create(builder, op.getLoc(), info.vectorType,
                                        builder.getZeroAttr(info.vectorType));
  info.mergeReductions();
  return info;
}
