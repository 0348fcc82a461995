//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-vectorize-rest`: what is no convolution, on tensors, in a form that
/// becomes vector code. What LLVM vectorises as it is stays: elementwise
/// operations, once neighbouring ones are fused.
///
//===----------------------------------------------------------------------===//

#include "conv/Rest/Passes.h"

#include "LanePlan.h"
#include "RestSteps.h"
#include "conv/IR/ElementSize.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Machine/MachineOptionsUtils.h"
#include "conv/Rest/Threads.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVVECTORIZERESTPASS
#include "conv/Rest/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// The operations of linalg on tensors in `func` that threads do not divide
/// already, and whose elements can be counted: the others are refused where
/// memory is planned.
static SmallVector<linalg::LinalgOp> findOperations(
    func::FuncOp func, llvm::function_ref<bool(linalg::LinalgOp)> filter =
                           [](linalg::LinalgOp) { return true; }) {
  SmallVector<linalg::LinalgOp> ops;
  func.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<scf::ForallOp>(op))
      return WalkResult::skip();
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (linalgOp && linalgOp.hasPureTensorSemantics() &&
        linalgOp->getNumResults() == 1 &&
        isAddressable(linalgOp.getStaticLoopRanges()) && filter(linalgOp))
      ops.push_back(linalgOp);
    return WalkResult::advance();
  });
  return ops;
}

/// Whether LLVM would make no vectors of `op`: it sums, or reads where numbers
/// say.
static bool needsLanes(linalg::LinalgOp op) {
  if (op.getNumReductionLoops() != 0)
    return true;
  return llvm::any_of(op.getBlock()->without_terminator(),
                      llvm::IsaPred<tensor::ExtractOp>);
}

/// Whether threads may divide loop `loop` of `op`, if that is a transposition:
/// into parts of one size, with squares of vectors. Those of a dimension that
/// stays behind its neighbour would be no rows.
static bool keepsSquares(linalg::LinalgOp op, unsigned loop,
                         MachineAttr machine) {
  auto transpose = dyn_cast<linalg::TransposeOp>(op.getOperation());
  if (!transpose)
    return true;
  ArrayRef<int64_t> permutation = transpose.getPermutation();
  if (loop > 0 && permutation[loop] == permutation[loop - 1] + 1)
    return false;
  int64_t extent = op.getStaticLoopRanges()[loop];
  int64_t threads = machine.getThreads();
  return extent % threads == 0 && extent / threads >= machine.getNVec();
}

/// What a remark calls `op`: "linalg.generic of tensor<1x56x56x64xf32>".
static std::string describe(linalg::LinalgOp op) {
  return llvm::formatv("{0} of {1}", op->getName().getStringRef(),
                       op->getResult(0).getType())
      .str();
}

namespace {

struct ConvVectorizeRestPass
    : conv::impl::ConvVectorizeRestPassBase<ConvVectorizeRestPass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> functions;
    for (auto func : module.getOps<func::FuncOp>())
      if (!func->hasAttr(kKernelAttrName) && !findOperations(func).empty())
        functions.push_back(func);
    if (functions.empty())
      return markAllAnalysesPreserved();
    llvm::Expected<MachineModel> model =
        resolveMachine(getMachineOptions(*this), module);
    if (!model) {
      // Loops without vectors are right, too.
      remark::missed(module.getLoc(),
                     remark::RemarkOpts::name("rest").category("conv"))
          << llvm::toString(model.takeError());
      return;
    }
    MachineAttr machine = model->toAttr(&getContext());
    for (func::FuncOp func : functions) {
      if (failed(fuseElementwise(func)))
        return signalPassFailure();
      simplifyGlobalPooling(func);
      if (failed(vectorize(func, machine)))
        return signalPassFailure();
    }
  }

private:
  static LogicalResult vectorize(func::FuncOp func, MachineAttr machine) {
    // Without vectors, loops are as good as they are.
    if (machine.getNVec() == 1)
      return success();
    IRRewriter rewriter(func.getContext());
    // The tail of an operation goes with it.
    for (linalg::LinalgOp op : findOperations(func, needsLanes))
      vectorizeLanes(op, machine);
    (void)runRegionDCE(rewriter, func->getRegions());
    for (linalg::LinalgOp op : findOperations(func)) {
      if (op.getNumLoops() != op.getNumParallelLoops())
        continue;
      FailureOr<linalg::LinalgOp> part =
          divideAmongThreads(rewriter, op, machine, [&](unsigned loop) {
            return keepsSquares(op, loop, machine);
          });
      if (failed(part))
        return failure();
      if (auto transpose = dyn_cast<linalg::TransposeOp>(part->getOperation()))
        vectorizeTranspose(rewriter, transpose, machine);
    }
    return success();
  }

  static void vectorizeLanes(linalg::LinalgOp op, MachineAttr machine) {
    std::string obstacle;
    std::optional<LanePlan> plan = planLanes(op, machine, obstacle);
    if (!plan) {
      remark::missed(op.getLoc(),
                     remark::RemarkOpts::name("rest").category("conv"))
          << describe(op) + " stays a scalar loop: " + obstacle;
      return;
    }
    // A tail has its own operands, which stand before it.
    Operation *last = plan->tail ? plan->tail.getOperation() : op;
    IRRewriter rewriter(last);
    Value result = emitLanes(rewriter, op, *plan);
    rewriter.replaceAllUsesWith(last->getResult(0), result);
    rewriter.eraseOp(last);
  }
};

} // namespace
