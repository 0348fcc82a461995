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

/// Whether `op` pools NCHW images, each by one window that is the image.
static bool isGlobal(linalg::LinalgOp op) {
  if (!isa<linalg::PoolingNchwMaxOp, linalg::PoolingNchwSumOp>(op) ||
      !op.hasPureTensorSemantics())
    return false;
  auto image = cast<RankedTensorType>(op->getOperand(0).getType());
  auto window = cast<RankedTensorType>(op->getOperand(1).getType());
  return image.hasStaticShape() && window.hasStaticShape() &&
         image.getShape().take_back(2) == window.getShape();
}

/// From one window per image to one row per image.
static void rewrite(RewriterBase &rewriter, linalg::LinalgOp op) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  SmallVector<ReassociationIndices> grouped = {{0}, {1}, {2, 3}};
  SmallVector<ReassociationIndices> single = {{0}, {1, 2, 3}};
  Value rows = tensor::CollapseShapeOp::create(rewriter, loc, op->getOperand(0),
                                               grouped);
  Value init = op.getDpsInits().front();
  auto fill = init.getDefiningOp<linalg::FillOp>();
  if (fill)
    init = fill.getOutputs().front();
  init = tensor::CollapseShapeOp::create(rewriter, loc, init, single);
  if (fill)
    init = linalg::FillOp::create(rewriter, loc, fill.getInputs(), init)
               .getResult(0);
  auto map = [&](ArrayRef<unsigned> dims) {
    return AffineMap::getMultiDimMapWithTargets(3, dims, op.getContext());
  };
  auto sum = linalg::GenericOp::create(
      rewriter, loc, TypeRange(init.getType()), ValueRange(rows),
      ValueRange(init), ArrayRef<AffineMap>{map({0, 1, 2}), map({0, 1})},
      ArrayRef<utils::IteratorType>{utils::IteratorType::parallel,
                                    utils::IteratorType::parallel,
                                    utils::IteratorType::reduction});
  Block *from = op.getBlock();
  OpBuilder::InsertionGuard guard(rewriter);
  Block *to = rewriter.createBlock(
      &sum.getRegion(), {},
      {from->getArgument(0).getType(), from->getArgument(2).getType()},
      {loc, loc});
  IRMapping mapping;
  mapping.map(from->getArgument(0), to->getArgument(0));
  mapping.map(from->getArgument(2), to->getArgument(1));
  for (Operation &inner : *from)
    rewriter.clone(inner, mapping);
  rewriter.setInsertionPointAfter(sum);
  rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(
      op, op->getResult(0).getType(), sum.getResult(0), single);
}

void mlir::conv::simplifyGlobalPooling(func::FuncOp func) {
  SmallVector<linalg::LinalgOp> ops;
  func.walk([&](linalg::LinalgOp op) {
    if (isGlobal(op))
      ops.push_back(op);
  });
  IRRewriter rewriter(func.getContext());
  for (linalg::LinalgOp op : ops)
    rewrite(rewriter, op);
}
