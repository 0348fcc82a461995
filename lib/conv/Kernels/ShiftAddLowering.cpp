//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// conv.shift_add as loops:
///
///   out = (0 or out) + what the epilogue begins with adding, if anything
///   for r, s                                       unrolled
///     for the rows and columns the tap is inside of
///       out[run] += product[run]
///   out = epilogue(out)                            the rest of it, if any
///
/// A run is the dimension that is contiguous in the result: channels or
/// columns. The ranges are constants, so nothing is tested inside.
///
//===----------------------------------------------------------------------===//

#include "Address.h"
#include "EpilogueEmitter.h"
#include "LaneVectors.h"
#include "MicroKernel.h"
#include "conv/IR/Arithmetic.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

/// A dimension of the result and where it moves the other operands.
struct Dim {
  char letter;
  int64_t extent;
  int position; ///< In the result, -1 when absent.
  Address out, product;
  SmallVector<Address> operands; ///< Those of the epilogue.
};

/// Addresses of one element in every operand.
struct Position {
  Address out, product;
  SmallVector<Address> operands;
};

class ShiftAddEmitter {
public:
  ShiftAddEmitter(ShiftAddOp op, RewriterBase &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), addr(rewriter, loc),
        lanes(op.getLanes()) {}

  LogicalResult run();

private:
  /// Result points of dimension `letter` a pass covers.
  using Ranges = llvm::function_ref<std::pair<int64_t, int64_t>(const Dim &)>;
  /// What becomes of the element, or vector, at a position.
  using Update = llvm::function_ref<Value(Position, Type, Value mask)>;

  static std::pair<int64_t, int64_t> getWhole(const Dim &dim) {
    return {0, dim.extent};
  }

  void readDims();
  /// Stores what the sums start from.
  void startSums();
  /// Adds the products of tap `s` of row `r` of the window.
  void addTap(int64_t r, int64_t s);
  /// Runs what of the epilogue follows the sums.
  void finishSums();
  void emit(Position at, Ranges ranges, Update update, bool vectors,
            bool transposes = false);
  void nest(ArrayRef<Dim> dims, Position at, Ranges ranges, Update update,
            bool vectors, bool transposes);
  void store(Position at, Type type, Value mask, Update update);
  /// Adds the products at `at` where they are contiguous along `source` and the
  /// result is along the run: squares of vectors, transposed in registers.
  void addTransposed(const Dim &source, Position at, Ranges ranges);
  Value load(const FlatView &view, Address at, Type type, Value mask);
  Position move(const Dim &dim, Position at, Address step);

  ShiftAddOp op;
  RewriterBase &b;
  Location loc;
  AddressBuilder addr;
  int64_t lanes; ///< Elements of a vector.
  /// Operand `i` of the epilogue at `at`.
  Value loadOperand(unsigned i, Position at, Type type, Value mask);
  /// Whether all operands of the epilogue are contiguous along the run, or do
  /// not vary along it.
  bool operandsRun() const;

  FlatView out, product;
  EpilogueEmitter epilogue;
  Position origin;       ///< The first elements.
  SmallVector<Dim> dims; ///< The run last.
  bool outputRuns = false;
  bool productRuns = false;
  /// The products run along the dimension before the last one, the result along
  /// the last.
  bool productCrosses = false;
};

} // namespace

void ShiftAddEmitter::readDims() {
  DimsAttr attr = op.getDims();
  auto type = cast<MemRefType>(op.getInit().getType());
  StringRef order = op.getOrder();
  auto productStride = [&](char letter) {
    size_t pos = order.find(letter);
    return pos == StringRef::npos ? Address() : product.strides[pos];
  };
  for (char letter : StringRef("ngkhw")) {
    Dim dim{letter, 1, attr.outputPos(letter), {}, {}, {}};
    dim.operands.resize(epilogue.getOperands().size());
    if (dim.position >= 0) {
      dim.extent = type.getDimSize(dim.position);
      dim.out = out.strides[dim.position];
      for (auto [step, operand] :
           llvm::zip(dim.operands, epilogue.getOperands()))
        step = operand.steps[dim.position];
    }
    dim.product = productStride(letter);
    if (order.contains('p') && letter == 'h')
      dim.product =
          addr.mul(productStride('p'), {Value(), attr.getStrides()[0]});
    if (order.contains('q') && letter == 'w')
      dim.product =
          addr.mul(productStride('q'), {Value(), attr.getStrides()[1]});
    dims.push_back(dim);
  }
  auto isUnit = [](Address a) { return !a.value && a.constant == 1; };
  auto *run = dims.end();
  for (auto *it = dims.begin(); it != dims.end(); ++it)
    if (it->extent > 1 && isUnit(it->out) &&
        (run == dims.end() || isUnit(it->product)))
      run = it;
  if (run == dims.end())
    run = std::prev(dims.end());
  std::rotate(run, run + 1, dims.end());
  bool contiguous = isUnit(dims.back().out);
  productRuns = contiguous && isUnit(dims.back().product);
  if (contiguous && !productRuns) {
    auto *source =
        std::find_if(dims.begin(), std::prev(dims.end()), [&](const Dim &dim) {
          return dim.extent > 1 && !ShapedType::isDynamic(dim.extent) &&
                 isUnit(dim.product);
        });
    if (source != std::prev(dims.end())) {
      std::rotate(source, source + 1, std::prev(dims.end()));
      productCrosses = true;
    }
  }
}

Position ShiftAddEmitter::move(const Dim &dim, Position at, Address step) {
  at.out = addr.add(at.out, addr.mul(step, dim.out));
  at.product = addr.add(at.product, addr.mul(step, dim.product));
  for (auto [place, distance] : llvm::zip(at.operands, dim.operands))
    place = addr.add(place, addr.mul(step, distance));
  return at;
}

bool ShiftAddEmitter::operandsRun() const {
  return llvm::all_of(dims.back().operands, [](const Address &step) {
    return !step.value && (step.constant == 0 || step.constant == 1);
  });
}

Value ShiftAddEmitter::loadOperand(unsigned i, Position at, Type type,
                                   Value mask) {
  const EpilogueOperand &operand = epilogue.getOperands()[i];
  const Address &step = dims.back().operands[i];
  bool varies = step.value || step.constant != 0;
  if (isa<VectorType>(type) && !operand.scalar && varies)
    return load(operand.view, at.operands[i],
                getTypeLike(type, operand.element), mask);
  return epilogue.load(b, loc, i, type, at.operands[i], Address(), /*set=*/1);
}

Value ShiftAddEmitter::load(const FlatView &view, Address at, Type type,
                            Value mask) {
  Value index = addr.materialize(at);
  auto vector = dyn_cast<VectorType>(type);
  if (!vector)
    return memref::LoadOp::create(b, loc, view.flat, ValueRange(index));
  if (!mask)
    return vector::LoadOp::create(b, loc, vector, view.flat, index);
  Value zero = arith::ConstantOp::create(b, loc, vector, b.getZeroAttr(vector));
  return vector::MaskedLoadOp::create(b, loc, vector, view.flat,
                                      ValueRange(index), mask, zero);
}

void ShiftAddEmitter::store(Position at, Type type, Value mask, Update update) {
  Value value = update(at, type, mask);
  Value index = addr.materialize(at.out);
  if (!isa<VectorType>(type))
    memref::StoreOp::create(b, loc, value, out.flat, ValueRange(index));
  else if (mask)
    vector::MaskedStoreOp::create(b, loc, out.flat, ValueRange(index), mask,
                                  value);
  else
    vector::StoreOp::create(b, loc, value, out.flat, ValueRange(index));
}

void ShiftAddEmitter::nest(ArrayRef<Dim> rest, Position at, Ranges ranges,
                           Update update, bool vectors, bool transposes) {
  const Dim &dim = rest.front();
  int64_t begin, end;
  std::tie(begin, end) = ranges(dim);
  Type element = cast<MemRefType>(out.flat.getType()).getElementType();
  auto makeLoop = [&](Value upper, int64_t step,
                      llvm::function_ref<void(Address)> body) {
    OpBuilder::InsertionGuard guard(b);
    auto forOp = scf::ForOp::create(b, loc, addr.constant(begin), upper,
                                    addr.constant(step));
    b.setInsertionPointToStart(forOp.getBody());
    body({forOp.getInductionVar(), 0});
  };
  if (rest.size() == 2 && transposes)
    return addTransposed(dim, at, ranges);
  bool last = rest.size() == 1;
  if (!last || !vectors) {
    auto body = [&](Address step) {
      Position moved = move(dim, at, step);
      if (last)
        store(moved, element, Value(), update);
      else
        nest(rest.drop_front(), moved, ranges, update, vectors, transposes);
    };
    if (ShapedType::isDynamic(dim.extent))
      return makeLoop(memref::DimOp::create(b, loc, op.getInit(), dim.position),
                      1, body);
    if (end - begin == 1)
      return body({Value(), begin});
    return makeLoop(addr.constant(end), 1, body);
  }
  auto type = VectorType::get({lanes}, element);
  int64_t whole = (end - begin) / lanes * lanes;
  if (whole > 0)
    makeLoop(addr.constant(begin + whole), lanes, [&](Address step) {
      store(move(dim, at, step), type, Value(), update);
    });
  if (int64_t tail = end - begin - whole)
    store(move(dim, at, {Value(), begin + whole}), type,
          makeMask(b, loc, lanes, tail), update);
}

void ShiftAddEmitter::emit(Position at, Ranges ranges, Update update,
                           bool vectors, bool transposes) {
  for (const Dim &dim : dims) {
    auto [begin, end] = ranges(dim);
    if (!ShapedType::isDynamic(dim.extent) && begin >= end)
      return;
  }
  nest(dims, at, ranges, update, vectors, transposes);
}

void ShiftAddEmitter::addTransposed(const Dim &source, Position at,
                                    Ranges ranges) {
  const Dim &run = dims.back();
  Type element = cast<MemRefType>(out.flat.getType()).getElementType();
  auto type = VectorType::get({lanes}, element);
  auto maskOf = [&](int64_t count) {
    return count == lanes ? Value() : makeMask(b, loc, lanes, count);
  };
  auto square = [&](Position at, int64_t numSource, int64_t numRun) {
    SmallVector<Value> rows;
    for (int64_t i = 0; i < lanes; ++i)
      rows.push_back(load(
          product, move(run, at, {Value(), std::min(i, numRun - 1)}).product,
          type, maskOf(numSource)));
    transposeSquare(b, loc, rows);
    for (int64_t i = 0; i < numSource; ++i)
      store(move(source, at, {Value(), i}), type, maskOf(numRun),
            [&](Position at, Type type, Value mask) {
              return addElements(b, loc, load(out, at.out, type, mask),
                                 rows[i]);
            });
  };
  // Blocks of a dimension: whole ones in a loop, the rest apart.
  auto blocks = [&](const Dim &dim, Position at,
                    llvm::function_ref<void(Position, int64_t)> body) {
    int64_t begin, end;
    std::tie(begin, end) = ranges(dim);
    int64_t whole = (end - begin) / lanes * lanes;
    if (whole > 0) {
      auto forOp = scf::ForOp::create(b, loc, addr.constant(begin),
                                      addr.constant(begin + whole),
                                      addr.constant(lanes));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(forOp.getBody());
      body(move(dim, at, {forOp.getInductionVar(), 0}), lanes);
    }
    if (int64_t rest = end - begin - whole)
      body(move(dim, at, {Value(), begin + whole}), rest);
  };
  // Along the products inside: their planes are read in as few streams as a
  // square has.
  blocks(run, at, [&](Position at, int64_t numRun) {
    blocks(source, at, [&](Position at, int64_t numSource) {
      square(at, numSource, numRun);
    });
  });
}

void ShiftAddEmitter::startSums() {
  SmallVector<LeadingAddend> leading = epilogue.getLeading();
  if (!op.getAccumulate() || !leading.empty())
    emit(
        origin, getWhole,
        [&](Position at, Type type, Value mask) {
          Value value =
              op.getAccumulate()
                  ? load(out, at.out, type, mask)
                  : arith::ConstantOp::create(b, loc, b.getZeroAttr(type))
                        .getResult();
          return epilogue.applyLeading(b, loc, value, [&](unsigned i) {
            return loadOperand(i, at, type, mask);
          });
        },
        outputRuns && operandsRun());
  for (const LeadingAddend &addend : leading)
    epilogue.absorb(addend);
}

void ShiftAddEmitter::addTap(int64_t r, int64_t s) {
  DimsAttr attr = op.getDims();
  StringRef order = op.getOrder();
  auto type = cast<MemRefType>(op.getProduct().getType());
  bool shifts = order.contains('p');
  // Image row and column of output point 0.
  int64_t row =
      (r + op.getTaps()[0]) * attr.getDilations()[0] - attr.getLow()[0];
  int64_t column =
      (s + op.getTaps()[1]) * attr.getDilations()[1] - attr.getLow()[1];
  auto ranges = [&](const Dim &dim) -> std::pair<int64_t, int64_t> {
    if (!shifts || (dim.letter != 'h' && dim.letter != 'w'))
      return getWhole(dim);
    bool isRow = dim.letter == 'h';
    int64_t first = isRow ? row : column;
    int64_t size = type.getDimSize(order.find(isRow ? 'p' : 'q'));
    int64_t stride = attr.getStrides()[isRow ? 0 : 1];
    auto stepsBelow = [&](int64_t limit) {
      return limit <= first
                 ? 0
                 : std::min(llvm::divideCeilSigned(limit - first, stride),
                            dim.extent);
    };
    return {stepsBelow(0), stepsBelow(size)};
  };
  Position at = origin;
  auto moveAlong = [&](char letter, int64_t steps) {
    at.product =
        addr.add(at.product, addr.mul({Value(), steps},
                                      product.strides[order.find(letter)]));
  };
  moveAlong('r', r);
  moveAlong('s', s);
  if (shifts) {
    moveAlong('p', row);
    moveAlong('q', column);
  }
  emit(
      at, ranges,
      [&](Position at, Type type, Value mask) {
        Value sum = load(out, at.out, type, mask);
        return addElements(b, loc, sum, load(product, at.product, type, mask));
      },
      productRuns, productCrosses);
}

void ShiftAddEmitter::finishSums() {
  if (epilogue.isEmpty())
    return;
  emit(
      origin, getWhole,
      [&](Position at, Type type, Value mask) {
        return epilogue.apply(
            b, loc, load(out, at.out, type, mask),
            [&](unsigned i) { return loadOperand(i, at, type, mask); });
      },
      outputRuns && operandsRun());
}

LogicalResult ShiftAddEmitter::run() {
  b.setInsertionPoint(op);
  out = FlatView::create(b, loc, op.getInit());
  product = FlatView::create(b, loc, op.getProduct());
  origin.out = out.offset;
  origin.product = product.offset;
  epilogue =
      EpilogueEmitter::create(b, cast<EpilogueOpInterface>(op.getOperation()));
  for (const EpilogueOperand &operand : epilogue.getOperands())
    origin.operands.push_back(operand.view.offset);
  readDims();
  outputRuns = !dims.back().out.value && dims.back().out.constant == 1;

  startSums();
  auto type = cast<MemRefType>(op.getProduct().getType());
  for (int64_t r = 0; r < type.getDimSize(op.getOrder().find('r')); ++r)
    for (int64_t s = 0; s < type.getDimSize(op.getOrder().find('s')); ++s)
      addTap(r, s);
  finishSums();
  b.eraseOp(op);
  return success();
}

LogicalResult mlir::conv::lowerShiftAdd(ShiftAddOp op, RewriterBase &rewriter) {
  return ShiftAddEmitter(op, rewriter).run();
}
