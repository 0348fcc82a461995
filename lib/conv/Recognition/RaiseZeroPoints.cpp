//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolutions of integers with zero points, as the `_q` operations of linalg
/// are, without them. Over the N taps of a window
///
///   sum (x - zx) (w - zw) = sum x w  -  zw sum x  +  zx (N zw - sum w)
///
/// so that the products are those of a plain convolution, sum x is one with a
/// filter of ones for a single output channel, and the rest is a number of each
/// output channel, known where the filter and the zero points are. Whatever the
/// image was padded with is part of x, hence right at the borders, too.
/// Integers wrap, so that the order makes no difference.
///
//===----------------------------------------------------------------------===//

#include "RaiseBias.h"
#include "RaiseConstants.h"
#include "RaiseFormSteps.h"
#include "RaiseForms.h"
#include "conv/IR/Arithmetic.h"
#include "conv/IR/KnownElements.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// Whether `value` is `element`, extended by `Extension`, minus `zero`.
template <typename Extension>
static bool isShifted(Value value, Value element, Value zero) {
  auto sub = value.getDefiningOp<arith::SubIOp>();
  if (!sub || sub.getRhs() != zero)
    return false;
  auto extension = sub.getLhs().getDefiningOp<Extension>();
  return extension && extension.getIn() == element;
}

/// The body is `acc + (x - zx) * (w - zw)` and nothing else; elements of x may
/// be unsigned.
static bool hasZeroPointBody(linalg::LinalgOp op, bool &isUnsigned) {
  Block &body = *op.getBlock();
  auto yield = dyn_cast<linalg::YieldOp>(body.getTerminator());
  if (body.getNumArguments() != 5 || !yield || !llvm::hasNItems(body, 7))
    return false;
  Value x = body.getArgument(0), w = body.getArgument(1),
        zx = body.getArgument(2), zw = body.getArgument(3),
        acc = body.getArgument(4);
  auto add = yield.getOperand(0).getDefiningOp<arith::AddIOp>();
  if (!add || !llvm::is_contained(add->getOperands(), acc))
    return false;
  Value product = add.getLhs() == acc ? add.getRhs() : add.getLhs();
  auto mul = product.getDefiningOp<arith::MulIOp>();
  if (!mul)
    return false;
  Value a = mul.getLhs(), b = mul.getRhs();
  if (!isShifted<arith::ExtSIOp>(b, w, zw))
    std::swap(a, b);
  isUnsigned = isShifted<arith::ExtUIOp>(a, x, zx);
  return (isUnsigned || isShifted<arith::ExtSIOp>(a, x, zx)) &&
         isShifted<arith::ExtSIOp>(b, w, zw);
}

namespace {

/// Rewrites one operation.
class ZeroPointRemover {
public:
  ZeroPointRemover(RewriterBase &b, linalg::LinalgOp op)
      : b(b), op(op), loc(op.getLoc()) {}

  /// Reads what is needed of the maps; false where it is no such convolution.
  bool read();
  void rewrite();

private:
  bool isTensor() const { return isa<RankedTensorType>(sums.getType()); }
  int64_t countChannels() const {
    int64_t count = 1;
    for (int64_t size : channelSizes)
      count *= size;
    return count;
  }
  bool isReduction(unsigned loop) const {
    return iterators[loop] == utils::IteratorType::reduction;
  }
  Value constant(int64_t value) {
    return arith::ConstantOp::create(b, loc,
                                     b.getI32IntegerAttr(int32_t(value)));
  }
  /// Operand `operand`, a scalar, where it is known.
  std::optional<int64_t> readScalar(unsigned operand) const;
  /// `map`, which names loops, by the dimensions of the output.
  AffineMap byOutput(AffineMap map) const;
  /// Where something of this shape is computed: nothing is in it yet.
  Value createTarget(ArrayRef<OpFoldResult> sizes, Type element);
  Value createZeros(ArrayRef<OpFoldResult> sizes);
  Value createMap(ValueRange inputs, Value out, ArrayRef<AffineMap> maps,
                  function_ref<Value(OpBuilder &, ValueRange)> body);
  linalg::GenericOp createSums(ValueRange factors, Value out,
                               ArrayRef<AffineMap> maps,
                               ArrayRef<utils::IteratorType> iteratorTypes);

  std::optional<SmallVector<int32_t>> findChannelTerm();
  Value createChannelTerm();
  std::optional<SmallVector<int32_t>> findFilterSums();
  Value createFilterSums();
  Value createWindowSums();
  Value createCorrection(Value products, Value channelTerm, Value windows);
  bool addToInit(ArrayRef<int32_t> term);
  Value createVector(ArrayRef<int32_t> values);

  RewriterBase &b;
  linalg::LinalgOp op;
  Location loc;
  Value sums; ///< What is added to.
  AffineMap input, filter, output;
  SmallVector<utils::IteratorType> iterators;
  SmallVector<int64_t> extents;
  /// Of the filter's dimensions, those of output channels, and their loops.
  SmallVector<int64_t> channelSizes;
  AffineMap channels;
  int64_t taps = 1;
  bool isUnsigned = false; ///< The elements of the image are.
  SmallVector<Value> buffers;
};

} // namespace

std::optional<int64_t> ZeroPointRemover::readScalar(unsigned operand) const {
  std::optional<KnownElements<int64_t>> value =
      readIntegers(op->getOperand(operand));
  return value ? std::optional(value->values.front()) : std::nullopt;
}

AffineMap ZeroPointRemover::byOutput(AffineMap map) const {
  SmallVector<AffineExpr> results;
  for (AffineExpr expr : map.getResults())
    results.push_back(b.getAffineDimExpr(*output.getResultPosition(expr)));
  return AffineMap::get(output.getNumResults(), 0, results, b.getContext());
}

bool ZeroPointRemover::read() {
  if (op.getNumDpsInputs() != 4 || op.getNumDpsInits() != 1 ||
      !(op.hasPureTensorSemantics() || op.hasPureBufferSemantics()) ||
      !hasZeroPointBody(op, isUnsigned))
    return false;
  sums = op.getDpsInits().front();
  for (unsigned zero : {2, 3})
    if (!op->getOperand(zero).getType().isSignlessInteger(32))
      return false;
  for (unsigned factor : {0, 1})
    if (!getElementTypeOrSelf(op->getOperand(factor).getType())
             .isSignlessInteger(8))
      return false;
  if (!getElementTypeOrSelf(sums.getType()).isSignlessInteger(32))
    return false;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  input = maps[0];
  filter = maps[1];
  output = maps[4];
  iterators = op.getIteratorTypesArray();
  extents = op.getStaticLoopRanges();
  auto filterType = cast<ShapedType>(op->getOperand(1).getType());
  if (!filter.isProjectedPermutation() || !output.isProjectedPermutation() ||
      input.getNumSymbols() != 0 || !filterType.hasStaticShape())
    return false;
  for (unsigned loop = 0; loop < iterators.size(); ++loop) {
    if (isReduction(loop) == output.isFunctionOfDim(loop))
      return false;
    if (!isReduction(loop))
      continue;
    if (!filter.isFunctionOfDim(loop) || ShapedType::isDynamic(extents[loop]))
      return false;
    taps *= extents[loop];
  }
  SmallVector<AffineExpr> kept;
  for (auto [expr, size] :
       llvm::zip_equal(filter.getResults(), filterType.getShape()))
    if (!isReduction(cast<AffineDimExpr>(expr).getPosition())) {
      kept.push_back(expr);
      channelSizes.push_back(size);
    }
  channels = AffineMap::get(filter.getNumDims(), 0, kept, b.getContext());
  return true;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// The results of `generic`, or on memrefs what it has written.
static Value getResult(linalg::GenericOp generic) {
  return generic->getNumResults() != 0 ? generic.getResult(0)
                                       : generic.getDpsInits().front();
}

Value ZeroPointRemover::createTarget(ArrayRef<OpFoldResult> sizes,
                                     Type element) {
  if (isTensor())
    return tensor::EmptyOp::create(b, loc, sizes, element);
  buffers.push_back(memref::AllocOp::create(b, loc, sizes, element));
  return buffers.back();
}

Value ZeroPointRemover::createZeros(ArrayRef<OpFoldResult> sizes) {
  Value target = createTarget(sizes, b.getI32Type());
  auto fill = linalg::FillOp::create(b, loc, constant(0), target);
  return isTensor() ? fill.getResult(0) : target;
}

Value ZeroPointRemover::createMap(
    ValueRange inputs, Value out, ArrayRef<AffineMap> maps,
    function_ref<Value(OpBuilder &, ValueRange)> body) {
  SmallVector<utils::IteratorType> parallel(maps.back().getNumDims(),
                                            utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, isTensor() ? TypeRange(out.getType()) : TypeRange(), inputs, out,
      maps, parallel, [&](OpBuilder &inside, Location l, ValueRange args) {
        linalg::YieldOp::create(inside, l, body(inside, args));
      });
  return getResult(generic);
}

/// `out` plus the products of an image and a filter, or the sums of a filter.
linalg::GenericOp
ZeroPointRemover::createSums(ValueRange factors, Value out,
                             ArrayRef<AffineMap> maps,
                             ArrayRef<utils::IteratorType> iteratorTypes) {
  return linalg::GenericOp::create(
      b, loc, isTensor() ? TypeRange(out.getType()) : TypeRange(), factors, out,
      maps, iteratorTypes, [&](OpBuilder &inside, Location l, ValueRange args) {
        Type i32 = args.back().getType();
        Value term =
            extendTo(inside, l, args[0], i32, isUnsigned && args.size() == 3);
        if (args.size() == 3) {
          Value other = arith::ExtSIOp::create(inside, l, i32, args[1]);
          term = arith::MulIOp::create(inside, l, term, other);
        }
        Value sum = arith::AddIOp::create(inside, l, args.back(), term);
        linalg::YieldOp::create(inside, l, sum);
      });
}

//===----------------------------------------------------------------------===//
// The number of each output channel
//===----------------------------------------------------------------------===//

/// The sum of the filter's taps of each output channel, where it is known.
std::optional<SmallVector<int32_t>> ZeroPointRemover::findFilterSums() {
  std::optional<KnownElements<int64_t>> weights =
      readIntegers(op->getOperand(1));
  if (!weights)
    return std::nullopt;
  // How far a step of each dimension of the filter moves among the channels.
  auto type = cast<ShapedType>(op->getOperand(1).getType());
  SmallVector<int64_t> steps(type.getRank(), 0);
  int64_t step = 1;
  for (int64_t dim = type.getRank(); dim-- > 0;)
    if (!isReduction(filter.getDimPosition(dim))) {
      steps[dim] = step;
      step *= type.getDimSize(dim);
    }
  // Unsigned: they wrap, as they do at run time.
  SmallVector<uint32_t> found(countChannels(), 0);
  int64_t i = 0;
  visitStrided(type.getShape(), steps, [&](int64_t channel) {
    found[channel] += uint32_t((*weights)[i++]);
  });
  return llvm::to_vector_of<int32_t>(found);
}

/// `zx (N zw - sum w)` where all of it is known.
std::optional<SmallVector<int32_t>> ZeroPointRemover::findChannelTerm() {
  std::optional<int64_t> zx = readScalar(2), zw = readScalar(3);
  if (zx == 0)
    return SmallVector<int32_t>(countChannels(), 0);
  if (!zx || !zw)
    return std::nullopt;
  std::optional<SmallVector<int32_t>> filterSums = findFilterSums();
  if (!filterSums)
    return std::nullopt;
  return llvm::map_to_vector(*filterSums, [&](int32_t sum) {
    uint32_t term = uint32_t(taps * *zw) - uint32_t(sum);
    return static_cast<int32_t>(term * static_cast<uint32_t>(*zx));
  });
}

Value ZeroPointRemover::createVector(ArrayRef<int32_t> values) {
  auto type = RankedTensorType::get(channelSizes, b.getI32Type());
  return arith::ConstantOp::create(b, loc,
                                   DenseElementsAttr::get(type, values));
}

/// The sum of the filter's taps of each output channel.
Value ZeroPointRemover::createFilterSums() {
  if (std::optional<SmallVector<int32_t>> known = findFilterSums();
      known && isTensor())
    return createVector(*known);
  // Loops are the filter's dimensions.
  SmallVector<AffineExpr> kept;
  SmallVector<utils::IteratorType> iteratorTypes;
  for (auto [dim, expr] : llvm::enumerate(filter.getResults())) {
    bool reduced = isReduction(cast<AffineDimExpr>(expr).getPosition());
    iteratorTypes.push_back(reduced ? utils::IteratorType::reduction
                                    : utils::IteratorType::parallel);
    if (!reduced)
      kept.push_back(b.getAffineDimExpr(dim));
  }
  unsigned rank = filter.getNumResults();
  AffineMap maps[] = {b.getMultiDimIdentityMap(rank),
                      AffineMap::get(rank, 0, kept, b.getContext())};
  Value zeros =
      createZeros(getAsIndexOpFoldResult(b.getContext(), channelSizes));
  return getResult(createSums(op->getOperand(1), zeros, maps, iteratorTypes));
}

/// `zx (N zw - sum w)`, computed at run time.
Value ZeroPointRemover::createChannelTerm() {
  Value filterSums = createFilterSums();
  AffineMap identity = b.getMultiDimIdentityMap(channelSizes.size());
  AffineMap scalar = AffineMap::get(channelSizes.size(), 0, b.getContext());
  Value target = createTarget(
      getAsIndexOpFoldResult(b.getContext(), channelSizes), b.getI32Type());
  return createMap({filterSums, op->getOperand(2), op->getOperand(3)}, target,
                   {identity, scalar, scalar, identity},
                   [&](OpBuilder &inside, ValueRange args) -> Value {
                     Value count = arith::ConstantOp::create(
                         inside, loc, b.getI32IntegerAttr(int32_t(taps)));
                     Value all =
                         arith::MulIOp::create(inside, loc, count, args[2]);
                     Value rest =
                         arith::SubIOp::create(inside, loc, all, args[0]);
                     return arith::MulIOp::create(inside, loc, args[1], rest);
                   });
}

/// Adds `term` to what the sums begin with, where that is the same for all
/// pixels and known.
bool ZeroPointRemover::addToInit(ArrayRef<int32_t> term) {
  if (!isTensor())
    return false;
  auto init = sums.getDefiningOp<linalg::LinalgOp>();
  SmallVector<int32_t> total(term);
  AffineMap map = byOutput(channels);
  Value into;
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(init.getOperation())) {
    std::optional<KnownElements<int64_t>> begin = readIntegers(fill.value());
    if (!begin)
      return false;
    for (int32_t &value : total)
      value = int32_t(uint32_t(value) + uint32_t((*begin)[0]));
    into = fill.output();
  } else if (init && isRepetition(init)) {
    OpOperand *source = init.getDpsInputOperand(0);
    std::optional<KnownElements<int64_t>> bias = readIntegers(source->get());
    if (!bias || init.getMatchingIndexingMap(source) != map)
      return false;
    for (auto [i, value] : llvm::enumerate(total))
      value = int32_t(uint32_t(value) + uint32_t((*bias)[i]));
    into = init.getDpsInits().front();
  } else {
    return false;
  }
  sums = createMap(createVector(total), into,
                   {map, b.getMultiDimIdentityMap(output.getNumResults())},
                   [](OpBuilder &, ValueRange args) { return args.front(); });
  return true;
}

//===----------------------------------------------------------------------===//
// The sums of windows
//===----------------------------------------------------------------------===//

/// `sum x` of each window, and of each group: a convolution with ones.
Value ZeroPointRemover::createWindowSums() {
  // Loops of output channels that the image does not have go.
  llvm::SmallBitVector dropped(iterators.size());
  for (unsigned loop = 0; loop < iterators.size(); ++loop)
    dropped[loop] = !isReduction(loop) && !input.isFunctionOfDim(loop);
  SmallVector<utils::IteratorType> iteratorTypes;
  for (auto [loop, iterator] : llvm::enumerate(iterators))
    if (!dropped[loop])
      iteratorTypes.push_back(iterator);
  SmallVector<int64_t> ones;
  for (auto [expr, size] : llvm::zip_equal(
           filter.getResults(),
           cast<ShapedType>(op->getOperand(1).getType()).getShape()))
    if (!dropped[cast<AffineDimExpr>(expr).getPosition()])
      ones.push_back(size);
  SmallVector<OpFoldResult> sizes;
  for (auto [dim, expr] : llvm::enumerate(output.getResults()))
    if (!dropped[cast<AffineDimExpr>(expr).getPosition()])
      sizes.push_back(isTensor() ? tensor::getMixedSize(b, loc, sums, dim)
                                 : memref::getMixedSize(b, loc, sums, dim));
  Type i8 = b.getI8Type();
  Value factor;
  if (isTensor()) {
    factor = arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(RankedTensorType::get(ones, i8), int8_t(1)));
  } else {
    factor = createTarget(getAsIndexOpFoldResult(b.getContext(), ones), i8);
    Value one = arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(1));
    linalg::FillOp::create(b, loc, one, factor);
  }
  AffineMap maps[] = {dropLoops(input, dropped), dropLoops(filter, dropped),
                      dropLoops(output, dropped)};
  return getResult(createSums({op->getOperand(0), factor}, createZeros(sizes),
                              maps, iteratorTypes));
}

/// Adds to the products what they lack. Returns the result: on memrefs, in
/// place.
Value ZeroPointRemover::createCorrection(Value products, Value channelTerm,
                                         Value windows) {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  auto read = [&](Value value, AffineMap map) {
    inputs.push_back(value);
    maps.push_back(map);
  };
  MLIRContext *ctx = b.getContext();
  unsigned rank = output.getNumResults();
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  if (isTensor())
    read(products, identity);
  if (channelTerm)
    read(channelTerm, byOutput(channels));
  if (windows) {
    SmallVector<AffineExpr> shared;
    for (AffineExpr expr : output.getResults())
      if (input.isFunctionOfDim(cast<AffineDimExpr>(expr).getPosition()))
        shared.push_back(expr);
    read(windows,
         byOutput(AffineMap::get(output.getNumDims(), 0, shared, ctx)));
    read(op->getOperand(3), AffineMap::get(rank, 0, ctx));
  }
  maps.push_back(identity);
  Value out = products;
  if (isTensor())
    out = createTarget(tensor::getMixedSizes(b, loc, products), b.getI32Type());
  return createMap(
      inputs, out, maps, [&](OpBuilder &inside, ValueRange args) -> Value {
        Value sum = isTensor() ? args.front() : args.back();
        args = isTensor() ? args.drop_front() : args;
        if (channelTerm) {
          sum = arith::AddIOp::create(inside, loc, sum, args.front());
          args = args.drop_front();
        }
        if (!windows)
          return sum;
        Value product = arith::MulIOp::create(inside, loc, args[0], args[1]);
        return arith::SubIOp::create(inside, loc, sum, product);
      });
}

void ZeroPointRemover::rewrite() {
  b.setInsertionPoint(op);
  Operation *init = op->getOperand(4).getDefiningOp();
  Value channelTerm;
  std::optional<SmallVector<int32_t>> known = findChannelTerm();
  bool isNone =
      known && llvm::all_of(*known, [](int32_t term) { return term == 0; });
  if (!isNone && !(known && addToInit(*known)))
    channelTerm =
        known && isTensor() ? createVector(*known) : createChannelTerm();
  linalg::GenericOp product =
      createSums({op->getOperand(0), op->getOperand(1)}, sums,
                 {input, filter, output}, iterators);
  for (NamedAttribute attr : op->getDiscardableAttrs())
    if (attr.getName() != linalg::LinalgDialect::kMemoizedIndexingMapsAttrName)
      product->setDiscardableAttr(attr.getName(), attr.getValue());
  // Behind the products, which take the correction into their epilogue.
  Value windows = readScalar(3) == 0 ? Value() : createWindowSums();
  Value result = getResult(product);
  if (channelTerm || windows)
    result = createCorrection(result, channelTerm, windows);
  for (Value buffer : buffers)
    memref::DeallocOp::create(b, loc, buffer);
  if (isTensor())
    b.replaceOp(op, result);
  else
    b.eraseOp(op);
  if (init && isOpTriviallyDead(init))
    b.eraseOp(init);
}

bool mlir::conv::raise::removeZeroPoints(RewriterBase &rewriter,
                                         linalg::LinalgOp op) {
  ZeroPointRemover remover(rewriter, op);
  if (!remover.read())
    return false;
  remover.rewrite();
  return true;
}
