//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaneValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

Type mlir::conv::getLanes(Type element, int64_t width) {
  return width == 1 ? element : VectorType::get({width}, element);
}

Value mlir::conv::splat(OpBuilder &b, Location loc, Value value,
                        int64_t width) {
  if (width == 1 || isa<VectorType>(value.getType()))
    return value;
  auto type = VectorType::get({width}, value.getType());
  TypedAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return arith::ConstantOp::create(
        b, loc,
        cast<TypedAttr>(DenseElementsAttr::get(type, Attribute(constant))));
  return vector::BroadcastOp::create(b, loc, type, value);
}

Operation *mlir::conv::cloneOnLanes(OpBuilder &b, Operation &inner,
                                    const IRMapping &mapping, int64_t width) {
  auto lookup = [&](Value value) { return mapping.lookupOrDefault(value); };
  bool varies = llvm::any_of(inner.getOperands(), [&](Value operand) {
    return isa<VectorType>(lookup(operand).getType());
  });
  IRMapping operands;
  for (Value operand : inner.getOperands()) {
    Value value = lookup(operand);
    operands.map(operand,
                 varies ? splat(b, inner.getLoc(), value, width) : value);
  }
  Operation *copy = b.clone(inner, operands);
  Value result = copy->getResult(0);
  if (varies)
    result.setType(getLanes(result.getType(), width));
  return copy;
}
