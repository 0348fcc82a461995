//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Products of a batch of matrices with one that was repeated for each of them,
/// as front ends write a fully connected layer on more than two dimensions:
///
///   C[b, m, n] = sum A[b, m, k] * repeated(W)[b, k, n]
///              = sum A[b, m, k] * W[k, n]
///
/// whose rows of all b are those of one product.
///
//===----------------------------------------------------------------------===//

#include "FoldKnown.h"
#include "RaiseBias.h"
#include "RaiseFormSteps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// The matrix of which `value`, a batch of such, has nothing but copies.
static Value findRepeated(Value value) {
  // Batches may have been one dimension or several.
  auto type = cast<RankedTensorType>(value.getType());
  if (auto collapse = value.getDefiningOp<tensor::CollapseShapeOp>()) {
    auto groups = collapse.getReassociationIndices();
    if (groups[1].size() != 1 || groups[2].size() != 1)
      return {};
    value = collapse.getSrc();
  }
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  if (!op || op.getNumDpsInputs() != 1 || !hasIdentityParallelLoops(op))
    return {};
  auto yield = dyn_cast<linalg::YieldOp>(op.getBlock()->front());
  OpOperand *input = op.getDpsInputOperand(0);
  if (!yield || yield.getOperand(0) != op.getBlock()->getArgument(0))
    return {};
  auto matrix = dyn_cast<RankedTensorType>(input->get().getType());
  // The last two dimensions, in their order.
  AffineMap last =
      AffineMap::getMinorIdentityMap(op.getNumLoops(), 2, op.getContext());
  if (!matrix || matrix.getShape() != type.getShape().drop_front() ||
      op.getMatchingIndexingMap(input) != last)
    return {};
  return input->get();
}

bool mlir::conv::raise::skipRepeats(RewriterBase &rewriter,
                                    linalg::LinalgOp op) {
  auto product = dyn_cast<linalg::BatchMatmulOp>(op.getOperation());
  if (!product || !op.hasPureTensorSemantics() || op.hasDynamicShape() ||
      product.hasUserDefinedMaps())
    return false;
  Value repeated = product.getInputs()[1], matrix = findRepeated(repeated);
  if (!matrix)
    return false;
  rewriter.setInsertionPoint(product);
  FailureOr<linalg::GenericOp> generic =
      linalg::generalizeNamedOp(rewriter, product);
  if (failed(generic))
    return false;
  SmallVector<AffineMap> maps = generic->getIndexingMapsArray();
  maps[1] = maps[1].dropResult(0);
  rewriter.modifyOpInPlace(*generic, [&] {
    generic->setOperand(1, matrix);
    generic->setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
  });
  eraseIfDead(rewriter, repeated);
  return true;
}
