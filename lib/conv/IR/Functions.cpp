//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/IR/Functions.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"

using namespace mlir;

bool mlir::conv::hasPolynomial(StringRef name) {
  constexpr StringRef names[] = {
      math::ExpOp::getOperationName(), math::ErfOp::getOperationName(),
      math::TanhOp::getOperationName(), math::ExpM1Op::getOperationName(),
      math::Log1pOp::getOperationName()};
  return llvm::is_contained(names, name);
}

void mlir::conv::populateFunctionPatterns(RewritePatternSet &patterns) {
  populateMathPolynomialApproximationPatterns(patterns, hasPolynomial);
}
