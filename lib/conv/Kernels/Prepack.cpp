//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Packing of filters ahead of the call. Constants are replaced by their packed
/// form (PrepackConstant.cpp); the packing of arguments moves into a function
/// that is called once (PrepackArguments.cpp).
///
//===----------------------------------------------------------------------===//

#include "conv/Kernels/Passes.h"

#include "Prepack.h"
#include "conv/IR/Conv.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVPREPACKPASS
#include "conv/Kernels/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::prepack;

/// Packs a filter that is there before a loop once, before it: a convolution of
/// three dimensions is a loop of such of two.
static void hoistPacking(PackFilterOp op) {
  auto empty = op.getInit().getDefiningOp<tensor::EmptyOp>();
  if (!empty || !empty.getDynamicSizes().empty())
    return;
  for (;;) {
    auto loop = dyn_cast<LoopLikeOpInterface>(op->getParentOp());
    if (!loop || !loop.isDefinedOutsideOfLoop(op.getFilter()))
      return;
    if (!loop.isDefinedOutsideOfLoop(empty.getResult())) {
      OpBuilder b(loop);
      empty = cast<tensor::EmptyOp>(b.clone(*empty));
      op.getInitMutable().assign(empty.getResult());
    }
    loop.moveOutOfLoop(op);
  }
}

namespace {

struct ConvPrepackPass : conv::impl::ConvPrepackPassBase<ConvPrepackPass> {
  using ConvPrepackPassBase::ConvPrepackPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (mode != "constants" && mode != "function") {
      module.emitError("unknown filters '")
          << mode << "' to pack before (known: constants, function)";
      return signalPassFailure();
    }
    symbols.emplace(module);
    SmallVector<PackFilterOp> packings;
    module.walk([&](PackFilterOp op) { packings.push_back(op); });
    for (PackFilterOp op : packings)
      if (failed(packConstantOf(op)))
        return signalPassFailure();
    eraseDeadSources();
    module.walk(hoistPacking);
    if (mode == "function") {
      SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
      for (func::FuncOp func : functions)
        if (failed(packArguments(func, module, *symbols)))
          return signalPassFailure();
    }
    symbols.reset();
    packedConstants.clear();
    packedGlobals.clear();
    sources.clear();
    sourceGlobals.clear();
  }

private:
  /// Packs the filter of `op` now if it is a constant.
  LogicalResult packConstantOf(PackFilterOp op);
  /// Erases constants that were only packed.
  void eraseDeadSources();

  /// One blob serves all uses of a constant, or a slice of it, packed in the
  /// same way.
  using Key = std::tuple<Attribute, Type, Attribute, Type, StringAttr, int64_t,
                         Attribute>;
  DenseMap<Key, ElementsAttr> packedConstants;
  DenseMap<Key, memref::GlobalOp> packedGlobals;
  /// Constants, and casts and slices of them.
  llvm::SetVector<Operation *> sources;
  llvm::SetVector<memref::GlobalOp> sourceGlobals;
  std::optional<SymbolTable> symbols;
};

LogicalResult ConvPrepackPass::packConstantOf(PackFilterOp op) {
  FilterSource from = findSource(op);
  Operation *source = from.root.getDefiningOp();
  ElementsAttr filter;
  memref::GlobalOp global;
  if (auto constant = dyn_cast_or_null<arith::ConstantOp>(source)) {
    filter = dyn_cast<ElementsAttr>(constant.getValue());
  } else if (auto get = dyn_cast_or_null<memref::GetGlobalOp>(source)) {
    global = symbols->lookup<memref::GlobalOp>(get.getName());
    if (global && global.getConstant() && global.getInitialValue())
      filter = dyn_cast<ElementsAttr>(*global.getInitialValue());
  }
  if (!filter || !op.getFilterType().hasStaticShape())
    return success();
  std::optional<PackingTarget> target = getReplaceableTarget(op);
  if (!target)
    return success();

  Key key(filter, op.getFilterType(),
          DenseI64ArrayAttr::get(op.getContext(), from.offsets),
          op.getPackedType(), op.getLayoutAttr(), op.getCPack(),
          op.getWinogradAttr());
  ElementsAttr &packed = packedConstants[key];
  if (!packed) {
    FailureOr<ElementsAttr> result = packConstant(op, filter, from.offsets);
    if (failed(result))
      return failure();
    if (!*result)
      return success();
    packed = *result;
  }

  Location loc = op.getLoc();
  for (Operation *view = op.getFilter().getDefiningOp(); view != source;
       view = view->getOperand(0).getDefiningOp())
    sources.insert(view);
  sources.insert(source);
  if (!target->alloc) {
    OpBuilder b(op);
    replacePacking(*target,
                   arith::ConstantOp::create(b, loc, cast<TypedAttr>(packed)));
    return success();
  }
  sourceGlobals.insert(global);
  memref::GlobalOp &packedGlobal = packedGlobals[key];
  memref::AllocOp alloc = target->alloc;
  if (!packedGlobal) {
    OpBuilder b(global);
    packedGlobal = memref::GlobalOp::create(
        b, global.getLoc(), (global.getSymName() + "_packed").str(),
        /*sym_visibility=*/b.getStringAttr("private"), alloc.getType(), packed,
        /*constant=*/true, b.getI64IntegerAttr(kAlignment));
    symbols->insert(packedGlobal);
  }
  OpBuilder b(alloc);
  replacePacking(*target,
                 memref::GetGlobalOp::create(b, loc, alloc.getType(),
                                             packedGlobal.getSymName()));
  return success();
}

void ConvPrepackPass::eraseDeadSources() {
  // What uses an operation before it, and globals after all that name them.
  llvm::SetVector<Operation *> sorted = topologicalSort(sources);
  for (Operation *source : llvm::reverse(sorted))
    if (isOpTriviallyDead(source))
      source->erase();
  for (memref::GlobalOp global : sourceGlobals)
    if (global.isPrivate() &&
        SymbolTable::symbolKnownUseEmpty(global, getOperation()))
      symbols->erase(global);
}

} // namespace
