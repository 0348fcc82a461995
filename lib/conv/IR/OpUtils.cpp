//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the operations of the dialect share.
///
//===----------------------------------------------------------------------===//

#include "OpUtils.h"

#include "conv/IR/ElementSize.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// Reads of inputs, writes of the init; reads of the init when `readsInit`.
void mlir::conv::addDpsEffects(
    DestinationStyleOpInterface op, bool readsInit,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand *operand : op.getDpsInputOperands())
    if (isa<MemRefType>(operand->get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), operand,
                           SideEffects::DefaultResource::get());
  for (OpOperand &operand : op.getDpsInitsMutable()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (readsInit)
      effects.emplace_back(MemoryEffects::Read::get(), &operand,
                           SideEffects::DefaultResource::get());
    effects.emplace_back(MemoryEffects::Write::get(), &operand,
                         SideEffects::DefaultResource::get());
  }
}

/// Whether values of type `factor` can be extended to `sum`.
static bool canExtend(Type factor, Type sum) {
  if (factor == sum)
    return true;
  if (isa<FloatType>(factor) != isa<FloatType>(sum) || !factor.isIntOrFloat() ||
      !sum.isIntOrFloat())
    return false;
  if (isa<IntegerType>(factor) &&
      !(factor.isSignlessInteger() && sum.isSignlessInteger()))
    return false;
  return factor.getIntOrFloatBitWidth() < sum.getIntOrFloatBitWidth();
}

/// Tensors and memrefs do not mix, element types agree but for an epilogue, the
/// result has the init's type, and no operand has more elements than 63 bits
/// can count.
LogicalResult mlir::conv::verifyDps(Operation *op, ValueRange factors) {
  auto dps = cast<DestinationStyleOpInterface>(op);
  bool tensors = isa<RankedTensorType>(dps.getDpsInits().front().getType());
  auto epilogue = dyn_cast<EpilogueOpInterface>(op);
  // What the sums are made of has their type; what an epilogue makes of them,
  // and what else it reads, may have others.
  Type element = epilogue
                     ? epilogue.getAccumulatorType()
                     : cast<ShapedType>(dps.getDpsInits().front().getType())
                           .getElementType();
  auto contract = dyn_cast<ContractOp>(op);
  auto isEpilogues = [&](OpOperand &operand) {
    return epilogue &&
           (dps.isDpsInit(&operand) ||
            (contract && contract.getBeside() == operand.get()) ||
            llvm::is_contained(epilogue.getEpilogueOperands(), operand.get()));
  };
  for (OpOperand &use : op->getOpOperands()) {
    Value operand = use.get();
    auto type = dyn_cast<ShapedType>(operand.getType());
    if (!type)
      continue;
    if (isa<RankedTensorType>(type) != tensors)
      return op->emitOpError("mixes tensors and memrefs");
    if (llvm::is_contained(factors, operand)) {
      if (!canExtend(type.getElementType(), element))
        return op->emitOpError("factors of type ")
               << type.getElementType() << " cannot be summed in " << element;
    } else if (type.getElementType() != element && !isEpilogues(use))
      return op->emitOpError("element type ")
             << type.getElementType() << " of an operand differs from the "
             << "output's " << element;
    if (auto memref = dyn_cast<MemRefType>(type))
      if (!memref.isStrided())
        return op->emitOpError("operand of type ") << type << " has no strides";
    if (!isAddressable(type.getShape()))
      return op->emitOpError("operand of type ")
             << type << " has more elements than can be addressed";
  }
  if (op->getNumResults() != (tensors ? 1u : 0u))
    return op->emitOpError(tensors ? "on tensors must have one result"
                                   : "on memrefs must not have a result");
  if (tensors &&
      op->getResult(0).getType() != dps.getDpsInits().front().getType())
    return op->emitOpError("result type differs from the type of outs");
  return success();
}

LogicalResult mlir::conv::verifyPaddingValue(Operation *op, int64_t value,
                                             Type element, bool isUnsigned) {
  auto integer = dyn_cast<IntegerType>(element);
  if (value == 0 ||
      (integer && (isUnsigned ? llvm::isUIntN(integer.getWidth(), value)
                              : llvm::isIntN(integer.getWidth(), value))))
    return success();
  return op->emitOpError("padding_value = ")
         << value << " is no element of type " << element;
}

Speculation::Speculatability mlir::conv::speculatability(Operation *op) {
  bool pure = llvm::all_of(op->getOperandTypes(),
                           [](Type t) { return !isa<MemRefType>(t); });
  return pure ? Speculation::Speculatable : Speculation::NotSpeculatable;
}
