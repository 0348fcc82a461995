//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What packed filters are written to, and read from, and when another value
/// may take its place.
///
/// On memrefs the packed filter is a buffer of the function. It is replaced,
/// together with its deallocation, when nothing but the packing writes it.
///
//===----------------------------------------------------------------------===//

#include "Prepack.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::prepack;

/// Collects the operations that free `buffer`, which `op` fills. Fails when
/// anything else might write it or let it escape.
static LogicalResult collectUses(Value buffer, PackFilterOp op,
                                 SmallVectorImpl<Operation *> &deallocs) {
  for (OpOperand &use : buffer.getUses()) {
    Operation *user = use.getOwner();
    if (user == op.getOperation()) {
      if (use.get() == op.getFilter())
        return failure();
      continue;
    }
    if (isa<memref::DeallocOp>(user)) {
      deallocs.push_back(user);
      continue;
    }
    if (isa<ViewLikeOpInterface>(user)) {
      for (Value result : user->getResults())
        if (failed(collectUses(result, op, deallocs)))
          return failure();
      continue;
    }
    auto effects = dyn_cast<MemoryEffectOpInterface>(user);
    if (!effects ||
        llvm::any_of(user->getResultTypes(), llvm::IsaPred<BaseMemRefType>))
      return failure();
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffectsOnValue(buffer, instances);
    if (instances.empty() ||
        !llvm::all_of(instances, [](const MemoryEffects::EffectInstance &e) {
          return isa<MemoryEffects::Read>(e.getEffect());
        }))
      return failure();
  }
  return success();
}

std::optional<PackingTarget>
mlir::conv::prepack::getReplaceableTarget(PackFilterOp op) {
  PackingTarget target{op, {}, {}};
  if (isa<TensorType>(op.getPackedType()))
    return target;
  target.alloc = op.getInit().getDefiningOp<memref::AllocOp>();
  if (!target.alloc || !target.alloc.getType().getLayout().isIdentity() ||
      target.alloc.getType().getMemorySpace() ||
      failed(collectUses(target.alloc.getResult(), op, target.deallocs)))
    return std::nullopt;
  return target;
}

void mlir::conv::prepack::replacePacking(PackingTarget &target, Value packed) {
  PackFilterOp op = target.op;
  if (!target.alloc) {
    Operation *init = op.getInit().getDefiningOp();
    op->getResult(0).replaceAllUsesWith(packed);
    op.erase();
    if (init && isOpTriviallyDead(init))
      init->erase();
    return;
  }
  op.erase();
  for (Operation *dealloc : target.deallocs)
    dealloc->erase();
  target.alloc.getResult().replaceAllUsesWith(packed);
  target.alloc.erase();
}

bool mlir::conv::prepack::isView(Operation *op) {
  if (isa<tensor::CastOp, memref::CastOp>(op))
    return true;
  if (!isa<tensor::ExtractSliceOp, memref::SubViewOp>(op))
    return false;
  auto slice = cast<OffsetSizeAndStrideOpInterface>(op);
  auto type = cast<ShapedType>(op->getResult(0).getType());
  return type.getRank() ==
             static_cast<int64_t>(slice.getStaticSizes().size()) &&
         llvm::none_of(slice.getStaticOffsets(), ShapedType::isDynamic) &&
         llvm::all_of(slice.getStaticStrides(),
                      [](int64_t stride) { return stride == 1; });
}

FilterSource mlir::conv::prepack::findSource(PackFilterOp op) {
  FilterSource source{op.getFilter(), {}};
  source.offsets.assign(op.getFilterType().getRank(), 0);
  while (Operation *maker = source.root.getDefiningOp()) {
    if (!isView(maker))
      break;
    if (auto slice = dyn_cast<OffsetSizeAndStrideOpInterface>(maker))
      for (auto [sum, offset] :
           llvm::zip_equal(source.offsets, slice.getStaticOffsets()))
        sum += offset;
    source.root = maker->getOperand(0);
  }
  return source;
}
