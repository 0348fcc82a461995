//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-to-linalg`: `conv.conv` as upstream operations, in the forms that
/// `--conv-raise` reads back.
///
//===----------------------------------------------------------------------===//

#include "conv/Recognition/Passes.h"

#include "conv/IR/Arithmetic.h"
#include "conv/IR/Conv.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/STLExtras.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVTOLINALGPASS
#include "conv/Recognition/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Writes one convolution. On tensors `current` is the result so far, on
/// memrefs it is always the output buffer.
class LinalgWriter {
public:
  LinalgWriter(RewriterBase &rewriter, ConvOp op)
      : rewriter(rewriter), op(op), loc(op.getLoc()), dims(op.getDims()),
        current(op.getInit()) {}

  void write();

private:
  bool isTensor() const { return isa<RankedTensorType>(current.getType()); }
  Type elementType() const { return getElementTypeOrSelf(current.getType()); }
  Value zero(Type type) {
    return arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(type));
  }

  Value padInput();
  Value padTensor(ArrayRef<OpFoldResult> low, ArrayRef<OpFoldResult> high);
  Value padMemRef(ArrayRef<OpFoldResult> low, ArrayRef<OpFoldResult> high);
  Value dropUnreached(Value input);
  Value detachResidual();
  void initialize();
  void contract(Value input);
  void epilogue(Value residual);
  Value clamp(OpBuilder &b, Value value);

  std::optional<int64_t> getOnlyTap(char image, char window, unsigned axis);
  void createGeneric(ValueRange inputs, ArrayRef<AffineMap> maps,
                     ArrayRef<utils::IteratorType> iterators,
                     function_ref<void(OpBuilder &, Location, ValueRange)> body,
                     ArrayRef<NamedAttribute> attributes = {});
  AffineMap channelMap();

  RewriterBase &rewriter;
  ConvOp op;
  Location loc;
  DimsAttr dims;
  Value current;
  /// Whether the bias has been put into the init.
  bool biasDone = false;
  /// Buffers to release once everything has been read.
  SmallVector<Value> temporaries;
};

} // namespace

void LinalgWriter::createGeneric(
    ValueRange inputs, ArrayRef<AffineMap> maps,
    ArrayRef<utils::IteratorType> iterators,
    function_ref<void(OpBuilder &, Location, ValueRange)> body,
    ArrayRef<NamedAttribute> attributes) {
  SmallVector<Type> results;
  if (isTensor())
    results.push_back(current.getType());
  auto generic = linalg::GenericOp::create(rewriter, loc, results, inputs,
                                           current, maps, iterators, body);
  generic->setDiscardableAttrs(attributes);
  if (isTensor())
    current = generic.getResult(0);
}

//===----------------------------------------------------------------------===//
// Padding
//===----------------------------------------------------------------------===//

Value LinalgWriter::padInput() {
  SmallVector<OpFoldResult> low, high;
  bool padded = false;
  for (char letter : dims.getInput()) {
    bool image = letter == 'h' || letter == 'w';
    unsigned axis = letter == 'h' ? 0 : 1;
    int64_t before = image ? dims.getLow()[axis] : 0;
    int64_t after = image ? dims.getHigh()[axis] : 0;
    padded |= before != 0 || after != 0;
    low.push_back(rewriter.getIndexAttr(before));
    high.push_back(rewriter.getIndexAttr(after));
  }
  if (!padded)
    return op.getInput();
  return isTensor() ? padTensor(low, high) : padMemRef(low, high);
}

Value LinalgWriter::padTensor(ArrayRef<OpFoldResult> low,
                              ArrayRef<OpFoldResult> high) {
  return tensor::PadOp::create(rewriter, loc, Type(), op.getInput(), low, high,
                               zero(op.getInputType().getElementType()));
}

/// A copy of the input inside a buffer of zeros.
Value LinalgWriter::padMemRef(ArrayRef<OpFoldResult> low,
                              ArrayRef<OpFoldResult> high) {
  SmallVector<OpFoldResult> inner =
      memref::getMixedSizes(rewriter, loc, op.getInput());
  SmallVector<OpFoldResult> outer;
  for (auto [size, before, after] : llvm::zip_equal(inner, low, high)) {
    int64_t sum = *getConstantIntValue(before) + *getConstantIntValue(after);
    if (std::optional<int64_t> constant = getConstantIntValue(size))
      outer.push_back(rewriter.getIndexAttr(*constant + sum));
    else
      outer.push_back(rewriter.createOrFold<arith::AddIOp>(
          loc, cast<Value>(size),
          arith::ConstantIndexOp::create(rewriter, loc, sum)));
  }
  Type element = op.getInputType().getElementType();
  Value buffer =
      memref::AllocOp::create(rewriter, loc, outer, element).getResult();
  temporaries.push_back(buffer);
  linalg::FillOp::create(rewriter, loc, zero(element), buffer);
  SmallVector<OpFoldResult> ones(inner.size(), rewriter.getIndexAttr(1));
  Value image =
      memref::SubViewOp::create(rewriter, loc, buffer, low, inner, ones);
  linalg::CopyOp::create(rewriter, loc, op.getInput(), image);
  return buffer;
}

/// Cuts rows and columns behind the last window where linalg would not accept
/// them: a loop that is an index of both input and output has one extent. Sums
/// of loops may leave a rest of the input unread.
Value LinalgWriter::dropUnreached(Value input) {
  bool tensor = isTensor();
  auto sizesOf = [&](Value value) {
    return tensor ? tensor::getMixedSizes(rewriter, loc, value)
                  : memref::getMixedSizes(rewriter, loc, value);
  };
  auto type = cast<ShapedType>(input.getType());
  SmallVector<int64_t> cut;
  for (auto [pos, letter] : llvm::enumerate(dims.getInput())) {
    if (letter != 'h' && letter != 'w')
      continue;
    bool plain = dims.getStrides()[letter == 'h' ? 0 : 1] == 1 &&
                 dims.filterPos(letter == 'h' ? 'r' : 's') < 0;
    int64_t in = type.getDimSize(pos);
    int64_t out = op.getOutputType().getDimSize(dims.outputPos(letter));
    if (plain && (in != out || ShapedType::isDynamic(in)))
      cut.push_back(pos);
  }
  if (cut.empty())
    return input;
  SmallVector<OpFoldResult> sizes = sizesOf(input), outSizes = sizesOf(current);
  for (int64_t pos : cut)
    sizes[pos] = outSizes[dims.outputPos(dims.getInput()[pos])];
  SmallVector<OpFoldResult> zeros(sizes.size(), rewriter.getIndexAttr(0));
  SmallVector<OpFoldResult> ones(sizes.size(), rewriter.getIndexAttr(1));
  if (tensor)
    return tensor::ExtractSliceOp::create(rewriter, loc, input, zeros, sizes,
                                          ones);
  return memref::SubViewOp::create(rewriter, loc, input, zeros, sizes, ones);
}

//===----------------------------------------------------------------------===//
// Contraction
//===----------------------------------------------------------------------===//

/// Loops that select a channel of the output, g before k.
AffineMap LinalgWriter::channelMap() {
  SmallVector<AffineExpr> exprs;
  for (char letter : {'g', 'k'})
    if (int pos = dims.outputPos(letter); pos >= 0) {
      AffineExpr expr = rewriter.getAffineDimExpr(pos);
      if (int block = dims.outputPos('K'); block >= 0 && letter == 'k')
        expr = rewriter.getAffineDimExpr(block) *
                   op.getOutputType().getDimSize(pos) +
               expr;
      exprs.push_back(expr);
    }
  return AffineMap::get(dims.getOutput().size(), 0, exprs,
                        rewriter.getContext());
}

/// Brings the output to what the sums are added to.
void LinalgWriter::initialize() {
  if (op.getAccumulate())
    return;
  AffineMap channels = channelMap();
  // `linalg.broadcast` keeps the order of dimensions, and adds at least one.
  bool ordered =
      dims.outputPos('K') < 0 &&
      (dims.outputPos('k') < 0 || dims.outputPos('g') < dims.outputPos('k'));
  if (op.getBias() && ordered &&
      channels.getNumResults() < channels.getNumDims()) {
    SmallVector<int64_t> added;
    for (auto [pos, letter] : llvm::enumerate(dims.getOutput()))
      if (letter != 'g' && letter != 'k')
        added.push_back(pos);
    auto broadcast = linalg::BroadcastOp::create(rewriter, loc, op.getBias(),
                                                 current, added);
    if (isTensor())
      current = broadcast->getResult(0);
    biasDone = true;
    return;
  }
  auto fill =
      linalg::FillOp::create(rewriter, loc, zero(elementType()), current);
  if (isTensor())
    current = fill.getResult(0);
}

/// An image dimension the operands do not name has extent 1, so at most one tap
/// of the window meets it. Returns that tap, -1 when all are in the padding,
/// and nothing when no dimension of the filter needs to be fixed.
std::optional<int64_t> LinalgWriter::getOnlyTap(char image, char window,
                                                unsigned axis) {
  if (dims.inputPos(image) >= 0)
    return std::nullopt;
  int64_t low = dims.getLow()[axis], dilation = dims.getDilations()[axis];
  int pos = dims.filterPos(window);
  int64_t taps = pos < 0 ? 1 : op.getFilterType().getDimSize(pos);
  if (low % dilation != 0 ||
      (!ShapedType::isDynamic(taps) && low / dilation >= taps))
    return -1;
  return pos < 0 ? std::nullopt : std::optional<int64_t>(low / dilation);
}

void LinalgWriter::contract(Value input) {
  MLIRContext *ctx = rewriter.getContext();
  std::optional<int64_t> tapR = getOnlyTap('h', 'r', 0);
  std::optional<int64_t> tapS = getOnlyTap('w', 's', 1);
  if (tapR == -1 || tapS == -1)
    return;
  // Output loops in the output's order, then the reductions in the filter's.
  std::string loops = dims.getOutput().str();
  for (char letter : dims.getFilter())
    if (letter == 'c' || (letter == 'r' && !tapR) || (letter == 's' && !tapS))
      loops += letter;
  if (dims.inputPos('C') >= 0)
    loops += 'C';
  auto loop = [&](char letter) {
    return getAffineDimExpr(loops.find(letter), ctx);
  };

  SmallVector<AffineExpr> in, filter;
  for (char letter : dims.getInput()) {
    AffineExpr expr = loop(letter);
    if (letter == 'h' || letter == 'w') {
      unsigned axis = letter == 'h' ? 0 : 1;
      char window = letter == 'h' ? 'r' : 's';
      expr = expr * dims.getStrides()[axis];
      if (dims.filterPos(window) >= 0)
        expr = expr + loop(window) * dims.getDilations()[axis];
    }
    in.push_back(expr);
  }
  for (char letter : dims.getFilter()) {
    std::optional<int64_t> tap = letter == 'r'   ? tapR
                                 : letter == 's' ? tapS
                                                 : std::nullopt;
    AffineExpr expr = tap ? getAffineConstantExpr(*tap, ctx) : loop(letter);
    // The filter keeps whole channels where the images have blocks.
    if (letter == 'c' && dims.inputPos('C') >= 0)
      expr =
          loop('C') * op.getInputType().getDimSize(dims.inputPos('c')) + expr;
    if (letter == 'k' && dims.outputPos('K') >= 0)
      expr =
          loop('K') * op.getOutputType().getDimSize(dims.outputPos('k')) + expr;
    filter.push_back(expr);
  }
  unsigned numOutput = dims.getOutput().size();
  AffineMap maps[] = {AffineMap::get(loops.size(), 0, in, ctx),
                      AffineMap::get(loops.size(), 0, filter, ctx),
                      AffineMap::getMultiDimIdentityMap(loops.size(), ctx)
                          .getMajorSubMap(numOutput)};
  SmallVector<utils::IteratorType> iterators(numOutput,
                                             utils::IteratorType::parallel);
  iterators.resize(loops.size(), utils::IteratorType::reduction);
  createGeneric(
      {input, op.getFilter()}, maps, iterators,
      [&](OpBuilder &b, Location l, ValueRange args) {
        linalg::YieldOp::create(b, l,
                                addProduct(b, l, args[2], args[0], args[1]));
      },
      llvm::to_vector(op->getDiscardableAttrs()));
}

//===----------------------------------------------------------------------===//
// Epilogue
//===----------------------------------------------------------------------===//

/// The residual, copied when it lies in the buffer that is about to be written.
Value LinalgWriter::detachResidual() {
  Value residual = op.getResidual();
  if (!residual || isTensor() || residual != op.getInit())
    return residual;
  Value copy =
      memref::AllocOp::create(rewriter, loc,
                              memref::getMixedSizes(rewriter, loc, residual),
                              elementType())
          .getResult();
  temporaries.push_back(copy);
  linalg::CopyOp::create(rewriter, loc, residual, copy);
  return copy;
}

/// The comparisons `#conv.clamp` is defined by: an unordered one selects NaN,
/// an ordered one the bound.
Value LinalgWriter::clamp(OpBuilder &b, Value value) {
  ClampAttr attr = op.getClampAttr();
  if (!attr)
    return value;
  using P = arith::CmpFPredicate;
  bool propagate = attr.getNan() == NaNMode::Propagate;
  auto apply = [&](FloatAttr limit, P predicate) {
    if (!limit)
      return;
    Value constant = arith::ConstantOp::create(b, loc, limit);
    Value keep = arith::CmpFOp::create(b, loc, predicate, value, constant);
    value = arith::SelectOp::create(b, loc, keep, value, constant);
  };
  apply(attr.getLower(), propagate ? P::UGT : P::OGT);
  apply(attr.getUpper(), propagate ? P::ULT : P::OLT);
  return value;
}

/// One elementwise operation in place.
void LinalgWriter::epilogue(Value residual) {
  Value bias = biasDone ? Value() : op.getBias();
  if (!bias && !residual && !op.getClampAttr())
    return;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  AffineMap identity = rewriter.getMultiDimIdentityMap(dims.getOutput().size());
  if (bias) {
    inputs.push_back(bias);
    maps.push_back(channelMap());
  }
  if (residual) {
    inputs.push_back(residual);
    maps.push_back(identity);
  }
  maps.push_back(identity);
  SmallVector<utils::IteratorType> iterators(identity.getNumDims(),
                                             utils::IteratorType::parallel);
  createGeneric(inputs, maps, iterators,
                [&](OpBuilder &b, Location l, ValueRange args) {
                  Value value = args.back();
                  for (Value addend : args.drop_back())
                    value = addScalars(b, l, value, addend);
                  linalg::YieldOp::create(b, l, clamp(b, value));
                });
}

void LinalgWriter::write() {
  rewriter.setInsertionPoint(op);
  Value input = dropUnreached(padInput());
  Value residual = detachResidual();
  initialize();
  contract(input);
  epilogue(residual);
  for (Value buffer : temporaries)
    memref::DeallocOp::create(rewriter, loc, buffer);
  if (isTensor())
    rewriter.replaceOp(op, current);
  else
    rewriter.eraseOp(op);
}

namespace {

struct ConvToLinalgPass : conv::impl::ConvToLinalgPassBase<ConvToLinalgPass> {
  using ConvToLinalgPassBase::ConvToLinalgPassBase;

  void runOnOperation() override {
    SmallVector<ConvOp> ops;
    getOperation()->walk([&](ConvOp op) {
      if (!unscheduledOnly || !op.getScheduleAttr())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (ConvOp op : ops) {
      if (!op.getOutputType().getElementType().isSignlessIntOrFloat()) {
        op.emitOpError("has elements of type ")
            << op.getOutputType().getElementType()
            << ", only signless numbers can be written as linalg";
        return signalPassFailure();
      }
      LinalgWriter(rewriter, op).write();
    }
  }
};

} // namespace
