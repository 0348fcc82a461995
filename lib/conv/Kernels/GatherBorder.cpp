//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A gather whose window is too long to know every border: one run for all
/// places, the size of which depends on neither window nor padding.
///
///   for s, columns
///     column = what element 0 of the run reads
///     begin, end = the steps of the run that are inside of the image
///     if all are                    copy the run, its length is known
///     else                          zeros, copy, zeros by blocks
///
//===----------------------------------------------------------------------===//

#include "GatherEmitter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::gather;

void GatherEmitter::emitBoundedColumns(ArrayRef<Dim> dims, Position at) {
  if (dims.empty())
    return emitBoundedRun(at);
  const Dim &dim = dims.front();
  loop(dim, 0, dim.extent, [&](Address step) {
    Position moved = move(dim, at, step);
    moved.boundedColumn =
        addr.add(at.boundedColumn, addr.mul(step, {Value(), dim.column}));
    emitBoundedColumns(dims.drop_front(), moved);
  });
}

void GatherEmitter::emitBoundedRun(Position at) {
  Value column = addr.materialize(at.boundedColumn), zero = addr.constant(0);
  Value all = addr.constant(piece.steps);
  // Steps of the run whose column is below `limit`.
  auto stepsBelow = [&](int64_t limit) -> Value {
    Value distance =
        arith::SubIOp::create(b, loc, addr.constant(limit), column);
    if (piece.column == 0) {
      Value below = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt,
                                          distance, zero);
      return arith::SelectOp::create(b, loc, below, all, zero);
    }
    distance = arith::MaxSIOp::create(b, loc, distance, zero);
    if (piece.column > 1)
      distance = arith::DivUIOp::create(
          b, loc, addr.materialize({distance, piece.column - 1}),
          addr.constant(piece.column));
    return arith::MinSIOp::create(b, loc, distance, all);
  };
  Value begin = stepsBelow(0), end = stepsBelow(width);
  Value inside =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                            arith::SubIOp::create(b, loc, end, begin), all);
  auto ifOp = scf::IfOp::create(b, loc, inside, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  copy(at, 0, piece.steps, /*zeros=*/false);
  b.setInsertionPointToStart(ifOp.elseBlock());
  copyBounded(at, zero, begin, /*zeros=*/true);
  copyBounded(at, begin, end, /*zeros=*/false);
  copyBounded(at, end, all, /*zeros=*/true);
}

void GatherEmitter::copyBounded(Position at, Value begin, Value end,
                                bool zeros) {
  Dim run{'x', 0, piece.steps, piece.from, piece.to, 0, 0};
  // Pieces of a contiguous run follow each other.
  if (piece.isContiguous)
    run.from = run.to = {Value(), piece.inner};
  auto copySteps = [&](Value first, Value last, int64_t count) {
    auto forOp = scf::ForOp::create(b, loc, first, last, addr.constant(count));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    copy(move(run, at, {forOp.getInductionVar(), 0}), 0, count, zeros);
  };
  // Whole vectors of single elements, or squares of them.
  bool byVectors = piece.inner == 1 && piece.steps >= lanes &&
                   (piece.isContiguous || piece.cross.extent != 0);
  if (byVectors) {
    Value vector = addr.constant(lanes);
    Value count = arith::SubIOp::create(b, loc, end, begin);
    Value whole = arith::MulIOp::create(
        b, loc, arith::DivUIOp::create(b, loc, count, vector), vector);
    Value rest = arith::AddIOp::create(b, loc, begin, whole);
    copySteps(begin, rest, lanes);
    begin = rest;
  }
  copySteps(begin, end, 1);
}
