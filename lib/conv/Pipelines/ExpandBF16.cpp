//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-expand-bf16`: arithmetic on bf16 becomes that on f32 with a rounding
/// behind each operation, and roundings become arithmetic on integers where the
/// target has no instruction for them. Both are upstream's.
///
//===----------------------------------------------------------------------===//

#include "conv/Machine/MachineModel.h"
#include "conv/Pipelines/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVEXPANDBF16PASS
#include "conv/Pipelines/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// Whether `op` computes with bf16. Most functions hold none of it, and need no
/// conversion.
static bool computesInBF16(Operation *op) {
  auto isBF16 = [](Type type) { return getElementTypeOrSelf(type).isBF16(); };
  return isa_and_present<arith::ArithDialect, math::MathDialect,
                         vector::VectorDialect>(op->getDialect()) &&
         !isa<arith::ConstantOp, arith::ExtFOp, arith::TruncFOp>(op) &&
         (llvm::any_of(op->getOperandTypes(), isBF16) ||
          llvm::any_of(op->getResultTypes(), isBF16));
}

/// Computes in f32 what `root` computes in bf16, and rounds each result: no
/// target that this project has instructions for does it otherwise, and LLVM
/// would round by a call.
static LogicalResult computeInF32(Operation *root) {
  MLIRContext *ctx = root->getContext();
  Type bf16 = BFloat16Type::get(ctx), f32 = Float32Type::get(ctx);
  RewritePatternSet patterns(ctx);
  ConversionTarget target(*ctx);
  TypeConverter arithmetic, functions;
  arith::populateEmulateUnsupportedFloatsConversions(arithmetic, {bf16}, f32);
  arith::populateEmulateUnsupportedFloatsPatterns(patterns, arithmetic);
  arith::populateEmulateUnsupportedFloatsLegality(target, arithmetic);
  math::populateExtendToSupportedTypesTypeConverter(
      functions,
      SetVector<Type>{
          llvm::from_range,
          ArrayRef<Type>{Float16Type::get(ctx), f32, Float64Type::get(ctx)}},
      f32);
  math::populateExtendToSupportedTypesPatterns(patterns, functions);
  math::populateExtendToSupportedTypesConversionTarget(target, functions);
  if (failed(applyPartialConversion(root, target, std::move(patterns))))
    return failure();
  // Upstream lets a rounding and the extension behind it cancel out.
  root->walk([](Operation *op) {
    if (auto extension = dyn_cast<arith::ExtFOp>(op))
      extension.removeFastmathAttr();
    else if (auto rounding = dyn_cast<arith::TruncFOp>(op))
      rounding.removeFastmathAttr();
  });
  return success();
}

namespace {

struct ConvExpandBF16Pass
    : conv::impl::ConvExpandBF16PassBase<ConvExpandBF16Pass> {
  using Base::Base;

  void runOnOperation() override {
    bool computes = getOperation()
                        ->walk([](Operation *op) {
                          return computesInBF16(op) ? WalkResult::interrupt()
                                                    : WalkResult::advance();
                        })
                        .wasInterrupted();
    if (computes && failed(computeInF32(getOperation())))
      return signalPassFailure();
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
