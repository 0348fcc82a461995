//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Keeps temporary storage from living longer than one convolution.
///
/// Convolutions of the same image may share its transformation once common
/// subexpressions have been eliminated. Where another convolution lies in
/// between, both need their storage at the same time,
///
///   t = im2row(x);  contract(t);  u = im2row(y);  contract(u);  contract(t)
///
/// and a bound that each convolution keeps is broken by the function. Here t is
/// made again. Neither may empty tensors be shared: bufferization would make
/// them one buffer that lives from the first use to the last.
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "conv/IR/Conv.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVUNSHAREWORKSPACEPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// What fills temporary storage by itself.
static bool makesWorkspace(Operation *op) {
  return isa<GatherOpInterface, PackFilterOp, ShiftAddOp, WinogradInputOp,
             WinogradOutputOp>(op);
}

/// Whether other storage is made between two operations of a block, or may be.
static bool isApart(Operation *first, Operation *second) {
  if (first->getBlock() != second->getBlock())
    return true;
  for (Operation *op = first->getNextNode(); op != second;
       op = op->getNextNode())
    if (makesWorkspace(op) || op->getNumRegions() != 0)
      return true;
  return false;
}

namespace {
struct ConvUnshareWorkspacePass
    : conv::impl::ConvUnshareWorkspacePassBase<ConvUnshareWorkspacePass> {
  using ConvUnshareWorkspacePassBase::ConvUnshareWorkspacePassBase;

  void runOnOperation() override {
    if (transformations)
      unshareTransformations();
    unshareEmptyTensors();
  }

private:
  /// Views of empty tensors are as empty.
  void unshareEmptyTensors() {
    SetVector<Operation *> empties;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      bool isView = isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op);
      if (isa<tensor::EmptyOp>(op) ||
          (isView && empties.contains(op->getOperand(0).getDefiningOp())))
        empties.insert(op);
    });
    // Views first: what they are of is then used once more for each.
    for (Operation *op : llvm::reverse(empties))
      while (!op->use_empty() && !op->hasOneUse()) {
        OpOperand &use = *op->use_begin();
        use.set(OpBuilder(use.getOwner()).clone(*op)->getResult(0));
      }
  }

  void unshareTransformations() {
    SmallVector<Operation *> makers;
    getOperation()->walk([&](Operation *op) {
      // A filter that blocks of tiles share is needed until the last of them.
      auto pack = dyn_cast<PackFilterOp>(op);
      bool isShared = pack && pack.getWinograd();
      if (isa<GatherOpInterface, PackFilterOp>(op) &&
          op->getNumResults() == 1 && !isShared)
        makers.push_back(op);
    });
    DenseMap<Operation *, unsigned> position;
    getOperation()->walk<WalkOrder::PreOrder>(
        [&](Operation *op) { position[op] = position.size(); });
    for (Operation *op : makers) {
      SmallVector<Operation *> users(op->getUsers());
      llvm::sort(users, [&](Operation *a, Operation *b) {
        return position.lookup(a) < position.lookup(b);
      });
      users.erase(llvm::unique(users), users.end());
      Operation *maker = op;
      for (size_t i = 1; i < users.size(); ++i) {
        if (isApart(users[i - 1], users[i])) {
          OpBuilder b(users[i]);
          maker = b.clone(*op);
        }
        if (maker != op)
          users[i]->replaceUsesOfWith(op->getResult(0), maker->getResult(0));
      }
    }
  }
};
} // namespace
