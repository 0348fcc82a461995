//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RestSteps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::conv;

/// Whether `map` takes loops in their order: what it indexes is not transposed.
/// Dimensions of extent 1 take none.
static bool isInOrder(AffineMap map) {
  int64_t last = -1;
  for (AffineExpr expr : map.getResults()) {
    if (isa<AffineConstantExpr>(expr))
      continue;
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || int64_t(dim.getPosition()) <= last)
      return false;
    last = dim.getPosition();
  }
  return true;
}

/// Whether the maker of `operand` is joined with its user. Nothing may be
/// computed twice, and whoever reads along rows goes on doing so.
static bool isWorthFusing(OpOperand *operand) {
  auto maker = operand->get().getDefiningOp<linalg::LinalgOp>();
  auto user = cast<linalg::LinalgOp>(operand->getOwner());
  return maker && maker->hasOneUse() && linalg::isElementwise(user) &&
         user.getMatchingIndexingMap(operand).isIdentity() &&
         llvm::all_of(maker.getIndexingMapsArray(), isInOrder);
}

LogicalResult mlir::conv::fuseElementwise(func::FuncOp func) {
  SmallVector<linalg::LinalgOp> named;
  func.walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::GenericOp, linalg::FillOp, linalg::CopyOp,
             linalg::TransposeOp, linalg::BroadcastOp>(op) &&
        op.hasPureTensorSemantics() && linalg::isElementwise(op))
      named.push_back(op);
  });
  IRRewriter rewriter(func.getContext());
  for (linalg::LinalgOp op : named) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::generalizeNamedOp(rewriter, op)))
      return op.emitError("cannot be written as linalg.generic");
  }
  RewritePatternSet patterns(func.getContext());
  linalg::populateElementwiseOpsFusionPatterns(patterns, isWorthFusing);
  return applyPatternsGreedily(func, std::move(patterns));
}
