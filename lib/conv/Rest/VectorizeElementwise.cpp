//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-vectorize-elementwise`: elementwise operations on buffers as loops
/// over vectors. LLVM makes vectors of such loops, too, but must ask first
/// whether buffers overlap, which does not pay for it in rows of 56 elements,
/// and it leaves what does not fill several vectors to single elements. Linalg
/// says that nothing overlaps but equal elements, and loops whose elements lie
/// behind each other are one here.
///
//===----------------------------------------------------------------------===//

#include "conv/Rest/Passes.h"

#include "LaneValues.h"
#include "conv/IR/Functions.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Machine/MachineOptionsUtils.h"
#include "conv/Rest/Threads.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <optional>

namespace mlir::conv {
#define GEN_PASS_DEF_CONVVECTORIZEELEMENTWISEPASS
#include "conv/Rest/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {
/// A loop, or several ones that are one.
struct Axis {
  int64_t extent;               ///< Of the loop, or dynamic.
  unsigned first;               ///< The first of the loops.
  SmallVector<int64_t> strides; ///< By operand; 0: it does not move.
};

struct ElementwisePlan {
  SmallVector<Axis> axes; ///< Outermost first; the last one fills vectors.
  int64_t lanes;
};
} // namespace

/// Whether vectors of numbers of `bits` compute what `body` does, with no call
/// for each lane.
static bool fitsLanes(Block &body, int64_t bits) {
  return llvm::all_of(body.without_terminator(), [&](Operation &op) {
    if (op.getNumResults() != 1 || op.getNumRegions() != 0)
      return false;
    Type type = op.getResult(0).getType();
    if (!type.isIntOrFloat() ||
        (type.getIntOrFloatBitWidth() != bits && !type.isInteger(1)))
      return false;
    if (op.hasTrait<OpTrait::ConstantLike>())
      return true;
    if (!OpTrait::hasElementwiseMappableTraits(&op) || !isMemoryEffectFree(&op))
      return false;
    if (isa<arith::RemFOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp,
            arith::RemUIOp>(op))
      return false;
    if (!isa<math::MathDialect>(op.getDialect()))
      return true;
    return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
               math::FloorOp, math::FmaOp, math::RoundEvenOp, math::RsqrtOp,
               math::SqrtOp, math::TruncOp>(op) ||
           (type.isF32() && hasPolynomial(op.getName().getStringRef()));
  });
}

/// How far the elements of `operand` are apart along each loop; none where that
/// is not known.
static std::optional<SmallVector<int64_t>> readStrides(linalg::GenericOp op,
                                                       OpOperand &operand) {
  SmallVector<int64_t> result(op.getNumLoops(), 0);
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type)
    return result;
  SmallVector<int64_t> strides;
  int64_t offset;
  AffineMap map = op.getMatchingIndexingMap(&operand);
  if (failed(type.getStridesAndOffset(strides, offset)) ||
      !map.isProjectedPermutation(/*allowZeroInResults=*/true))
    return std::nullopt;
  for (auto [expr, stride] : llvm::zip_equal(map.getResults(), strides)) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      continue;
    if (ShapedType::isDynamic(stride))
      return std::nullopt;
    result[dim.getPosition()] = stride;
  }
  return result;
}

/// The loops of `op`, those that follow each other in all operands as one.
static std::optional<SmallVector<Axis>> joinLoops(linalg::GenericOp op) {
  SmallVector<SmallVector<int64_t>> strides;
  for (OpOperand &operand : op->getOpOperands()) {
    auto read = readStrides(op, operand);
    if (!read)
      return std::nullopt;
    strides.push_back(std::move(*read));
  }
  SmallVector<Axis> axes;
  for (auto [loop, extent] : llvm::enumerate(op.getStaticLoopRanges())) {
    if (extent == 1)
      continue;
    SmallVector<int64_t> steps = llvm::map_to_vector(
        strides, [&, loop = loop](ArrayRef<int64_t> s) { return s[loop]; });
    bool follows = !axes.empty() && !ShapedType::isDynamic(extent) &&
                   !ShapedType::isDynamic(axes.back().extent) &&
                   llvm::all_of(llvm::zip_equal(axes.back().strides, steps),
                                [extent = extent](auto pair) {
                                  auto [outer, inner] = pair;
                                  return outer == inner * extent;
                                });
    if (!follows) {
      axes.push_back({extent, unsigned(loop), std::move(steps)});
      continue;
    }
    axes.back().extent *= extent;
    axes.back().strides = std::move(steps);
  }
  return axes;
}

/// Plans `op`; none where it stays LLVM's.
static std::optional<ElementwisePlan> planElementwise(linalg::GenericOp op,
                                                      MachineAttr machine) {
  if (!op.hasPureBufferSemantics() || op.getNumReductionLoops() != 0 ||
      op.hasIndexSemantics())
    return std::nullopt;
  // Elements of 1 or 2 bytes fill vectors of other numbers of lanes.
  Type first = getElementTypeOrSelf(op.getDpsInits().front().getType());
  if (!first.isIntOrFloat())
    return std::nullopt;
  int64_t bits = first.getIntOrFloatBitWidth();
  bool isUniform = llvm::all_of(op->getOperandTypes(), [&](Type type) {
    Type element = getElementTypeOrSelf(type);
    return element.isIntOrFloat() && element.getIntOrFloatBitWidth() == bits;
  });
  if ((bits != 32 && bits != 64) || !isUniform ||
      !fitsLanes(*op.getBlock(), bits))
    return std::nullopt;
  std::optional<SmallVector<Axis>> axes = joinLoops(op);
  if (!axes || axes->empty())
    return std::nullopt;
  ElementwisePlan plan{std::move(*axes), machine.getNVec() * kLaneBits / bits};
  const Axis &rows = plan.axes.back();
  if (plan.lanes < 2 ||
      (!ShapedType::isDynamic(rows.extent) && rows.extent < plan.lanes))
    return std::nullopt;
  for (auto [operand, stride] :
       llvm::zip_equal(op->getOpOperands(), rows.strides))
    if (stride != 1 && (stride != 0 || op.isDpsInit(&operand)))
      return std::nullopt;
  return plan;
}

namespace {
class ElementwiseEmitter {
public:
  ElementwiseEmitter(OpBuilder &b, linalg::GenericOp op,
                     const ElementwisePlan &plan)
      : b(b), loc(op.getLoc()), op(op), plan(plan) {}

  void emit() {
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      views.push_back(getView(i, operand));
    for (const Axis &axis : plan.axes)
      extents.push_back(getExtent(axis));
    emitOuter();
  }

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }

  /// How many iterations `axis` has.
  Value getExtent(const Axis &axis) {
    if (!ShapedType::isDynamic(axis.extent))
      return index(axis.extent);
    AffineExpr dim = b.getAffineDimExpr(axis.first);
    for (OpOperand &operand : op->getOpOperands())
      if (auto position =
              op.getMatchingIndexingMap(&operand).getResultPosition(dim))
        return memref::DimOp::create(b, loc, operand.get(), *position);
    llvm_unreachable("a loop that no operand has");
  }

  /// Operand `i` with the axes along which it moves.
  Value getView(unsigned i, Value operand) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (!type)
      return operand;
    SmallVector<OpFoldResult> sizes, strides;
    for (const Axis &axis : plan.axes) {
      if (axis.strides[i] == 0)
        continue;
      sizes.push_back(getAsOpFoldResult(getExtent(axis)));
      strides.push_back(b.getIndexAttr(axis.strides[i]));
    }
    auto data = memref::ExtractStridedMetadataOp::create(b, loc, operand);
    int64_t offset = cast<MemRefType>(type).getStridesAndOffset().second;
    OpFoldResult begin = data.getOffset();
    if (!ShapedType::isDynamic(offset))
      begin = b.getIndexAttr(offset);
    return memref::ReinterpretCastOp::create(b, loc, data.getBaseBuffer(),
                                             begin, sizes, strides);
  }

  /// Where operand `i` is at hand.
  SmallVector<Value> getIndices(unsigned i) {
    SmallVector<Value> result;
    for (auto [axis, iv] : llvm::zip(plan.axes, at))
      if (axis.strides[i] != 0)
        result.push_back(iv);
    return result;
  }

  void emitOuter() {
    if (at.size() + 1 == plan.axes.size())
      return emitRow();
    auto loop =
        scf::ForOp::create(b, loc, index(0), extents[at.size()], index(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    at.push_back(loop.getInductionVar());
    emitOuter();
    at.pop_back();
  }

  /// Vectors, and shorter ones for what is left; single elements where how much
  /// that is is not known.
  void emitRow() {
    const Axis &rows = plan.axes.back();
    int64_t lanes = plan.lanes;
    // An output may be in the buffer of what it is made of: only here is it
    // known that it does not change what a whole row shares.
    shared.assign(views.size(), Value());
    for (auto [i, view] : llvm::enumerate(views))
      if (rows.strides[i] == 0)
        shared[i] = isa<MemRefType>(view.getType())
                        ? memref::LoadOp::create(b, loc, view, getIndices(i))
                              .getResult()
                        : view;
    if (ShapedType::isDynamic(rows.extent)) {
      Value rest = arith::RemUIOp::create(b, loc, extents.back(), index(lanes));
      Value whole = arith::SubIOp::create(b, loc, extents.back(), rest);
      emitLoop(index(0), whole, lanes);
      return emitLoop(whole, extents.back(), 1);
    }
    int64_t begin = rows.extent / lanes * lanes;
    emitLoop(index(0), index(begin), lanes);
    for (int64_t width = lanes / 2; width != 0; width /= 2)
      for (; begin + width <= rows.extent; begin += width)
        emitLanes(index(begin), width);
  }

  void emitLoop(Value begin, Value end, int64_t width) {
    auto loop = scf::ForOp::create(b, loc, begin, end, index(width));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitLanes(loop.getInductionVar(), width);
  }

  /// `width` elements at `position`. What all of them share stays a scalar.
  void emitLanes(Value position, int64_t width) {
    at.push_back(position);
    Block &body = *op.getBlock();
    IRMapping mapping;
    for (OpOperand &operand : op->getOpOperands())
      if (op.payloadUsesValueFromOperand(&operand))
        mapping.map(op.getMatchingBlockArgument(&operand),
                    load(operand.getOperandNumber(), width));
    for (Operation &inner : body.without_terminator())
      mapping.map(inner.getResult(0),
                  cloneOnLanes(b, inner, mapping, width)->getResult(0));
    for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands()))
      store(op.getNumDpsInputs() + i,
            splat(b, loc, mapping.lookupOrDefault(value), width));
    at.pop_back();
  }

  Value load(unsigned i, int64_t width) {
    if (shared[i])
      return shared[i];
    auto type = cast<MemRefType>(views[i].getType());
    if (width == 1)
      return memref::LoadOp::create(b, loc, views[i], getIndices(i));
    return vector::LoadOp::create(
        b, loc, VectorType::get({width}, type.getElementType()), views[i],
        getIndices(i));
  }

  void store(unsigned i, Value value) {
    if (isa<VectorType>(value.getType()))
      vector::StoreOp::create(b, loc, value, views[i], getIndices(i));
    else
      memref::StoreOp::create(b, loc, value, views[i], getIndices(i));
  }

  OpBuilder &b;
  Location loc;
  linalg::GenericOp op;
  const ElementwisePlan &plan;
  SmallVector<Value> views;   ///< By operand; scalars as they are.
  SmallVector<Value> extents; ///< By axis.
  SmallVector<Value> shared;  ///< By operand: its element for a whole row.
  SmallVector<Value> at;      ///< Of the axes around what is emitted.
};

struct ConvVectorizeElementwisePass
    : conv::impl::ConvVectorizeElementwisePassBase<
          ConvVectorizeElementwisePass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<linalg::GenericOp> ops;
    module.walk([&](linalg::GenericOp op) { ops.push_back(op); });
    if (ops.empty())
      return markAllAnalysesPreserved();
    llvm::Expected<MachineModel> model =
        resolveMachine(getMachineOptions(*this), module);
    if (!model) {
      // --conv-vectorize-rest has said why. Loops are right, too.
      llvm::consumeError(model.takeError());
      return markAllAnalysesPreserved();
    }
    MachineAttr machine = model->toAttr(&getContext());
    for (linalg::GenericOp op : ops) {
      std::optional<ElementwisePlan> plan = planElementwise(op, machine);
      if (!plan)
        continue;
      OpBuilder b(op);
      ElementwiseEmitter(b, op, *plan).emit();
      op.erase();
    }
  }
};

} // namespace
