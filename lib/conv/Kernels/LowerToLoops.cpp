//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pass around the lowerings of contractions and data transformations.
///
//===----------------------------------------------------------------------===//

#include "conv/Kernels/Passes.h"

#include "EpilogueEmitter.h"
#include "MicroKernel.h"
#include "conv/IR/Conv.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVLOWERTOLOOPSPASS
#include "conv/Kernels/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

struct ConvLowerToLoopsPass
    : conv::impl::ConvLowerToLoopsPassBase<ConvLowerToLoopsPass> {
  void runOnOperation() override {
    SmallVector<Operation *> targets;
    getOperation()->walk([&](Operation *op) {
      if (isa<ContractOp, PackFilterOp, ShiftAddOp, GatherOpInterface,
              WinogradInputOp, WinogradOutputOp>(op))
        targets.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : targets) {
      if (!cast<DestinationStyleOpInterface>(op).hasPureBufferSemantics()) {
        op->emitOpError("works on tensors: bufferize before this pass");
        return signalPassFailure();
      }
      if (auto epilogue = dyn_cast<EpilogueOpInterface>(op))
        expandFunctions(epilogue);
      auto lowered =
          llvm::TypeSwitch<Operation *, LogicalResult>(op)
              .Case([&](ContractOp op) { return lowerContract(op, rewriter); })
              .Case([&](PackFilterOp op) {
                return lowerPackFilter(op, rewriter);
              })
              .Case([&](ShiftAddOp op) { return lowerShiftAdd(op, rewriter); })
              .Case([&](WinogradInputOp op) {
                return lowerWinogradInput(op, rewriter);
              })
              .Case([&](WinogradOutputOp op) {
                return lowerWinogradOutput(op, rewriter);
              })
              .Default([&](Operation *op) {
                return lowerGather(cast<GatherOpInterface>(op), rewriter);
              });
      if (failed(lowered))
        return signalPassFailure();
    }
  }
};

} // namespace
