//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Known scales and shifts of output channels, such as those of a batch
/// normalisation, as part of known weights:
///
///   ((sum of x * w) - mean) * factor + beta
///     = sum of x * (w * factor)  +  (beta - mean * factor)
///
/// It works on what has become an epilogue, in whatever form it was written.
///
//===----------------------------------------------------------------------===//

#include "FoldKnown.h"

#include "RaiseConstants.h"
#include "conv/IR/Conv.h"
#include "conv/IR/Epilogue.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

namespace {
/// A convolution and the scales and shifts its epilogue begins with.
class ScaledConv {
public:
  explicit ScaledConv(ConvOp op)
      : op(op), groups(op.getExtent('g')), outputs(op.getExtent('k')) {}

  /// Whether there is anything that the weights can take.
  bool find();
  /// Has them take it, unless they are not known after all or would overflow.
  void fold(RewriterBase &rewriter);

private:
  using Numbers = std::vector<double>; ///< One for each output channel.

  Type getSumsType() {
    return cast<EpilogueOpInterface>(op.getOperation()).getAccumulatorType();
  }
  bool isSupported();
  std::optional<Numbers> readChannels(Value value);
  bool apply(Operation *step, unsigned position, const Numbers &numbers);
  TypedAttr scaleFilter();
  void replaceSteps(RewriterBase &rewriter);
  void dropUnused(RewriterBase &rewriter);

  ConvOp op;
  int64_t groups, outputs;
  /// What the sums become: scale * sum + shift.
  Numbers scale, shift;
  SmallVector<Operation *> steps;
};
} // namespace

bool ScaledConv::isSupported() {
  Region &body = op.getEpilogue();
  if (body.empty() || !op.hasPureTensorSemantics() ||
      op.getDims().outputPos('K') >= 0 || ShapedType::isDynamic(groups) ||
      ShapedType::isDynamic(outputs))
    return false;
  // Narrower weights would be rounded once more.
  Type sums = getSumsType();
  return (sums.isF32() || sums.isF64()) &&
         op.getFilterType().getElementType() == sums;
}

/// The number `value`, of the body, is for each output channel; nothing where
/// it is not known or varies with anything else.
std::optional<ScaledConv::Numbers> ScaledConv::readChannels(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument) {
    FloatAttr number;
    if (!matchPattern(value, m_Constant(&number)))
      return std::nullopt;
    return Numbers(groups * outputs, number.getValueAsDouble());
  }
  unsigned index = argument.getArgNumber() - 1;
  Value operand = op.getEpilogueOperands()[index];
  AffineMap map =
      cast<AffineMapAttr>(op.getEpilogueMaps()[index]).getAffineMap();
  int group = op.getDims().outputPos('g'), output = op.getDims().outputPos('k');
  for (int dim = 0; dim < int(map.getNumDims()); ++dim)
    if (dim != group && dim != output && map.isFunctionOfDim(dim))
      return std::nullopt;
  std::optional<KnownElements<double>> known = readNumbers(operand);
  if (!known)
    return std::nullopt;
  ArrayRef<int64_t> shape;
  if (auto type = dyn_cast<ShapedType>(operand.getType()))
    shape = type.getShape();
  Numbers numbers;
  SmallVector<int64_t> point(map.getNumDims(), 0);
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t k = 0; k < outputs; ++k) {
      if (group >= 0)
        point[group] = g;
      if (output >= 0)
        point[output] = k;
      int64_t place = 0;
      for (auto [at, extent] : llvm::zip_equal(map.compose(point), shape))
        place = place * extent + at;
      numbers.push_back((*known)[place]);
    }
  return numbers;
}

/// Whether `step`, whose operand `position` is what the sums have become, is a
/// scale or a shift by `numbers`; then they have become its result.
bool ScaledConv::apply(Operation *step, unsigned position,
                       const Numbers &numbers) {
  bool adds = isa<arith::AddFOp>(step), subtracts = isa<arith::SubFOp>(step);
  bool multiplies = isa<arith::MulFOp>(step);
  bool divides = isa<arith::DivFOp>(step) && position == 0;
  if (!adds && !subtracts && !multiplies && !divides)
    return false;
  for (auto [a, b, number] : llvm::zip_equal(scale, shift, numbers)) {
    if (adds) {
      b += number;
    } else if (subtracts && position == 0) {
      b -= number;
    } else if (subtracts) {
      a = -a;
      b = number - b;
    } else {
      a = multiplies ? a * number : a / number;
      b = multiplies ? b * number : b / number;
    }
  }
  return true;
}

bool ScaledConv::find() {
  if (!isSupported())
    return false;
  scale.assign(groups * outputs, 1);
  shift.assign(groups * outputs, 0);
  Value value = op.getEpilogue().getArgument(0);
  while (value.hasOneUse()) {
    OpOperand &use = *value.use_begin();
    Operation *step = use.getOwner();
    if (step->getNumOperands() != 2 || step->getNumResults() != 1 ||
        !isa<arith::ArithDialect>(step->getDialect()))
      break;
    unsigned position = use.getOperandNumber();
    std::optional<Numbers> numbers =
        readChannels(step->getOperand(1 - position));
    if (!numbers || !apply(step, position, *numbers))
      break;
    steps.push_back(step);
    value = step->getResult(0);
  }
  auto isFinite = [](double number) { return std::isfinite(number); };
  if (!llvm::all_of(scale, isFinite) || !llvm::all_of(shift, isFinite))
    return false;
  bool scales = llvm::any_of(scale, [](double number) { return number != 1; });
  // What is accumulated onto is scaled, too.
  return scales ? !op.getAccumulate() : steps.size() > 1;
}

/// Whether `number` is one in the type of the sums.
static bool fits(double number, Type type) {
  return std::abs(number) <= (type.isF64() ? std::numeric_limits<double>::max()
                                           : std::numeric_limits<float>::max());
}

/// The filter with each weight multiplied by its channel's scale; null where it
/// is not known, or would overflow.
TypedAttr ScaledConv::scaleFilter() {
  std::optional<KnownElements<double>> weights = readNumbers(op.getFilter());
  auto type = dyn_cast<RankedTensorType>(op.getFilter().getType());
  if (!weights || !type || type.getEncoding())
    return {};
  SmallVector<int64_t> steps(type.getRank(), 0);
  if (int at = op.getDims().filterPos('k'); at >= 0)
    steps[at] = 1;
  if (int at = op.getDims().filterPos('g'); at >= 0)
    steps[at] = outputs;
  std::vector<double> scaled;
  scaled.reserve(type.getNumElements());
  bool fit = true;
  visitStrided(type.getShape(), steps, [&](int64_t channel) {
    double weight = (*weights)[int64_t(scaled.size())];
    scaled.push_back(weight * scale[channel]);
    fit &= !std::isfinite(weight) || fits(scaled.back(), type.getElementType());
  });
  return fit ? makeNumbers(type, scaled) : TypedAttr();
}

/// Puts one shift, or nothing, in the place of the steps.
void ScaledConv::replaceSteps(RewriterBase &rewriter) {
  Block &body = op.getEpilogue().front();
  Location loc = steps.back()->getLoc();
  Value sum = body.getArgument(0);
  if (llvm::any_of(shift, [](double number) { return number != 0; })) {
    AffineMap map = op.getChannelMap();
    SmallVector<int64_t> shape;
    if (op.getDims().outputPos('g') >= 0)
      shape.push_back(groups);
    if (op.getDims().outputPos('k') >= 0)
      shape.push_back(outputs);
    auto type = RankedTensorType::get(shape, sum.getType());
    rewriter.setInsertionPoint(op);
    Value bias =
        arith::ConstantOp::create(rewriter, loc, makeNumbers(type, shift));
    SmallVector<Value> operands = {bias};
    llvm::append_range(operands, op.getEpilogueOperands());
    SmallVector<Attribute> maps = {AffineMapAttr::get(map)};
    llvm::append_range(maps, op.getEpilogueMaps());
    op.getEpilogueOperandsMutable().assign(operands);
    op.setEpilogueMapsAttr(rewriter.getArrayAttr(maps));
    BlockArgument argument = body.insertArgument(1u, sum.getType(), loc);
    rewriter.setInsertionPoint(steps.back());
    sum = arith::AddFOp::create(rewriter, loc, sum, argument);
  }
  rewriter.replaceAllUsesWith(steps.back()->getResult(0), sum);
  for (Operation *step : llvm::reverse(steps))
    rewriter.eraseOp(step);
}

/// Leaves out operands that the body does not use, and the body where it does
/// nothing.
void ScaledConv::dropUnused(RewriterBase &rewriter) {
  Block &body = op.getEpilogue().front();
  SmallVector<Value> operands, dropped;
  SmallVector<Attribute> maps;
  for (unsigned i = 0, at = 1, e = op.getEpilogueOperands().size(); i < e;
       ++i) {
    if (body.getArgument(at).use_empty()) {
      dropped.push_back(op.getEpilogueOperands()[i]);
      body.eraseArgument(at);
      continue;
    }
    operands.push_back(op.getEpilogueOperands()[i]);
    maps.push_back(op.getEpilogueMaps()[i]);
    ++at;
  }
  op.getEpilogueOperandsMutable().assign(operands);
  op.setEpilogueMapsAttr(rewriter.getArrayAttr(maps));
  Operation *yield = body.getTerminator();
  if (yield->getOperand(0) == body.getArgument(0)) {
    op.getEpilogue().dropAllReferences();
    op.getEpilogue().getBlocks().clear();
  }
  eraseIfDead(rewriter, dropped);
}

void ScaledConv::fold(RewriterBase &rewriter) {
  Type sums = getSumsType();
  if (!llvm::all_of(shift, [&](double number) { return fits(number, sums); }))
    return;
  if (llvm::any_of(scale, [](double number) { return number != 1; })) {
    TypedAttr filter = scaleFilter();
    if (!filter)
      return;
    Value old = op.getFilter();
    rewriter.setInsertionPoint(op);
    op.getFilterMutable().assign(
        arith::ConstantOp::create(rewriter, old.getLoc(), filter));
    eraseIfDead(rewriter, old);
  }
  replaceSteps(rewriter);
  dropUnused(rewriter);
}

void mlir::conv::raise::foldScales(RewriterBase &rewriter, Operation *root) {
  SmallVector<ConvOp> convs;
  root->walk([&](ConvOp op) { convs.push_back(op); });
  for (ConvOp op : convs) {
    ScaledConv conv(op);
    if (conv.find())
      conv.fold(rewriter);
  }
}
