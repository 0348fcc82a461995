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
/// them one buffer that lives from the first use to the last. What is computed
/// in a slice of one and inserted there is one use of it, however many
/// operations write into the slice:
///
///   s = extract_slice e;  c = contract(.., outs = s);  insert_slice c into e
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "conv/IR/Conv.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
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

static bool isReshape(Operation *op) {
  return isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op);
}

/// The operand into which `result` is written; null where it is none.
static OpOperand *findDestination(OpResult result) {
  if (auto op = dyn_cast<DestinationStyleOpInterface>(result.getOwner()))
    return op.getTiedOpOperand(result);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(result.getOwner()))
    return loop.getTiedLoopInit(result);
  return nullptr;
}

/// Empty tensors made for one slice each, and those that they stand for.
using OwnEmpties = DenseMap<Operation *, Operation *>;

/// Gives `insert`, whose destination is empty, an empty tensor of its own, and
/// has what it inserts computed in a slice of that, which is added to `own`.
/// What is computed over the value of an earlier slice stays in that one's
/// tensor. Nothing happens to what was computed elsewhere.
static void unshareSlice(tensor::InsertSliceOp insert, OwnEmpties &own) {
  auto empty = insert.getDest().getDefiningOp<tensor::EmptyOp>();
  if (!empty)
    return;
  // The first operation that writes into the slice, and how it sees it.
  OpOperand *written = nullptr;
  SmallVector<Operation *> views;
  Value value = insert.getSource();
  tensor::ExtractSliceOp slice;
  while (!slice) {
    auto result = dyn_cast<OpResult>(value);
    if (!result)
      return;
    if (OpOperand *destination = findDestination(result)) {
      written = destination;
      views.clear();
      value = destination->get();
    } else if (isReshape(result.getOwner())) {
      views.push_back(result.getOwner());
      value = result.getOwner()->getOperand(0);
    } else {
      slice = dyn_cast<tensor::ExtractSliceOp>(result.getOwner());
      if (!slice)
        return;
    }
  }
  if (!written || slice.getMixedOffsets() != insert.getMixedOffsets() ||
      slice.getMixedSizes() != insert.getMixedSizes() ||
      slice.getMixedStrides() != insert.getMixedStrides())
    return;
  if (own.lookup(slice.getSource().getDefiningOp()) == empty) {
    insert.getDestMutable().assign(slice.getSource());
    return;
  }
  if (slice.getSource() != insert.getDest())
    return;
  views.push_back(slice);
  OpBuilder b(written->getOwner());
  IRMapping copies;
  Operation *fresh = b.clone(*empty, copies), *last = fresh;
  for (Operation *view : llvm::reverse(views))
    last = b.clone(*view, copies);
  written->set(last->getResult(0));
  insert.getDestMutable().assign(fresh->getResult(0));
  for (Operation *view : views)
    if (isOpTriviallyDead(view))
      view->erase();
  own[fresh] = empty;
}

namespace {
struct ConvUnshareWorkspacePass
    : conv::impl::ConvUnshareWorkspacePassBase<ConvUnshareWorkspacePass> {
  using ConvUnshareWorkspacePassBase::ConvUnshareWorkspacePassBase;

  void runOnOperation() override {
    if (transformations)
      unshareTransformations();
    OwnEmpties own;
    getOperation()->walk(
        [&](tensor::InsertSliceOp insert) { unshareSlice(insert, own); });
    for (Operation *empty :
         SetVector<Operation *>(llvm::from_range, llvm::make_second_range(own)))
      if (empty->use_empty())
        empty->erase();
    if (empties)
      unshareEmptyTensors(own);
  }

private:
  /// All but `own`. Views of empty tensors are as empty.
  void unshareEmptyTensors(const OwnEmpties &own) {
    SetVector<Operation *> empties;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if ((isa<tensor::EmptyOp>(op) && !own.contains(op)) ||
          (isReshape(op) &&
           empties.contains(op->getOperand(0).getDefiningOp())))
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
