//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bufferization of a whole module: upstream's passes in the order and with the
/// options this project needs, and copies that need no runtime library.
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "Deallocate.h"
#include "PlaceParts.h"
#include "SeparateResults.h"
#include "conv/IR/Conv.h"
#include "conv/IR/ElementSize.h"

#include "mlir/Conversion/BufferizationToMemRef/BufferizationToMemRef.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVBUFFERIZEPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Refuses what later steps would get wrong or drop in silence. Functions of
/// nested modules are not bufferized, nor lowered by what comes after. Byte
/// counts of buffers are 63-bit numbers: what is larger would be allocated and
/// addressed modulo 2^64. Layouts without strides have no descriptor. Elided
/// constants have lost their values.
LogicalResult checkInput(ModuleOp module) {
  auto check = [](Operation *op, Type type) -> LogicalResult {
    auto shaped = dyn_cast<ShapedType>(type);
    if (!shaped || !shaped.hasRank())
      return success();
    if (auto memref = dyn_cast<MemRefType>(type))
      if (!memref.isStrided())
        return op->emitError("type ")
               << type << " has no strides; --normalize-memrefs may help";
    if (!isAddressable(shaped.getShape()))
      return op->emitError("type ")
             << type << " has more elements than can be addressed";
    return success();
  };
  WalkResult result =
      module.walk<WalkOrder::PreOrder>([&](Operation *op) -> WalkResult {
        if (isa<func::FuncOp>(op) && op->getParentOp() != module) {
          op->emitError("is a function of a nested module; only functions of "
                        "the outermost module are compiled");
          return WalkResult::interrupt();
        }
        for (NamedAttribute attr : op->getAttrs())
          if (auto resource =
                  dyn_cast<DenseResourceElementsAttr>(attr.getValue()))
            if (!resource.getRawHandle().getBlob()) {
              op->emitError("constant was elided: the resource '")
                  << resource.getRawHandle().getKey()
                  << "' has no data; export the model with its constants";
              return WalkResult::interrupt();
            }
        for (Type type : op->getResultTypes())
          if (failed(check(op, type)))
            return WalkResult::interrupt();
        for (Region &region : op->getRegions())
          for (Block &block : region)
            for (Type type : block.getArgumentTypes())
              if (failed(check(op, type)))
                return WalkResult::interrupt();
        return WalkResult::advance();
      });
  return failure(result.wasInterrupted());
}

template <typename OpTy> bool contains(Operation *root) {
  return root->walk([](OpTy) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// True when a value in `root` or the signature of a function is of a type
/// `TypeT`.
template <typename TypeT> bool mentions(Operation *root) {
  auto matches = [](Type type) { return isa<TypeT>(type); };
  return root
      ->walk([&](Operation *op) {
        bool found = llvm::any_of(op->getOperandTypes(), matches) ||
                     llvm::any_of(op->getResultTypes(), matches);
        if (auto func = dyn_cast<FunctionOpInterface>(op))
          found |= llvm::any_of(func.getArgumentTypes(), matches) ||
                   llvm::any_of(func.getResultTypes(), matches);
        return found ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// True when a copy from or to `type` becomes an intrinsic: upstream calls its
/// runtime library for all other layouts.
bool isContiguous(BaseMemRefType type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref && (memref.getLayout().isIdentity() ||
                    (memref.hasStaticShape() && memref.getNumElements() > 0 &&
                     memref::isStaticShapeAndContiguousRowMajor(memref)));
}

/// Turns copies of strided memrefs into an operation that becomes loops.
void expandStridedCopies(Operation *root) {
  root->walk([](memref::CopyOp copy) {
    auto source = cast<BaseMemRefType>(copy.getSource().getType());
    auto target = cast<BaseMemRefType>(copy.getTarget().getType());
    if (!isa<MemRefType>(source) || !isa<MemRefType>(target) ||
        (isContiguous(source) && isContiguous(target)))
      return;
    OpBuilder b(copy);
    linalg::CopyOp::create(b, copy.getLoc(), copy.getSource(),
                           copy.getTarget());
    copy.erase();
  });
}

struct ConvBufferizePass
    : conv::impl::ConvBufferizePassBase<ConvBufferizePass> {
  using ConvBufferizePassBase::ConvBufferizePassBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    ConvBufferizePassBase::getDependentDialects(registry);
    // What the nested pipelines create.
    OpPassManager pm(ModuleOp::getOperationName());
    addBufferization(pm);
    addCleanup(pm);
    addExpansion(pm);
    pm.getDependentDialects(registry);
    addDeallocationDialects(registry);
    // Of this dialect's operations, also where only passes were loaded.
    registerBufferizableOpInterfaceExternalModels(registry);
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (failed(checkInput(module)))
      return signalPassFailure();
    DenseSet<Operation *> mixed;
    bool tensors = mentions<TensorType>(module);
    if (tensors) {
      DenseMap<Operation *, size_t> allocations;
      SmallVector<func::FuncOp> returnTensors;
      module.walk([&](func::FuncOp func) {
        allocations[func] = countAllocations(func);
        if (llvm::any_of(func.getResultTypes(), llvm::IsaPred<TensorType>))
          returnTensors.push_back(func);
      });
      module.walk([](func::FuncOp func) { placeParts(func); });
      OpPassManager bufferize(ModuleOp::getOperationName());
      addBufferization(bufferize);
      if (failed(runPipeline(bufferize, module)))
        return signalPassFailure();
      for (auto [func, before] : allocations)
        if (countAllocations(func) > before)
          mixed.insert(func);
      // Tensors are values: whoever changes or frees one changes no other.
      for (func::FuncOp func : returnTensors)
        separateResults(func);
    }
    OpPassManager cleanup(ModuleOp::getOperationName());
    addCleanup(cleanup);
    if (failed(runPipeline(cleanup, module)))
      return signalPassFailure();

    if (!deallocate) {
      OpPassManager pm(ModuleOp::getOperationName());
      addExpansion(pm);
      if (failed(runPipeline(pm, module)))
        return signalPassFailure();
      return expandStridedCopies(module);
    }

    // Bufferization frees nothing, so a dealloc is the user's. A function on
    // memrefs alone that allocates nothing owns nothing, and one on scalars may
    // have loops the deallocation does not understand.
    SmallVector<func::FuncOp> toDeallocate;
    module.walk([&](func::FuncOp func) {
      if (func.isExternal())
        return;
      if (!contains<memref::DeallocOp>(func)) {
        if ((tensors && mentions<BaseMemRefType>(func)) ||
            contains<memref::AllocOp>(func))
          toDeallocate.push_back(func);
      } else if (mixed.contains(func)) {
        func.emitWarning("frees buffers of its own; those bufferization "
                         "allocates in it are never freed");
      }
    });

    auto run = [&](OpPassManager &pm, Operation *op) {
      return runPipeline(pm, op);
    };
    if (failed(freeAllocations(module, toDeallocate, run)))
      return signalPassFailure();
    expandStridedCopies(module);
  }

private:
  static size_t countAllocations(Operation *root) {
    size_t count = 0;
    root->walk([&](memref::AllocOp) { ++count; });
    return count;
  }

  static void addBufferization(OpPassManager &pm) {
    bufferization::OneShotBufferizePassOptions options;
    // A loop of the user's may yield a new tensor in every iteration.
    options.allowReturnAllocsFromLoops = true;
    options.bufferizeFunctionBoundaries = true;
    options.functionBoundaryTypeConversion =
        bufferization::LayoutMapOption::IdentityLayoutMap;
    pm.addPass(bufferization::createEmptyTensorEliminationPass());
    pm.addPass(bufferization::createOneShotBufferizePass(options));
  }

  static void addCleanup(OpPassManager &pm) {
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
  }

  /// What the deallocation pipeline would do besides: allocations and copies in
  /// the place of what stands for them.
  static void addExpansion(OpPassManager &pm) {
    pm.addPass(memref::createExpandReallocPass(
        memref::ExpandReallocPassOptions{/*emitDeallocs=*/false}));
    pm.addPass(createConvertBufferizationToMemRefPass());
    pm.addPass(createCanonicalizerPass());
  }
};

} // namespace
