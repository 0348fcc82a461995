//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-expand-functions`: functions of mathematics outside of convolutions
/// as polynomials, which vectors compute. A call of the C library per element
/// would keep the loop around it scalar.
///
//===----------------------------------------------------------------------===//

#include "conv/Rest/Passes.h"

#include "conv/IR/Conv.h"
#include "conv/IR/Functions.h"
#include "conv/IR/Requantize.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVEXPANDFUNCTIONSPASS
#include "conv/Rest/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

struct ConvExpandFunctionsPass
    : conv::impl::ConvExpandFunctionsPassBase<ConvExpandFunctionsPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> functions;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      // Epilogues of convolutions are their lowering's.
      if (isa<EpilogueOpInterface>(op))
        return WalkResult::skip();
      if (isa<RequantizeOp>(op) || hasPolynomial(op->getName().getStringRef()))
        functions.push_back(op);
      return WalkResult::advance();
    });
    if (functions.empty())
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    populateMathF32ExpansionPatterns(patterns, hasPolynomial);
    populateFunctionPatterns(patterns);
    populateRequantizePatterns(patterns);
    (void)applyOpPatternsGreedily(functions, std::move(patterns));
  }
};

} // namespace
