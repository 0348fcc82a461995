//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Buffers that are returned more than once get copies. Two results of one
/// buffer would be freed twice by a caller that owns both, and cannot both be
/// memory that the caller provides: upstream's promotion of results to
/// arguments replaces the allocation behind a result and erases it, once per
/// result and once per return.
///
///   return %r, %r        becomes        %c = memref.alloc()
///                                       memref.copy %r, %c
///                                       return %r, %c
///
//===----------------------------------------------------------------------===//

#include "SeparateResults.h"

#include "conv/Memory/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVSEPARATERESULTSPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// A copy of `buffer` in an allocation of its own; null for layouts that no
/// allocation has.
static Value createCopy(OpBuilder &b, Location loc, Value buffer) {
  Value copy;
  auto type = cast<MemRefType>(buffer.getType());
  if (auto alloc = buffer.getDefiningOp<memref::AllocOp>()) {
    copy = cast<memref::AllocOp>(b.clone(*alloc));
  } else if (type.getLayout().isIdentity()) {
    SmallVector<Value> sizes;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim))
        sizes.push_back(memref::DimOp::create(b, loc, buffer, dim));
    copy = memref::AllocOp::create(b, loc, type, sizes);
  } else {
    return Value();
  }
  memref::CopyOp::create(b, loc, buffer, copy);
  return copy;
}

void mlir::conv::separateResults(func::FuncOp func) {
  SmallVector<func::ReturnOp> returns(func.getOps<func::ReturnOp>());
  // Adding copies does not change where buffers come from.
  BufferOriginAnalysis origins(func);
  for (func::ReturnOp returnOp : returns) {
    // An allocation before a branch may be in use when another return fills the
    // same result: only what the block of the return allocates may be returned.
    auto isOwn = [&](OpOperand *operand) {
      auto alloc = operand->get().getDefiningOp<memref::AllocOp>();
      return alloc &&
             (returns.size() == 1 || alloc->getBlock() == returnOp->getBlock());
    };
    // Allocations are what a result can take the place of: they come first.
    SmallVector<OpOperand *> results;
    for (bool own : {true, false})
      for (OpOperand &operand : returnOp->getOpOperands())
        if (isa<MemRefType>(operand.get().getType()) && isOwn(&operand) == own)
          results.push_back(&operand);
    SmallVector<Value> kept;
    OpBuilder b(returnOp);
    for (OpOperand *operand : results) {
      Value buffer = operand->get();
      bool shared = llvm::any_of(kept, [&](Value other) {
        return other == buffer ||
               origins.isSameAllocation(buffer, other) != false;
      });
      bool elsewhere =
          buffer.getDefiningOp<memref::AllocOp>() && !isOwn(operand);
      if (shared || elsewhere)
        if (Value copy = createCopy(b, returnOp.getLoc(), buffer)) {
          operand->set(copy);
          continue;
        }
      kept.push_back(buffer);
    }
  }
}

namespace {

struct ConvSeparateResultsPass
    : conv::impl::ConvSeparateResultsPassBase<ConvSeparateResultsPass> {
  void runOnOperation() override { separateResults(getOperation()); }
};

} // namespace
