//===- LowerFma.h - What becomes of conv.fma --------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_PIPELINES_LOWERFMA_H
#define LIB_CONV_PIPELINES_LOWERFMA_H

#include "conv/IR/Conv.h"
#include "conv/Machine/MachineModel.h"

#include <optional>

namespace mlir::conv {

/// Replaces `op` by operations of the LLVM dialect that every target has:
/// operands extended to the accumulator's type, multiplied and added, one of
/// the k steps after the other.
void expandFma(FmaOp op);

/// Replaces `op` by what its row of the table says. Fails, at the operation's
/// location, where there is no such row, where its shape or types are others,
/// and where `target`, which may be unknown, does not have the instruction:
/// LLVM aborts on an intrinsic it cannot select.
LogicalResult lowerFma(FmaOp op, const std::optional<ResolvedTarget> &target);

} // namespace mlir::conv

#endif // LIB_CONV_PIPELINES_LOWERFMA_H
