//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bodies of epilogues written on vectors: every operation is elementwise, so
/// that it only needs other types.
///
//===----------------------------------------------------------------------===//

#include "EpilogueEmitter.h"

#include "LaneVectors.h"
#include "conv/IR/Functions.h"
#include "conv/IR/Requantize.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::conv;

Type mlir::conv::getTypeLike(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return vector.cloneWith(std::nullopt, element);
  return element;
}

EpilogueEmitter EpilogueEmitter::create(OpBuilder &b, EpilogueOpInterface op) {
  EpilogueEmitter emitter;
  if (op.getEpilogue().empty())
    return emitter;
  emitter.body = &op.getEpilogue();
  Location loc = op.getLoc();
  Epilogue epilogue = Epilogue::of(op);
  for (auto [value, map] : llvm::zip(epilogue.operands, epilogue.maps)) {
    EpilogueOperand operand;
    operand.element = getElementTypeOrSelf(value.getType());
    operand.steps.resize(map.getNumDims());
    operand.isWhole = map.isIdentity();
    auto type = dyn_cast<MemRefType>(value.getType());
    if (!type) {
      operand.scalar = value;
    } else if (type.getRank() == 0) {
      operand.scalar = memref::LoadOp::create(b, loc, value);
    } else {
      operand.view = FlatView::create(b, loc, value);
      for (auto [i, expr] : llvm::enumerate(map.getResults()))
        if (auto dim = dyn_cast<AffineDimExpr>(expr))
          operand.steps[dim.getPosition()] = operand.view.strides[i];
    }
    emitter.operands.push_back(std::move(operand));
  }
  return emitter;
}

SmallVector<LeadingAddend> EpilogueEmitter::getLeading() const {
  if (!body)
    return {};
  SmallVector<LeadingAddend> addends = getLeadingAddends(*body);
  llvm::erase_if(addends, [&](const LeadingAddend &addend) {
    return absorbed.contains(addend.add);
  });
  return addends;
}

bool EpilogueEmitter::isEmpty() const {
  return !body ||
         llvm::all_of(body->front().without_terminator(),
                      [&](Operation &op) { return absorbed.contains(&op); });
}

Value EpilogueEmitter::load(OpBuilder &b, Location loc, unsigned i, Type like,
                            Address at, Address step, int64_t set) const {
  const EpilogueOperand &operand = operands[i];
  Type type = getTypeLike(like, operand.element);
  auto vector = dyn_cast<VectorType>(type);
  if (vector && !operand.scalar && (step.value || step.constant != 0))
    return loadLanes(b, loc, vector, operand.view.flat, at, step, set);
  Value scalar = operand.scalar;
  if (!scalar)
    scalar = memref::LoadOp::create(
        b, loc, operand.view.flat,
        ValueRange(AddressBuilder(b, loc).materialize(at)));
  return vector
             ? vector::BroadcastOp::create(b, loc, vector, scalar).getResult()
             : scalar;
}

Value EpilogueEmitter::applyLeading(OpBuilder &b, Location loc, Value sum,
                                    Load load) const {
  for (const LeadingAddend &addend : getLeading()) {
    Value other = load(addend.operand);
    if (isa<arith::AddFOp>(addend.add))
      sum = arith::AddFOp::create(b, loc, sum, other);
    else
      sum = arith::AddIOp::create(b, loc, sum, other);
  }
  return sum;
}

/// A constant of a body in all lanes.
static Value createConstant(OpBuilder &b, Location loc, Operation *op,
                            Type like) {
  auto attr = cast<TypedAttr>(cast<arith::ConstantOp>(op).getValue());
  if (auto vector = dyn_cast<VectorType>(getTypeLike(like, attr.getType())))
    attr = DenseElementsAttr::get(vector, static_cast<Attribute>(attr));
  return arith::ConstantOp::create(b, loc, attr);
}

Value EpilogueEmitter::apply(OpBuilder &b, Location loc, Value sum,
                             Load load) const {
  if (!body)
    return sum;
  Type like = sum.getType();
  IRMapping mapping;
  mapping.map(body->getArgument(0), sum);
  // Operands are loaded where they are first read.
  auto get = [&](Value value) {
    if (!mapping.contains(value))
      mapping.map(value, load(cast<BlockArgument>(value).getArgNumber() - 1));
    return mapping.lookup(value);
  };
  for (Operation &op : body->front().without_terminator()) {
    if (absorbed.contains(&op)) {
      // The sum is the one that is not an operand's element.
      Value other = op.getOperand(0);
      auto argument = dyn_cast<BlockArgument>(other);
      if (argument && argument.getArgNumber() != 0)
        other = op.getOperand(1);
      mapping.map(op.getResult(0), mapping.lookup(other));
      continue;
    }
    if (op.hasTrait<OpTrait::ConstantLike>()) {
      mapping.map(op.getResult(0), createConstant(b, loc, &op, like));
      continue;
    }
    SmallVector<Value> values = llvm::map_to_vector(op.getOperands(), get);
    if (auto requantize = dyn_cast<RequantizeOp>(op)) {
      mapping.map(requantize.getResult(),
                  expandRequantize(b, loc, requantize, values));
      continue;
    }
    Operation *copy = op.clone(mapping);
    for (OpResult result : copy->getResults())
      result.setType(getTypeLike(like, result.getType()));
    copy->setLoc(loc);
    b.insert(copy);
  }
  return get(cast<YieldOp>(body->front().getTerminator()).getValue());
}

void mlir::conv::expandFunctions(EpilogueOpInterface op) {
  Region &body = op.getEpilogue();
  if (body.empty() || !isHeavy(body))
    return;
  RewritePatternSet patterns(op->getContext());
  populateFunctionPatterns(patterns);
  // What it does not reach remains and becomes a call.
  (void)applyPatternsGreedily(body, std::move(patterns));
}
