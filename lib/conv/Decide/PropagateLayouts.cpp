//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-propagate-layouts`: values between convolutions in Zhang's layout
/// [N][C / C_b][H][W][C_b]. ChooseLayouts.cpp says which; here every operation
/// that has been chosen is packed alone,
///
///   op(x)  =>  unpack(op'(pack(x)))
///
/// and pairs pack(unpack(y)) in between cancel. ChannelsLast.cpp does the same
/// with transpositions where all channels are to be last.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/Layouts.h"
#include "conv/Decide/Passes.h"

#include "ChannelsLast.h"
#include "conv/Decide/Candidates.h"
#include "conv/Machine/MachineOptionsUtils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVPROPAGATELAYOUTSPASS
#include "conv/Decide/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// A tensor type with dimension `pos` in blocks, which become the last one.
RankedTensorType getPackedType(RankedTensorType type, int64_t pos,
                               int64_t block) {
  SmallVector<int64_t> shape(type.getShape());
  shape[pos] /= block;
  shape.push_back(block);
  return RankedTensorType::get(shape, type.getElementType());
}

Value pack(OpBuilder &b, Location loc, Value value, int64_t pos,
           int64_t block) {
  SmallVector<OpFoldResult> tiles{b.getIndexAttr(block)};
  Value dest =
      linalg::PackOp::createDestinationTensor(b, loc, value, tiles, {pos}, {});
  return linalg::PackOp::create(b, loc, value, dest, {pos}, tiles)
      ->getResult(0);
}

Value unpack(OpBuilder &b, Location loc, Value value, int64_t pos,
             int64_t block) {
  SmallVector<OpFoldResult> tiles{b.getIndexAttr(block)};
  Value dest = linalg::UnPackOp::createDestinationTensor(b, loc, value, tiles,
                                                         {pos}, {});
  return linalg::UnPackOp::create(b, loc, value, dest, {pos}, tiles)
      ->getResult(0);
}

/// Letters with the channels, at `pos`, in blocks: nchw is nChwc.
std::string getBlockedLetters(StringRef letters, int64_t pos) {
  std::string text = letters.str();
  text.push_back(text[pos]);
  text[pos] = llvm::toUpper(text[pos]);
  return text;
}

/// Rewrites operations that have been marked.
class LayoutWriter {
public:
  explicit LayoutWriter(MLIRContext *context) : rewriter(context) {}

  LogicalResult rewrite(Operation *op) {
    rewriter.setInsertionPoint(op);
    auto in = readBlock(op, kInputBlockAttr),
         out = readBlock(op, kOutputBlockAttr);
    if (failed(in) || failed(out))
      return failure();
    op->removeDiscardableAttr(kInputBlockAttr);
    op->removeDiscardableAttr(kOutputBlockAttr);
    Attribute inLast = op->getAttr(kInputLastAttr),
              outLast = op->getAttr(kOutputLastAttr);
    if (inLast || outLast) {
      if (*in || *out)
        return op->emitOpError("has channels in blocks and last");
      op->removeDiscardableAttr(kInputLastAttr);
      op->removeDiscardableAttr(kOutputLastAttr);
      return layouts::moveChannelsLast(rewriter, op, inLast, outLast);
    }
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case([&](ConvOp conv) { return rewrite(conv, *in, *out); })
        .Case([&](tensor::PadOp pad) { return rewrite(pad, *in, *out); })
        .Case(
            [&](linalg::LinalgOp linalg) { return rewrite(linalg, *in, *out); })
        .Default([](Operation *other) {
          return other->emitOpError("cannot have its channels in blocks");
        });
  }

private:
  /// 0 when `op` has no attribute `name`.
  static FailureOr<int64_t> readBlock(Operation *op, StringRef name) {
    Attribute attr = op->getDiscardableAttr(name);
    if (!attr)
      return 0;
    auto block = dyn_cast<IntegerAttr>(attr);
    if (!block || !block.getType().isInteger(64) || block.getInt() < 1)
      return op->emitOpError()
                 << name << " = " << attr << " is not a number of channels",
             failure();
    return block.getInt();
  }

  /// Checks that blocks of `block` divide dimension `pos` of a value.
  static LogicalResult check(Operation *op, StringRef name, Value value,
                             int64_t pos, int64_t block) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return op->emitOpError()
             << name << " is for tensors, not for " << value.getType();
    if (pos < 0)
      return op->emitOpError() << name << " but there are no channels";
    int64_t channels = type.getDimSize(pos);
    if (ShapedType::isDynamic(channels) || channels % block != 0)
      return op->emitOpError()
             << name << " = " << block << " does not divide "
             << (ShapedType::isDynamic(channels) ? "an unknown number of"
                                                 : std::to_string(channels))
             << " channels";
    return success();
  }

  /// Operands of an epilogue for an output whose channels, dimension `k`, are
  /// in blocks of `block`: its dimensions are the block, those between, and the
  /// channel in the block. What has the output's shape is blocked like it.
  void blockChannels(Epilogue &epilogue, int64_t k, int64_t block,
                     Location loc) {
    for (auto [operand, map] : llvm::zip(epilogue.operands, epilogue.maps)) {
      unsigned rank = map.getNumDims();
      if (map.isIdentity()) {
        operand = pack(rewriter, loc, operand, k, block);
        map = rewriter.getMultiDimIdentityMap(rank + 1);
        continue;
      }
      SmallVector<AffineExpr> dims;
      for (unsigned i = 0; i < rank; ++i)
        dims.push_back(rewriter.getAffineDimExpr(i));
      dims[k] = dims[k] * block + rewriter.getAffineDimExpr(rank);
      map = map.replaceDimsAndSymbols(dims, {}, rank + 1, 0);
    }
  }

  LogicalResult rewrite(ConvOp op, int64_t inBlock, int64_t outBlock) {
    Location loc = op.getLoc();
    DimsAttr dims = op.getDims();
    if (op.getScheduleAttr())
      return op.emitOpError("has a schedule, which was made for its layouts");
    if (dims.filterPos('g') >= 0)
      return op.emitOpError("has groups, blocks of channels cannot be combined "
                            "with them");
    if (dims.inputPos('C') >= 0 || dims.outputPos('K') >= 0)
      return op.emitOpError("has blocks of channels already");
    std::string input = dims.getInput().str(), output = dims.getOutput().str();
    int64_t c = dims.inputPos('c'), k = dims.outputPos('k');
    if (inBlock) {
      if (failed(check(op, kInputBlockAttr, op.getInput(), c, inBlock)))
        return failure();
      input = getBlockedLetters(input, c);
    }
    if (outBlock) {
      if (failed(check(op, kOutputBlockAttr, op.getInit(), k, outBlock)))
        return failure();
      output = getBlockedLetters(output, k);
    }
    Value image = op.getInput(), init = op.getInit();
    Epilogue epilogue = Epilogue::of(op);
    if (inBlock)
      image = pack(rewriter, loc, image, c, inBlock);
    if (outBlock) {
      if (op.getAccumulate()) {
        init = pack(rewriter, loc, init, k, outBlock);
      } else {
        SmallVector<OpFoldResult> tiles{rewriter.getIndexAttr(outBlock)};
        init = linalg::PackOp::createDestinationTensor(rewriter, loc, init,
                                                       tiles, {k}, {});
      }
      blockChannels(epilogue, k, outBlock, loc);
    }
    auto blocked = ConvOp::create(
        rewriter, loc, TypeRange(init.getType()), image, op.getFilter(), init,
        epilogue,
        DimsAttr::get(op.getContext(), input, dims.getFilter(), output,
                      dims.getStrides(), dims.getDilations(), dims.getLow(),
                      dims.getHigh()),
        op.getAccumulate());
    blocked.setInputMeaning(op);
    blocked->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    Value result = blocked->getResult(0);
    if (outBlock)
      result = unpack(rewriter, loc, result, k, outBlock);
    rewriter.replaceOp(op, result);
    return success();
  }

  LogicalResult rewrite(linalg::LinalgOp op, int64_t inBlock,
                        int64_t outBlock) {
    FailureOr<int64_t> pos = findChannels(op, inBlock);
    if (failed(pos) ||
        failed(check(op, kOutputBlockAttr, op->getResult(0), *pos, outBlock)))
      return failure();
    std::optional<unsigned> loop = findChannelLoop(op, *pos);
    if (!loop)
      return op->emitOpError("cannot have its channels in blocks");
    SmallVector<OpFoldResult> sizes(op.getNumLoops(), rewriter.getIndexAttr(0));
    sizes[*loop] = rewriter.getIndexAttr(outBlock);
    if (failed(linalg::pack(rewriter, op, sizes)))
      return op->emitOpError("cannot have its channels in blocks");
    return success();
  }

  LogicalResult rewrite(tensor::PadOp op, int64_t inBlock, int64_t outBlock) {
    FailureOr<int64_t> pos = findChannels(op, inBlock);
    if (failed(pos) ||
        failed(check(op, kOutputBlockAttr, op.getResult(), *pos, outBlock)))
      return failure();
    Value padding = op.getConstantPaddingValue();
    if (!padding || op.getStaticLow()[*pos] != 0 ||
        op.getStaticHigh()[*pos] != 0)
      return op.emitOpError("cannot have its channels in blocks");
    Location loc = op.getLoc();
    SmallVector<OpFoldResult> low = op.getMixedLowPad(),
                              high = op.getMixedHighPad();
    low.push_back(rewriter.getIndexAttr(0));
    high.push_back(rewriter.getIndexAttr(0));
    Value source = pack(rewriter, loc, op.getSource(), *pos, outBlock);
    Value padded = tensor::PadOp::create(
        rewriter, loc, getPackedType(op.getResultType(), *pos, outBlock),
        source, low, high, padding);
    rewriter.replaceOp(op, unpack(rewriter, loc, padded, *pos, outBlock));
    return success();
  }

  /// The dimension of the channels of an operation that does not name its
  /// dimensions: that of an operand that was unpacked.
  static FailureOr<int64_t> findChannels(Operation *op, int64_t inBlock) {
    if (inBlock)
      return op->emitOpError() << kInputBlockAttr << " is for conv.conv",
             failure();
    for (Value operand : op->getOperands())
      if (auto unpack = operand.getDefiningOp<linalg::UnPackOp>())
        if (unpack.getInnerDimsPos().size() == 1)
          return unpack.getInnerDimsPos().front();
    return op->emitOpError("has ")
               << kOutputBlockAttr << " but no operand in blocks of channels",
           failure();
  }

  IRRewriter rewriter;
};

} // namespace

std::optional<unsigned> mlir::conv::findChannelLoop(linalg::LinalgOp op,
                                                    int64_t pos) {
  if (!op.hasPureTensorSemantics() || op->getNumResults() != 1 ||
      op.getNumDpsInits() != 1 || op.hasIndexSemantics())
    return std::nullopt;
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  auto dim = pos < result.getNumResults()
                 ? dyn_cast<AffineDimExpr>(result.getResult(pos))
                 : AffineDimExpr(nullptr);
  if (!dim || op.getIteratorTypesArray()[dim.getPosition()] !=
                  utils::IteratorType::parallel)
    return std::nullopt;
  for (AffineMap map : op.getIndexingMapsArray())
    for (auto [i, expr] : llvm::enumerate(map.getResults()))
      if (expr.isFunctionOfDim(dim.getPosition()) &&
          (expr != dim ||
           (map.getNumResults() > 1 && static_cast<int64_t>(i) != pos)))
        return std::nullopt;
  return dim.getPosition();
}

LogicalResult mlir::conv::applyLayouts(FunctionOpInterface func) {
  SmallVector<Operation *> marked;
  func->walk([&](Operation *op) {
    if (hasLayoutMark(op))
      marked.push_back(op);
  });
  if (marked.empty())
    return success();
  MLIRContext *context = func->getContext();
  LayoutWriter writer(context);
  for (Operation *op : marked)
    if (failed(writer.rewrite(op)))
      return failure();
  RewritePatternSet patterns(context);
  linalg::PackOp::getCanonicalizationPatterns(patterns, context);
  linalg::UnPackOp::getCanonicalizationPatterns(patterns, context);
  linalg::FillOp::getCanonicalizationPatterns(patterns, context);
  linalg::TransposeOp::getCanonicalizationPatterns(patterns, context);
  linalg::populateSimplifyPackAndUnpackPatterns(patterns);
  linalg::populateFoldPackUnpackIntoTensorEmptyPatterns(patterns);
  return applyPatternsGreedily(func, std::move(patterns));
}

namespace {

struct ConvPropagateLayoutsPass
    : conv::impl::ConvPropagateLayoutsPassBase<ConvPropagateLayoutsPass> {
  using ConvPropagateLayoutsPassBase::ConvPropagateLayoutsPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (layout != "plain" && layout != "blocked") {
      module.emitError("unknown layout '")
          << layout << "' to propagate (known: plain, blocked)";
      return signalPassFailure();
    }
    if (stage != "all" && stage != "choose" && stage != "apply") {
      module.emitError("unknown stage '")
          << stage << "' (known: all, choose, apply)";
      return signalPassFailure();
    }
    if (stage != "apply" && layout == "blocked" && failed(choose(module)))
      return signalPassFailure();
    if (stage == "choose")
      return;
    WalkResult result = module.walk([](FunctionOpInterface func) {
      return failed(applyLayouts(func)) ? WalkResult::interrupt()
                                        : WalkResult::skip();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  LogicalResult choose(ModuleOp module) {
    bool any = module.walk([](ConvOp) { return WalkResult::interrupt(); })
                   .wasInterrupted();
    if (!any)
      return success();
    llvm::Expected<Constraints> constraints =
        parseConstraints(algorithm, exclude, form, maxWorkspace, accuracy,
                         networkAccuracy, networkMemory);
    if (!constraints)
      return module.emitError(llvm::toString(constraints.takeError()));
    llvm::Expected<MachineModel> model =
        resolveMachine(getMachineOptions(*this), module);
    if (!model)
      return module.emitError(llvm::toString(model.takeError()));
    MachineAttr machine = getTeamMachine(model->toAttr(&getContext()), module);
    module.walk([&](FunctionOpInterface func) {
      chooseLayouts(func, machine, *constraints);
      return WalkResult::skip();
    });
    return success();
  }
};

} // namespace
