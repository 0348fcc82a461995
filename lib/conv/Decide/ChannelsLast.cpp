//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Each operation alone, between transpositions,
///
///   op(x)  =>  from_last(op'(to_last(x)))
///
/// of which neighbours cancel. Its loops are permuted like its result.
///
//===----------------------------------------------------------------------===//

#include "ChannelsLast.h"

#include "conv/Decide/Layouts.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::layouts;

namespace {

/// The dimensions in an order in which `pos` is last.
SmallVector<int64_t> getLastOrder(int64_t rank, int64_t pos) {
  SmallVector<int64_t> order;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != pos)
      order.push_back(dim);
  order.push_back(pos);
  return order;
}

template <typename T>
SmallVector<T> permute(ArrayRef<T> values, ArrayRef<int64_t> order) {
  return llvm::map_to_vector(order, [&](int64_t i) { return values[i]; });
}

/// A map whose dimensions, or whose results, are in `order`.
AffineMap permuteResults(AffineMap map, ArrayRef<int64_t> order) {
  return AffineMap::get(map.getNumDims(), 0, permute(map.getResults(), order),
                        map.getContext());
}

class ChannelMover {
public:
  explicit ChannelMover(RewriterBase &rewriter) : rewriter(rewriter) {}

  /// Dimensions of the channels; -1 for those that stay.
  LogicalResult move(ConvOp op, int64_t input, int64_t output);
  LogicalResult move(linalg::LinalgOp op, int64_t pos);
  LogicalResult move(tensor::PadOp op, int64_t pos);

private:
  Value transpose(Value value, ArrayRef<int64_t> order);
  Value makeEmpty(Value like, ArrayRef<int64_t> order);
  Value toLast(Value value, int64_t pos);
  Value fromLast(Value value, int64_t pos);

  RewriterBase &rewriter;
};

} // namespace

/// A tensor of the shape of `like` with its dimensions in `order`.
Value ChannelMover::makeEmpty(Value like, ArrayRef<int64_t> order) {
  Location loc = like.getLoc();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, like);
  return tensor::EmptyOp::create(rewriter, loc,
                                 permute(ArrayRef<OpFoldResult>(sizes), order),
                                 getElementTypeOrSelf(like.getType()));
}

Value ChannelMover::transpose(Value value, ArrayRef<int64_t> order) {
  Value out = makeEmpty(value, order);
  if (value.getDefiningOp<tensor::EmptyOp>() || isIdentityPermutation(order))
    return isIdentityPermutation(order) ? value : out;
  return linalg::TransposeOp::create(rewriter, value.getLoc(), value, out,
                                     order)
      ->getResult(0);
}

Value ChannelMover::toLast(Value value, int64_t pos) {
  return transpose(
      value, getLastOrder(cast<ShapedType>(value.getType()).getRank(), pos));
}

Value ChannelMover::fromLast(Value value, int64_t pos) {
  SmallVector<int64_t> order =
      getLastOrder(cast<ShapedType>(value.getType()).getRank(), pos);
  return transpose(value, invertPermutationVector(order));
}

LogicalResult ChannelMover::move(ConvOp op, int64_t input, int64_t output) {
  DimsAttr dims = op.getDims();
  if (op.getScheduleAttr())
    return op.emitOpError("has a schedule, which was made for its layouts");
  if (dims.inputPos('C') >= 0 || dims.outputPos('K') >= 0)
    return op.emitOpError("has blocks of channels already");
  bool groups = dims.filterPos('g') >= 0;
  if (groups && (dims.inputPos('c') >= 0 || dims.outputPos('k') >= 0))
    return op.emitOpError("has groups of several channels, which are no "
                          "dimension that could be last");
  int64_t c = dims.inputPos(groups ? 'g' : 'c');
  int64_t k = dims.outputPos(groups ? 'g' : 'k');
  if ((input >= 0 && input != c) || (output >= 0 && output != k))
    return op.emitOpError("has other channels than those that are to be last");
  std::string in = dims.getInput().str(), out = dims.getOutput().str();
  auto moveLetter = [](std::string &letters, int64_t pos) {
    char letter = letters[pos];
    letters.erase(pos, 1);
    letters.push_back(letter);
  };
  Value image = op.getInput(), init = op.getInit();
  Epilogue epilogue = Epilogue::of(op);
  if (input >= 0) {
    image = toLast(image, c);
    moveLetter(in, c);
  }
  if (output >= 0) {
    init = toLast(init, k);
    moveLetter(out, k);
    // What has the output's shape gets its layout; dimension i of the others is
    // another one now.
    SmallVector<int64_t> order = getLastOrder(out.size(), k);
    SmallVector<AffineExpr> dimsBefore(out.size());
    for (auto [now, before] : llvm::enumerate(order))
      dimsBefore[before] = rewriter.getAffineDimExpr(now);
    for (auto [operand, map] : llvm::zip(epilogue.operands, epilogue.maps)) {
      if (map.isIdentity()) {
        operand = toLast(operand, k);
        continue;
      }
      map = map.replaceDimsAndSymbols(dimsBefore, {}, map.getNumDims(), 0);
    }
  }
  auto moved =
      ConvOp::create(rewriter, op.getLoc(), TypeRange(init.getType()), image,
                     op.getFilter(), init, epilogue,
                     DimsAttr::get(op.getContext(), in, dims.getFilter(), out,
                                   dims.getStrides(), dims.getDilations(),
                                   dims.getLow(), dims.getHigh()),
                     op.getAccumulate());
  moved.setInputMeaning(op);
  moved->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  Value result = moved->getResult(0);
  rewriter.replaceOp(op, output >= 0 ? fromLast(result, k) : result);
  return success();
}

LogicalResult ChannelMover::move(linalg::LinalgOp op, int64_t pos) {
  std::optional<unsigned> loop = findChannelLoop(op, pos);
  if (!loop)
    return op->emitOpError("cannot have its channels last");
  FailureOr<linalg::GenericOp> generic =
      isa<linalg::GenericOp>(op.getOperation())
          ? cast<linalg::GenericOp>(op.getOperation())
          : linalg::generalizeNamedOp(rewriter, op);
  if (failed(generic))
    return op->emitOpError("cannot have its channels last");
  rewriter.setInsertionPoint(*generic);
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (OpOperand &operand : (*generic)->getOpOperands()) {
    AffineMap map = generic->getMatchingIndexingMap(&operand);
    Value value = operand.get();
    int64_t rank = map.getNumResults();
    // Vectors of channels stay.
    if (rank > 1 && pos < rank && map.getResult(pos).isFunctionOfDim(*loop)) {
      value = toLast(value, pos);
      map = permuteResults(map, getLastOrder(rank, pos));
    }
    operands.push_back(value);
    maps.push_back(map);
  }
  Value init = operands.pop_back_val();
  auto moved = linalg::GenericOp::create(rewriter, generic->getLoc(),
                                         init.getType(), operands, init, maps,
                                         generic->getIteratorTypesArray());
  rewriter.inlineRegionBefore(generic->getRegion(), moved.getRegion(),
                              moved.getRegion().begin());
  Operation *old = generic->getOperation();
  // The channels become the innermost loop that is parallel.
  SmallVector<unsigned> order, reductions;
  for (auto [i, kind] : llvm::enumerate(moved.getIteratorTypesArray()))
    if (kind != utils::IteratorType::parallel)
      reductions.push_back(i);
    else if (i != *loop)
      order.push_back(i);
  order.push_back(*loop);
  llvm::append_range(order, reductions);
  FailureOr<linalg::GenericOp> ordered =
      linalg::interchangeGenericOp(rewriter, moved, order);
  if (succeeded(ordered))
    moved = *ordered;
  rewriter.replaceOp(old, fromLast(moved.getResult(0), pos));
  return success();
}

LogicalResult ChannelMover::move(tensor::PadOp op, int64_t pos) {
  Value padding = op.getConstantPaddingValue();
  if (!padding)
    return op.emitOpError("cannot have its channels last");
  SmallVector<OpFoldResult> low = op.getMixedLowPad(),
                            high = op.getMixedHighPad();
  RankedTensorType type = op.getResultType();
  SmallVector<int64_t> order = getLastOrder(type.getRank(), pos);
  auto moved = tensor::PadOp::create(
      rewriter, op.getLoc(), type.clone(permute(type.getShape(), order)),
      toLast(op.getSource(), pos), permute(ArrayRef<OpFoldResult>(low), order),
      permute(ArrayRef<OpFoldResult>(high), order), padding);
  rewriter.replaceOp(op, fromLast(moved, pos));
  return success();
}

/// The dimension of `type` that `attr`, the attribute `name` of `op`, says is
/// that of the channels; -1 without one.
static FailureOr<int64_t> readChannels(Operation *op, StringRef name,
                                       Attribute attr, Type type) {
  if (!attr)
    return -1;
  auto dim = dyn_cast<IntegerAttr>(attr);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (dim && tensor && dim.getType().isInteger(64) && dim.getInt() >= 0 &&
      dim.getInt() < tensor.getRank())
    return dim.getInt();
  return op->emitOpError() << name << " = " << attr << " is no dimension of "
                           << type,
         failure();
}

LogicalResult layouts::moveChannelsLast(RewriterBase &rewriter, Operation *op,
                                        Attribute input, Attribute output) {
  ChannelMover mover(rewriter);
  auto conv = dyn_cast<ConvOp>(op);
  if (input && !conv)
    return op->emitOpError() << kInputLastAttr << " is for conv.conv",
           failure();
  if (op->getNumResults() != 1)
    return op->emitOpError("has no tensor whose channels could be last");
  FailureOr<int64_t> in = readChannels(op, kInputLastAttr, input,
                                       conv ? conv.getInput().getType()
                                            : Type()),
                     out = readChannels(op, kOutputLastAttr, output,
                                        op->getResult(0).getType());
  if (failed(in) || failed(out))
    return failure();
  rewriter.setInsertionPoint(op);
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](ConvOp) { return mover.move(conv, *in, *out); })
      .Case([&](tensor::PadOp pad) { return mover.move(pad, *out); })
      .Case(
          [&](linalg::LinalgOp linalgOp) { return mover.move(linalgOp, *out); })
      .Default([](Operation *other) {
        return other->emitOpError("cannot have its channels last");
      });
}
