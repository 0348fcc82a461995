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

#include <array>

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

namespace {

/// An operand whose dimensions have letters.
struct LetteredOperand {
  StringRef name, letters;
  ShapedType type;

  /// The extent of `letter`, of blocked channels that of all blocks together;
  /// nothing where the operand does not have it.
  std::optional<int64_t> getExtent(char letter) const {
    size_t pos = letters.find(letter);
    if (pos == StringRef::npos)
      return std::nullopt;
    int64_t size = type.getDimSize(pos);
    size_t block = letter == 'c'   ? letters.find('C')
                   : letter == 'k' ? letters.find('K')
                                   : StringRef::npos;
    if (block == StringRef::npos)
      return size;
    int64_t blocks = type.getDimSize(block);
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(blocks))
      return ShapedType::kDynamic;
    return size * blocks;
  }
};

/// Input, filter and output.
using LetteredOperands = std::array<LetteredOperand, 3>;

} // namespace

static LogicalResult verifyBlocks(ConvOp op, const LetteredOperand &operand,
                                  char block, char within) {
  std::optional<int64_t> blocks = operand.getExtent(block);
  if (blocks && (ShapedType::isDynamic(*blocks) ||
                 ShapedType::isDynamic(*operand.getExtent(within))))
    return op.emitOpError("blocks of channels of the ")
           << operand.name << " must have static extents";
  return success();
}

/// All operands that have `letter` say the same.
static LogicalResult
verifySharedExtent(ConvOp op, const LetteredOperands &operands, char letter) {
  std::optional<int64_t> first;
  StringRef firstName;
  for (const LetteredOperand &operand : operands) {
    std::optional<int64_t> size = operand.getExtent(letter);
    if (!size)
      continue;
    if (first && !agree(*first, *size))
      return op.emitOpError("dimension '")
             << Twine(letter) << "' is " << *first << " in the " << firstName
             << " and " << *size << " in the " << operand.name;
    if (!first || ShapedType::isDynamic(*first)) {
      first = size;
      firstName = operand.name;
    }
  }
  return success();
}

/// The window fits as many times along axis `i` as the output says, or more.
static LogicalResult verifyWindow(ConvOp op, const LetteredOperands &operands,
                                  int64_t i, char image, char window) {
  DimsAttr dims = op.getDims();
  int64_t in = operands[0].getExtent(image).value_or(1);
  int64_t taps = operands[1].getExtent(window).value_or(1);
  int64_t out = operands[2].getExtent(image).value_or(1);
  if (ShapedType::isDynamic(in) || ShapedType::isDynamic(taps) ||
      ShapedType::isDynamic(out))
    return success();
  if (taps < 1)
    return op.emitOpError("dimension '") << Twine(window) << "' is empty";
  // All factors are below 2^31 or checked shapes, but their sum may not fit.
  std::optional<int64_t> reach =
      llvm::checkedMul(dims.getDilations()[i], taps - 1);
  std::optional<int64_t> padded =
      llvm::checkedAdd(in, dims.getLow()[i] + dims.getHigh()[i]);
  if (!reach || !padded)
    return op.emitOpError("geometry of '") << Twine(image) << "' overflows";
  // Front ends may leave unread rows behind the last window, never the
  // opposite.
  int64_t expected =
      *padded <= *reach ? 0 : (*padded - *reach - 1) / dims.getStrides()[i] + 1;
  if (out > expected)
    return op.emitOpError("output has ")
           << out << " in dimension '" << Twine(image)
           << "', the window fits only " << expected << " times";
  return success();
}

/// The sign of the input's elements, and what pads them.
static LogicalResult verifyInputElements(ConvOp op) {
  DimsAttr dims = op.getDims();
  Type element = op.getInputType().getElementType();
  if (op.getUnsignedInput() && isa<FloatType>(element))
    return op.emitOpError("unsigned_input on elements of type ") << element;
  if (failed(verifyPaddingValue(op, op.getPaddingValue(), element,
                                op.getUnsignedInput())))
    return failure();
  for (auto [i, image] : {std::pair(0, 'h'), std::pair(1, 'w')})
    if (op.getPaddingValue() != 0 && dims.inputPos(image) < 0 &&
        (dims.getLow()[i] != 0 || dims.getHigh()[i] != 0))
      return op.emitOpError("padding_value along '")
             << Twine(image) << "', which is no dimension of the input";
  return success();
}

LogicalResult ConvOp::verify() {
  if (failed(verifyDps(getOperation(), {getInput(), getFilter()})))
    return failure();
  DimsAttr dims = getDims();
  LetteredOperands operands{{{"input", dims.getInput(), getInputType()},
                             {"filter", dims.getFilter(), getFilterType()},
                             {"output", dims.getOutput(), getOutputType()}}};
  for (const LetteredOperand &o : operands)
    if (static_cast<int64_t>(o.letters.size()) != o.type.getRank())
      return emitOpError(o.name) << " has rank " << o.type.getRank()
                                 << " but dims names '" << o.letters << "'";
  if (failed(verifyBlocks(*this, operands[0], 'C', 'c')) ||
      failed(verifyBlocks(*this, operands[2], 'K', 'k')))
    return failure();
  for (char letter : {'n', 'g', 'c', 'k'})
    if (failed(verifySharedExtent(*this, operands, letter)))
      return failure();
  if (failed(verifyWindow(*this, operands, 0, 'h', 'r')) ||
      failed(verifyWindow(*this, operands, 1, 'w', 's')) ||
      failed(verifyInputElements(*this)))
    return failure();
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
