//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which functions C calls, or are C.
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVPLAINPOINTERSPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// Upstream's name for this way to pass memrefs.
static constexpr llvm::StringLiteral kBarePointers = "llvm.bareptr";

/// True when a pointer says all of a value of `type`.
static bool isPlain(Type type) {
  if (!isa<BaseMemRefType>(type))
    return true;
  auto memref = dyn_cast<MemRefType>(type);
  return memref && memref.hasStaticShape() && memref.getLayout().isIdentity() &&
         (memref.getRank() <= 1 || memref.getNumElements() > 0);
}

/// Gives `func` arguments of one dimension in the place of empty ones of more:
/// upstream has no pointer for those. Nothing is ever read through them.
static void flattenEmptyArguments(func::FuncOp func, ModuleOp module) {
  SmallVector<unsigned> empty;
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
    if (auto memref = dyn_cast<MemRefType>(type);
        memref && memref.getRank() > 1 &&
        llvm::is_contained(memref.getShape(), 0))
      empty.push_back(i);
  if (empty.empty())
    return;
  auto flatten = [](Type type) {
    return MemRefType::get({0}, cast<MemRefType>(type).getElementType());
  };
  OpBuilder b(func.getBody());
  SmallVector<Type> types(func.getArgumentTypes());
  for (unsigned i : empty) {
    BlockArgument argument = func.getArgument(i);
    argument.replaceAllUsesWith(memref::AllocaOp::create(
        b, argument.getLoc(), cast<MemRefType>(argument.getType())));
    types[i] = flatten(argument.getType());
    argument.setType(types[i]);
  }
  func.setType(b.getFunctionType(types, func.getResultTypes()));
  module.walk([&](func::CallOp call) {
    if (call.getCallee() != func.getSymName())
      return;
    b.setInsertionPoint(call);
    for (unsigned i : empty)
      call.setOperand(i, memref::AllocaOp::create(b, call.getLoc(),
                                                  cast<MemRefType>(types[i])));
  });
}

namespace {

struct ConvPlainPointersPass
    : conv::impl::ConvPlainPointersPassBase<ConvPlainPointersPass> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      bool entry = func.isPublic() && !func.isExternal();
      if (!entry && !func.isExternal())
        continue;
      if (entry)
        flattenEmptyArguments(func, getOperation());
      bool plain =
          llvm::all_of(func.getArgumentTypes(), isPlain) &&
          llvm::none_of(func.getResultTypes(), llvm::IsaPred<BaseMemRefType>);
      if (plain)
        func->setAttr(kBarePointers, UnitAttr::get(&getContext()));
      else if (entry && failed(refuse(func)))
        return signalPassFailure();
    }
  }

private:
  /// Says what of the signature of `func` is no pointer.
  static LogicalResult refuse(func::FuncOp func) {
    for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
      if (!isPlain(type))
        return func.emitOpError("cannot be called from C: argument ")
               << i << " is " << type
               << ", whose sizes and strides a pointer does not have";
    return func.emitOpError("cannot be called from C: it returns a memref");
  }
};

} // namespace
