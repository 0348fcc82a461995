//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Extension.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::conv;

/// Elements of bf16 are the upper halves of those of f32.
static constexpr int64_t kHalfBits = 16;

Value mlir::conv::extendHalfBF16(OpBuilder &b, Location loc, Value pairs,
                                 bool upper) {
  auto type = cast<VectorType>(pairs.getType());
  auto constant = [&](int64_t value) -> Value {
    TypedAttr element = b.getIntegerAttr(type.getElementType(), value);
    return arith::ConstantOp::create(b, loc, type,
                                     DenseElementsAttr::get(type, element));
  };
  Value bits = upper ? arith::AndIOp::create(
                           b, loc, pairs, constant(-(int64_t(1) << kHalfBits)))
                           .getResult()
                     : arith::ShLIOp::create(b, loc, pairs, constant(kHalfBits))
                           .getResult();
  return arith::BitcastOp::create(
      b, loc, type.cloneWith(std::nullopt, b.getF32Type()), bits);
}

Value mlir::conv::extendElements(OpBuilder &b, Location loc, Value vector,
                                 ElementKind kind, Type element) {
  auto from = cast<VectorType>(vector.getType());
  VectorType to = from.cloneWith(std::nullopt, element);
  if (from == to)
    return vector;
  // LLVM converts bf16 one by one where the target has no instruction for it.
  if (kind == ElementKind::BF16 && element.isF32()) {
    VectorType bits = from.cloneWith(std::nullopt, b.getI32Type());
    if (from.getElementType().isBF16())
      vector = arith::BitcastOp::create(
          b, loc, from.cloneWith(std::nullopt, b.getI16Type()), vector);
    return extendHalfBF16(b, loc, arith::ExtUIOp::create(b, loc, bits, vector),
                          /*upper=*/false);
  }
  VectorType narrow =
      from.cloneWith(std::nullopt, getElementType(kind, b.getContext()));
  if (from != narrow)
    vector = arith::BitcastOp::create(b, loc, narrow, vector);
  if (narrow == to)
    return vector;
  if (isFloat(kind))
    return arith::ExtFOp::create(b, loc, to, vector);
  if (kind == ElementKind::U8)
    return arith::ExtUIOp::create(b, loc, to, vector);
  return arith::ExtSIOp::create(b, loc, to, vector);
}
