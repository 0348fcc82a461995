//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Products of signed bytes by instructions whose one factor is unsigned:
///
///   sum x w  =  sum (x + 128) w  -  128 sum w
///
/// over all taps of a window, those outside of the image included, which count
/// as x = 0. The last term is a number of each output channel, known where the
/// filter is and then part of the bias if that is known too; integers wrap, so
/// that the order makes no difference.
///
//===----------------------------------------------------------------------===//

#include "Rebase.h"

#include "conv/IR/KnownElements.h"
#include "conv/Machine/Instructions.h"
#include "conv/Schedule/Problem.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::conv;

/// What is added to a signed byte to make it an unsigned one.
static constexpr int32_t kOffset = 128;

namespace {

/// Writes the numbers of the output channels of one convolution.
class OffsetWriter {
public:
  OffsetWriter(ConvOp op, RewriterBase &rewriter);

  /// Makes `epilogue`, of tensors or of buffers, add them.
  void addTo(Epilogue &epilogue, bool tensors);

private:
  bool isReduced(int64_t dim) const { return !llvm::is_contained(kept, dim); }
  std::optional<SmallVector<int32_t>> findKnown();
  bool addToBias(Epilogue &epilogue, ArrayRef<int32_t> numbers);
  Value createConstant(ArrayRef<int32_t> numbers);
  Value createSums();

  ConvOp op;
  RewriterBase &b;
  Location loc;
  ShapedType filter;
  SmallVector<int64_t> kept; ///< The filter's dimensions of output channels.
  SmallVector<int64_t> sizes;
  AffineMap map; ///< From the output's dimensions to these.
};

} // namespace

OffsetWriter::OffsetWriter(ConvOp op, RewriterBase &rewriter)
    : op(op), b(rewriter), loc(op.getLoc()), filter(op.getFilterType()) {
  AffineMap channels = op.getChannelMap();
  SmallVector<AffineExpr> exprs;
  unsigned result = 0;
  for (char letter : {'g', 'k'}) {
    if (op.getDims().outputPos(letter) < 0)
      continue;
    AffineExpr expr = channels.getResult(result++);
    int dim = op.getDims().filterPos(letter);
    if (dim < 0)
      continue;
    kept.push_back(dim);
    sizes.push_back(filter.getDimSize(dim));
    exprs.push_back(expr);
  }
  map = AffineMap::get(channels.getNumDims(), 0, exprs, op.getContext());
}

/// The numbers, where the filter is known.
std::optional<SmallVector<int32_t>> OffsetWriter::findKnown() {
  Attribute constant;
  if (!matchPattern(op.getFilter(), m_Constant(&constant)))
    return std::nullopt;
  std::optional<KnownElements<int64_t>> weights = readIntegers(constant);
  if (!weights)
    return std::nullopt;
  // How far a step of each dimension of the filter moves among the channels.
  SmallVector<int64_t> steps(filter.getRank(), 0);
  int64_t count = 1;
  for (int64_t dim : llvm::reverse(kept)) {
    steps[dim] = count;
    count *= filter.getDimSize(dim);
  }
  SmallVector<uint32_t> numbers(count, 0);
  int64_t i = 0;
  visitStrided(filter.getShape(), steps, [&](int64_t channel) {
    numbers[channel] -= uint32_t(kOffset) * uint32_t((*weights)[i++]);
  });
  return llvm::map_to_vector(numbers,
                             [](uint32_t number) { return int32_t(number); });
}

Value OffsetWriter::createConstant(ArrayRef<int32_t> numbers) {
  auto type = RankedTensorType::get(sizes, b.getI32Type());
  return arith::ConstantOp::create(b, loc,
                                   DenseElementsAttr::get(type, numbers));
}

/// Adds the numbers to a bias that is known.
bool OffsetWriter::addToBias(Epilogue &epilogue, ArrayRef<int32_t> numbers) {
  if (epilogue.isEmpty())
    return false;
  for (const LeadingAddend &addend : getLeadingAddends(*epilogue.body)) {
    Attribute constant;
    if (epilogue.maps[addend.operand] != map ||
        !matchPattern(epilogue.operands[addend.operand], m_Constant(&constant)))
      continue;
    std::optional<KnownElements<int64_t>> bias = readIntegers(constant);
    if (!bias)
      continue;
    SmallVector<int32_t> sums;
    for (auto [i, number] : llvm::enumerate(numbers))
      sums.push_back(int32_t(uint32_t(number) + uint32_t((*bias)[i])));
    epilogue.operands[addend.operand] = createConstant(sums);
    return true;
  }
  return false;
}

/// The numbers, computed at run time.
Value OffsetWriter::createSums() {
  Value weights = op.getFilter();
  if (isa<MemRefType>(weights.getType()))
    weights = bufferization::ToTensorOp::create(
        b, loc, memref::getTensorTypeFromMemRefType(weights.getType()), weights,
        /*restrict=*/true, /*writable=*/false);
  Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
  Value empty = tensor::EmptyOp::create(b, loc, sizes, b.getI32Type());
  Value zeros = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : kept)
    exprs.push_back(b.getAffineDimExpr(dim));
  SmallVector<utils::IteratorType> iterators;
  for (int64_t dim = 0; dim < filter.getRank(); ++dim)
    iterators.push_back(isReduced(dim) ? utils::IteratorType::reduction
                                       : utils::IteratorType::parallel);
  AffineMap maps[] = {
      b.getMultiDimIdentityMap(filter.getRank()),
      AffineMap::get(filter.getRank(), 0, exprs, b.getContext())};
  auto generic = linalg::GenericOp::create(
      b, loc, empty.getType(), weights, zeros, maps, iterators,
      [](OpBuilder &inside, Location l, ValueRange args) {
        Type type = args[1].getType();
        Value weight = arith::ExtSIOp::create(inside, l, type, args[0]);
        Value offset = arith::ConstantOp::create(
            inside, l, inside.getI32IntegerAttr(-kOffset));
        Value term = arith::MulIOp::create(inside, l, weight, offset);
        linalg::YieldOp::create(
            inside, l,
            arith::AddIOp::create(inside, l, args[1], term).getResult());
      });
  return generic.getResult(0);
}

/// Makes the body of `epilogue` begin with the addition of `value`.
static void addFirst(Epilogue &epilogue, Value value, AffineMap map) {
  auto body = std::make_shared<Region>();
  epilogue.cloneBodyInto(*body);
  Block &block = body->front();
  BlockArgument acc = block.getArgument(0);
  BlockArgument addend = block.addArgument(acc.getType(), value.getLoc());
  OpBuilder b(value.getContext());
  b.setInsertionPointToStart(&block);
  auto sum = arith::AddIOp::create(b, value.getLoc(), acc, addend);
  acc.replaceAllUsesExcept(sum, sum);
  epilogue.operands.push_back(value);
  epilogue.maps.push_back(map);
  epilogue.owned = std::move(body);
  epilogue.body = epilogue.owned.get();
}

void OffsetWriter::addTo(Epilogue &epilogue, bool tensors) {
  std::optional<SmallVector<int32_t>> known = findKnown();
  if (known && addToBias(epilogue, *known))
    return;
  Value numbers = known ? createConstant(*known) : createSums();
  if (!tensors)
    numbers = bufferization::ToBufferOp::create(
        b, loc, MemRefType::get(sizes, b.getI32Type()), numbers,
        /*read_only=*/true);
  if (!epilogue.isEmpty())
    return addFirst(epilogue, numbers, map);
  epilogue = makeSimpleEpilogue(op.getContext(), b.getI32Type(), numbers, map,
                                /*residual=*/Value(),
                                op.getOutputType().getRank(), ClampAttr());
}

bool mlir::conv::rebaseInput(ConvOp op, Epilogue &epilogue, bool tensors,
                             RewriterBase &rewriter) {
  const Instruction *row = findInstruction(op.getScheduleAttr());
  Problem problem = Problem::fromOp(op);
  if (!row || !problem.types || !row->rebases(*problem.types))
    return false;
  OffsetWriter(op, rewriter).addTo(epilogue, tensors);
  return true;
}
