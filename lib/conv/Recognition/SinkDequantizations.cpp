//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Dequantisations behind what moves elements: a zero of the padding is the
/// zero point before it.
///
///   pad(dequantise(q), 0.0) = dequantise(pad(q, zero))
///
//===----------------------------------------------------------------------===//

#include "RaiseQuantized.h"

#include "RaiseDetail.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// `op`, which moves the elements of its first operand, on `integers`; null
/// where it does something else.
static Value moveIntegers(RewriterBase &b, Operation *op, Value integers,
                          int64_t zero) {
  Location loc = op->getLoc();
  Type element = getElementTypeOrSelf(integers.getType());
  auto type = cast<RankedTensorType>(op->getResult(0).getType()).clone(element);
  if (auto pad = dyn_cast<tensor::PadOp>(op)) {
    Value value = pad.getConstantPaddingValue();
    if (!value || !isZero(value))
      return {};
    Value padding =
        arith::ConstantOp::create(b, loc, b.getIntegerAttr(element, zero));
    return tensor::PadOp::create(b, loc, type, integers, pad.getMixedLowPad(),
                                 pad.getMixedHighPad(), padding);
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return tensor::ExpandShapeOp::create(b, loc, type, integers,
                                         expand.getReassociationIndices(),
                                         expand.getMixedOutputShape());
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return tensor::CollapseShapeOp::create(b, loc, type, integers,
                                           collapse.getReassociationIndices());
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
    Value out = tensor::EmptyOp::create(
        b, loc, tensor::getMixedSizes(b, loc, transpose.getInit()), element);
    return linalg::TransposeOp::create(b, loc, integers, out,
                                       transpose.getPermutation())
        ->getResult(0);
  }
  return {};
}

void mlir::conv::raise::sinkDequantizations(RewriterBase &rewriter,
                                            Operation *root) {
  SmallVector<Operation *> movers;
  root->walk([&](Operation *op) {
    if (isa<tensor::PadOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
            linalg::TransposeOp>(op) &&
        op->getNumResults() == 1)
      movers.push_back(op);
  });
  for (Operation *op : movers) {
    Value moved = op->getOperand(0);
    std::optional<Dequantization> found = readDequantization(moved);
    std::optional<double> scale, zero;
    if (found) {
      scale = found->scale.getSingle();
      zero = found->zero.getSingle();
    }
    unsigned width = found ? getElementTypeOrSelf(found->integers.getType())
                                 .getIntOrFloatBitWidth()
                           : 0;
    if (!scale || !zero || width > 16)
      continue;
    rewriter.setInsertionPoint(op);
    Value integers = moveIntegers(rewriter, op, found->integers,
                                  static_cast<int64_t>(*zero));
    if (!integers)
      continue;
    rewriter.replaceOp(op,
                       createDequantization(rewriter, op->getLoc(), integers,
                                            found->isUnsigned, *scale,
                                            static_cast<int64_t>(*zero)));
    eraseIfDead(rewriter, moved);
  }
}
