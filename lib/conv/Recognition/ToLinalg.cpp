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
#include "mlir/IR/IRMapping.h"
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
        current(op.getInit()), tail(Epilogue::of(op)) {}

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
  void detachOperands();
  Value createSums();
  void initialize();
  void contract(Value input);
  void epilogue();
  Value cloneBody(OpBuilder &b, ValueRange arguments);

  std::optional<int64_t> getOnlyTap(char image, char window, unsigned axis);
  void createGeneric(ValueRange inputs, ArrayRef<AffineMap> maps,
                     ArrayRef<utils::IteratorType> iterators,
                     function_ref<void(OpBuilder &, Location, ValueRange)> body,
                     ArrayRef<NamedAttribute> attributes = {});
  RewriterBase &rewriter;
  ConvOp op;
  Location loc;
  DimsAttr dims;
  Value current;
  /// The epilogue, but for an addition of it that the init makes.
  Epilogue tail;
  Operation *absorbed = nullptr;
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
  return tensor::PadOp::create(
      rewriter, loc, Type(), op.getInput(), low, high,
      createPaddingElement(rewriter, loc, op.getInputType().getElementType(),
                           op.getPaddingValue()));
}

/// A copy of the input inside a buffer of padding.
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
  linalg::FillOp::create(
      rewriter, loc,
      createPaddingElement(rewriter, loc, element, op.getPaddingValue()),
      buffer);
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

/// Where the sums go: into the output, or, when the epilogue makes something of
/// another type of them, into a tensor or buffer of theirs.
Value LinalgWriter::createSums() {
  Type element =
      cast<EpilogueOpInterface>(op.getOperation()).getAccumulatorType();
  if (element == elementType())
    return op.getInit();
  if (isTensor())
    return tensor::EmptyOp::create(
        rewriter, loc, tensor::getMixedSizes(rewriter, loc, op.getInit()),
        element);
  Value buffer = memref::AllocOp::create(
      rewriter, loc, memref::getMixedSizes(rewriter, loc, op.getInit()),
      element);
  temporaries.push_back(buffer);
  return buffer;
}

/// Brings the output to what the sums are added to.
void LinalgWriter::initialize() {
  if (op.getAccumulate())
    return;
  AffineMap channels = op.getChannelMap();
  // `linalg.broadcast` keeps the order of dimensions, and adds at least one.
  bool ordered =
      dims.outputPos('K') < 0 &&
      (dims.outputPos('k') < 0 || dims.outputPos('g') < dims.outputPos('k')) &&
      channels.getNumResults() < channels.getNumDims();
  SmallVector<LeadingAddend> addends;
  if (ordered && !tail.isEmpty())
    addends = getLeadingAddends(*tail.body);
  for (const LeadingAddend &addend : addends) {
    Value bias = tail.operands[addend.operand];
    if (tail.maps[addend.operand] != channels ||
        !isa<ShapedType>(bias.getType()))
      continue;
    SmallVector<int64_t> added;
    for (auto [pos, letter] : llvm::enumerate(dims.getOutput()))
      if (letter != 'g' && letter != 'k')
        added.push_back(pos);
    auto broadcast =
        linalg::BroadcastOp::create(rewriter, loc, bias, current, added);
    if (isTensor())
      current = broadcast->getResult(0);
    absorbed = addend.add;
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
        linalg::YieldOp::create(
            b, l,
            addProduct(b, l, args[2], args[0], args[1], op.getUnsignedInput()));
      },
      llvm::to_vector(op->getDiscardableAttrs()));
}

//===----------------------------------------------------------------------===//
// Epilogue
//===----------------------------------------------------------------------===//

/// Copies operands that lie in the buffer that is about to be written.
void LinalgWriter::detachOperands() {
  if (isTensor())
    return;
  for (Value &operand : tail.operands) {
    if (operand != op.getInit())
      continue;
    Value copy =
        memref::AllocOp::create(rewriter, loc,
                                memref::getMixedSizes(rewriter, loc, operand),
                                getElementTypeOrSelf(operand.getType()))
            .getResult();
    temporaries.push_back(copy);
    linalg::CopyOp::create(rewriter, loc, operand, copy);
    operand = copy;
  }
}

/// The body, with `arguments` for the sum and the operands (null where nothing
/// reads them).
Value LinalgWriter::cloneBody(OpBuilder &b, ValueRange arguments) {
  Block &body = tail.body->front();
  IRMapping mapping;
  for (auto [argument, value] : llvm::zip(body.getArguments(), arguments))
    mapping.map(argument, value);
  for (Operation &inner : body.without_terminator()) {
    if (&inner == absorbed)
      mapping.map(inner.getResult(0), arguments.front());
    else
      b.clone(inner, mapping)->setLoc(loc);
  }
  return mapping.lookup(cast<YieldOp>(body.getTerminator()).getValue());
}

/// One elementwise operation, in place where the sums are in the output.
void LinalgWriter::epilogue() {
  if (tail.isEmpty())
    return;
  Block &body = tail.body->front();
  if (absorbed && llvm::hasNItems(body, 2))
    return;
  AffineMap identity = rewriter.getMultiDimIdentityMap(dims.getOutput().size());
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  bool inPlace = elementType() == op.getOutputType().getElementType();
  if (!inPlace) {
    inputs.push_back(current);
    maps.push_back(identity);
    current = op.getInit();
  }
  SmallVector<unsigned> read;
  for (unsigned i = 0; i < tail.operands.size(); ++i)
    if (llvm::any_of(body.getArgument(i + 1).getUsers(),
                     [&](Operation *user) { return user != absorbed; })) {
      read.push_back(i);
      inputs.push_back(tail.operands[i]);
      maps.push_back(tail.maps[i]);
    }
  maps.push_back(identity);
  SmallVector<utils::IteratorType> iterators(identity.getNumDims(),
                                             utils::IteratorType::parallel);
  createGeneric(inputs, maps, iterators,
                [&](OpBuilder &b, Location l, ValueRange args) {
                  SmallVector<Value> arguments(tail.operands.size() + 1);
                  arguments[0] = inPlace ? args.back() : args.front();
                  for (auto [n, i] : llvm::enumerate(read))
                    arguments[i + 1] = args[inPlace ? n : n + 1];
                  linalg::YieldOp::create(b, l, cloneBody(b, arguments));
                });
}

void LinalgWriter::write() {
  rewriter.setInsertionPoint(op);
  Value input = dropUnreached(padInput());
  detachOperands();
  current = createSums();
  initialize();
  contract(input);
  epilogue();
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
