//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Has functions say when an operation is done: where the time of a model goes.
/// It runs before kernels are outlined, which are the same code with and
/// without it.
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVTIMEOPERATIONSPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// The functions whose operations are timed: public ones, and what these call
/// outside of any loop. Others might run in several threads at once.
static llvm::SetVector<func::FuncOp> findTimedFunctions(ModuleOp module) {
  llvm::SmallPtrSet<Operation *, 8> inLoops;
  module.walk([&](func::CallOp call) {
    if (!isa<func::FuncOp>(call->getParentOp()))
      inLoops.insert(module.lookupSymbol(call.getCallee()));
  });
  llvm::SetVector<func::FuncOp> timed;
  auto add = [&](func::FuncOp func) {
    if (func && !func.isDeclaration() && !func->hasAttr(kKernelAttrName) &&
        !inLoops.contains(func))
      timed.insert(func);
  };
  for (auto func : module.getOps<func::FuncOp>())
    if (func.isPublic())
      add(func);
  // More of them join while these are looked through.
  size_t next = 0;
  while (next < timed.size()) {
    func::FuncOp func = timed[next++];
    for (Block &block : func.getBody())
      for (auto call : block.getOps<func::CallOp>())
        add(module.lookupSymbol<func::FuncOp>(call.getCallee()));
  }
  return timed;
}

/// Whether `op`, of a function's own blocks, does more than look at memory,
/// take or free it.
static bool doesWork(Operation *op) {
  return !op->hasTrait<OpTrait::IsTerminator>() && !isMemoryEffectFree(op) &&
         !hasSingleEffect<MemoryEffects::Allocate>(op) &&
         !hasSingleEffect<MemoryEffects::Free>(op);
}

namespace {
struct ConvTimeOperationsPass
    : conv::impl::ConvTimeOperationsPassBase<ConvTimeOperationsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (Operation *taken = module.lookupSymbol(kOperationDoneName)) {
      taken->emitError("'") << kOperationDoneName
                            << "' is the function that timed operations call";
      return signalPassFailure();
    }
    llvm::SetVector<func::FuncOp> timed = findTimedFunctions(module);
    int64_t number = 0;
    for (func::FuncOp func : timed) {
      SmallVector<Operation *> work;
      for (Block &block : func.getBody())
        for (Operation &op : block)
          if (doesWork(&op) && !callsTimed(&op, timed))
            work.push_back(&op);
      OpBuilder b(&getContext());
      if (func.isPublic()) {
        b.setInsertionPointToStart(&func.getBody().front());
        say(b, func.getLoc(), 0);
      }
      for (Operation *op : work) {
        b.setInsertionPointAfter(op);
        say(b, op->getLoc(), ++number);
      }
    }
    OpBuilder b(module.getBody(), module.getBody()->end());
    auto done =
        func::FuncOp::create(b, module.getLoc(), kOperationDoneName,
                             b.getFunctionType(b.getI64Type(), TypeRange()));
    done.setPrivate();
  }

private:
  /// Whether `op` calls a function whose operations are timed themselves.
  bool callsTimed(Operation *op, const llvm::SetVector<func::FuncOp> &timed) {
    auto call = dyn_cast<func::CallOp>(op);
    return call && timed.contains(getOperation().lookupSymbol<func::FuncOp>(
                       call.getCallee()));
  }

  static void say(OpBuilder &b, Location loc, int64_t number) {
    Value constant = arith::ConstantIntOp::create(b, loc, number, 64);
    func::CallOp::create(b, loc, kOperationDoneName, TypeRange(), constant);
  }
};
} // namespace
