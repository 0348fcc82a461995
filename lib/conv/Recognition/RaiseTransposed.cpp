//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Depthwise convolutions of images whose channels front ends have moved behind
/// rows and columns, and whose result they move back, because linalg has an
/// operation for that layout only (`depthwise_conv_2d_nhwc_hwc_q`): on the
/// images as they are. What stands before and behind is then next to them;
/// which layout is the fastest is decided later.
///
//===----------------------------------------------------------------------===//

#include "RaiseFormSteps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// The map of what `transpose` reads, where `map` is that of its result.
static AffineMap getMapBefore(linalg::TransposeOp transpose, AffineMap map) {
  SmallVector<AffineExpr> exprs(map.getNumResults());
  for (auto [dim, expr] :
       llvm::zip_equal(transpose.getPermutation(), map.getResults()))
    exprs[dim] = expr;
  return AffineMap::get(map.getNumDims(), 0, exprs, map.getContext());
}

/// The map of the result of `transpose`, where `map` is that of what it reads.
static AffineMap getMapBehind(linalg::TransposeOp transpose, AffineMap map) {
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : transpose.getPermutation())
    exprs.push_back(map.getResult(dim));
  return AffineMap::get(map.getNumDims(), 0, exprs, map.getContext());
}

/// The only user of `value`, where that is a transposition of tensors.
static linalg::TransposeOp getTransposingUser(Value value) {
  if (!value.hasOneUse())
    return {};
  auto transpose = dyn_cast<linalg::TransposeOp>(*value.user_begin());
  return transpose && transpose.hasPureTensorSemantics() &&
                 transpose.getInput() == value
             ? transpose
             : linalg::TransposeOp();
}

bool mlir::conv::raise::foldTranspositions(RewriterBase &rewriter,
                                           linalg::LinalgOp op) {
  if (!isa<linalg::DepthwiseConv2DNhwcHwcOp, linalg::DepthwiseConv2DNhwcHwcQOp>(
          op.getOperation()) ||
      !op.hasPureTensorSemantics())
    return false;
  auto before = op->getOperand(0).getDefiningOp<linalg::TransposeOp>();
  linalg::TransposeOp behind = getTransposingUser(op->getResult(0));
  auto fill = op.getDpsInits().front().getDefiningOp<linalg::FillOp>();
  if (!before || !before.hasPureTensorSemantics() || !behind || !fill ||
      behind->getBlock() != op->getBlock())
    return false;
  rewriter.setInsertionPoint(behind);
  Value init = linalg::FillOp::create(rewriter, fill.getLoc(), fill.value(),
                                      behind.getInit())
                   .getResult(0);
  SmallVector<Value> inputs(op.getDpsInputs());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  inputs.front() = before.getInput();
  maps.front() = getMapBefore(before, maps.front());
  maps.back() = getMapBehind(behind, maps.back());
  auto moved =
      linalg::GenericOp::create(rewriter, op.getLoc(), init.getType(), inputs,
                                init, maps, op.getIteratorTypesArray());
  rewriter.cloneRegionBefore(op->getRegion(0), moved.getRegion(),
                             moved.getRegion().begin());
  rewriter.replaceOp(behind, moved.getResults());
  rewriter.eraseOp(op);
  if (before->use_empty())
    rewriter.eraseOp(before);
  return true;
}
