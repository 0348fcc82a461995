//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizeUtils.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

int64_t conv::countSizes(TypeRange types) {
  int64_t count = 0;
  for (Type type : types)
    if (auto shaped = dyn_cast<ShapedType>(type); shaped && shaped.hasRank())
      count += shaped.getNumDynamicDims();
  return count;
}

Value conv::loadSize(OpBuilder &b, Location loc, Value sizes, int64_t index) {
  Value number = memref::LoadOp::create(
      b, loc, sizes, ValueRange{arith::ConstantIndexOp::create(b, loc, index)});
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), number);
}

Value conv::copyArithmetic(OpBuilder &b, Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    copyArithmetic(b, operand, mapping);
  b.clone(*op, mapping);
  return mapping.lookup(value);
}
