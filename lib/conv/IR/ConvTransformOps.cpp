//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Verification and tiling of the data transformations. What gathers is one
/// piece of code, told apart by the letters of the result's dimensions
/// (GatherOpInterface).
///
//===----------------------------------------------------------------------===//

#include "EpilogueSyntax.h"
#include "OpUtils.h"
#include "TilingUtils.h"
#include "conv/IR/Conv.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// What each transformation is
//===----------------------------------------------------------------------===//

StringRef Im2rowOp::getOrder() { return "nghwrsc"; }
StringRef Im2colOp::getOrder() { return "ngcrshw"; }
StringRef MecLowerOp::getOrder() { return "ngwpsc"; }
StringRef Im2winOp::getOrder() {
  return getChannelsFirst() ? "ngchqr" : "nghqrc";
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

static LogicalResult verifyGather(GatherOpInterface op) {
  if (failed(verifyDps(op)))
    return failure();
  auto image = cast<ShapedType>(op.getImage().getType());
  auto target = cast<ShapedType>(op.getTarget().getType());
  StringRef letters = op.getConvDims().getInput(), order = op.getOrder();
  if (image.getRank() != static_cast<int64_t>(letters.size()))
    return op->emitOpError("image has rank ")
           << image.getRank() << " but dims names '" << letters << "'";
  if (target.getRank() != static_cast<int64_t>(order.size()))
    return op->emitOpError("result has rank ")
           << target.getRank() << ", its dimensions are '" << order << "'";
  for (auto [i, letter] : llvm::enumerate(order)) {
    int64_t got = target.getDimSize(i);
    if (StringRef("ngc").contains(letter)) {
      size_t pos = letters.find(letter);
      int64_t want = pos == StringRef::npos ? 1 : image.getDimSize(pos);
      if (got != want && !ShapedType::isDynamic(got) &&
          !ShapedType::isDynamic(want))
        return op->emitOpError("dimension '")
               << Twine(letter) << "' of the result is " << got
               << ", the image says " << want;
    } else if (ShapedType::isDynamic(got)) {
      return op->emitOpError("dimension '")
             << Twine(letter) << "' of the result must be static";
    }
  }
  return success();
}

LogicalResult ShiftAddOp::verify() {
  if (failed(verifyDps(getOperation())))
    return failure();
  StringRef order = getOrder();
  auto product = cast<ShapedType>(getProduct().getType());
  auto output = cast<ShapedType>(getInit().getType());
  DimsAttr dims = getDims();
  std::string sorted = order.str();
  llvm::sort(sorted);
  if (sorted != "gknpqrs" && sorted != "ghknrsw")
    return emitOpError("order '")
           << order << "' does not name each of n g r s k and p q or h w once";
  if (product.getRank() != 7)
    return emitOpError("product has rank ")
           << product.getRank() << ", its dimensions are '" << order << "'";
  if (output.getRank() != static_cast<int64_t>(dims.getOutput().size()))
    return emitOpError("result has rank ")
           << output.getRank() << " but dims names '" << dims.getOutput()
           << "'";
  if (getTaps().size() != 2 || getTaps()[0] < 0 || getTaps()[1] < 0)
    return emitOpError("taps must be two numbers that are not negative");
  auto extent = [&](char letter) {
    int pos = dims.outputPos(letter);
    return pos < 0 ? 1 : output.getDimSize(pos);
  };
  auto agree = [](int64_t a, int64_t b) {
    return a == b || ShapedType::isDynamic(a) || ShapedType::isDynamic(b);
  };
  for (auto [i, letter] : llvm::enumerate(order)) {
    int64_t got = product.getDimSize(i);
    if (letter != 'n' && letter != 'g' && ShapedType::isDynamic(got))
      return emitOpError("dimension '")
             << Twine(letter) << "' of the product must be static";
    bool own = StringRef("rspq").contains(letter);
    if (!own && !agree(got, extent(letter)))
      return emitOpError("dimension '")
             << Twine(letter) << "' is " << got << " in the product and "
             << extent(letter) << " in the result";
  }
  for (char letter : dims.getOutput())
    if (letter != 'n' && ShapedType::isDynamic(extent(letter)))
      return emitOpError("dimension '")
             << Twine(letter) << "' of the result must be static";
  if (failed(verifyEpilogue(cast<EpilogueOpInterface>(getOperation()))))
    return failure();
  auto epilogue = cast<EpilogueOpInterface>(getOperation());
  if (Type sums = epilogue.getAccumulatorType();
      sums != output.getElementType())
    return emitOpError("keeps its sums in the result, of ")
           << output.getElementType() << ", not of the epilogue's " << sums;
  return success();
}

void ShiftAddOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addDpsEffects(cast<DestinationStyleOpInterface>(getOperation()),
                getAccumulate(), effects);
}

Speculation::Speculatability ShiftAddOp::getSpeculatability() {
  return speculatability(getOperation());
}

//===----------------------------------------------------------------------===//
// Tiling
//===----------------------------------------------------------------------===//

static SmallVector<Range> getGatherDomain(GatherOpInterface op, OpBuilder &b) {
  SmallVector<OpFoldResult> sizes;
  for (size_t i = 0; i < op.getOrder().size(); ++i)
    sizes.push_back(getSize(b, op.getLoc(), op.getTarget(), i));
  return makeDomain(b, sizes);
}

/// The part of the result at `offsets`: slices of the image along n and g, rows
/// shifted by row_origin; everything else is taken whole.
static FailureOr<TilingResult> tileGather(GatherOpInterface op, OpBuilder &b,
                                          ArrayRef<OpFoldResult> offsets,
                                          ArrayRef<OpFoldResult> sizes) {
  Location loc = op.getLoc();
  StringRef order = op.getOrder();
  StringRef letters = op.getConvDims().getInput();
  auto target = cast<ShapedType>(op.getTarget().getType());
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  SmallVector<Operation *> slices;

  SmallVector<OpFoldResult> imageOffsets(letters.size(), b.getIndexAttr(0)),
      imageSizes;
  for (size_t i = 0; i < letters.size(); ++i)
    imageSizes.push_back(getSize(b, loc, op.getImage(), i));
  Value origin = op.getOrigin();
  for (auto [i, letter] : llvm::enumerate(order)) {
    if (coversWhole(offsets[i], sizes[i], target.getDimSize(i)))
      continue;
    if (letter == 'h' || letter == 'p') {
      OpFoldResult first = offsets[i];
      if (origin)
        first = affineApply(b, loc, d0 + d1, {origin, first});
      origin = getValueOrCreateConstantIndexOp(b, loc, first);
      continue;
    }
    size_t pos = letters.find(letter);
    if (letter != 'n' && letter != 'g')
      return op->emitOpError("dimension '")
                 << Twine(letter) << "' of the result cannot be tiled",
             failure();
    if (pos != StringRef::npos) {
      imageOffsets[pos] = offsets[i];
      imageSizes[pos] = sizes[i];
    }
  }
  Value image = slice(b, loc, op.getImage(), imageOffsets, imageSizes, slices);
  // A slice of an empty tensor is an empty tensor, and a buffer of its size.
  Value init;
  if (op.getTarget().getDefiningOp<tensor::EmptyOp>())
    init = tensor::EmptyOp::create(b, loc, llvm::to_vector(sizes),
                                   target.getElementType())
               .getResult();
  else
    init = slice(b, loc, op.getTarget(), offsets, sizes, slices);

  SmallVector<Value> operands{image, init};
  if (origin)
    operands.push_back(origin);
  OperationState state(loc, op->getName());
  state.addOperands(operands);
  if (isa<TensorType>(init.getType()))
    state.addTypes(init.getType());
  state.addAttributes(llvm::to_vector(op->getDiscardableAttrs()));
  state.propertiesAttr = op->getPropertiesAsAttribute();
  Operation *tiled = b.create(state);
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

static void keepPosition(ArrayRef<OpFoldResult> offsets,
                         ArrayRef<OpFoldResult> sizes,
                         SmallVector<OpFoldResult> &resultOffsets,
                         SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
}

// The same for every operation that gathers.
#define CONV_GATHER_OP(OpTy)                                                   \
  LogicalResult OpTy::verify() { return verifyGather(*this); }                 \
  void OpTy::getEffects(                                                       \
      SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>      \
          &effects) {                                                          \
    addDpsEffects(cast<DestinationStyleOpInterface>(getOperation()),           \
                  /*readsInit=*/false, effects);                               \
  }                                                                            \
  Speculation::Speculatability OpTy::getSpeculatability() {                    \
    return speculatability(getOperation());                                    \
  }                                                                            \
  SmallVector<utils::IteratorType> OpTy::getLoopIteratorTypes() {              \
    return SmallVector<utils::IteratorType>(getOrder().size(),                 \
                                            utils::IteratorType::parallel);    \
  }                                                                            \
  SmallVector<Range> OpTy::getIterationDomain(OpBuilder &b) {                  \
    return getGatherDomain(*this, b);                                          \
  }                                                                            \
  FailureOr<TilingResult> OpTy::getTiledImplementation(                        \
      OpBuilder &b, ArrayRef<OpFoldResult> offsets,                            \
      ArrayRef<OpFoldResult> sizes) {                                          \
    return tileGather(*this, b, offsets, sizes);                               \
  }                                                                            \
  LogicalResult OpTy::getResultTilePosition(                                   \
      OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,                   \
      ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,  \
      SmallVector<OpFoldResult> &resultSizes) {                                \
    keepPosition(offsets, sizes, resultOffsets, resultSizes);                  \
    return success();                                                          \
  }                                                                            \
  FailureOr<TilingResult> OpTy::generateResultTileValue(                       \
      OpBuilder &b, unsigned, ArrayRef<OpFoldResult> offsets,                  \
      ArrayRef<OpFoldResult> sizes) {                                          \
    return tileGather(*this, b, offsets, sizes);                               \
  }

CONV_GATHER_OP(Im2rowOp)
CONV_GATHER_OP(Im2colOp)
CONV_GATHER_OP(MecLowerOp)
CONV_GATHER_OP(Im2winOp)

#undef CONV_GATHER_OP
