//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The copy of one run of a gather, or zeros in its place: by vectors, a last
/// one that overlaps or is masked; transposed in squares of vectors; or element
/// by element.
///
//===----------------------------------------------------------------------===//

#include "GatherEmitter.h"
#include "LaneVectors.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::gather;

/// A vector of zeros that LLVM cannot tell from a value of this place. It moves
/// a constant out of all loops, into a register of its own that stays taken in
/// the contraction beside this operation, where every one is needed.
Value GatherEmitter::getZeros(Position at, VectorType type) {
  Value local = at.row.value ? at.row.value : at.to.value;
  if (!local)
    return arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
  Value same = OpaqueOp::create(b, loc, local);
  Value none = arith::SubIOp::create(b, loc, same, local);
  Type element = type.getElementType();
  Value zero = arith::IndexCastOp::create(
      b, loc, b.getIntegerType(element.getIntOrFloatBitWidth()), none);
  if (zero.getType() != element)
    zero = arith::BitcastOp::create(b, loc, element, zero);
  return vector::BroadcastOp::create(b, loc, type, zero);
}

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
  auto type = VectorType::get({lanes}, element);
  Value zero =
      zeros ? getZeros(at, type)
            : arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type))
                  .getResult();
  auto moveVector = [&](Address offset, int64_t count) {
    Value source =
        zeros ? Value() : addr.materialize(addr.add(at.from, offset));
    Value sink = addr.materialize(addr.add(at.to, offset));
    if (count == lanes) {
      Value value =
          zeros ? zero
                : vector::LoadOp::create(b, loc, type, from.flat, source)
                      .getResult();
      vector::StoreOp::create(b, loc, value, to.flat, ValueRange(sink));
      return;
    }
    Value mask = makeMask(b, loc, lanes, count);
    Value value =
        zeros ? zero
              : vector::MaskedLoadOp::create(b, loc, type, from.flat,
                                             ValueRange(source), mask, zero)
                    .getResult();
    vector::MaskedStoreOp::create(b, loc, to.flat, ValueRange(sink), mask,
                                  value);
  };
  int64_t first = begin * piece.inner, count = (end - begin) * piece.inner;
  constexpr int64_t unroll = 4;
  const int64_t chunk = unroll * lanes;
  int64_t done = 0;
  if (count >= 2 * chunk) {
    done = count / chunk * chunk;
    auto forOp =
        scf::ForOp::create(b, loc, addr.constant(first),
                           addr.constant(first + done), addr.constant(chunk));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    for (int64_t i = 0; i < unroll; ++i)
      moveVector({forOp.getInductionVar(), i * lanes}, lanes);
  }
  while (done < count) {
    int64_t rest = std::min(lanes, count - done);
    // A last vector that overlaps the one before needs no mask.
    if (rest < lanes && count >= lanes) {
      done = count - lanes;
      rest = lanes;
    }
    moveVector({Value(), first + done}, rest);
    done += rest;
  }
}

void GatherEmitter::transpose(Position at, int64_t begin, int64_t end,
                              bool zeros) {
  Type element = cast<MemRefType>(from.flat.getType()).getElementType();
  auto type = VectorType::get({lanes}, element);
  Value zero = arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
  Value allZeros = zeros ? getZeros(at, type) : Value();
  Dim run{'x', 0, piece.steps, piece.from, piece.to, 0, 0};
  // `source` is contiguous in the image, `target` in the result.
  bool runIsSource = !piece.from.value && piece.from.constant == 1;
  const Dim &source = runIsSource ? run : piece.cross;
  const Dim &target = runIsSource ? piece.cross : run;
  auto isPartial = [this](int64_t count) { return count != lanes; };
  auto square = [&](Position at, int64_t numSource, int64_t numTarget) {
    SmallVector<Value> rows(lanes, allZeros);
    if (!zeros) {
      for (int64_t i = 0; i < lanes; ++i) {
        // Rows that are not stored may hold anything.
        if (i >= numTarget) {
          rows[i] = rows[numTarget - 1];
          continue;
        }
        Value index = addr.materialize(move(target, at, {Value(), i}).from);
        rows[i] = isPartial(numSource)
                      ? vector::MaskedLoadOp::create(
                            b, loc, type, from.flat, ValueRange(index),
                            makeMask(b, loc, lanes, numSource), zero)
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
                                      makeMask(b, loc, lanes, numTarget),
                                      rows[i]);
      else
        vector::StoreOp::create(b, loc, rows[i], to.flat, ValueRange(index));
    }
  };
  // Blocks of a dimension: whole ones in a loop, the rest apart.
  auto blocks = [&](const Dim &dim, int64_t first, int64_t last, Position at,
                    function_ref<void(Position, int64_t)> body) {
    int64_t whole = (last - first) / lanes * lanes;
    if (whole == lanes) {
      body(move(dim, at, {Value(), first}), lanes);
    } else if (whole > 0) {
      auto forOp = scf::ForOp::create(b, loc, addr.constant(first),
                                      addr.constant(first + whole),
                                      addr.constant(lanes));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(forOp.getBody());
      body(move(dim, at, {forOp.getInductionVar(), 0}), lanes);
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
