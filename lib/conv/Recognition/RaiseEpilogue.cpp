//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Folding of the elementwise operations that follow a convolution: bias,
/// residual and clamp first, then any others (RaiseBodies.cpp).
///
//===----------------------------------------------------------------------===//

#include "RaiseBias.h"
#include "RaiseBodies.h"
#include "RaiseClamp.h"
#include "RaiseDetail.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

namespace {

/// Follows the value of the convolution through the body of one elementwise
/// operation. All of the body is folded, or nothing.
class BodyFolder {
public:
  BodyFolder(linalg::LinalgOp op, OpOperand &use, Parts parts)
      : op(op), use(use), parts(parts) {}

  /// True when the whole body was folded into `result()`.
  bool fold();
  Parts result() const { return parts; }

private:
  bool step(Value &current);
  bool foldAdd(Value addend);
  bool isPerChannel(AffineMap map, RankedTensorType type);

  linalg::LinalgOp op;
  OpOperand &use;
  Parts parts;
  /// Operations of the body that have been accounted for.
  unsigned folded = 0;
};

} // namespace

/// Adds an operand of the elementwise operation: a bias or the residual.
bool BodyFolder::foldAdd(Value addend) {
  OpOperand *operand = operandOf(op, addend);
  if (!operand || op.isDpsInit(operand) || parts.lower || parts.upper)
    return false;
  Value value = operand->get();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getElementType() != parts.getSumType() ||
      type.getEncoding())
    return false;
  AffineMap map = op.getMatchingIndexingMap(operand);
  bool biasFits = !parts.bias && !parts.residual;
  if (biasFits && isPerChannel(map, type))
    return setBias(parts, value);
  if (!map.isIdentity())
    return false;
  if (biasFits && matchBias(parts, value))
    return true;
  if (parts.residual || type != op->getResult(0).getType())
    return false;
  parts.residual = value;
  return true;
}

/// True when an operand varies with the channels only. Dimensions of extent 1
/// do not count, except in an operand of the output's shape, a residual.
bool BodyFolder::isPerChannel(AffineMap map, RankedTensorType type) {
  SmallVector<int64_t> channels = channelPositions(parts);
  if (channels.empty() || type.getRank() == 0 || !type.hasStaticShape() ||
      map.isIdentity())
    return false;
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  llvm::erase_if(channels,
                 [&](int64_t pos) { return output.getDimSize(pos) == 1; });
  SmallVector<AffineExpr> results;
  for (auto [expr, size] : llvm::zip_equal(map.getResults(), type.getShape()))
    if (size != 1)
      results.push_back(expr);
  return selects(AffineMap::get(map.getNumDims(), 0, results, map.getContext()),
                 channels);
}

/// Folds the operation that consumes `current` and moves on to its result.
bool BodyFolder::step(Value &current) {
  if (current.hasOneUse()) {
    Operation *user = *current.user_begin();
    if (auto add = dyn_cast<arith::AddFOp>(user)) {
      if (!foldAdd(add.getLhs() == current ? add.getRhs() : add.getLhs()))
        return false;
    } else {
      std::optional<Bound> bound = matchExtremum(op, user, current);
      if (!bound || !foldBound(parts, *bound))
        return false;
    }
    folded += 1;
    current = user->getResult(0);
    return true;
  }
  // A comparison and the selection it decides.
  if (!current.hasNUses(2))
    return false;
  Operation *a = *current.user_begin(), *b = *std::next(current.user_begin());
  auto cmp = dyn_cast<arith::CmpFOp>(isa<arith::CmpFOp>(a) ? a : b);
  auto select = dyn_cast<arith::SelectOp>(isa<arith::CmpFOp>(a) ? b : a);
  if (!cmp || !select)
    return false;
  std::optional<Bound> bound = matchSelect(op, cmp, select, current);
  if (!bound || !foldBound(parts, *bound))
    return false;
  folded += 2;
  current = select.getResult();
  return true;
}

bool BodyFolder::fold() {
  Block *body = op.getBlock();
  if (body->getNumArguments() != op->getNumOperands())
    return false;
  // With another destination its contents must not be read.
  BlockArgument out = body->getArguments().back();
  if (!op.isDpsInit(&use) && !out.use_empty())
    return false;
  auto yield = dyn_cast<linalg::YieldOp>(body->getTerminator());
  if (!yield || yield->getNumOperands() != 1)
    return false;
  Value current = body->getArgument(use.getOperandNumber());
  while (!(current.hasOneUse() && *current.user_begin() == yield))
    if (!step(current))
      return false;
  unsigned count = llvm::count_if(body->without_terminator(), [](Operation &o) {
    return !o.hasTrait<OpTrait::ConstantLike>();
  });
  // The convolution's own value unchanged would be a copy, not an epilogue,
  // and dead code in the body is for others to remove.
  return folded != 0 && folded == count;
}

SmallVector<Operation *> mlir::conv::raise::foldEpilogue(Parts &parts,
                                                         Value result) {
  SmallVector<Operation *> folded;
  while (result.hasOneUse()) {
    Parts trial = parts;
    auto collapse = dyn_cast<tensor::CollapseShapeOp>(*result.user_begin());
    if (collapse) {
      if (parts.collapse ||
          !reshapesGroups(collapse.getReassociationIndices(), parts.dims) ||
          !collapse.getResult().hasOneUse())
        break;
      trial.collapse = collapse;
    }
    Value seen = collapse ? collapse.getResult() : result;
    OpOperand &use = *seen.use_begin();
    auto op = dyn_cast<linalg::LinalgOp>(use.getOwner());
    // In another block, such as a loop's, the convolution would be repeated.
    if (!op || op->getBlock() != result.getParentBlock() ||
        !hasIdentityParallelLoops(op) ||
        !op.getMatchingIndexingMap(&use).isIdentity() ||
        op->getResult(0).getType() != seen.getType())
      break;
    BodyFolder folder(op, use, trial);
    if (!folder.fold())
      break;
    parts = folder.result();
    if (collapse)
      folded.push_back(collapse);
    folded.push_back(op);
    result = op->getResult(0);
  }
  foldBodies(parts, result, folded);
  return folded;
}
