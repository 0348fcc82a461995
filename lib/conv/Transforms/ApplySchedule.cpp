//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pass around the algorithms, and what they share.
///
//===----------------------------------------------------------------------===//

#include "conv/Transforms/Passes.h"

#include "Algorithms/Algorithms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVAPPLYSCHEDULEPASS
#include "conv/Transforms/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

FilterOperand mlir::conv::prepareFilter(ConvOp op, StringRef layout,
                                        RewriterBase &rewriter) {
  Location loc = op.getLoc();
  MLIRContext *ctx = op.getContext();
  ScheduleAttr schedule = op.getScheduleAttr();
  auto dim = [&](unsigned i) { return getAffineDimExpr(i, ctx); };
  if (schedule.getFilter() == FilterForm::Plain) {
    SmallVector<AffineExpr> exprs;
    for (char letter : layout)
      exprs.push_back(dim(letter == 'g'   ? ContractOp::G
                          : letter == 'k' ? ContractOp::K
                          : letter == 'c' ? ContractOp::C
                          : letter == 'r' ? ContractOp::R
                                          : ContractOp::S));
    return {op.getFilter(), Value(),
            AffineMap::get(ContractOp::NumIterators, 0, exprs, ctx)};
  }
  int64_t cOb = schedule.getCOb();
  SmallVector<int64_t> shape = PackFilterOp::getPackedShape(
      op.getFilterType().getShape(), layout, cOb, /*cPack=*/1);
  Type element = op.getFilterType().getElementType();
  FilterOperand operand;
  operand.map = AffineMap::get(
      ContractOp::NumIterators, 0,
      {dim(ContractOp::G), dim(ContractOp::K).floorDiv(cOb), dim(ContractOp::R),
       dim(ContractOp::S), dim(ContractOp::C), dim(ContractOp::K) % cOb},
      ctx);
  if (isa<TensorType>(op.getFilter().getType())) {
    Value empty = tensor::EmptyOp::create(rewriter, loc, shape, element);
    auto pack = PackFilterOp::create(rewriter, loc, empty.getType(),
                                     op.getFilter(), empty, layout);
    operand.value = pack->getResult(0);
    return operand;
  }
  operand.temporary =
      memref::AllocOp::create(rewriter, loc, MemRefType::get(shape, element),
                              rewriter.getI64IntegerAttr(64));
  PackFilterOp::create(rewriter, loc, TypeRange(), op.getFilter(),
                       operand.temporary, layout);
  operand.value = operand.temporary;
  return operand;
}

LogicalResult mlir::conv::applySchedule(ConvOp op, RewriterBase &rewriter) {
  Algorithm algorithm = op.getScheduleAttr().getAlgorithm();
  switch (algorithm) {
  case Algorithm::Direct:
    return applyDirect(op, rewriter);
  default:
    return op.emitOpError("algorithm '")
           << stringifyAlgorithm(algorithm) << "' has no lowering";
  }
}

namespace {

struct ConvApplySchedulePass
    : conv::impl::ConvApplySchedulePassBase<ConvApplySchedulePass> {
  void runOnOperation() override {
    SmallVector<ConvOp> ops;
    getOperation()->walk([&](ConvOp op) {
      if (op.getScheduleAttr())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (ConvOp op : ops)
      if (failed(applySchedule(op, rewriter)))
        return signalPassFailure();
  }
};

} // namespace
