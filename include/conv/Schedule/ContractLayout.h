//===- ContractLayout.h - What vectors want of memory -----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which operands of a conv.contract on memrefs its schedule wants contiguous
/// and along which iterator. `--conv-copy-strided` makes them so,
/// `--conv-lower-to-loops` refuses what is left.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_CONTRACTLAYOUT_H
#define CONV_SCHEDULE_CONTRACTLAYOUT_H

#include "conv/IR/Conv.h"

namespace mlir::conv {

/// A step of `iterator` moves by at least one and at most `most` elements of
/// `operand`.
struct LayoutDemand {
  OpOperand *operand;
  AffineMap map;
  unsigned iterator;
  int64_t most;
  llvm::StringLiteral otherwise; ///< What is wrong where it does not.

  /// Whether the operand's type says that this is so.
  bool isMet() const;
  /// Whether it would be so if the operand had no gaps.
  bool isMetDense() const;
};

/// What the schedule and the store mode of `op` demand.
SmallVector<LayoutDemand> getLayoutDemands(ContractOp op);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_CONTRACTLAYOUT_H
