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

LogicalResult mlir::conv::lowerNaive(ContractOp op, RewriterBase &b) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  if (op.getRebasedInput())
    return op.emitOpError("has no lowering of rebased_input by plain loops");
  if (op.getBeside())
    return op.emitOpError("has no lowering of beside by plain loops");
  Type element =
      cast<EpilogueOpInterface>(op.getOperation()).getAccumulatorType();
  if (!element.isSignlessIntOrFloat())
    return op.emitOpError("has a lowering only for signless numbers, not for ")
           << element;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  SmallVector<int64_t> extents = op.getExtents();
  auto getUpper = [&](unsigned iterator) -> Value {
    if (!ShapedType::isDynamic(extents[iterator]))
      return constant(extents[iterator]);
    for (auto [dim, expr] : llvm::enumerate(op.getMap(2).getResults()))
      if (expr == b.getAffineDimExpr(iterator))
        return memref::DimOp::create(b, loc, op.getInit(), dim);
    return Value();
  };
  Value zero = constant(0), one = constant(1);
  SmallVector<Value> ivs(ContractOp::NumIterators, zero);
  // A loop over `iterator` that carries `carried`; the insertion point moves
  // into it.
  auto open = [&](unsigned iterator, ValueRange carried) {
    auto loop =
        scf::ForOp::create(b, loc, zero, getUpper(iterator), one, carried);
    ivs[iterator] = loop.getInductionVar();
    b.setInsertionPointToStart(loop.getBody());
    return loop;
  };
  auto index = [&](AffineMap map, ValueRange dims) {
    SmallVector<Value> values;
    for (AffineExpr expr : map.getResults())
      values.push_back(affine::expandAffineExpr(b, loc, expr, dims, {}));
    return values;
  };

  EpilogueEmitter epilogue =
      EpilogueEmitter::create(b, cast<EpilogueOpInterface>(op.getOperation()));
  OpBuilder::InsertionGuard guard(b);
  for (unsigned i : {ContractOp::N, ContractOp::G, ContractOp::K,
                     ContractOp::Ho, ContractOp::Wo})
    open(i, {});
  Value sum =
      arith::ConstantOp::create(b, loc, b.getZeroAttr(element)).getResult();
  SmallVector<scf::ForOp> reductions;
  Value carried = sum;
  for (unsigned i : {ContractOp::C, ContractOp::R, ContractOp::S}) {
    reductions.push_back(open(i, carried));
    carried = reductions.back().getRegionIterArgs()[0];
  }
  SmallVector<Value> aDims(ivs);
  if (op.getRowOrigin())
    aDims[ContractOp::Ho] =
        arith::AddIOp::create(b, loc, ivs[ContractOp::Ho], op.getRowOrigin());
  SmallVector<Value> aIndex = index(op.getMap(0), aDims);
  Value inside;
  for (auto [dim, value] : llvm::enumerate(aIndex)) {
    if (op.isInBounds(dim))
      continue;
    Value size = memref::DimOp::create(b, loc, op.getA(), dim);
    Value test =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, value, size);
    inside =
        inside ? arith::AndIOp::create(b, loc, inside, test).getResult() : test;
  }
  auto load = [&]() -> Value {
    return memref::LoadOp::create(b, loc, op.getA(), aIndex);
  };
  auto accumulate = [&](Value x) -> Value {
    Value f =
        memref::LoadOp::create(b, loc, op.getB(), index(op.getMap(1), ivs));
    return addProduct(b, loc, carried, x, f, op.getUnsignedInput());
  };
  Value next;
  if (inside) {
    auto ifOp = scf::IfOp::create(b, loc, TypeRange(element), inside,
                                  /*withElseRegion=*/true);
    OpBuilder::InsertionGuard ifGuard(b);
    b.setInsertionPointToStart(ifOp.thenBlock());
    scf::YieldOp::create(b, loc, accumulate(load()));
    b.setInsertionPointToStart(ifOp.elseBlock());
    Value outside = carried;
    if (int64_t value = op.getPaddingValue())
      outside = accumulate(
          createPaddingElement(b, loc, op.getAType().getElementType(), value));
    scf::YieldOp::create(b, loc, outside);
    next = ifOp.getResult(0);
  } else {
    next = accumulate(load());
  }
  for (scf::ForOp loop : llvm::reverse(reductions)) {
    b.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(b, loc, next);
    next = loop.getResult(0);
  }
  b.setInsertionPointAfter(reductions.front());

  SmallVector<Value> outIndex = index(op.getMap(2), ivs);
  if (op.getAccumulate()) {
    Value before = memref::LoadOp::create(b, loc, op.getInit(), outIndex);
    next = addElements(b, loc, next, before);
  }
  next = epilogue.apply(b, loc, next, [&](unsigned i) -> Value {
    if (Value scalar = epilogue.getOperands()[i].scalar)
      return scalar;
    auto map = cast<AffineMapAttr>(op.getEpilogueMaps()[i]).getValue();
    return memref::LoadOp::create(b, loc, op.getEpilogueOperands()[i],
                                  index(map, outIndex));
  });
  memref::StoreOp::create(b, loc, next, op.getInit(), outIndex);
  b.eraseOp(op);
  return success();
}
