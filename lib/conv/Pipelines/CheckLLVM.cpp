//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The last look at a module: nothing may be left for whoever reads it next.
///
//===----------------------------------------------------------------------===//

#include "conv/Pipelines/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/BuiltinDialect.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVCHECKLLVMPASS
#include "conv/Pipelines/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;

namespace {

/// What an operation that is left over came from: casts between types stand
/// where two conversions did not meet.
Operation *getCulprit(Operation *op) {
  while (isa<UnrealizedConversionCastOp>(op)) {
    Operation *next = nullptr;
    for (Value operand : op->getOperands())
      if (Operation *definition = operand.getDefiningOp())
        if (!isa<LLVM::LLVMDialect>(definition->getDialect()))
          next = definition;
    for (Operation *user : op->getUsers())
      if (!next && !isa<LLVM::LLVMDialect, BuiltinDialect>(user->getDialect()))
        next = user;
    if (!next)
      return op;
    op = next;
  }
  return op;
}

struct ConvCheckLLVMPass
    : conv::impl::ConvCheckLLVMPassBase<ConvCheckLLVMPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    WalkResult walked = module.walk<WalkOrder::PreOrder>([&](Operation *op) {
      // A translation knows these.
      if (op == module ||
          isa_and_present<LLVM::LLVMDialect, omp::OpenMPDialect>(
              op->getDialect()))
        return WalkResult::advance();
      Operation *culprit = getCulprit(op);
      culprit->emitError("'")
          << culprit->getName()
          << "' cannot be lowered to LLVM: no conversion of the pipeline takes "
             "it";
      return WalkResult::interrupt();
    });
    if (walked.wasInterrupted())
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
