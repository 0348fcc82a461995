//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-raise`: replaces what RaiseRecognition.cpp recognises, together with
/// what RaiseOperands.cpp and RaiseEpilogue.cpp fold, by `conv.conv`.
///
//===----------------------------------------------------------------------===//

#include "conv/Recognition/Passes.h"

#include "FoldKnown.h"
#include "RaiseBodies.h"
#include "RaiseDetail.h"
#include "RaiseForms.h"
#include "RaiseQuantized.h"
#include "conv/IR/Conv.h"
#include "mlir/Analysis/AliasAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVRAISEPASS
#include "conv/Recognition/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// Erases `values`' producers, and theirs, while nothing uses them. Only
/// operations that prepare operands are touched: dead code of the user's is
/// none of this pass's business.
static void eraseDeadProducers(RewriterBase &rewriter,
                               SmallVector<Value> values) {
  llvm::SmallPtrSet<Operation *, 8> erased;
  SmallVector<Operation *> worklist;
  auto push = [&](Value value) {
    if (Operation *op = value.getDefiningOp())
      worklist.push_back(op);
  };
  llvm::for_each(values, push);
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (erased.contains(op))
      continue;
    bool prepares =
        isa<linalg::FillOp, linalg::BroadcastOp, linalg::TransposeOp,
            tensor::CastOp, tensor::CollapseShapeOp, tensor::ConcatOp,
            tensor::DimOp, tensor::EmptyOp, tensor::ExpandShapeOp,
            tensor::InsertSliceOp, tensor::PadOp, arith::ConstantOp>(op);
    auto generic = dyn_cast<linalg::GenericOp>(op);
    prepares |= generic && generic.getNumReductionLoops() == 0;
    if (!prepares || !isOpTriviallyDead(op))
      continue;
    SmallVector<Value> operands(op->getOperands());
    op->walk([&](Operation *inner) {
      llvm::append_range(operands, inner->getOperands());
    });
    llvm::erase_if(operands, [&](Value value) {
      return op->isAncestor(value.getParentBlock()->getParentOp());
    });
    erased.insert(op);
    rewriter.eraseOp(op);
    llvm::for_each(operands, push);
  }
}

/// An undefined tensor of the output's type.
static Value createEmpty(OpBuilder &builder, Location loc, const Parts &parts,
                         linalg::LinalgOp source) {
  auto type = cast<RankedTensorType>(parts.outputType);
  SmallVector<Value> sizes;
  // Batch, rows and columns, in the order in which the operation has them.
  Value init = source.getDpsInits().front();
  auto initType = cast<ShapedType>(init.getType());
  int64_t from = 0;
  for (auto [letter, size] :
       llvm::zip_equal(parts.dims.getOutput(), type.getShape())) {
    if (!ShapedType::isDynamic(size))
      continue;
    while (!initType.isDynamicDim(from))
      ++from;
    bool isBatch = letter == 'n';
    sizes.push_back(builder.createOrFold<tensor::DimOp>(
        loc, isBatch ? parts.input : init,
        isBatch ? parts.dims.inputPos('n') : from));
    ++from;
  }
  return tensor::EmptyOp::create(builder, loc, type, sizes);
}

/// A static tensor in another shape that splits or joins its dimensions.
static Value reshape(OpBuilder &builder, Location loc, Value value,
                     RankedTensorType type) {
  auto from = cast<RankedTensorType>(value.getType());
  if (from == type)
    return value;
  SmallVector<ReassociationIndices> groups =
      *getReassociationIndicesForReshape(from, type);
  if (from.getRank() < type.getRank())
    return tensor::ExpandShapeOp::create(builder, loc, type, value, groups);
  return tensor::CollapseShapeOp::create(builder, loc, type, value, groups);
}

/// Writes down what has been collected.
static ConvOp createConv(OpBuilder &builder, Location loc, Parts &parts,
                         linalg::LinalgOp source) {
  bool tensors = isa<RankedTensorType>(parts.outputType);
  if (!parts.init)
    parts.init = createEmpty(builder, loc, parts, source);
  if (parts.bias)
    parts.bias = reshape(builder, loc, parts.bias, getBiasType(parts));
  // Added after g and k were joined.
  if (parts.residual && cast<ShapedType>(parts.residual.getType()).getRank() !=
                            parts.outputType.getRank())
    parts.residual = tensor::ExpandShapeOp::create(
        builder, loc,
        parts.outputType.clone(getElementTypeOrSelf(parts.residual.getType())),
        parts.residual, parts.collapse.getReassociationIndices());
  Epilogue epilogue = writeEpilogue(builder, loc, parts);
  auto op = ConvOp::create(builder, loc,
                           tensors ? TypeRange(parts.outputType) : TypeRange(),
                           parts.input, parts.filter, parts.init, epilogue,
                           parts.dims, parts.accumulate);
  op.setUnsignedInput(parts.unsignedInput);
  op.setPaddingValue(parts.paddingValue);
  for (NamedAttribute attr : source->getDiscardableAttrs())
    if (attr.getName() != linalg::LinalgDialect::kMemoizedIndexingMapsAttrName)
      op->setDiscardableAttr(attr.getName(), attr.getValue());
  return op;
}

static void raiseTensors(RewriterBase &rewriter, linalg::LinalgOp op,
                         Parts parts) {
  Value result = op->getResult(0);
  SmallVector<Value> producers(op->getOperands());
  rewriter.setInsertionPoint(op);
  foldPadding(parts, rewriter);
  foldFilterTranspose(parts, rewriter);
  foldInit(parts, op->getOperand(2));
  SmallVector<Operation *> folded = foldEpilogue(parts, result);

  SmallVector<Location> locations{op.getLoc()};
  for (Operation *after : folded) {
    locations.push_back(after->getLoc());
    llvm::append_range(producers, after->getOperands());
  }
  llvm::erase(producers, result);
  for (Operation *after : folded)
    llvm::erase(producers, after->getResult(0));

  // Bias and residual dominate the last operation only.
  Operation *last = folded.empty() ? op.getOperation() : folded.back();
  Location loc = rewriter.getFusedLoc(locations);
  rewriter.setInsertionPoint(last);
  Value raised = createConv(rewriter, loc, parts, op)->getResult(0);
  if (parts.collapse)
    raised = tensor::CollapseShapeOp::create(
        rewriter, loc,
        parts.collapse.getResultType().clone(parts.outputType.getElementType()),
        raised, parts.collapse.getReassociationIndices());
  rewriter.replaceOp(last, raised);
  for (Operation *after : llvm::reverse(folded))
    if (after != last)
      rewriter.eraseOp(after);
  if (last != op)
    rewriter.eraseOp(op);
  eraseDeadProducers(rewriter, std::move(producers));
}

/// True unless it is certain that `op` neither reads nor writes `memref`.
/// `AliasAnalysis::getModRef` gives up on all of linalg, whose operations also
/// have the effects of their bodies.
static bool mayTouch(Operation *op, Value memref, AliasAnalysis &aliases) {
  auto effects = getEffectsRecursively(op);
  return !effects ||
         llvm::any_of(*effects, [&](const MemoryEffects::EffectInstance &e) {
           if (isa<MemoryEffects::Allocate>(e.getEffect()))
             return false;
           return !e.getValue() || !aliases.alias(e.getValue(), memref).isNo();
         });
}

linalg::FillOp mlir::conv::raise::findFill(linalg::LinalgOp op,
                                           AliasAnalysis &aliases) {
  Value out = op->getOperand(2);
  for (Operation *before = op->getPrevNode(); before;
       before = before->getPrevNode()) {
    auto fill = dyn_cast<linalg::FillOp>(before);
    if (fill && fill.output() == out)
      return isZero(fill.value()) ? fill : linalg::FillOp();
    if (mayTouch(before, out, aliases))
      return {};
  }
  return {};
}

static void raiseMemRefs(RewriterBase &rewriter, linalg::LinalgOp op,
                         Parts parts, AliasAnalysis &aliases) {
  parts.init = op->getOperand(2);
  linalg::FillOp fill = findFill(op, aliases);
  parts.accumulate = !fill;
  rewriter.setInsertionPoint(op);
  createConv(rewriter, op.getLoc(), parts, op);
  rewriter.eraseOp(op);
  if (fill) {
    SmallVector<Value> producers{fill.value()};
    // All of the output is written now, so what was there is never read.
    rewriter.eraseOp(fill);
    eraseDeadProducers(rewriter, std::move(producers));
  }
}

/// Fails on padding whose numbers cannot be told apart: the least integer is
/// the mark of an operand, which upstream's verifier does not look for.
static LogicalResult checkPadding(Operation *root) {
  auto isIncomplete = [](ArrayRef<int64_t> sizes, OperandRange operands) {
    return llvm::count(sizes, ShapedType::kDynamic) !=
           static_cast<int64_t>(operands.size());
  };
  WalkResult walked = root->walk([&](tensor::PadOp op) {
    if (!isIncomplete(op.getStaticLow(), op.getLow()) &&
        !isIncomplete(op.getStaticHigh(), op.getHigh()))
      return WalkResult::advance();
    op.emitError("pads by a number of elements that is given as unknown, "
                 "without the operand that says it");
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

namespace {

struct ConvRaisePass : conv::impl::ConvRaisePassBase<ConvRaisePass> {
  using ConvRaisePassBase::ConvRaisePassBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    AliasAnalysis &aliases = getAnalysis<AliasAnalysis>();
    if (quantized != "integer" && quantized != "literal") {
      getOperation()->emitError("quantized = ")
          << quantized << " is neither 'integer' nor 'literal'";
      return signalPassFailure();
    }
    if (failed(checkPadding(getOperation())))
      return signalPassFailure();
    if (quantized == "integer")
      rewriteQuantized(rewriter, getOperation());
    foldKnown(rewriter, getOperation(), /*permutations=*/false);
    rewriteForms(rewriter, getOperation(), {products, keepUpsampled}, aliases);
    // All are recognised before any is rewritten: rewriting erases elementwise
    // operations that would be looked at later.
    SmallVector<std::pair<linalg::LinalgOp, Recognition>> found;
    bool refused = false;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op->hasAttr("conv.keep"))
        return;
      Recognition recognition = recognize(op, products, packsArguments);
      if (recognition)
        found.emplace_back(op, std::move(recognition));
      else if (!recognition.reason.empty())
        refused |= failed(refuse(op, recognition.reason));
    });
    if (refused)
      return signalPassFailure();
    for (auto &[op, recognition] : found) {
      Parts parts;
      parts.input = op->getOperand(recognition.inputIndex);
      parts.filter = op->getOperand(1 - recognition.inputIndex);
      parts.dims = recognition.dims;
      parts.unsignedInput = recognition.unsignedInput;
      parts.outputType = cast<ShapedType>(op->getOperand(2).getType());
      if (recognition.exchanged)
        foldInputTranspose(parts);
      if (op.hasPureTensorSemantics())
        raiseTensors(rewriter, op, parts);
      else
        raiseMemRefs(rewriter, op, parts, aliases);
    }
    // What rewriting made of constants, and what no convolution took.
    foldKnown(rewriter, getOperation(), /*permutations=*/true);
    foldScales(rewriter, getOperation());
  }

  /// Says why a convolution or a product stays. Remarks are silent unless asked
  /// for, so there is a warning too; an error where somebody insists on
  /// convolutions.
  LogicalResult refuse(linalg::LinalgOp op, const std::string &reason) {
    bool isProduct = isa<linalg::ContractionOpInterface>(op.getOperation());
    std::string what = isProduct ? "product" : "convolution";
    if (require && !isProduct)
      return op.emitOpError(what) << " cannot be raised: " << reason;
    op.emitWarning(what) << " is left to the plain lowering: " << reason;
    remark::missed(op.getLoc(),
                   remark::RemarkOpts::name("raise").category("conv"))
        << what + " not raised: " + reason;
    return success();
  }
};

} // namespace
