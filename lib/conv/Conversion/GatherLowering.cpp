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
/// A run is the longest piece that is contiguous in the image and in the
/// result: S * C elements for im2row and MEC, C for im2win, W for im2col. Where
/// a run reaches the border its length is known, so nothing is tested per
/// element. Where one dimension is contiguous in the image and another one in
/// the result (im2col of NHWC), a run is both of them, transposed in registers.
/// Without such dimensions it goes element by element.
///
//===----------------------------------------------------------------------===//

#include "Address.h"
#include "MicroKernel.h"
#include "TileStore.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

/// A dimension of the result with more than one element.
struct Dim {
  char letter;
  unsigned position;
  int64_t extent;      ///< ShapedType::kDynamic for a dynamic batch.
  Address from, to;    ///< Elements per step in the image and in the result.
  int64_t row, column; ///< Image rows and columns per step.
};

/// What a run copies: `steps` pieces of `inner` elements.
struct Run {
  int64_t steps = 1, inner = 1;
  int64_t column = 0; ///< Image columns per step.
  Address from{Value(), 1}, to{Value(), 1};
  bool isContiguous = true;
  /// The other dimension of a transposed run: `extent` is 0 without one.
  Dim cross = {};
};

/// Where the loops stand.
struct Position {
  Address from, to, row;
  int64_t column; ///< Image column; known up to loops inside the image.
  bool inside = false;
};

class GatherEmitter {
public:
  GatherEmitter(GatherOpInterface op, RewriterBase &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), addr(rewriter, loc) {}

  LogicalResult run();

private:
  void readDims();
  void chooseRun();
  void loop(const Dim &dim, int64_t begin, int64_t end,
            function_ref<void(Address)> body);
  Position move(const Dim &dim, Position at, Address step);

  void emitOuter(ArrayRef<Dim> dims, Position at);
  void emitRow(Position at);
  void emitColumns(ArrayRef<Dim> dims, Position at, bool zeros);
  void emitRun(Position at, bool zeros);
  Value getZeros(Position at, VectorType type);
  void copy(Position at, int64_t begin, int64_t end, bool zeros);
  void transpose(Position at, int64_t begin, int64_t end, bool zeros);

  GatherOpInterface op;
  RewriterBase &b;
  Location loc;
  AddressBuilder addr;

  FlatView from, to;
  SmallVector<Dim> outer, columns;
  Run piece;
  int64_t rows = 1, width = 1;
  bool checkRows = true;
};

} // namespace

/// Elements of a vector of a copy; wider than the machine's is split later.
static constexpr int64_t kLanes = 16;

void GatherEmitter::readDims() {
  DimsAttr attr = op.getConvDims();
  auto image = cast<MemRefType>(op.getImage().getType());
  auto target = cast<MemRefType>(op.getTarget().getType());
  auto stride = [&](char letter) {
    int pos = attr.inputPos(letter);
    return pos < 0 ? Address() : from.strides[pos];
  };
  if (int pos = attr.inputPos('h'); pos >= 0)
    rows = image.getDimSize(pos);
  if (int pos = attr.inputPos('w'); pos >= 0)
    width = image.getDimSize(pos);
  int64_t lastRow = -attr.getLow()[0];
  for (auto [i, letter] : llvm::enumerate(op.getOrder())) {
    Dim dim{letter,
            static_cast<unsigned>(i),
            target.getDimSize(i),
            {},
            to.strides[i],
            0,
            0};
    if (dim.extent == 1)
      continue;
    switch (letter) {
    case 'h':
      dim.row = attr.getStrides()[0];
      break;
    case 'r':
      dim.row = attr.getDilations()[0];
      break;
    case 'p':
      dim.row = 1;
      break;
    case 'w':
      dim.column = attr.getStrides()[1];
      break;
    case 's':
      dim.column = attr.getDilations()[1];
      break;
    case 'q':
      dim.column = 1;
      break;
    default:
      dim.from = stride(letter);
      break;
    }
    if (dim.row != 0) {
      dim.from = addr.mul(stride('h'), {Value(), dim.row});
      lastRow += dim.row * (dim.extent - 1);
    }
    if (dim.column != 0)
      dim.from = addr.mul(stride('w'), {Value(), dim.column});
    (dim.column != 0 ? columns : outer).push_back(dim);
  }
  checkRows = op.getOrigin() || attr.getLow()[0] > 0 || lastRow >= rows;
}

/// Takes the dimensions of the run out of the loops.
void GatherEmitter::chooseRun() {
  auto isUnit = [](Address a) { return !a.value && a.constant == 1; };
  SmallVector<Dim> all(outer);
  llvm::append_range(all, columns);
  llvm::sort(
      all, [](const Dim &x, const Dim &y) { return x.position < y.position; });
  auto take = [&](const Dim &dim) {
    auto same = [&](const Dim &other) { return other.letter == dim.letter; };
    llvm::erase_if(outer, same);
    llvm::erase_if(columns, same);
  };
  auto canRun = [](const Dim &dim) {
    return dim.row == 0 && !ShapedType::isDynamic(dim.extent);
  };
  if (!all.empty() && isUnit(all.back().from) && isUnit(all.back().to) &&
      canRun(all.back())) {
    Dim last = all.pop_back_val();
    take(last);
    piece = {last.extent, 1, last.column, last.from, last.to, true, {}};
    // The next dimension continues the run where it follows in both.
    while (!all.empty() && piece.column == 0 && canRun(all.back())) {
      Dim next = all.pop_back_val();
      int64_t length = piece.steps * piece.inner;
      if (next.from.value || next.from.constant != length || next.to.value ||
          next.to.constant != length)
        break;
      take(next);
      piece.steps = next.extent;
      piece.inner = length;
      piece.column = next.column;
    }
    return;
  }
  // Nothing is contiguous in both: along the image, else along the result.
  const Dim *best = nullptr;
  for (const Dim &dim : all)
    if (canRun(dim) &&
        (!best || isUnit(dim.from) || (isUnit(dim.to) && !isUnit(best->from))))
      best = &dim;
  if (!best)
    return;
  // One contiguous here, the other one there. Columns may meet the border.
  const Dim *source = nullptr, *target = nullptr;
  for (const Dim &dim : all)
    if (canRun(dim)) {
      if (isUnit(dim.from) && (!source || dim.extent > source->extent))
        source = &dim;
      if (isUnit(dim.to))
        target = &dim;
    }
  bool crosses = source && target && source->letter != target->letter &&
                 (source->column == 0 || target->column == 0);
  if (crosses) {
    const Dim &run = source->column != 0 ? *source : *target;
    const Dim &cross = source->column != 0 ? *target : *source;
    piece = {run.extent, 1, run.column, run.from, run.to, false, cross};
    take(Dim(run));
    take(Dim(cross));
    return;
  }
  piece = {best->extent, 1, best->column, best->from, best->to, false, {}};
  take(Dim(*best));
}

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
  if (!checkRows)
    return emitColumns(columns, at, /*zeros=*/false);
  if (!at.row.value)
    return emitColumns(columns, at,
                       at.row.constant < 0 || at.row.constant >= rows);
  // One unsigned comparison tests both borders.
  Value exists =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                            addr.materialize(at.row), addr.constant(rows));
  auto ifOp = scf::IfOp::create(b, loc, exists, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  emitColumns(columns, at, /*zeros=*/false);
  b.setInsertionPointToStart(ifOp.elseBlock());
  emitColumns(columns, at, /*zeros=*/true);
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

/// A vector of zeros that LLVM cannot tell from a value of this place. It moves
/// a constant out of all loops, into a register of its own that stays taken in
/// the contraction beside this operation, where every one is needed.
Value GatherEmitter::getZeros(Position at, VectorType type) {
  Value local = at.row.value ? at.row.value : at.to.value;
  if (!local)
    return arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
  Value same = OpaqueOp::create(b, loc, local);
  Value none = arith::SubIOp::create(b, loc, same, local);
  Value bits = arith::IndexCastOp::create(b, loc, b.getI32Type(), none);
  Value zero = arith::BitcastOp::create(b, loc, type.getElementType(), bits);
  return vector::BroadcastOp::create(b, loc, type, zero);
}

/// Steps [begin, end) of the run.
void GatherEmitter::copy(Position at, int64_t begin, int64_t end, bool zeros) {
  if (begin == end)
    return;
  Type element = cast<MemRefType>(from.flat.getType()).getElementType();
  if (piece.cross.extent != 0)
    return transpose(at, begin, end, zeros);
  if (!piece.isContiguous) {
    Dim dim{'x', 0, piece.steps, piece.from, piece.to, 0, 0};
    Value zero;
    if (zeros)
      zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(element));
    loop(dim, begin, end, [&](Address step) {
      Position moved = move(dim, at, step);
      Value value =
          zeros
              ? zero
              : memref::LoadOp::create(b, loc, from.flat,
                                       ValueRange(addr.materialize(moved.from)))
                    .getResult();
      memref::StoreOp::create(b, loc, value, to.flat,
                              ValueRange(addr.materialize(moved.to)));
    });
    return;
  }
  auto type = VectorType::get({kLanes}, element);
  Value zero =
      zeros ? getZeros(at, type)
            : arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type))
                  .getResult();
  auto move16 = [&](Address offset, int64_t count) {
    Value source =
        zeros ? Value() : addr.materialize(addr.add(at.from, offset));
    Value sink = addr.materialize(addr.add(at.to, offset));
    if (count == kLanes) {
      Value value =
          zeros ? zero
                : vector::LoadOp::create(b, loc, type, from.flat, source)
                      .getResult();
      vector::StoreOp::create(b, loc, value, to.flat, ValueRange(sink));
      return;
    }
    Value mask = makeMask(b, loc, kLanes, count);
    Value value =
        zeros ? zero
              : vector::MaskedLoadOp::create(b, loc, type, from.flat,
                                             ValueRange(source), mask, zero)
                    .getResult();
    vector::MaskedStoreOp::create(b, loc, to.flat, ValueRange(sink), mask,
                                  value);
  };
  int64_t first = begin * piece.inner, count = (end - begin) * piece.inner;
  constexpr int64_t unroll = 4, chunk = unroll * kLanes;
  int64_t done = 0;
  if (count >= 2 * chunk) {
    done = count / chunk * chunk;
    auto forOp =
        scf::ForOp::create(b, loc, addr.constant(first),
                           addr.constant(first + done), addr.constant(chunk));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    for (int64_t i = 0; i < unroll; ++i)
      move16({forOp.getInductionVar(), i * kLanes}, kLanes);
  }
  while (done < count) {
    int64_t rest = std::min(kLanes, count - done);
    // A last vector that overlaps the one before needs no mask.
    if (rest < kLanes && count >= kLanes) {
      done = count - kLanes;
      rest = kLanes;
    }
    move16({Value(), first + done}, rest);
    done += rest;
  }
}

/// Steps [begin, end) of a transposed run, in squares of vectors.
void GatherEmitter::transpose(Position at, int64_t begin, int64_t end,
                              bool zeros) {
  Type element = cast<MemRefType>(from.flat.getType()).getElementType();
  auto type = VectorType::get({kLanes}, element);
  Value zero = arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
  Value allZeros = zeros ? getZeros(at, type) : Value();
  Dim run{'x', 0, piece.steps, piece.from, piece.to, 0, 0};
  // `source` is contiguous in the image, `target` in the result.
  bool runIsSource = !piece.from.value && piece.from.constant == 1;
  const Dim &source = runIsSource ? run : piece.cross;
  const Dim &target = runIsSource ? piece.cross : run;
  auto isPartial = [](int64_t count) { return count != kLanes; };
  auto square = [&](Position at, int64_t numSource, int64_t numTarget) {
    SmallVector<Value> rows(kLanes, allZeros);
    if (!zeros) {
      for (int64_t i = 0; i < kLanes; ++i) {
        // Rows that are not stored may hold anything.
        if (i >= numTarget) {
          rows[i] = rows[numTarget - 1];
          continue;
        }
        Value index = addr.materialize(move(target, at, {Value(), i}).from);
        rows[i] = isPartial(numSource)
                      ? vector::MaskedLoadOp::create(
                            b, loc, type, from.flat, ValueRange(index),
                            makeMask(b, loc, kLanes, numSource), zero)
                            .getResult()
                      : vector::LoadOp::create(b, loc, type, from.flat, index)
                            .getResult();
      }
      transposeSquare(b, loc, rows);
    }
    for (int64_t i = 0; i < numSource; ++i) {
      Value index = addr.materialize(move(source, at, {Value(), i}).to);
      if (isPartial(numTarget))
        vector::MaskedStoreOp::create(b, loc, to.flat, ValueRange(index),
                                      makeMask(b, loc, kLanes, numTarget),
                                      rows[i]);
      else
        vector::StoreOp::create(b, loc, rows[i], to.flat, ValueRange(index));
    }
  };
  // Blocks of a dimension: whole ones in a loop, the rest apart.
  auto blocks = [&](const Dim &dim, int64_t first, int64_t last, Position at,
                    function_ref<void(Position, int64_t)> body) {
    int64_t whole = (last - first) / kLanes * kLanes;
    if (whole == kLanes) {
      body(move(dim, at, {Value(), first}), kLanes);
    } else if (whole > 0) {
      auto forOp = scf::ForOp::create(b, loc, addr.constant(first),
                                      addr.constant(first + whole),
                                      addr.constant(kLanes));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(forOp.getBody());
      body(move(dim, at, {forOp.getInductionVar(), 0}), kLanes);
    }
    if (first + whole < last)
      body(move(dim, at, {Value(), first + whole}), last - first - whole);
  };
  int64_t crossExtent = piece.cross.extent;
  blocks(source, runIsSource ? begin : 0, runIsSource ? end : crossExtent, at,
         [&](Position at, int64_t numSource) {
           blocks(target, runIsSource ? 0 : begin,
                  runIsSource ? crossExtent : end, at,
                  [&](Position at, int64_t numTarget) {
                    square(at, numSource, numTarget);
                  });
         });
}

LogicalResult GatherEmitter::run() {
  b.setInsertionPoint(op);
  DimsAttr attr = op.getConvDims();
  auto image = cast<MemRefType>(op.getImage().getType());
  for (char letter : attr.getInput())
    if (letter != 'n' && image.isDynamicDim(attr.inputPos(letter)))
      return op->emitOpError("has no lowering for a dynamic dimension '")
             << Twine(letter) << "'";
  from = FlatView::create(b, loc, op.getImage());
  to = FlatView::create(b, loc, op.getTarget());
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
