//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Freeing of what functions allocate, whichever way control takes.
///
//===----------------------------------------------------------------------===//

#include "Deallocate.h"

#include "conv/Memory/Passes.h"

#include "mlir/Conversion/BufferizationToMemRef/BufferizationToMemRef.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVDEALLOCATEPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// The part of upstream's deallocation pipeline that works on one function: it
/// cannot be told to leave out functions that free their own buffers.
static void addDeallocation(OpPassManager &pm) {
  pm.addPass(memref::createExpandReallocPass(
      memref::ExpandReallocPassOptions{/*emitDeallocs=*/false}));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(bufferization::createOwnershipBasedBufferDeallocationPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(bufferization::createBufferDeallocationSimplificationPass());
}

/// The rest of it, on the module: it may add a function.
static void addDeallocationLowering(OpPassManager &pm) {
  pm.addPass(bufferization::createLowerDeallocationsPass());
  pm.addPass(createConvertBufferizationToMemRefPass());
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass());
}

LogicalResult conv::freeAllocations(ModuleOp module,
                                    ArrayRef<func::FuncOp> functions,
                                    PipelineRunner run) {
  if (functions.empty())
    return success();
  for (func::FuncOp func : functions) {
    OpPassManager pm(func::FuncOp::getOperationName());
    addDeallocation(pm);
    if (failed(run(pm, func)))
      return failure();
  }
  OpPassManager pm(ModuleOp::getOperationName());
  addDeallocationLowering(pm);
  return run(pm, module);
}

void conv::addDeallocationDialects(DialectRegistry &registry) {
  OpPassManager pm(ModuleOp::getOperationName());
  addDeallocation(pm);
  addDeallocationLowering(pm);
  pm.getDependentDialects(registry);
}

namespace {

/// True when `func` has, or hands on, memory that nobody else frees. A caller
/// takes what is returned to it for its own.
bool ownsMemory(func::FuncOp func) {
  bool allocates =
      llvm::any_of(func.getResultTypes(), llvm::IsaPred<BaseMemRefType>);
  bool frees = false;
  func.walk([&](Operation *op) {
    allocates |= isa<memref::AllocOp, memref::ReallocOp>(op);
    frees |= isa<memref::DeallocOp>(op);
    if (auto call = dyn_cast<func::CallOp>(op))
      allocates |=
          llvm::any_of(call.getResultTypes(), llvm::IsaPred<BaseMemRefType>);
  });
  return allocates && !frees;
}

struct ConvDeallocatePass
    : conv::impl::ConvDeallocatePassBase<ConvDeallocatePass> {
  void getDependentDialects(DialectRegistry &registry) const override {
    ConvDeallocatePassBase::getDependentDialects(registry);
    addDeallocationDialects(registry);
  }

  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isExternal() && ownsMemory(func))
        functions.push_back(func);
    auto run = [&](OpPassManager &pm, Operation *op) {
      return runPipeline(pm, op);
    };
    if (failed(freeAllocations(getOperation(), functions, run)))
      signalPassFailure();
  }
};

} // namespace
