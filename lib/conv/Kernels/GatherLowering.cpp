//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// conv.im2row, conv.im2col, conv.mec_lower and conv.im2win as loops:
///
///   for every dimension that does not move along image columns
///     if the image row exists                  else the same loops write zeros
///       for s                                  unrolled
///         for columns                          [border | interior | border]
///           copy one run, or write zeros
///
/// Where a run (GatherRun.cpp) reaches the border its length is known, so
/// nothing is tested per element. Long windows would be too many of them: then
/// all are loops, and each run finds its borders (GatherBorder.cpp).
///
//===----------------------------------------------------------------------===//

#include "GatherEmitter.h"
#include "MicroKernel.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::gather;

void GatherEmitter::loop(const Dim &dim, int64_t begin, int64_t end,
                         function_ref<void(Address)> body) {
  if (!ShapedType::isDynamic(dim.extent) && end - begin <= 1) {
    if (end > begin)
      body({Value(), begin});
    return;
  }
  OpBuilder::InsertionGuard guard(b);
  Value upper =
      ShapedType::isDynamic(dim.extent)
          ? memref::DimOp::create(b, loc, op.getTarget(), dim.position)
                .getResult()
          : addr.constant(end);
  auto forOp =
      scf::ForOp::create(b, loc, addr.constant(begin), upper, addr.constant(1));
  b.setInsertionPointToStart(forOp.getBody());
  body({forOp.getInductionVar(), 0});
}

Position GatherEmitter::move(const Dim &dim, Position at, Address step) {
  at.from = addr.add(at.from, addr.mul(step, dim.from));
  at.to = addr.add(at.to, addr.mul(step, dim.to));
  if (dim.row != 0)
    at.row = addr.add(at.row, addr.mul(step, {Value(), dim.row}));
  return at;
}

void GatherEmitter::emitOuter(ArrayRef<Dim> dims, Position at) {
  if (dims.empty())
    return emitRow(at);
  const Dim &dim = dims.front();
  loop(dim, 0, dim.extent, [&](Address step) {
    emitOuter(dims.drop_front(), move(dim, at, step));
  });
}

void GatherEmitter::emitRow(Position at) {
  // Each is up to three copies of vectors: what windows of 11 x 11 take, and
  // some tenths of a second of compilation at most.
  constexpr uint64_t maxRuns = 48;
  bool bounded = countRuns() > maxRuns;
  auto emitInside = [&] {
    if (bounded) {
      at.boundedColumn = {Value(), at.column};
      return emitBoundedColumns(columns, at);
    }
    emitColumns(columns, at, /*zeros=*/false);
  };
  if (!checkRows)
    return emitInside();
  if (!at.row.value) {
    if (at.row.constant < 0 || at.row.constant >= rows)
      return emitColumns(columns, at, /*zeros=*/true);
    return emitInside();
  }
  // One unsigned comparison tests both borders.
  Value exists =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                            addr.materialize(at.row), addr.constant(rows));
  auto ifOp = scf::IfOp::create(b, loc, exists, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  emitInside();
  b.setInsertionPointToStart(ifOp.elseBlock());
  emitColumns(columns, at, /*zeros=*/true);
}

uint64_t GatherEmitter::countRuns() const {
  if (columns.empty())
    return 1;
  // All dimensions but the last one visited are unrolled; of that one those
  // runs are apart that the border cuts.
  const Dim *last = nullptr;
  int64_t unrolled = 1;
  for (const Dim &dim : columns) {
    if (columns.size() == 1 || dim.letter != 's')
      last = &dim;
    else
      unrolled = dim.extent;
  }
  int64_t reach = piece.column * (piece.steps - 1);
  int64_t cut = 2 * llvm::divideCeilSigned(reach, last->column);
  return llvm::SaturatingMultiply<uint64_t>(unrolled,
                                            std::min(cut, last->extent) + 3);
}

void GatherEmitter::emitColumns(ArrayRef<Dim> dims, Position at, bool zeros) {
  if (dims.empty())
    return emitRun(at, zeros);
  // Window columns first: then the border of the others is known.
  const Dim *window =
      llvm::find_if(dims, [](const Dim &dim) { return dim.letter == 's'; });
  const Dim &dim = window == dims.end() ? dims.front() : *window;
  SmallVector<Dim> rest;
  for (const Dim &other : dims)
    if (other.letter != dim.letter)
      rest.push_back(other);
  if (zeros)
    return loop(dim, 0, dim.extent, [&](Address step) {
      emitColumns(rest, move(dim, at, step), zeros);
    });
  auto known = [&](int64_t step) {
    Position moved = move(dim, at, {Value(), step});
    moved.column += step * dim.column;
    emitColumns(rest, moved, zeros);
  };
  if (!rest.empty()) {
    for (int64_t step = 0; step < dim.extent; ++step)
      known(step);
    return;
  }
  // Steps from which no element of the run leaves the image.
  int64_t reach = piece.column * (piece.steps - 1);
  auto clamp = [&](int64_t step) {
    return std::clamp<int64_t>(step, 0, dim.extent);
  };
  auto ceilDiv = [](int64_t a, int64_t b) {
    return a <= 0 ? 0 : llvm::divideCeilSigned(a, b);
  };
  auto stepsBelow = [&](int64_t end) {
    return clamp(ceilDiv(end - at.column, dim.column));
  };
  int64_t first = stepsBelow(0), last = stepsBelow(width - reach);
  auto zeroRange = [&](int64_t begin, int64_t end) {
    loop(dim, begin, end,
         [&](Address step) { emitRun(move(dim, at, step), /*zeros=*/true); });
  };
  if (first >= last) {
    first = last = clamp(std::max(first, last));
    last = first;
  }
  // Border runs that touch the image one by one, those that do not in a loop.
  int64_t touchFirst = std::min(stepsBelow(-reach), first);
  int64_t touchLast = std::max(stepsBelow(width), last);
  zeroRange(0, touchFirst);
  for (int64_t step = touchFirst; step < first; ++step)
    known(step);
  loop(dim, first, last, [&](Address step) {
    Position moved = move(dim, at, step);
    moved.inside = true;
    emitColumns(rest, moved, zeros);
  });
  for (int64_t step = last; step < touchLast; ++step)
    known(step);
  zeroRange(touchLast, dim.extent);
}

void GatherEmitter::emitRun(Position at, bool zeros) {
  int64_t begin = 0, end = piece.steps;
  if (!zeros && !at.inside) {
    auto stepsBelow = [&](int64_t limit) -> int64_t {
      int64_t distance = limit - at.column;
      if (distance <= 0)
        return 0;
      if (piece.column == 0)
        return piece.steps;
      return std::min(llvm::divideCeilSigned(distance, piece.column),
                      piece.steps);
    };
    begin = stepsBelow(0);
    end = std::max(stepsBelow(width), begin);
  }
  if (zeros)
    return copy(at, 0, piece.steps, /*zeros=*/true);
  copy(at, 0, begin, /*zeros=*/true);
  copy(at, begin, end, /*zeros=*/false);
  copy(at, end, piece.steps, /*zeros=*/true);
}

LogicalResult GatherEmitter::run() {
  b.setInsertionPoint(op);
  DimsAttr attr = op.getConvDims();
  auto image = cast<MemRefType>(op.getImage().getType());
  for (char letter : attr.getInput())
    if (letter != 'n' && image.isDynamicDim(attr.inputPos(letter)))
      return op->emitOpError("has no lowering for a dynamic dimension '")
             << Twine(letter) << "'";
  from = FlatView::createBits(b, loc, op.getImage());
  to = FlatView::createBits(b, loc, op.getTarget());
  readDims();
  chooseRun();

  Position at;
  at.from = from.offset;
  at.to = to.offset;
  at.row = {Value(), -attr.getLow()[0]};
  at.column = -attr.getLow()[1];
  if (op.getOrigin()) {
    bool padded = op.getOrder().contains('p');
    at.row = addr.add(at.row,
                      addr.mul({op.getOrigin(), 0},
                               {Value(), padded ? 1 : attr.getStrides()[0]}));
  }
  // The address of the row and column the first element stands at.
  if (int pos = attr.inputPos('h'); pos >= 0)
    at.from = addr.add(at.from, addr.mul(at.row, from.strides[pos]));
  if (int pos = attr.inputPos('w'); pos >= 0)
    at.from =
        addr.add(at.from, addr.mul({Value(), at.column}, from.strides[pos]));
  emitOuter(outer, at);
  b.eraseOp(op);
  return success();
}

LogicalResult mlir::conv::lowerGather(GatherOpInterface op,
                                      RewriterBase &rewriter) {
  return GatherEmitter(op, rewriter).run();
}
