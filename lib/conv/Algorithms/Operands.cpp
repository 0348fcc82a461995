//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operands.h"

#include "conv/Machine/Instructions.h"
#include "conv/Schedule/KernelKinds.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

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
  FilterOperand operand;
  // Depthwise contractions call their groups k.
  bool depthwise = layout.contains('k') && op.getDims().filterPos('k') < 0;
  operand.cPack = getChannelPack(schedule, depthwise);
  ArrayRef<int64_t> plain = op.getFilterType().getShape();
  SmallVector<int64_t> shape =
      schedule.getVector() == VectorIterator::G
          ? PackFilterOp::getMergedShape(plain, layout, cOb)
          : PackFilterOp::getPackedShape(plain, layout, cOb, operand.cPack);
  // What its row does not take is refused where it is lowered.
  const Instruction *row = findInstruction(schedule);
  Type element = op.getFilterType().getElementType();
  if (row && element == getElementType(row->types.b, ctx))
    element = getElementType(row->multiplied, ctx);
  SmallVector<AffineExpr> exprs = {
      dim(ContractOp::G), dim(ContractOp::K).floorDiv(cOb),
      dim(ContractOp::R), dim(ContractOp::S),
      dim(ContractOp::C), dim(ContractOp::K) % cOb};
  if (operand.cPack > 1) {
    exprs[4] = dim(ContractOp::C).floorDiv(operand.cPack);
    exprs.push_back(dim(ContractOp::C) % operand.cPack);
  }
  operand.map = AffineMap::get(ContractOp::NumIterators, 0, exprs, ctx);
  if (isa<TensorType>(op.getFilter().getType())) {
    Value empty = tensor::EmptyOp::create(rewriter, loc, shape, element);
    auto pack =
        PackFilterOp::create(rewriter, loc, empty.getType(), op.getFilter(),
                             empty, layout, operand.cPack, schedule.getNVec(),
                             /*winograd=*/DenseI64ArrayAttr());
    operand.value = pack->getResult(0);
    return operand;
  }
  operand.temporary =
      memref::AllocOp::create(rewriter, loc, MemRefType::get(shape, element),
                              rewriter.getI64IntegerAttr(64));
  PackFilterOp::create(rewriter, loc, TypeRange(), op.getFilter(),
                       operand.temporary, layout, operand.cPack,
                       schedule.getNVec(), /*winograd=*/DenseI64ArrayAttr());
  operand.value = operand.temporary;
  return operand;
}

DenseI64ArrayAttr mlir::conv::getHighPadding(DimsAttr dims) {
  if (llvm::all_of(dims.getHigh(), [](int64_t high) { return high == 0; }))
    return {};
  return DenseI64ArrayAttr::get(dims.getContext(), dims.getHigh());
}

StoreMode mlir::conv::getStoreMode(ConvOp op, char channel) {
  StringRef letters = op.getDims().getOutput();
  if (auto type = dyn_cast<MemRefType>(op.getInit().getType())) {
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(type.getStridesAndOffset(strides, offset)) ||
        (strides.back() != 1 && type.getShape().back() != 1))
      return StoreMode::Element;
  }
  if (letters.back() == channel)
    return StoreMode::KContiguous;
  return letters.back() == 'w' ? StoreMode::WContiguous : StoreMode::Element;
}

/// `value` as a tensor. The convolution names each of its buffers once, except
/// for a residual that may lie in the output.
static Value toTensor(Value value, bool writable, RewriterBase &rewriter) {
  if (!isa<MemRefType>(value.getType()))
    return value;
  return bufferization::ToTensorOp::create(
      rewriter, value.getLoc(),
      memref::getTensorTypeFromMemRefType(value.getType()), value,
      /*restrict=*/true, writable);
}

TensorOperands mlir::conv::wrapOperands(ConvOp op, RewriterBase &rewriter) {
  TensorOperands operands{toTensor(op.getInput(), /*writable=*/false, rewriter),
                          toTensor(op.getInit(), /*writable=*/true, rewriter),
                          Epilogue::of(op)};
  for (Value &operand : operands.epilogue.operands)
    operand = toTensor(operand, /*writable=*/false, rewriter);
  return operands;
}

Value mlir::conv::wrapFilter(ConvOp, const FilterOperand &filter,
                             RewriterBase &rewriter) {
  return toTensor(filter.value, /*writable=*/false, rewriter);
}

void mlir::conv::replaceByTensor(ConvOp op, Value result,
                                 RewriterBase &rewriter) {
  if (isa<TensorType>(op.getInit().getType()))
    return rewriter.replaceOp(op, result);
  bufferization::MaterializeInDestinationOp::create(
      rewriter, op.getLoc(), Type(), result, op.getInit(),
      /*restrict=*/true, /*writable=*/true);
  rewriter.eraseOp(op);
}
