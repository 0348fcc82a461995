//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Copies and fills of buffers, which are what is left of padding,
/// concatenation and insertion, divided among threads where that pays.
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "conv/Machine/MachineModel.h"
#include "conv/Machine/MachineOptionsUtils.h"
#include "conv/Rest/Threads.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVDIVIDECOPIESPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// The buffer that `op` copies or fills to, if it does nothing else.
static Value getTarget(Operation *op) {
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    return copy.getTarget();
  if (isa<linalg::CopyOp, linalg::FillOp>(op) &&
      cast<linalg::LinalgOp>(op).hasPureBufferSemantics())
    return cast<linalg::LinalgOp>(op).getDpsInits().front();
  return {};
}

/// The copies and fills in `module` that threads gain by and do not divide yet.
static SmallVector<Operation *> findCopies(ModuleOp module,
                                           MachineAttr machine) {
  SmallVector<Operation *> copies;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<scf::ForallOp, scf::ParallelOp>(op))
      return WalkResult::skip();
    Value target = getTarget(op);
    auto type = target ? dyn_cast<MemRefType>(target.getType()) : MemRefType();
    if (type && type.hasStaticShape() &&
        paysThreads(machine, type.getNumElements() / machine.getNVec()))
      copies.push_back(op);
    return WalkResult::advance();
  });
  return copies;
}

namespace {
struct ConvDivideCopiesPass
    : conv::impl::ConvDivideCopiesPassBase<ConvDivideCopiesPass> {
  using Base::Base;

  void runOnOperation() override {
    if (threads.getValue() == 1)
      return markAllAnalysesPreserved();
    llvm::Expected<MachineModel> model =
        resolveMachine(getMachineOptions(*this), getOperation());
    // One thread copies, too; the decision has said what is wrong.
    if (!model)
      return llvm::consumeError(model.takeError());
    MachineAttr machine = model->toAttr(&getContext());
    IRRewriter rewriter(&getContext());
    for (Operation *op : findCopies(getOperation(), machine)) {
      rewriter.setInsertionPoint(op);
      if (auto copy = dyn_cast<memref::CopyOp>(op))
        op = rewriter.replaceOpWithNewOp<linalg::CopyOp>(copy, copy.getSource(),
                                                         copy.getTarget());
      if (failed(divideAmongThreads(rewriter, cast<linalg::LinalgOp>(op),
                                    machine)))
        return signalPassFailure();
    }
  }
};
} // namespace
