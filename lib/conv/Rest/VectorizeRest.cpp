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

#include "ByteTables.h"
#include "LanePlan.h"
#include "RestSteps.h"
#include "conv/IR/ElementSize.h"
#include "conv/Machine/ByteShuffles.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Machine/MachineOptionsUtils.h"
#include "conv/Rest/Threads.h"
#include "conv/Schedule/TeamCost.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
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

/// `op` with the dimensions behind its first ones joined, where it looks bytes
/// up and does nothing else but elementwise operations: rows that are short
/// would be fewer bytes than a shuffle takes. Threads divide the first ones.
static linalg::LinalgOp joinRows(RewriterBase &rewriter, linalg::LinalgOp op) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  const auto *first = llvm::find_if(extents, [](int64_t n) { return n != 1; });
  int64_t rank = extents.size(), outer = first - extents.begin() + 1;
  bool looksUp =
      llvm::any_of(op.getBlock()->without_terminator(), [](Operation &inner) {
        auto extract = dyn_cast<tensor::ExtractOp>(inner);
        return extract && readByteLookup(extract);
      });
  if (!looksUp || outer + 1 >= rank || op.getNumReductionLoops() != 0 ||
      op.hasIndexSemantics() || ShapedType::isDynamicShape(extents) ||
      !llvm::all_of(op.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isIdentity(); }))
    return op;
  ReassociationIndices inner;
  for (int64_t dim = outer; dim < rank; ++dim)
    inner.push_back(dim);
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::CollapseResult> joined =
      linalg::collapseOpIterationDims(op, {inner}, rewriter);
  if (failed(joined))
    return op;
  rewriter.replaceOp(op, joined->results);
  return joined->collapsedOp;
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
    int64_t shuffledBytes =
        getShuffledBytes({model->triple, model->cpu, model->features});
    for (func::FuncOp func : functions) {
      if (failed(fuseElementwise(func)))
        return signalPassFailure();
      simplifyGlobalPooling(func);
      separateWindows(func);
      MachineAttr shared = shareFork(machine, countOperations(func));
      if (failed(vectorize(func, shared, shuffledBytes)))
        return signalPassFailure();
    }
  }

private:
  /// What one team of threads may do in `func`.
  static int64_t countOperations(func::FuncOp func) {
    int64_t count = 0;
    func.walk<WalkOrder::PreOrder>([&](Operation *op) {
      bool isDivisible = isa<linalg::LinalgOp, scf::ForallOp>(op);
      count += isDivisible;
      return isDivisible ? WalkResult::skip() : WalkResult::advance();
    });
    return count;
  }

  static LogicalResult vectorize(func::FuncOp func, MachineAttr machine,
                                 int64_t shuffledBytes) {
    // Without vectors, loops are as good as they are.
    if (machine.getNVec() == 1)
      return success();
    IRRewriter rewriter(func.getContext());
    // The tail of an operation goes with it.
    for (linalg::LinalgOp op : findOperations(func, needsLanes))
      vectorizeLanes(rewriter, op, machine, shuffledBytes);
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

  static void vectorizeLanes(IRRewriter &rewriter, linalg::LinalgOp op,
                             MachineAttr machine, int64_t shuffledBytes) {
    if (shuffledBytes != 0)
      op = joinRows(rewriter, op);
    std::string obstacle;
    std::optional<LanePlan> plan =
        planLanes(op, machine, shuffledBytes, obstacle);
    if (!plan) {
      remark::missed(op.getLoc(),
                     remark::RemarkOpts::name("rest").category("conv"))
          << describe(op) + " stays a scalar loop: " + obstacle;
      return;
    }
    // A tail has its own operands, which stand before it.
    Operation *last = plan->tail ? plan->tail.getOperation() : op;
    rewriter.setInsertionPoint(last);
    Value result = emitLanes(rewriter, op, *plan);
    rewriter.replaceAllUsesWith(last->getResult(0), result);
    rewriter.eraseOp(last);
  }
};

} // namespace
