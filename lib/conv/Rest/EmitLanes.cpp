//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Loops over vectors, on tensors, as a LanePlan says:
///
///   for outer loops                              iter_args: the output
///     for lanes by width
///       acc = fill or a vector of the output
///       for inner loops, or unrolled             iter_args: acc
///         acc = body(vectors of the inputs, acc)
///       write acc
///
/// and, where the lane loop is a reduction, the innermost loop, whose
/// accumulators become one number at the end. Upstream's vectorisation keeps
/// accumulators in memory or needs extents that are multiples, and copies
/// images to pad them.
///
//===----------------------------------------------------------------------===//

#include "LanePlan.h"

#include "ByteTables.h"
#include "LaneValues.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::conv;

namespace {
class LaneEmitter {
public:
  LaneEmitter(OpBuilder &b, linalg::LinalgOp op, const LanePlan &plan)
      : b(b), loc(op.getLoc()), op(op), plan(plan), tail(plan.tail),
        outputMap(op.getMatchingIndexingMap(op.getDpsInitOperand(0))),
        at(op.getNumLoops(), b.getIndexAttr(0)) {}

  Value emit();

private:
  using Step = llvm::function_ref<Value(Value)>;

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  SmallVector<Value> toValues(ArrayRef<OpFoldResult> indices) {
    return getValueOrCreateConstantIndexOp(b, loc, indices);
  }
  Value splat(Value scalar, int64_t width) {
    return conv::splat(b, loc, scalar, width);
  }
  Value splat(TypedAttr scalar, int64_t width);
  SmallVector<OpFoldResult> apply(AffineMap map);

  Value loop(unsigned dim, Value init, Step step);
  Value emitShared(Value output);
  SmallVector<Value> getOutputIndices();
  Value emitAll(Value output);
  Value emitOuter(ArrayRef<unsigned> loops, Value output, Step inside);
  Value emitSegment(const LaneSegment &segment, Value output, Step inside);
  Value emitLanes(int64_t width, Value output);
  Value emitInner(ArrayRef<unsigned> loops, Value acc, Step step);
  Value emitStrided(int64_t width, Value acc);
  Value emitRow(int64_t width, int64_t first);
  Value emitReduction(Value output);
  Value begin(int64_t width, Value output);
  Value write(Value value, Value output);
  Value compute(int64_t width, Value acc);
  Value apply(Block &body, IRMapping &mapping, int64_t width,
              arith::FastMathFlags flags);
  Value getIndex(unsigned dim, int64_t width);
  Value take(Value tensor, ArrayRef<Value> indices, int64_t width, bool isRow);
  Value read(const LaneOperand &operand, int64_t width);
  Value readAt(const LaneOperand &operand, int64_t width,
               SmallVector<OpFoldResult> indices);
  Value intoImage(const LaneOperand &operand,
                  MutableArrayRef<OpFoldResult> indices, int64_t width);
  Value readBorder(const LaneOperand &operand, int64_t width,
                   SmallVector<OpFoldResult> indices);

  OpBuilder &b;
  Location loc;
  linalg::LinalgOp op;
  const LanePlan &plan;
  linalg::GenericOp tail;
  AffineMap outputMap;
  SmallVector<OpFoldResult> at; ///< By loop; of the lane loop, its first lane.
  Value begins, ends;           ///< A thread's part of the shared loop.
  Value filled;                 ///< What the output was filled with, or null.
  bool border = false;          ///< The lane at hand may read padding.
};
} // namespace

/// `scalar` in all lanes; what has lanes already stays.
Value LaneEmitter::splat(TypedAttr scalar, int64_t width) {
  if (width == 1)
    return arith::ConstantOp::create(b, loc, scalar);
  auto type = VectorType::get({width}, scalar.getType());
  return arith::ConstantOp::create(
      b, loc, cast<TypedAttr>(DenseElementsAttr::get(type, Attribute(scalar))));
}

SmallVector<OpFoldResult> LaneEmitter::apply(AffineMap map) {
  return affine::makeComposedFoldedMultiResultAffineApply(b, loc, map, at);
}

/// A loop over `dim` that carries one value.
Value LaneEmitter::loop(unsigned dim, Value init, Step step) {
  int64_t extent = plan.extents[dim];
  if (extent == 1) {
    at[dim] = b.getIndexAttr(0);
    return step(init);
  }
  Value end;
  if (ShapedType::isDynamic(extent)) {
    unsigned position = *outputMap.getResultPosition(b.getAffineDimExpr(dim));
    end = tensor::DimOp::create(b, loc, op.getDpsInits().front(), position);
  } else {
    end = index(extent);
  }
  Value start = index(0);
  if (plan.shared == dim) {
    start = begins;
    end = ends;
  }
  auto loop = scf::ForOp::create(b, loc, start, end, index(1), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  at[dim] = loop.getInductionVar();
  Value result = step(loop.getRegionIterArg(0));
  scf::YieldOp::create(b, loc, result);
  return loop.getResult(0);
}

Value LaneEmitter::emit() {
  OpOperand *init = op.getDpsInitOperand(0);
  Value output = init->get();
  if (auto fill = output.getDefiningOp<linalg::FillOp>()) {
    filled = fill.getInputs().front();
    output = fill.getOutputs().front();
  }
  if (tail)
    output = tail.getDpsInits().front();
  if (plan.shared)
    return emitShared(output);
  return emitAll(output);
}

/// All loops. Where lanes gather, what they compute of the places is the same
/// in all iterations of the outer loops: the lane loop is outside.
Value LaneEmitter::emitAll(Value output) {
  if (!plan.gathers)
    return emitOuter(plan.outer, output, [&](Value output) {
      if (plan.reduces)
        return emitReduction(output);
      for (const LaneSegment &segment : plan.segments)
        output = emitSegment(segment, output, [&](Value output) {
          return emitLanes(segment.width, output);
        });
      return output;
    });
  for (const LaneSegment &segment : plan.segments)
    output = emitSegment(segment, output, [&](Value output) {
      return emitOuter(plan.outer, output, [&](Value output) {
        return emitLanes(segment.width, output);
      });
    });
  return output;
}

/// The loops, divided among threads: each writes a slice of the output.
Value LaneEmitter::emitShared(Value output) {
  int64_t extent = plan.extents[*plan.shared], threads = plan.threads;
  auto forall = scf::ForallOp::create(
      b, loc, ArrayRef<OpFoldResult>{b.getIndexAttr(threads)},
      ValueRange(output), /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  AffineExpr part = b.getAffineDimExpr(0);
  OpFoldResult number = forall.getInductionVar(0);
  auto applyTo = [&](AffineExpr expr) {
    return affine::makeComposedFoldedAffineApply(
        b, loc, AffineMap::get(1, 0, expr), number);
  };
  // Parts of equal size have static types.
  bool even = extent % threads == 0;
  OpFoldResult first = even ? applyTo(part * (extent / threads))
                            : applyTo((part * extent).floorDiv(threads));
  OpFoldResult size = b.getIndexAttr(extent / threads);
  if (!even)
    size = applyTo(((part + 1) * extent).floorDiv(threads) -
                   (part * extent).floorDiv(threads));
  begins = getValueOrCreateConstantIndexOp(b, loc, first);
  ends = arith::AddIOp::create(b, loc, begins,
                               getValueOrCreateConstantIndexOp(b, loc, size));
  Value whole = forall.getRegionIterArgs().front();
  auto type = cast<RankedTensorType>(whole.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, whole);
  unsigned position =
      *outputMap.getResultPosition(b.getAffineDimExpr(*plan.shared));
  offsets[position] = first;
  sizes[position] = size;
  Value slice =
      tensor::ExtractSliceOp::create(b, loc, whole, offsets, sizes, strides);
  Value result = emitAll(slice);
  b.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, loc, result, whole, offsets, sizes,
                                        strides);
  return forall.getResult(0);
}

/// Where the output, or the slice of it, has the lanes at hand.
SmallVector<Value> LaneEmitter::getOutputIndices() {
  SmallVector<Value> indices = toValues(apply(outputMap));
  if (plan.shared) {
    unsigned position =
        *outputMap.getResultPosition(b.getAffineDimExpr(*plan.shared));
    indices[position] =
        arith::SubIOp::create(b, loc, indices[position], begins);
  }
  return indices;
}

Value LaneEmitter::emitOuter(ArrayRef<unsigned> loops, Value output,
                             Step inside) {
  if (loops.empty())
    return inside(output);
  return loop(loops.front(), output, [&](Value output) {
    return emitOuter(loops.drop_front(), output, inside);
  });
}

Value LaneEmitter::emitSegment(const LaneSegment &segment, Value output,
                               Step inside) {
  border = segment.border;
  if (segment.end - segment.begin == segment.width) {
    at[plan.lane] = b.getIndexAttr(segment.begin);
    return inside(output);
  }
  auto loop =
      scf::ForOp::create(b, loc, index(segment.begin), index(segment.end),
                         index(segment.width), output);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  at[plan.lane] = loop.getInductionVar();
  Value result = inside(loop.getRegionIterArg(0));
  scf::YieldOp::create(b, loc, result);
  return loop.getResult(0);
}

Value LaneEmitter::emitLanes(int64_t width, Value output) {
  Value acc = begin(width, output);
  if (plan.strided && width != 1)
    acc = emitStrided(width, acc);
  else
    acc = emitInner(plan.inner, acc,
                    [&](Value acc) { return compute(width, acc); });
  return write(acc, output);
}

/// Lanes that are not neighbours in rows. What the window has above each other
/// is combined first, as it lies; then neighbours are taken apart.
Value LaneEmitter::emitStrided(int64_t width, Value acc) {
  int64_t extent = plan.extents[*plan.stridedLoop], stride = plan.stride;
  for (int64_t tap = 0; tap < extent; tap += stride) {
    // The last ones come with some before them: nothing behind a window that is
    // wide enough is read.
    int64_t first = std::min(tap, std::max<int64_t>(extent - stride, 0));
    Value row = emitRow(width, first);
    for (int64_t i = tap; i < std::min(tap + stride, extent); ++i) {
      SmallVector<int64_t> mask;
      for (int64_t lane = 0; lane < width; ++lane)
        mask.push_back(stride * lane + i - first);
      Value lanes = vector::ShuffleOp::create(b, loc, row, row, mask);
      acc = vector::makeArithReduction(b, loc, plan.kind, lanes, acc);
    }
  }
  return acc;
}

/// Elements of the window's rows from `first` on, as many as `width` lanes are
/// apart, combined over its other loops.
Value LaneEmitter::emitRow(int64_t width, int64_t first) {
  const LaneOperand &operand = plan.operands[*plan.strided];
  int64_t length = plan.stride * width;
  at[*plan.stridedLoop] = b.getIndexAttr(first);
  SmallVector<unsigned> others(plan.inner);
  llvm::erase(others, *plan.stridedLoop);
  bool loops = llvm::any_of(others, [&](unsigned dim) {
    return !plan.unrolled[dim] && plan.extents[dim] != 1;
  });
  Value acc = loops ? splat(plan.neutral, length) : Value();
  return emitInner(others, acc, [&](Value acc) {
    Value row = readAt(operand, length, apply(operand.map));
    if (!acc)
      return row;
    return vector::makeArithReduction(b, loc, plan.kind, row, acc);
  });
}

Value LaneEmitter::emitInner(ArrayRef<unsigned> loops, Value acc, Step step) {
  if (loops.empty())
    return step(acc);
  unsigned dim = loops.front();
  auto next = [&](Value acc) {
    return emitInner(loops.drop_front(), acc, step);
  };
  if (!plan.unrolled[dim])
    return loop(dim, acc, next);
  for (int64_t i = 0; i < plan.extents[dim]; ++i) {
    at[dim] = b.getIndexAttr(i);
    acc = next(acc);
  }
  return acc;
}

/// One number of the output from rows of the inputs.
Value LaneEmitter::emitReduction(Value output) {
  auto combine = [&](Value x, Value y) {
    return vector::makeArithReduction(b, loc, plan.kind, x, y);
  };
  Value result;
  for (const LaneSegment &segment : plan.segments) {
    Value sums = emitInner(plan.inner, splat(plan.neutral, segment.width),
                           [&](Value acc) {
                             return emitSegment(segment, acc, [&](Value acc) {
                               return compute(segment.width, acc);
                             });
                           });
    // In any order: halves, quarters, ..., not one lane after the other.
    if (segment.width != 1)
      sums = vector::ReductionOp::create(b, loc, plan.kind, sums,
                                         arith::FastMathFlags::reassoc);
    result = result ? combine(result, sums) : sums;
  }
  return write(combine(result, begin(/*width=*/1, output)), output);
}

/// What accumulators begin with.
Value LaneEmitter::begin(int64_t width, Value output) {
  OpOperand *init = op.getDpsInitOperand(0);
  Type element = getElementTypeOrSelf(init->get().getType());
  if (!op.payloadUsesValueFromOperand(init))
    return splat(cast<TypedAttr>(b.getZeroAttr(element)), width);
  if (filled)
    return splat(filled, width);
  SmallVector<Value> indices = getOutputIndices();
  if (width == 1)
    return tensor::ExtractOp::create(b, loc, output, indices);
  return vector::TransferReadOp::create(
      b, loc, VectorType::get({width}, element), output, indices,
      /*padding=*/std::nullopt, ArrayRef<bool>{true});
}

Value LaneEmitter::write(Value value, Value output) {
  if (tail) {
    auto vector = dyn_cast<VectorType>(value.getType());
    IRMapping mapping;
    mapping.map(tail.getBlock()->getArgument(0), value);
    value =
        apply(*tail.getBlock(), mapping, vector ? vector.getNumElements() : 1,
              arith::FastMathFlags::none);
  }
  SmallVector<Value> indices = getOutputIndices();
  if (!isa<VectorType>(value.getType()))
    return tensor::InsertOp::create(b, loc, value, output, indices);
  return vector::TransferWriteOp::create(b, loc, value, output, indices,
                                         ArrayRef<bool>{true})
      .getResult();
}

/// The body of `op` on `width` lanes.
Value LaneEmitter::compute(int64_t width, Value acc) {
  IRMapping mapping;
  for (auto [input, operand] :
       llvm::zip_equal(op.getDpsInputOperands(), plan.operands))
    if (op.payloadUsesValueFromOperand(input))
      mapping.map(op.getMatchingBlockArgument(input), read(operand, width));
  mapping.map(op.getRegionOutputArgs().front(), acc);
  // A product that is added is a fused multiply-add, as in convolutions.
  bool sums = plan.reduces || !plan.inner.empty();
  return apply(*op.getBlock(), mapping, width,
               sums ? arith::FastMathFlags::contract
                    : arith::FastMathFlags::none);
}

/// `body` on `width` lanes; `mapping` has its arguments. What is the same in
/// all lanes is computed once, as a scalar.
Value LaneEmitter::apply(Block &body, IRMapping &mapping, int64_t width,
                         arith::FastMathFlags flags) {
  for (Operation &inner : body.without_terminator()) {
    auto lookup = [&](Value value) { return mapping.lookupOrDefault(value); };
    Value result;
    TypedAttr constant;
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      result = getIndex(index.getDim(), width);
    } else if (auto extract = dyn_cast<tensor::ExtractOp>(inner)) {
      std::optional<ByteLookup> table;
      if (plan.looksUp && width > 1)
        table = readByteLookup(extract);
      if (table && isa<VectorType>(lookup(table->byte).getType())) {
        mapping.map(extract.getResult(),
                    emitByteLookup(b, loc, extract.getTensor(), *table,
                                   lookup(table->byte)));
        continue;
      }
      auto indices = llvm::map_to_vector(extract.getIndices(), lookup);
      auto last = extract.getIndices().back().getDefiningOp<linalg::IndexOp>();
      bool isRow = last && last.getDim() == plan.lane;
      result = take(extract.getTensor(), indices, width, isRow);
    } else if (matchPattern(&inner, m_Constant(&constant))) {
      result = arith::ConstantOp::create(b, loc, constant);
    } else {
      Operation *copy = cloneOnLanes(b, inner, mapping, width);
      result = copy->getResult(0);
      if (isa<arith::MulFOp, arith::AddFOp>(copy) &&
          flags != arith::FastMathFlags::none)
        copy->setAttr("fastmath",
                      arith::FastMathFlagsAttr::get(b.getContext(), flags));
    }
    mapping.map(inner.getResult(0), result);
  }
  return splat(mapping.lookupOrDefault(body.getTerminator()->getOperand(0)),
               width);
}

/// The number of an iteration: of `width` lanes, where they differ in it.
Value LaneEmitter::getIndex(unsigned dim, int64_t width) {
  Value first = getValueOrCreateConstantIndexOp(b, loc, at[dim]);
  if (dim != plan.lane || width == 1)
    return first;
  auto type = VectorType::get({width}, b.getIndexType());
  return arith::AddIOp::create(b, loc, splat(first, width),
                               vector::StepOp::create(b, loc, type));
}

/// Elements of `tensor` at `indices`, which are scalars where all lanes have
/// the same. Lanes of a row are neighbours along the last dimension.
Value LaneEmitter::take(Value tensor, ArrayRef<Value> indices, int64_t width,
                        bool isRow) {
  auto varies = [](Value index) { return isa<VectorType>(index.getType()); };
  if (llvm::none_of(indices, varies))
    return tensor::ExtractOp::create(b, loc, tensor, indices);
  auto type = cast<RankedTensorType>(tensor.getType());
  auto lanes = VectorType::get({width}, type.getElementType());
  SmallVector<Value> first(indices);
  if (isRow && llvm::none_of(indices.drop_back(), varies)) {
    first.back() = getValueOrCreateConstantIndexOp(b, loc, at[plan.lane]);
    return vector::TransferReadOp::create(b, loc, lanes, tensor, first,
                                          /*padding=*/std::nullopt,
                                          ArrayRef<bool>{true});
  }
  // How far each lane is from the first element of those that vary.
  auto positions = VectorType::get({width}, b.getI32Type());
  Value distance;
  int64_t stride = 1;
  for (size_t i = indices.size(); i-- > 0; stride *= type.getDimSize(i)) {
    if (!varies(indices[i]))
      continue;
    first[i] = index(0);
    Value scaled = arith::IndexCastOp::create(b, loc, positions, indices[i]);
    scaled = b.createOrFold<arith::MulIOp>(
        loc, scaled, splat(b.getI32IntegerAttr(stride), width));
    distance =
        distance ? arith::AddIOp::create(b, loc, distance, scaled) : scaled;
  }
  return vector::GatherOp::create(
      b, loc, lanes, tensor, first, distance, splat(b.getBoolAttr(true), width),
      splat(cast<TypedAttr>(b.getZeroAttr(type.getElementType())), width));
}

Value LaneEmitter::read(const LaneOperand &operand, int64_t width) {
  if (!operand.map)
    return operand.source;
  SmallVector<OpFoldResult> indices = apply(operand.map);
  return readAt(operand, operand.step == 0 ? 1 : width, indices);
}

/// Moves `indices` from the padded image into the image; returns whether they
/// were there, or null where they must have been or need not have been. The
/// last one is moved for single lanes.
Value LaneEmitter::intoImage(const LaneOperand &operand,
                             MutableArrayRef<OpFoldResult> indices,
                             int64_t width) {
  Value inside;
  auto shape = cast<ShapedType>(operand.source.getType()).getShape();
  AffineExpr dim = b.getAffineDimExpr(0);
  for (auto [i, size] : llvm::enumerate(shape)) {
    bool last = i + 1 == shape.size();
    indices[i] = affine::makeComposedFoldedAffineApply(
        b, loc, AffineMap::get(1, 0, dim - operand.low[i]), indices[i]);
    bool whole = operand.low[i] == 0 && operand.high[i] == 0;
    if (whole || (last && operand.step != 0 && (!border || width != 1)))
      continue;
    auto position = getValueOrCreateConstantIndexOp(b, loc, indices[i]);
    Value up = b.createOrFold<arith::MaxSIOp>(loc, position, index(0));
    Value clamped = b.createOrFold<arith::MinSIOp>(loc, up, index(size - 1));
    indices[i] = getAsOpFoldResult(clamped);
    if (plan.clamps)
      continue;
    Value same = b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::eq,
                                               position, clamped);
    inside = inside ? b.createOrFold<arith::AndIOp>(loc, inside, same) : same;
  }
  return inside;
}

/// `width` neighbours at `indices`, some of which may lie beside the row: a
/// vector of the row, and each lane's element out of it, the nearest one or the
/// padding.
///
///   |p p 0 1 2 3| 4 5 6 7      lanes 0 to 5 of a tap that begins at -2
///       |0 1 2 3 4 5| 6 7      what is read
///   |p p 0 1 2 3|              shuffled
Value LaneEmitter::readBorder(const LaneOperand &operand, int64_t width,
                              SmallVector<OpFoldResult> indices) {
  auto type = cast<ShapedType>(operand.source.getType());
  int64_t size = type.getShape().back();
  int64_t position = *getConstantIntValue(indices.back());
  int64_t begin = std::clamp<int64_t>(position, 0, size - width);
  indices.back() = b.getIndexAttr(begin);
  Value row = vector::TransferReadOp::create(
      b, loc, VectorType::get({width}, type.getElementType()), operand.source,
      toValues(indices), /*padding=*/std::nullopt, ArrayRef<bool>{true});
  if (begin == position)
    return row;
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < width; ++lane) {
    int64_t element = std::clamp<int64_t>(position + lane, 0, size - 1);
    bool isThere = plan.clamps || element == position + lane;
    mask.push_back(isThere ? element - begin : width);
  }
  Value beside = plan.clamps ? row : splat(operand.padding, width);
  return vector::ShuffleOp::create(b, loc, row, beside, mask);
}

/// `width` neighbours at `indices`, or one element for all lanes where they do
/// not step.
Value LaneEmitter::readAt(const LaneOperand &operand, int64_t width,
                          SmallVector<OpFoldResult> indices) {
  Value inside;
  if (operand.isPadded())
    inside = intoImage(operand, indices, width);
  Type element = getElementTypeOrSelf(operand.source.getType());
  Value result;
  if (width == 1)
    result =
        tensor::ExtractOp::create(b, loc, operand.source, toValues(indices));
  else if (border && operand.isPadded())
    result = readBorder(operand, width, indices);
  else
    result = vector::TransferReadOp::create(
        b, loc, VectorType::get({width}, element), operand.source,
        toValues(indices), /*padding=*/std::nullopt, ArrayRef<bool>{true});
  if (inside)
    result = arith::SelectOp::create(b, loc, inside, result,
                                     splat(operand.padding, width));
  return result;
}

Value mlir::conv::emitLanes(OpBuilder &b, linalg::LinalgOp op,
                            const LanePlan &plan) {
  return LaneEmitter(b, op, plan).emit();
}
