//===- OpUtils.h - What the dialect's operations share ----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_IR_OPUTILS_H
#define LIB_CONV_IR_OPUTILS_H

#include "conv/IR/Conv.h"

namespace mlir::conv {

/// Reads of inputs, writes of the init; reads of the init when `readsInit`.
void addDpsEffects(
    DestinationStyleOpInterface op, bool readsInit,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects);

/// Tensors and memrefs do not mix, the elements of all operands but `factors`
/// have the output's type, the result has the init's type, and no operand has
/// more elements than 63 bits can count. Products of `factors` are summed in
/// the output's type: they are of the same kind and no wider.
LogicalResult verifyDps(Operation *op, ValueRange factors = {});

/// Whether `value` is an element of the integers of type `element`, unsigned
/// ones or not; 0 is one of any type.
LogicalResult verifyPaddingValue(Operation *op, int64_t value, Type element,
                                 bool isUnsigned);

Speculation::Speculatability speculatability(Operation *op);

/// Whether a packed filter may have `steps` channels side by side: no more than
/// a schedule's n_vec.
inline bool isChannelPack(int64_t steps) {
  return steps >= 1 && steps <= 256 && llvm::isPowerOf2_64(steps);
}

/// Whether two extents are the same, or may be.
inline bool agree(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

} // namespace mlir::conv

#endif // LIB_CONV_IR_OPUTILS_H
