//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-expand-bf16`: roundings to bf16 become arithmetic on integers where
/// the target has no instruction for them. The arithmetic is upstream's.
///
//===----------------------------------------------------------------------===//

#include "conv/Machine/MachineModel.h"
#include "conv/Pipelines/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVEXPANDBF16PASS
#include "conv/Pipelines/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

struct ConvExpandBF16Pass
    : conv::impl::ConvExpandBF16PassBase<ConvExpandBF16Pass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> roundings;
    getOperation()->walk([&](arith::TruncFOp op) {
      if (getElementTypeOrSelf(op.getType()).isBF16())
        roundings.push_back(op);
    });
    if (roundings.empty() || targetRounds())
      return;
    RewritePatternSet patterns(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    (void)applyOpPatternsGreedily(roundings, std::move(patterns));
  }

  bool targetRounds() {
    if (cpu.empty())
      return false;
    llvm::Expected<ResolvedTarget> target =
        resolveTarget(cpu, triple, features);
    if (target)
      return hasBF16Rounding(*target);
    llvm::consumeError(target.takeError());
    return false;
  }
};

} // namespace
