//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-lower-pack`: upstream's decomposition of `linalg.pack` and
/// `linalg.unpack`, for which it has no pass and no bufferization.
///
//===----------------------------------------------------------------------===//

#include "conv/Rest/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVLOWERPACKPASS
#include "conv/Rest/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;

namespace {

struct ConvLowerPackPass
    : conv::impl::ConvLowerPackPassBase<ConvLowerPackPass> {
  using ConvLowerPackPassBase::ConvLowerPackPassBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<linalg::PackOp, linalg::UnPackOp>(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      bool lowered;
      // Upstream pads by zero, whether something has to be padded or not.
      Type element = getElementTypeOrSelf(op->getOperand(0).getType());
      if (auto pack = dyn_cast<linalg::PackOp>(op);
          pack && !pack.getPaddingValue() && !rewriter.getZeroAttr(element)) {
        op->emitOpError("cannot be written as reshape and transposition: ")
            << "elements of type " << element << " have no zero to pad with";
        return signalPassFailure();
      }
      if (auto pack = dyn_cast<linalg::PackOp>(op))
        lowered = succeeded(linalg::lowerPack(rewriter, pack));
      else
        lowered = succeeded(
            linalg::lowerUnPack(rewriter, cast<linalg::UnPackOp>(op)));
      if (!lowered) {
        op->emitOpError("cannot be written as reshape and transposition; its "
                        "tiles must be static");
        return signalPassFailure();
      }
    }
  }
};

} // namespace
