//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Schedules are chosen on tensors, which are dense. Bufferization may then put
/// an operand of a contraction into a strided slice of another buffer, where
/// vectors cannot reach it; these operands become dense again, by a copy, or by
/// storing what lies between in the same vectors.
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "PairColumns.h"
#include "conv/IR/Conv.h"
#include "conv/Schedule/ContractLayout.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVCOPYSTRIDEDPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

static constexpr int64_t kLineBytes = 64;

SmallVector<OpOperand *> mlir::conv::findStrided(ContractOp op) {
  llvm::SetVector<OpOperand *> strided;
  for (const LayoutDemand &demand : getLayoutDemands(op))
    if (!demand.isMet() && demand.isMetDense())
      strided.insert(demand.operand);
  return strided.takeVector();
}

Value mlir::conv::createDense(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      sizes.push_back(memref::DimOp::create(b, loc, buffer, dim));
  return createDense(b, loc, type.getShape(), type, sizes);
}

Value mlir::conv::createDense(OpBuilder &b, Location loc,
                              ArrayRef<int64_t> shape, MemRefType like,
                              ValueRange sizes) {
  auto type =
      MemRefType::get(shape, like.getElementType(), MemRefLayoutAttrInterface(),
                      like.getMemorySpace());
  return memref::AllocOp::create(b, loc, type, sizes,
                                 b.getI64IntegerAttr(kLineBytes));
}

/// Makes `op` use dense copies of `operands`, which live as long as it runs.
static void copyOperands(ContractOp op, ArrayRef<OpOperand *> operands) {
  Location loc = op.getLoc();
  for (OpOperand *operand : operands) {
    Value buffer = operand->get();
    OpBuilder b(op);
    Value copy = createDense(b, loc, buffer);
    bool written = op.isDpsInit(operand);
    if (!written || op.getAccumulate())
      linalg::CopyOp::create(b, loc, buffer, copy);
    operand->set(copy);
    b.setInsertionPointAfter(op);
    if (written)
      linalg::CopyOp::create(b, loc, copy, buffer);
    memref::DeallocOp::create(b, loc, copy);
  }
}

namespace {

struct ConvCopyStridedPass
    : conv::impl::ConvCopyStridedPassBase<ConvCopyStridedPass> {
  void runOnOperation() override {
    pairColumns(getOperation());
    getOperation()->walk([](ContractOp op) {
      if (op.hasPureBufferSemantics())
        copyOperands(op, findStrided(op));
    });
  }
};

} // namespace
