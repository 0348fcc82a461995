//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// conv.conv: verification, canonicalization, effects.
///
//===----------------------------------------------------------------------===//

#include "EpilogueSyntax.h"
#include "OpUtils.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace mlir::conv;

ShapedType ConvOp::getInputType() {
  return cast<ShapedType>(getInput().getType());
}
ShapedType ConvOp::getFilterType() {
  return cast<ShapedType>(getFilter().getType());
}
ShapedType ConvOp::getOutputType() {
  return cast<ShapedType>(getInit().getType());
}

void ConvOp::setInputMeaning(ConvOp op) {
  setUnsignedInput(op.getUnsignedInput());
  setPaddingValue(op.getPaddingValue());
}

int64_t ConvOp::getExtent(char letter) {
  DimsAttr dims = getDims();
  if (int pos = dims.filterPos(letter); pos >= 0)
    return getFilterType().getDimSize(pos);
  // h and w mean the input's; the output's are asked for through its type.
  if (int pos = dims.inputPos(letter); pos >= 0)
    return getInputType().getDimSize(pos);
  if (int pos = dims.outputPos(letter); pos >= 0)
    return getOutputType().getDimSize(pos);
  return 1;
}

void ConvOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addDpsEffects(cast<DestinationStyleOpInterface>(getOperation()),
                getAccumulate(), effects);
}

Speculation::Speculatability ConvOp::getSpeculatability() {
  return speculatability(getOperation());
}

LogicalResult ConvOp::verify() {
  if (failed(verifyDps(getOperation(), {getInput(), getFilter()})))
    return failure();
  DimsAttr dims = getDims();
  struct Operand {
    StringRef name, letters;
    ShapedType type;
  } operands[] = {{"input", dims.getInput(), getInputType()},
                  {"filter", dims.getFilter(), getFilterType()},
                  {"output", dims.getOutput(), getOutputType()}};
  for (const Operand &o : operands)
    if (static_cast<int64_t>(o.letters.size()) != o.type.getRank())
      return emitOpError(o.name) << " has rank " << o.type.getRank()
                                 << " but dims names '" << o.letters << "'";
  auto extent = [](const Operand &o, char letter) -> std::optional<int64_t> {
    size_t pos = o.letters.find(letter);
    if (pos == StringRef::npos)
      return std::nullopt;
    int64_t size = o.type.getDimSize(pos);
    // Blocked channels: all blocks together.
    size_t block = letter == 'c'   ? o.letters.find('C')
                   : letter == 'k' ? o.letters.find('K')
                                   : StringRef::npos;
    if (block == StringRef::npos)
      return size;
    int64_t blocks = o.type.getDimSize(block);
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(blocks))
      return ShapedType::kDynamic;
    return size * blocks;
  };
  for (auto [o, block, within] :
       {std::tuple(operands[0], 'C', 'c'), std::tuple(operands[2], 'K', 'k')})
    if (extent(o, block) && (ShapedType::isDynamic(*extent(o, block)) ||
                             ShapedType::isDynamic(*extent(o, within))))
      return emitOpError("blocks of channels of the ")
             << o.name << " must have static extents";
  for (char letter : {'n', 'g', 'c', 'k'}) {
    std::optional<int64_t> first;
    StringRef firstName;
    for (const Operand &o : operands) {
      std::optional<int64_t> size = extent(o, letter);
      if (!size)
        continue;
      if (first && !agree(*first, *size))
        return emitOpError("dimension '")
               << Twine(letter) << "' is " << *first << " in the " << firstName
               << " and " << *size << " in the " << o.name;
      if (!first || ShapedType::isDynamic(*first)) {
        first = size;
        firstName = o.name;
      }
    }
  }
  for (auto [i, image, window] :
       {std::tuple(0, 'h', 'r'), std::tuple(1, 'w', 's')}) {
    int64_t in = extent(operands[0], image).value_or(1);
    int64_t taps = extent(operands[1], window).value_or(1);
    int64_t out = extent(operands[2], image).value_or(1);
    if (ShapedType::isDynamic(in) || ShapedType::isDynamic(taps) ||
        ShapedType::isDynamic(out))
      continue;
    if (taps < 1)
      return emitOpError("dimension '") << Twine(window) << "' is empty";
    // All factors are below 2^31 or checked shapes, but their sum may not fit.
    std::optional<int64_t> reach =
        llvm::checkedMul(dims.getDilations()[i], taps - 1);
    std::optional<int64_t> padded =
        llvm::checkedAdd(in, dims.getLow()[i] + dims.getHigh()[i]);
    if (!reach || !padded)
      return emitOpError("geometry of '") << Twine(image) << "' overflows";
    // Front ends may leave unread rows behind the last window, never the
    // opposite.
    int64_t expected = *padded <= *reach
                           ? 0
                           : (*padded - *reach - 1) / dims.getStrides()[i] + 1;
    if (out > expected)
      return emitOpError("output has ")
             << out << " in dimension '" << Twine(image)
             << "', the window fits only " << expected << " times";
  }
  if (getUnsignedInput() && isa<FloatType>(getInputType().getElementType()))
    return emitOpError("unsigned_input on elements of type ")
           << getInputType().getElementType();
  if (failed(verifyPaddingValue(getOperation(), getPaddingValue(),
                                getInputType().getElementType(),
                                getUnsignedInput())))
    return failure();
  for (auto [i, image] : {std::pair(0, 'h'), std::pair(1, 'w')})
    if (getPaddingValue() != 0 && dims.inputPos(image) < 0 &&
        (dims.getLow()[i] != 0 || dims.getHigh()[i] != 0))
      return emitOpError("padding_value along '")
             << Twine(image) << "', which is no dimension of the input";
  return verifyEpilogue(cast<EpilogueOpInterface>(getOperation()));
}

namespace {

/// Drops `tensor.cast` that only forgets static sizes of inputs.
struct FoldInputCasts : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvOp op,
                                PatternRewriter &rewriter) const override {
    bool changed = false;
    for (OpOperand &operand : op->getOpOperands()) {
      if (op.isDpsInit(&operand))
        continue;
      auto cast = operand.get().getDefiningOp<tensor::CastOp>();
      if (!cast || !tensor::canFoldIntoConsumerOp(cast))
        continue;
      rewriter.modifyOpInPlace(op, [&] { operand.set(cast.getSource()); });
      changed = true;
    }
    return success(changed);
  }
};

/// Without `accumulate` the contents of outs do not matter: a fill is skipped.
struct DropUnreadInit : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getAccumulate())
      return failure();
    auto fill = op.getInit().getDefiningOp<linalg::FillOp>();
    if (!fill || !fill.hasPureTensorSemantics())
      return failure();
    rewriter.modifyOpInPlace(
        op, [&] { op.getInitMutable().assign(fill.output()); });
    return success();
  }
};

} // namespace

void ConvOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                         MLIRContext *context) {
  results.add<FoldInputCasts, DropUnreadInit>(context);
}
