//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// TOSA as front ends write it, to linalg on tensors: upstream's conversions,
/// but for transposed convolutions.
///
//===----------------------------------------------------------------------===//

#include "conv/Rest/Passes.h"

#include "RestSteps.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Dialect/Tosa/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVLOWERTOSAPASS
#include "conv/Rest/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;

namespace {

struct ConvLowerTosaPass
    : conv::impl::ConvLowerTosaPassBase<ConvLowerTosaPass> {
  void getDependentDialects(DialectRegistry &registry) const override {
    ConvLowerTosaPassBase::getDependentDialects(registry);
    OpPassManager pm(ModuleOp::getOperationName());
    addConversionsToLinalg(pm);
    addOtherConversions(pm);
    pm.getDependentDialects(registry);
  }

  void runOnOperation() override {
    // What has none of it is left as it is, to the order of its constants.
    WalkResult found = getOperation()->walk([](Operation *op) {
      return isa_and_present<tosa::TosaDialect>(op->getDialect())
                 ? WalkResult::interrupt()
                 : WalkResult::advance();
    });
    if (!found.wasInterrupted())
      return markAllAnalysesPreserved();
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](tosa::TransposeConv2DOp op) {
      conv::lowerTransposedConv(rewriter, op);
    });
    OpPassManager toLinalg(ModuleOp::getOperationName()),
        rest(ModuleOp::getOperationName());
    addConversionsToLinalg(toLinalg);
    if (failed(runPipeline(toLinalg, getOperation())))
      return signalPassFailure();
    // Inside of linalg's operations now.
    getOperation()->walk(
        [&](tosa::ApplyScaleOp op) { conv::replaceApplyScale(rewriter, op); });
    addOtherConversions(rest);
    if (failed(runPipeline(rest, getOperation())))
      signalPassFailure();
  }

private:
  static void addConversionsToLinalg(OpPassManager &pm) {
    OpPassManager &functions = pm.nest<func::FuncOp>();
    functions.addPass(tosa::createTosaOptionalDecompositionsPass());
    functions.addPass(tosa::createTosaToLinalgNamed());
    functions.addPass(tosa::createTosaToLinalg());
  }
  static void addOtherConversions(OpPassManager &pm) {
    OpPassManager &functions = pm.nest<func::FuncOp>();
    functions.addPass(createTosaToArithPass({/*includeApplyRescale=*/true}));
    functions.addPass(createTosaToTensorPass());
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
  }
};

} // namespace
