//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bufferization: every operation of the dialect writes its result into the
/// buffer of its init and reads that buffer only when it accumulates.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::conv;

namespace {

template <typename OpTy>
struct DpsModel
    : DstBufferizableOpInterfaceExternalModel<DpsModel<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    if (!cast<DestinationStyleOpInterface>(op).isDpsInit(&operand))
      return true;
    if constexpr (llvm::is_one_of<OpTy, ConvOp, ContractOp, ShiftAddOp,
                                  WinogradOutputOp>::value)
      return cast<OpTy>(op).getAccumulate();
    else
      return false;
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto dps = cast<DestinationStyleOpInterface>(op);
    if (dps.hasPureBufferSemantics())
      return success();
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (!isa<TensorType>(operand.getType())) {
        operands.push_back(operand);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    Value result = operands[dps.getDpsInitsMutable()[0].getOperandNumber()];
    OperationState newState(op->getLoc(), op->getName());
    newState.addOperands(operands);
    newState.addAttributes(llvm::to_vector(op->getDiscardableAttrs()));
    newState.propertiesAttr = op->getPropertiesAsAttribute();
    for (Region &region : op->getRegions())
      newState.addRegion()->takeBody(region);
    rewriter.create(newState);
    replaceOpWithBufferizedValues(rewriter, op, result);
    return success();
  }
};

} // namespace

void mlir::conv::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *ctx, ConvDialect *) {
    ConvOp::attachInterface<DpsModel<ConvOp>>(*ctx);
    PackFilterOp::attachInterface<DpsModel<PackFilterOp>>(*ctx);
    ContractOp::attachInterface<DpsModel<ContractOp>>(*ctx);
    Im2rowOp::attachInterface<DpsModel<Im2rowOp>>(*ctx);
    Im2colOp::attachInterface<DpsModel<Im2colOp>>(*ctx);
    MecLowerOp::attachInterface<DpsModel<MecLowerOp>>(*ctx);
    Im2winOp::attachInterface<DpsModel<Im2winOp>>(*ctx);
    ShiftAddOp::attachInterface<DpsModel<ShiftAddOp>>(*ctx);
    WinogradInputOp::attachInterface<DpsModel<WinogradInputOp>>(*ctx);
    WinogradOutputOp::attachInterface<DpsModel<WinogradOutputOp>>(*ctx);
  });
}
