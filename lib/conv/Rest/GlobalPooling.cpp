//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RestSteps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::conv;

/// How many dimensions of its input `op` keeps where it combines all elements
/// of the others, at least two, which stand behind; nothing when it does more.
static std::optional<unsigned> getKept(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1)
    return std::nullopt;
  auto image = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  if (!image || !image.hasStaticShape())
    return std::nullopt;
  // One window per image of NCHW that is the image.
  if (isa<linalg::PoolingNchwMaxOp, linalg::PoolingNchwSumOp>(op)) {
    auto window = cast<RankedTensorType>(op->getOperand(1).getType());
    if (image.getShape().take_back(2) == window.getShape())
      return 2;
    return std::nullopt;
  }
  auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!generic || generic.getNumDpsInputs() != 1 ||
      generic.hasIndexSemantics() ||
      !generic.getMatchingIndexingMap(generic.getDpsInputOperand(0))
           .isIdentity())
    return std::nullopt;
  unsigned kept = generic.getNumParallelLoops(), loops = generic.getNumLoops();
  if (kept == 0 || kept + 2 > loops ||
      !llvm::all_of(llvm::seq(kept), [&](unsigned loop) {
        return generic.getIteratorTypesArray()[loop] ==
               utils::IteratorType::parallel;
      }))
    return std::nullopt;
  // The output has those in the same order, and may have the others as one.
  AffineMap output =
      generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
  if (output.getNumResults() != kept && output.getNumResults() != loops)
    return std::nullopt;
  for (auto [i, expr] : llvm::enumerate(output.getResults()))
    if (i < kept ? expr != getAffineDimExpr(i, op.getContext())
                 : expr != getAffineConstantExpr(0, op.getContext()))
      return std::nullopt;
  return kept;
}

/// `count` groups of `rank` dimensions; the last has all that are left.
static SmallVector<ReassociationIndices> group(unsigned count, int64_t rank) {
  SmallVector<ReassociationIndices> groups(count);
  for (int64_t dim = 0; dim < rank; ++dim)
    groups[std::min<int64_t>(dim, count - 1)].push_back(dim);
  return groups;
}

/// From `kept` dimensions of several to rows, each of which becomes a number.
static void rewrite(RewriterBase &rewriter, linalg::LinalgOp op,
                    unsigned kept) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  auto rankOf = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getRank();
  };
  Value input = op->getOperand(0), init = op.getDpsInits().front();
  Value rows = tensor::CollapseShapeOp::create(rewriter, loc, input,
                                               group(kept + 1, rankOf(input)));
  auto fill = init.getDefiningOp<linalg::FillOp>();
  if (fill)
    init = fill.getOutputs().front();
  auto single = group(kept, rankOf(init));
  bool keepsRank = rankOf(init) != int64_t(kept);
  if (keepsRank)
    init = tensor::CollapseShapeOp::create(rewriter, loc, init, single);
  if (fill)
    init = linalg::FillOp::create(rewriter, loc, fill.getInputs(), init)
               .getResult(0);
  SmallVector<utils::IteratorType> iterators(kept,
                                             utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  AffineMap all = rewriter.getMultiDimIdentityMap(kept + 1);
  auto sum = linalg::GenericOp::create(
      rewriter, loc, TypeRange(init.getType()), ValueRange(rows),
      ValueRange(init), ArrayRef<AffineMap>{all, all.dropResult(kept)},
      iterators);
  Block *from = op.getBlock();
  OpBuilder::InsertionGuard guard(rewriter);
  BlockArgument element = from->getArgument(0);
  BlockArgument sumSoFar = from->getArguments().back();
  Block *to =
      rewriter.createBlock(&sum.getRegion(), {},
                           {element.getType(), sumSoFar.getType()}, {loc, loc});
  IRMapping mapping;
  mapping.map(element, to->getArgument(0));
  mapping.map(sumSoFar, to->getArgument(1));
  for (Operation &inner : *from)
    rewriter.clone(inner, mapping);
  rewriter.setInsertionPointAfter(sum);
  if (keepsRank)
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(
        op, op->getResult(0).getType(), sum.getResult(0), single);
  else
    rewriter.replaceOp(op, sum);
}

void mlir::conv::simplifyGlobalPooling(func::FuncOp func) {
  SmallVector<std::pair<linalg::LinalgOp, unsigned>> ops;
  func.walk([&](linalg::LinalgOp op) {
    if (std::optional<unsigned> kept = getKept(op))
      ops.emplace_back(op, *kept);
  });
  IRRewriter rewriter(func.getContext());
  for (auto [op, kept] : ops)
    rewrite(rewriter, op, kept);
}
