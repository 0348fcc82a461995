//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/IR/Arithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

Value mlir::conv::extendTo(OpBuilder &b, Location loc, Value value, Type type,
                           bool isUnsigned) {
  if (value.getType() == type)
    return value;
  if (isa<FloatType>(type))
    return arith::ExtFOp::create(b, loc, type, value);
  if (isUnsigned)
    return arith::ExtUIOp::create(b, loc, type, value);
  return arith::ExtSIOp::create(b, loc, type, value);
}

Value mlir::conv::createPaddingElement(OpBuilder &b, Location loc, Type type,
                                       int64_t value) {
  TypedAttr element = b.getZeroAttr(type);
  if (auto integer = dyn_cast<IntegerType>(type))
    element = b.getIntegerAttr(type, APInt(integer.getWidth(), value,
                                           /*isSigned=*/true,
                                           /*implicitTrunc=*/true));
  return arith::ConstantOp::create(b, loc, element);
}

Value mlir::conv::addElements(OpBuilder &b, Location loc, Value x, Value y) {
  if (isa<FloatType>(getElementTypeOrSelf(x.getType())))
    return arith::AddFOp::create(b, loc, x, y);
  return arith::AddIOp::create(b, loc, x, y);
}

Value mlir::conv::addProduct(OpBuilder &b, Location loc, Value acc, Value x,
                             Value y, bool isUnsignedX) {
  Type type = acc.getType();
  x = extendTo(b, loc, x, type, isUnsignedX);
  y = extendTo(b, loc, y, type);
  Value product = isa<FloatType>(type)
                      ? arith::MulFOp::create(b, loc, x, y).getResult()
                      : arith::MulIOp::create(b, loc, x, y).getResult();
  return addElements(b, loc, acc, product);
}

bool mlir::conv::breaksBF16(int64_t lanes) {
  constexpr int64_t kLeastLanes = 8;
  return lanes > kLeastLanes && lanes % kLeastLanes == 1;
}
