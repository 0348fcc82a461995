//===- Address.h - Linear addresses into strided memrefs --------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Micro-kernels address every operand as one base plus a constant: LLVM then
/// folds the constant into the instruction. This file keeps the constant part
/// of an address apart from the rest until it is needed.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_ADDRESS_H
#define LIB_CONV_KERNELS_ADDRESS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"

namespace mlir::conv {

/// Elements of a buffer that a line of the caches holds.
int64_t getLineElements(Value memref);

/// `value + constant`, or only `constant` when `value` is null. In elements.
struct Address {
  Value value;
  int64_t constant = 0;
};

/// Builds index arithmetic at one location, folding constants on the way.
class AddressBuilder {
public:
  AddressBuilder(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  Value constant(int64_t c) {
    return arith::ConstantIndexOp::create(b, loc, c);
  }
  Value materialize(Address a) {
    if (!a.value)
      return constant(a.constant);
    if (a.constant == 0)
      return a.value;
    return arith::AddIOp::create(b, loc, a.value, constant(a.constant));
  }
  Address add(Address x, Address y) {
    if (!x.value || !y.value)
      return {x.value ? x.value : y.value, x.constant + y.constant};
    return {arith::AddIOp::create(b, loc, x.value, y.value),
            x.constant + y.constant};
  }
  Address mul(Address x, Address y) {
    if (x.value && y.value)
      return {arith::MulIOp::create(b, loc, materialize(x), materialize(y)), 0};
    if (y.value)
      std::swap(x, y);
    if (!x.value || y.constant == 0)
      return {Value(), x.constant * y.constant};
    if (y.constant == 1)
      return x;
    return {arith::MulIOp::create(b, loc, x.value, constant(y.constant)),
            x.constant * y.constant};
  }

private:
  OpBuilder &b;
  Location loc;
};

/// A memref seen as one line of elements: `flat[offset + sum index * stride]`.
struct FlatView {
  Value flat;                   ///< memref<?xT> over the whole allocation.
  Address offset;               ///< Of the memref's first element.
  SmallVector<Address> strides; ///< One per dimension.

  static FlatView create(OpBuilder &b, Location loc, Value memref);
  /// The same for a buffer whose elements are only moved, or multiplied by an
  /// instruction that knows their type: those of f16 and bf16 are seen as
  /// integers. Where a target does not have these types LLVM calls a function
  /// to round what two blocks of a program may give, though it is rounded.
  static FlatView createBits(OpBuilder &b, Location loc, Value memref);
  /// Elements of a line of the caches.
  int64_t getLineElements() const { return conv::getLineElements(flat); }
};

} // namespace mlir::conv

#endif // LIB_CONV_KERNELS_ADDRESS_H
