//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bodies of elementwise operations, one behind the other in the region of an
/// epilogue. Operands that were dequantised, such as the residual of a
/// quantised network, are read as integers and dequantised there; nor is what
/// others can read so stored as numbers of four bytes:
///
///   out = quantise(sums * scale + (residual - zero) * scale')
///
//===----------------------------------------------------------------------===//

#include "RaiseBodies.h"

#include "RaiseBias.h"
#include "RaiseClamp.h"
#include "RaiseQuantized.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

//===----------------------------------------------------------------------===//
// Which operations
//===----------------------------------------------------------------------===//

namespace {

/// A tensor that others repeat, and the map it is read by.
struct RepeatedTensor {
  Value value;
  AffineMap map;
};

} // namespace

/// Looks through operations that only repeat their operand.
static RepeatedTensor skipBroadcasts(Value value, AffineMap map) {
  for (;;) {
    auto op = value.getDefiningOp<linalg::LinalgOp>();
    if (!op || op.getNumDpsInputs() != 1 || !hasIdentityParallelLoops(op))
      return {value, map};
    auto yield = dyn_cast<linalg::YieldOp>(op.getBlock()->front());
    OpOperand *input = op.getDpsInputOperand(0);
    if (!yield || yield.getOperand(0) != op.getBlock()->getArgument(0) ||
        !isa<RankedTensorType>(input->get().getType()))
      return {value, map};
    value = input->get();
    map = op.getMatchingIndexingMap(input).compose(map);
  }
}

/// Whether an epilogue may read `value` by `map`.
static bool isReadable(Value value, AffineMap map) {
  RepeatedTensor source = skipBroadcasts(value, map);
  Type type = source.value.getType();
  if (type.isIntOrFloat())
    return true;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getEncoding() ||
      !tensor.getElementType().isIntOrFloat())
    return false;
  llvm::SmallBitVector seen(source.map.getNumDims());
  for (auto [i, expr] : llvm::enumerate(source.map.getResults())) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
      if (seen.test(dim.getPosition()))
        return false;
      seen.set(dim.getPosition());
      continue;
    }
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    if (!constant || constant.getValue() != 0 || tensor.getDimSize(i) != 1)
      return false;
  }
  return true;
}

/// Whether an operation of a body has a form on vectors: arithmetic, and the
/// functions that are instructions or become polynomials. Others would be
/// calls.
static bool hasVectorForm(Operation &op) {
  if (isa<math::MathDialect>(op.getDialect()))
    return isa<math::AbsFOp, math::CeilOp, math::CopySignOp, math::ErfOp,
               math::ExpOp, math::ExpM1Op, math::FloorOp, math::FmaOp,
               math::Log1pOp, math::RoundEvenOp, math::SqrtOp, math::TanhOp,
               math::TruncOp>(op);
  return isa<arith::ArithDialect>(op.getDialect()) || isa<RequantizeOp>(op);
}

/// Whether a body consists of what the region of an epilogue may hold.
static bool isScalarCode(linalg::LinalgOp op) {
  auto isScalar = [](Type type) { return type.isIntOrFloat(); };
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (!hasVectorForm(inner) ||
        !llvm::all_of(inner.getOperandTypes(), isScalar) ||
        !llvm::all_of(inner.getResultTypes(), isScalar))
      return false;
    if (!inner.hasTrait<OpTrait::ConstantLike>() &&
        !OpTrait::hasElementwiseMappableTraits(&inner))
      return false;
  }
  return op.getBlock()->getTerminator()->getNumOperands() == 1;
}

/// Whether `user` is an elementwise operation whose operands are `values` or
/// can be read by an epilogue.
static bool isTakeable(Operation *user, const SetVector<Value> &values) {
  auto op = dyn_cast<linalg::LinalgOp>(user);
  if (!op || !hasIdentityParallelLoops(op) || !isScalarCode(op))
    return false;
  auto shape = cast<RankedTensorType>(values.front().getType()).getShape();
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getEncoding() || type.getShape() != shape)
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (values.contains(operand.get())) {
      if (!map.isIdentity())
        return false;
      continue;
    }
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (argument.use_empty())
      continue;
    if (op.isDpsInit(&operand) || !isReadable(operand.get(), map))
      return false;
  }
  return true;
}

/// What a value that was dequantised with one scale and zero point is read as:
/// its integers, which are fewer bytes, where they are.
static std::optional<Dequantization> readIntegersOf(Value value) {
  if (!isa<RankedTensorType>(value.getType()))
    return std::nullopt;
  std::optional<Dequantization> found = readDequantization(value);
  if (!found || !found->scale.getSingle() || !found->zero.getSingle())
    return std::nullopt;
  auto type = cast<ShapedType>(found->integers.getType());
  bool isNarrow = type.getElementTypeBitWidth() <
                  getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
  if (!isNarrow ||
      type.getShape() != cast<ShapedType>(value.getType()).getShape())
    return std::nullopt;
  return found;
}

/// Whether `op` dequantises what elementwise operations take, which then can
/// read the integers.
static bool isLeftToUsers(Operation *op) {
  Value result = op->getResult(0);
  return readIntegersOf(result) &&
         llvm::all_of(result.getUsers(), [](Operation *user) {
           auto linalgOp = dyn_cast<linalg::LinalgOp>(user);
           return linalgOp && hasIdentityParallelLoops(linalgOp);
         });
}

/// Whether the output may have elements of type `type`.
static bool isStorable(Type type, const Parts &parts) {
  if (type == parts.outputType.getElementType())
    return true;
  // What is added to has the type of the sums.
  return !parts.accumulate && type.isIntOrFloat() &&
         type.getIntOrFloatBitWidth() % 8 == 0 &&
         llvm::isPowerOf2_32(type.getIntOrFloatBitWidth());
}

void mlir::conv::raise::foldBodies(Parts &parts, Value result,
                                   SmallVectorImpl<Operation *> &folded) {
  // A body that is worth its registers has few operations.
  constexpr size_t kMost = 16;
  tensor::CollapseShapeOp collapse;
  if (result.hasOneUse() && !parts.collapse) {
    collapse = dyn_cast<tensor::CollapseShapeOp>(*result.user_begin());
    if (collapse &&
        !reshapesGroups(collapse.getReassociationIndices(), parts.dims))
      return;
  }
  Block *block = result.getParentBlock();
  SetVector<Value> values;
  values.insert(collapse ? collapse.getResult() : result);
  SetVector<Operation *> taken;
  size_t closed = 0;
  auto findNext = [&]() -> Operation * {
    Operation *next = nullptr;
    for (Value value : values)
      for (Operation *user : value.getUsers()) {
        if (taken.contains(user))
          continue;
        // In another block, such as a loop's, the convolution would be
        // repeated.
        if (user->getBlock() != block)
          return nullptr;
        if (!next || user->isBeforeInBlock(next))
          next = user;
      }
    return next;
  };
  while (taken.size() < kMost) {
    Operation *next = findNext();
    if (!next || !isTakeable(next, values))
      break;
    taken.insert(next);
    values.insert(next->getResult(0));
    bool isClosed =
        llvm::all_of(llvm::drop_end(values.getArrayRef()), [&](Value value) {
          return llvm::all_of(value.getUsers(), [&](Operation *user) {
            return taken.contains(user);
          });
        });
    Type element = getElementTypeOrSelf(next->getResult(0).getType());
    if (isClosed && isStorable(element, parts) &&
        !(closed + 1 == taken.size() && isLeftToUsers(next)))
      closed = taken.size();
  }
  if (closed == 0)
    return;
  if (collapse) {
    parts.collapse = collapse;
    folded.push_back(collapse);
  }
  parts.bodiesInput = values.front();
  for (Operation *op : taken.getArrayRef().take_front(closed)) {
    parts.bodies.push_back(cast<linalg::LinalgOp>(op));
    folded.push_back(op);
  }
  Type element =
      getElementTypeOrSelf(parts.bodies.back()->getResult(0).getType());
  if (element != parts.outputType.getElementType()) {
    parts.outputType = parts.outputType.clone(element);
    parts.init = Value();
  }
}

//===----------------------------------------------------------------------===//
// Their bodies
//===----------------------------------------------------------------------===//

namespace {

/// Appends bodies to an epilogue.
class BodyWriter {
public:
  BodyWriter(OpBuilder &builder, Location loc, const Parts &parts,
             Epilogue &epilogue)
      : builder(builder), loc(loc), parts(parts), epilogue(epilogue),
        block(epilogue.body->front()), inside(builder.getContext()) {
    inside.setInsertionPointToEnd(&block);
  }

  /// `element` is what `tensor` holds.
  void map(Value tensor, Value element) { elements[tensor] = element; }
  /// Writes the body of `op`; returns an element of its result.
  Value write(linalg::LinalgOp op);

private:
  Value getConstant(FloatAttr value) {
    return arith::ConstantOp::create(inside, loc, value);
  }
  Value getArgument(Value operand, AffineMap map);
  /// An element of `operand`, dequantised here where it was before.
  Value readOperand(Value operand, AffineMap map);
  Value joinChannels(Value operand, AffineMap &map);
  /// A maximum or minimum with a constant as a comparison that selects, which
  /// is fewer instructions, where it is the same.
  Value writeBound(linalg::LinalgOp op, Operation &inner, IRMapping &mapping);

  OpBuilder &builder;
  Location loc;
  const Parts &parts;
  Epilogue &epilogue;
  Block &block;
  OpBuilder inside;
  llvm::DenseMap<Value, Value> elements;
};

} // namespace

/// `operand`, read by a map of dimensions with g and k joined, with both apart.
Value BodyWriter::joinChannels(Value operand, AffineMap &map) {
  unsigned g = parts.dims.outputPos('g');
  SmallVector<AffineExpr> exprs;
  SmallVector<ReassociationIndices> groups;
  SmallVector<int64_t> shape;
  auto type = dyn_cast<RankedTensorType>(operand.getType());
  auto append = [&](AffineExpr expr, int64_t size) {
    groups.back().push_back(exprs.size());
    exprs.push_back(expr);
    shape.push_back(size);
  };
  bool splits = false;
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    groups.emplace_back();
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (dim && dim.getPosition() == g) {
      splits = true;
      for (unsigned pos : {g, g + 1})
        append(builder.getAffineDimExpr(pos), parts.outputType.getDimSize(pos));
      continue;
    }
    bool moves = dim && dim.getPosition() > g;
    append(moves ? builder.getAffineDimExpr(dim.getPosition() + 1) : expr,
           type.getDimSize(i));
  }
  map = AffineMap::get(map.getNumDims() + 1, 0, exprs, builder.getContext());
  if (!splits)
    return operand;
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()),
      operand, groups);
}

Value BodyWriter::getArgument(Value operand, AffineMap map) {
  RepeatedTensor source = skipBroadcasts(operand, map);
  operand = source.value;
  map = source.map;
  if (parts.collapse)
    operand = joinChannels(operand, map);
  for (auto [i, known] : llvm::enumerate(epilogue.operands))
    if (known == operand && epilogue.maps[i] == map)
      return block.getArgument(i + 1);
  epilogue.operands.push_back(operand);
  epilogue.maps.push_back(map);
  return block.addArgument(getElementTypeOrSelf(operand.getType()), loc);
}

Value BodyWriter::readOperand(Value operand, AffineMap map) {
  std::optional<Dequantization> found =
      map.isIdentity() ? readIntegersOf(operand) : std::nullopt;
  if (!found)
    return getArgument(operand, map);
  return createDequantized(inside, loc, getArgument(found->integers, map),
                           found->isUnsigned, *found->scale.getSingle(),
                           static_cast<int64_t>(*found->zero.getSingle()));
}

Value BodyWriter::writeBound(linalg::LinalgOp op, Operation &inner,
                             IRMapping &mapping) {
  if (!isa<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
           arith::MinNumFOp>(inner))
    return {};
  using P = arith::CmpFPredicate;
  for (unsigned i : {0, 1}) {
    Value value = inner.getOperand(i);
    std::optional<Bound> bound = matchExtremum(op, &inner, value);
    if (!bound || bound->value.getValue().isNaN() ||
        (bound->value.getValue().isZero() &&
         bound->value.getValue().isNegative() == bound->isLower))
      continue;
    bool propagates = bound->nan == NaNMode::Propagate;
    P predicate = bound->isLower ? (propagates ? P::UGT : P::OGT)
                                 : (propagates ? P::ULT : P::OLT);
    Value limit = getConstant(bound->value);
    Value element = mapping.lookup(value);
    Value keep = arith::CmpFOp::create(inside, loc, predicate, element, limit);
    return arith::SelectOp::create(inside, loc, keep, element, limit);
  }
  return {};
}

Value BodyWriter::write(linalg::LinalgOp op) {
  IRMapping mapping;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (argument.use_empty())
      continue;
    if (Value element = elements.lookup(operand.get()))
      mapping.map(argument, element);
    else if (FloatAttr constant = matchConstant(op, argument))
      mapping.map(argument, getConstant(constant));
    else
      mapping.map(argument, readOperand(operand.get(),
                                        op.getMatchingIndexingMap(&operand)));
  }
  // What is captured is the same everywhere.
  auto capture = [&](Value value) {
    if (mapping.contains(value))
      return;
    Operation *source = value.getDefiningOp();
    if (source && source->hasTrait<OpTrait::ConstantLike>())
      mapping.map(value, inside.clone(*source)->getResult(0));
    else
      mapping.map(value, getArgument(value, AffineMap::get(op.getNumLoops(), 0,
                                                           op.getContext())));
  };
  for (Operation &inner : op.getBlock()->without_terminator()) {
    llvm::for_each(inner.getOperands(), capture);
    if (Value bounded = writeBound(op, inner, mapping))
      mapping.map(inner.getResult(0), bounded);
    else
      inside.clone(inner, mapping);
  }
  Value yielded = op.getBlock()->getTerminator()->getOperand(0);
  capture(yielded);
  return mapping.lookup(yielded);
}

Epilogue mlir::conv::raise::writeEpilogue(OpBuilder &builder, Location loc,
                                          const Parts &parts) {
  Type sums = parts.getSumType();
  ClampAttr clamp;
  if (parts.lower || parts.upper)
    clamp = ClampAttr::get(builder.getContext(), parts.lower, parts.upper,
                           parts.nan);
  Epilogue epilogue =
      makeSimpleEpilogue(builder.getContext(), sums, parts.bias,
                         getChannelMap(parts.dims, parts.outputType),
                         parts.residual, parts.outputType.getRank(), clamp);
  if (parts.bodies.empty())
    return epilogue;
  Value element;
  if (epilogue.isEmpty()) {
    epilogue.owned = std::make_shared<Region>();
    epilogue.body = epilogue.owned.get();
    element = epilogue.body->emplaceBlock().addArgument(sums, loc);
  } else {
    auto yield = cast<YieldOp>(epilogue.body->front().getTerminator());
    element = yield.getValue();
    yield.erase();
  }
  BodyWriter writer(builder, loc, parts, epilogue);
  writer.map(parts.bodiesInput, element);
  for (linalg::LinalgOp op : parts.bodies) {
    element = writer.write(op);
    writer.map(op->getResult(0), element);
  }
  // Bounds have constants of their own.
  Block &block = epilogue.body->front();
  for (Operation &op : llvm::make_early_inc_range(block))
    if (op.hasTrait<OpTrait::ConstantLike>() && op.use_empty())
      op.erase();
  OpBuilder inside(builder.getContext());
  inside.setInsertionPointToEnd(&block);
  YieldOp::create(inside, loc, element);
  return epilogue;
}
