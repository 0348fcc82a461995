//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractInfo.h"

#include "conv/Machine/Instructions.h"
#include "conv/Schedule/ContractLayout.h"
#include "conv/Schedule/GroupLanes.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/TapSteps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

using Iterator = ContractOp::Iterator;

/// Element distance per step of `iterator`: the sum over the map's results.
static Address getCoefficient(AddressBuilder &addr, const FlatView &view,
                              AffineMap map, unsigned iterator) {
  Address sum;
  for (auto [dim, expr] : llvm::enumerate(map.getResults()))
    if (SmallVector<int64_t> flat = flattenResult(expr); !flat.empty())
      sum =
          addr.add(sum, addr.mul(view.strides[dim], {Value(), flat[iterator]}));
  return sum;
}

/// Whether only the window leaves the input, and in ways that can be lowered.
LogicalResult ContractInfo::checkAxes(OpBuilder &builder) {
  AffineMap aMap = op.getMap(0);
  for (unsigned dim = 0; dim < aMap.getNumResults(); ++dim) {
    AffineExpr expr = aMap.getResult(dim);
    if ((channelBlock != 0 && expr.isFunctionOfDim(Iterator::C)) ||
        (hasMergedGroups() && expr.isFunctionOfDim(Iterator::K)))
      continue;
    SmallVector<int64_t> flat = flattenResult(expr);
    if (flat.empty())
      return op.emitOpError("has an input map that is not linear");
    bool row = flat[ContractOp::Ho] || flat[ContractOp::R];
    bool column = flat[ContractOp::Wo] || flat[ContractOp::S];
    if (op.isInBounds(dim))
      continue;
    bool alone =
        llvm::all_of(llvm::ArrayRef<unsigned>{ContractOp::N, ContractOp::G,
                                              ContractOp::K, ContractOp::C},
                     [&](unsigned i) { return flat[i] == 0; });
    if (!alone || row == column)
      return op.emitOpError("has no lowering for dimension ")
             << dim << " of the input leaving its bounds";
    if (flat[row ? ContractOp::R : ContractOp::S] < 0 ||
        flat[row ? ContractOp::Ho : ContractOp::Wo] < 0)
      return op.emitOpError("has no lowering for a window that moves backwards "
                            "across a border");
    int64_t size = op.getAType().getDimSize(dim);
    Address &place = row ? rowSize : columnSize;
    place = {Value(), size};
    if (ShapedType::isDynamic(size))
      place = {memref::DimOp::create(builder, op.getLoc(), op.getA(), dim), 0};
  }
  // Rows of a tile share the r loop; without static positions they are clipped
  // one by one.
  if (rowAxis.clipped && rowAxis.tapStep == 0 && extents[ContractOp::R] > 1)
    return op.emitOpError("has no lowering for rows clipped without taps");
  if (nest.findsRows && rowAxis.clipped && ShapedType::isDynamic(rowAxis.size))
    return op.emitOpError("has no lowering for h_ob > 1 on an image of unknown "
                          "size");
  if (nest.unknownColumns && columnAxis.clipped && columnAxis.outStep == 0)
    return op.emitOpError("has no lowering for a window that stands still on "
                          "an unknown number of columns");
  return success();
}

LogicalResult ContractInfo::readOperands(OpBuilder &builder) {
  Location loc = op.getLoc();
  AddressBuilder addr(builder, loc);
  AffineMap aMap = op.getMap(0);
  a = FlatView::createBits(builder, loc, op.getA());
  b = FlatView::createBits(builder, loc, op.getB());
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
    // Groups begin with the first.
    if (SmallVector<int64_t> flat = flattenResult(expr); !flat.empty())
      aOrigin =
          addr.add(aOrigin, addr.mul(a.strides[dim], {Value(), flat.back()}));
  }
  if (op.getRowOrigin())
    aOrigin = addr.add(aOrigin,
                       addr.mul({op.getRowOrigin(), 0}, aCoef[ContractOp::Ho]));
  // Of the quotient and the rest of c only the first moves from step to step.
  if (steps > 1)
    bCoef[ContractOp::C] = b.strides[4];
  bTile = isPacked()
              ? b.strides[1]
              : addr.mul(bCoef[ContractOp::K], {Value(), schedule.getCOb()});
  if (op.getBeside()) {
    beside = FlatView::create(builder, loc, op.getBeside());
    for (unsigned i = 0; i < ContractOp::NumIterators; ++i)
      besideCoef[i] = getCoefficient(addr, *beside, op.getMap(2), i);
  }
  readEpilogue(builder);
  return success();
}

/// What the instruction of the schedule makes of the operands, or why it does
/// not fit them.
LogicalResult ContractInfo::checkInstruction() {
  if (auto obstacle = findInstructionObstacle(schedule))
    return op.emitOpError("cannot be lowered: ") << *obstacle;
  const Instruction &row = *findInstruction(schedule);
  MLIRContext *ctx = op.getContext();
  Type sums = cast<EpilogueOpInterface>(op.getOperation()).getAccumulatorType();
  bool isUnsigned = op.getUnsignedInput() || op.getRebasedInput();
  if (isUnsigned != (row.types.a == ElementKind::U8))
    return op.emitOpError("has a lowering only for ")
           << row.types.str() << " by fma = " << row.name << ", not for "
           << (isUnsigned ? "unsigned" : "signed") << " input";
  if (op.getRebasedInput() && row.extends())
    return op.emitOpError("has no lowering of rebased_input by fma = ")
           << row.name << ", which extends what it multiplies";
  for (auto [type, kind] :
       {std::pair(op.getAType().getElementType(), row.types.a),
        std::pair(op.getBType().getElementType(),
                  isPacked() ? row.multiplied : row.types.b),
        std::pair(sums, row.types.acc)})
    if (Type want = getElementType(kind, ctx); type != want)
      return op.emitOpError("has a lowering only for ")
             << row.types.str() << " by fma = " << row.name << ", not for "
             << type;
  rebasesInput = op.getRebasedInput();
  countsOutside = rebasesInput || op.getPaddingValue() != 0;
  bool takesPlain = hasLaneSums() || hasMergedGroups() || hasColumnPairs();
  if (countsOutside && takesPlain)
    return op.emitOpError("has no lowering of padding that counts for "
                          "vector = ")
           << stringifyVectorIterator(schedule.getVector());
  bool depthwise = op.getMap(0).isFunctionOfDim(ContractOp::K) &&
                   schedule.getVector() == VectorIterator::K;
  takesTaps = depthwise && conv::takesTaps(row);
  if (takesTaps && lanes % 4 != 0)
    return op.emitOpError("has no lowering by fma = ")
           << row.name << " of several taps for vectors of " << lanes
           << " lanes";
  steps = getChannelPack(schedule, depthwise);
  if (static_cast<int64_t>(op.getCPack()) != steps)
    return op.emitOpError(row.k == 1 && hasLaneSums()
                              ? Twine("vector = c")
                              : "fma = " + Twine(row.name))
           << " needs c_pack = " << steps;
  if (takesPlain && row.k > 1)
    return op.emitOpError("has no lowering by fma = ")
           << row.name
           << " for vector = " << stringifyVectorIterator(schedule.getVector());
  if (steps > 1 &&
      (hasPixelVectors() || schedule.getBroadcast() == Broadcast::Lane ||
       (op.getMap(0).isFunctionOfDim(ContractOp::K) &&
        !takesSingleChannels(row)) ||
       channelBlock % steps != 0))
    return op.emitOpError("has no lowering by fma = ")
           << row.name
           << " for vector = w, broadcast = lane, an input that k runs along "
              "or odd blocks of channels";
  vectorType = VectorType::get({lanes}, getElementType(row.types.acc, ctx));
  aKind = row.types.a;
  bKind = isPacked() ? row.multiplied : row.types.b;
  fmaType =
      VectorType::get({lanes * row.k}, getElementType(row.multiplied, ctx));
  return success();
}

/// Elements outside of the image, as vectors of A are loaded.
void ContractInfo::createOutside(OpBuilder &builder) {
  TypedAttr element = builder.getZeroAttr(aType.getElementType());
  if (countsOutside) {
    unsigned bits = aType.getElementTypeBitWidth();
    llvm::APInt value(bits, op.getPaddingValue(), /*isSigned=*/true,
                      /*implicitTrunc=*/true);
    if (rebasesInput)
      value.flipBit(bits - 1);
    element = builder.getIntegerAttr(aType.getElementType(), value);
  }
  outside = arith::ConstantOp::create(builder, op.getLoc(), aType,
                                      DenseElementsAttr::get(aType, element));
}

void ContractInfo::readEpilogue(OpBuilder &builder) {
  epilogue = EpilogueEmitter::create(
      builder, cast<EpilogueOpInterface>(op.getOperation()));
  AffineMap outMap = op.getMap(2);
  for (const EpilogueOperand &operand : epilogue.getOperands()) {
    auto &coef = epilogueCoef.emplace_back();
    for (auto [step, expr] : llvm::zip(operand.steps, outMap.getResults()))
      coef[cast<AffineDimExpr>(expr).getPosition()] = step;
  }
  // What is the same for all pixels of a tile is added before the products,
  // once for all.
  auto isFixed = [](const Address &a) { return !a.value && a.constant == 0; };
  for (const LeadingAddend &addend : epilogue.getLeading()) {
    const auto &coef = epilogueCoef[addend.operand];
    if (!isFixed(coef[ContractOp::Ho]) || !isFixed(coef[ContractOp::Wo]))
      continue;
    start = addend.operand;
    epilogue.absorb(addend);
    break;
  }
}

/// Whether lanes can be output channels of several groups.
LogicalResult ContractInfo::checkGroups() {
  vectorA = false;
  groupOutputs = op.getGroupOutputs();
  if (groupOutputs == 0 || channelBlock != 0)
    return op.emitOpError("vector = g on an input of which k chooses no group");
  int64_t k = extents[ContractOp::K], c = extents[ContractOp::C];
  int64_t cOb = schedule.getCOb();
  if (cOb % groupOutputs != 0 && cOb < k)
    return op.emitOpError("vector = g with c_ob = ")
           << cOb << ", which cuts groups of " << groupOutputs
           << " output channels";
  if (schedule.getUnroll() < c)
    return op.emitOpError("vector = g needs unroll = ")
           << c << ", the channels of a group, got " << schedule.getUnroll();
  AffineMap aMap = op.getMap(0);
  auto type = cast<MemRefType>(op.getA().getType());
  SmallVector<int64_t> strides = type.getStridesAndOffset().first;
  for (auto [stride, expr] : llvm::zip_equal(strides, aMap.getResults()))
    if (expr.isFunctionOfDim(ContractOp::K))
      groupStep = stride;
  if (!planGroupLanes({lanes, groupOutputs, groupStep}, std::min(cOb, k), 0))
    return op.emitOpError("vector = g on groups of ")
           << c << " > " << groupOutputs
           << " channels, whose lanes do not come from two vectors of "
           << lanes;
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
  if (hasColumnPairs() && vectorA)
    return op.emitOpError("vector = kw on an input that k runs along");
  for (const LayoutDemand &demand : getLayoutDemands(op))
    if (!demand.isMet())
      return op.emitOpError(demand.otherwise);
  return hasMergedGroups() ? checkGroups() : success();
}

/// Loops of the reduction that stand for several iterators take the steps of
/// the innermost one that has more than one.
void ContractInfo::takeReductionLoops() {
  const Address aSteps[] = {aCoef[ContractOp::R], aCoef[ContractOp::S],
                            aCoef[ContractOp::C]};
  const Address bSteps[] = {bCoef[ContractOp::R], bCoef[ContractOp::S],
                            bCoef[ContractOp::C]};
  for (auto [iterator, loop] :
       {std::pair(ContractOp::R, nest.r), std::pair(ContractOp::S, nest.s),
        std::pair(ContractOp::C, nest.c)}) {
    extents[iterator] = loop.extent;
    aCoef[iterator] = aSteps[loop.step - ContractOp::R];
    bCoef[iterator] = bSteps[loop.step - ContractOp::R];
  }
}

FailureOr<ContractInfo> ContractInfo::analyze(ContractOp op,
                                              OpBuilder &builder) {
  ContractInfo info;
  info.op = op;
  info.schedule = op.getSchedule();
  info.extents = op.getExtents();
  info.lanes = info.schedule.getNVec();
  Contraction contraction = Contraction::fromOp(op);
  info.rowAxis = contraction.rows;
  info.columnAxis = contraction.columns;
  info.nest = buildContractNest(contraction, info.schedule);
  info.channelBlock = op.getChannelBlock();
  if (failed(info.checkInstruction()))
    return failure();
  if (failed(info.checkAxes(builder)) || failed(info.readOperands(builder)) ||
      failed(info.checkVectors()))
    return failure();
  info.zero = arith::ConstantOp::create(builder, op.getLoc(), info.vectorType,
                                        builder.getZeroAttr(info.vectorType));
  auto asStored = [&](const FlatView &view) {
    auto stored = cast<MemRefType>(view.flat.getType()).getElementType();
    return info.fmaType.cloneWith(std::nullopt, stored);
  };
  info.aType = asStored(info.a);
  // Of vectors of the input each lane has one element.
  if (info.vectorA)
    info.aType =
        info.aType.cloneWith(ArrayRef(info.lanes), info.aType.getElementType());
  info.bType = asStored(info.b);
  info.createOutside(builder);
  info.takeReductionLoops();
  return info;
}
