//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Operations of linalg that are several, such as softmax.
///
//===----------------------------------------------------------------------===//

#include "conv/Rest/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVDECOMPOSEPASS
#include "conv/Rest/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;

namespace {

struct ConvDecomposePass
    : conv::impl::ConvDecomposePassBase<ConvDecomposePass> {
  void runOnOperation() override {
    SmallVector<linalg::AggregatedOpInterface> whole;
    getOperation()->walk([&](linalg::AggregatedOpInterface op) {
      // Upstream makes the parts with results, which those on memrefs lack.
      if (op->getNumResults() > 0)
        whole.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::AggregatedOpInterface op : whole) {
      rewriter.setInsertionPoint(op);
      FailureOr<SmallVector<Value>> parts = op.decomposeOperation(rewriter);
      // Whatever needs it is refused when the pipeline ends.
      if (succeeded(parts))
        rewriter.replaceOp(op, *parts);
    }
  }
};

} // namespace
