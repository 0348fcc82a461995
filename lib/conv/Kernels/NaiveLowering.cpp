//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// conv.contract with `algorithm = naive`: the definition as scalar loops.
///
///   for n, g, k, ho, wo
///     y = 0
///     for c, r, s
///       if the index lies inside of a:  y += a[...] * b[...]
///       else, with a padding value:     y += value * b[...]
///     out[...] = epilogue(y + out?)
///
//===----------------------------------------------------------------------===//

#include "EpilogueEmitter.h"
#include "MicroKernel.h"
#include "conv/IR/Arithmetic.h"

#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Emits the loops of one contraction.
class NaiveEmitter {
public:
  NaiveEmitter(ContractOp op, RewriterBase &b)
      : op(op), b(b), loc(op.getLoc()), extents(op.getExtents()),
        zero(constant(0)), one(constant(1)),
        ivs(ContractOp::NumIterators, zero),
        epilogue(EpilogueEmitter::create(
            b, cast<EpilogueOpInterface>(op.getOperation()))) {}

  void emit(Type accumulator);

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value getUpper(unsigned iterator);
  /// A loop over `iterator` that carries `carried`; the insertion point moves
  /// into it.
  scf::ForOp open(unsigned iterator, ValueRange carried);
  SmallVector<Value> getIndices(AffineMap map, ValueRange dims);
  /// Where the iterators read `a`.
  SmallVector<Value> getInputIndices();
  /// Whether that is inside of it; null where it always is.
  Value isInside(ArrayRef<Value> indices);
  /// `sum` and the product of `x` and the filter's element.
  Value addProductOf(Value sum, Value x);
  /// One step of the reduction.
  Value emitStep(Value sum);
  void store(Value sum);

  ContractOp op;
  RewriterBase &b;
  Location loc;
  SmallVector<int64_t> extents;
  Value zero, one;
  SmallVector<Value> ivs; ///< By iterator.
  EpilogueEmitter epilogue;
};

} // namespace

Value NaiveEmitter::getUpper(unsigned iterator) {
  if (!ShapedType::isDynamic(extents[iterator]))
    return constant(extents[iterator]);
  for (auto [dim, expr] : llvm::enumerate(op.getMap(2).getResults()))
    if (expr == b.getAffineDimExpr(iterator))
      return memref::DimOp::create(b, loc, op.getInit(), dim);
  return Value();
}

scf::ForOp NaiveEmitter::open(unsigned iterator, ValueRange carried) {
  auto loop =
      scf::ForOp::create(b, loc, zero, getUpper(iterator), one, carried);
  ivs[iterator] = loop.getInductionVar();
  b.setInsertionPointToStart(loop.getBody());
  return loop;
}

SmallVector<Value> NaiveEmitter::getIndices(AffineMap map, ValueRange dims) {
  SmallVector<Value> values;
  for (AffineExpr expr : map.getResults())
    values.push_back(affine::expandAffineExpr(b, loc, expr, dims, {}));
  return values;
}

SmallVector<Value> NaiveEmitter::getInputIndices() {
  SmallVector<Value> dims(ivs);
  if (op.getRowOrigin())
    dims[ContractOp::Ho] =
        arith::AddIOp::create(b, loc, ivs[ContractOp::Ho], op.getRowOrigin());
  return getIndices(op.getMap(0), dims);
}

Value NaiveEmitter::isInside(ArrayRef<Value> indices) {
  Value inside;
  for (auto [dim, value] : llvm::enumerate(indices)) {
    if (op.isInBounds(dim))
      continue;
    Value size = memref::DimOp::create(b, loc, op.getA(), dim);
    Value test =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, value, size);
    inside =
        inside ? arith::AndIOp::create(b, loc, inside, test).getResult() : test;
  }
  return inside;
}

Value NaiveEmitter::addProductOf(Value sum, Value x) {
  Value f =
      memref::LoadOp::create(b, loc, op.getB(), getIndices(op.getMap(1), ivs));
  return addProduct(b, loc, sum, x, f, op.getUnsignedInput());
}

Value NaiveEmitter::emitStep(Value sum) {
  SmallVector<Value> indices = getInputIndices();
  Value inside = isInside(indices);
  auto addInput = [&] {
    return addProductOf(sum,
                        memref::LoadOp::create(b, loc, op.getA(), indices));
  };
  if (!inside)
    return addInput();
  auto ifOp = scf::IfOp::create(b, loc, TypeRange(sum.getType()), inside,
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  scf::YieldOp::create(b, loc, addInput());
  b.setInsertionPointToStart(ifOp.elseBlock());
  Value outside = sum;
  if (int64_t value = op.getPaddingValue())
    outside = addProductOf(
        sum,
        createPaddingElement(b, loc, op.getAType().getElementType(), value));
  scf::YieldOp::create(b, loc, outside);
  return ifOp.getResult(0);
}

void NaiveEmitter::store(Value sum) {
  SmallVector<Value> indices = getIndices(op.getMap(2), ivs);
  if (op.getAccumulate()) {
    Value before = memref::LoadOp::create(b, loc, op.getInit(), indices);
    sum = addElements(b, loc, sum, before);
  }
  sum = epilogue.apply(b, loc, sum, [&](unsigned i) -> Value {
    if (Value scalar = epilogue.getOperands()[i].scalar)
      return scalar;
    auto map = cast<AffineMapAttr>(op.getEpilogueMaps()[i]).getValue();
    return memref::LoadOp::create(b, loc, op.getEpilogueOperands()[i],
                                  getIndices(map, indices));
  });
  memref::StoreOp::create(b, loc, sum, op.getInit(), indices);
}

void NaiveEmitter::emit(Type accumulator) {
  OpBuilder::InsertionGuard guard(b);
  for (unsigned i : {ContractOp::N, ContractOp::G, ContractOp::K,
                     ContractOp::Ho, ContractOp::Wo})
    open(i, {});
  Value sum =
      arith::ConstantOp::create(b, loc, b.getZeroAttr(accumulator)).getResult();
  SmallVector<scf::ForOp> reductions;
  for (unsigned i : {ContractOp::C, ContractOp::R, ContractOp::S}) {
    reductions.push_back(open(i, sum));
    sum = reductions.back().getRegionIterArgs()[0];
  }
  sum = emitStep(sum);
  for (scf::ForOp loop : llvm::reverse(reductions)) {
    b.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(b, loc, sum);
    sum = loop.getResult(0);
  }
  b.setInsertionPointAfter(reductions.front());
  store(sum);
}

LogicalResult mlir::conv::lowerNaive(ContractOp op, RewriterBase &b) {
  if (op.getRebasedInput())
    return op.emitOpError("has no lowering of rebased_input by plain loops");
  if (op.getBeside())
    return op.emitOpError("has no lowering of beside by plain loops");
  Type accumulator =
      cast<EpilogueOpInterface>(op.getOperation()).getAccumulatorType();
  if (!accumulator.isSignlessIntOrFloat())
    return op.emitOpError("has a lowering only for signless numbers, not for ")
           << accumulator;
  b.setInsertionPoint(op);
  NaiveEmitter(op, b).emit(accumulator);
  b.eraseOp(op);
  return success();
}
