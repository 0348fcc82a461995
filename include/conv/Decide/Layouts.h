//===- Layouts.h - Blocked layouts of whole chains --------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which values between convolutions have their channels in blocks
/// (chooseLayouts), and the rewriting that makes it so (applyLayouts). What
/// passes between the two are attributes of operations, so that the choice can
/// be made by hand or by somebody who sees more of the program.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_LAYOUTS_H
#define CONV_DECIDE_LAYOUTS_H

#include "conv/Decide/Candidates.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::conv {

/// Channels per block of the image a `conv.conv` reads.
constexpr llvm::StringLiteral kInputBlockAttr("conv.input_block");
/// Channels per block of the result of a `conv.conv`, a linalg operation or a
/// `tensor.pad`.
constexpr llvm::StringLiteral kOutputBlockAttr("conv.output_block");
/// The image a `conv.conv` reads has its channels, the dimension the attribute
/// says, behind rows and columns.
constexpr llvm::StringLiteral kInputLastAttr("conv.input_channels_last");
/// The same of the result of what may have `conv.output_block`.
constexpr llvm::StringLiteral kOutputLastAttr("conv.output_channels_last");

/// In place of the channels of a block: all of them, behind rows and columns.
constexpr int64_t kAllChannels = -1;

/// Whether `op` has one of the attributes.
inline bool hasLayoutMark(Operation *op) {
  return op->hasAttr(kInputBlockAttr) || op->hasAttr(kOutputBlockAttr) ||
         op->hasAttr(kInputLastAttr) || op->hasAttr(kOutputLastAttr);
}

/// The loop of `op` that runs over the dimension `pos` of its result, when its
/// operands and its result can be packed along it alike: the loop is parallel,
/// and who has it has it as dimension `pos` (vectors excepted).
std::optional<unsigned> findChannelLoop(linalg::LinalgOp op, int64_t pos);

/// Writes the attributes where the model says that blocks, or channels behind
/// rows and columns, save more than the conversions at the ends of chains cost;
/// says so in remarks. Convolutions with a schedule or with an algorithm that
/// reads no blocks stay as they are, and so does a function in which one of the
/// attributes is given.
/// `constraints` are those algorithms will be chosen under.
void chooseLayouts(FunctionOpInterface func, MachineAttr machine,
                   const Constraints &constraints);

/// Rewrites the operations with attributes; `linalg.pack`, `linalg.unpack` and
/// `linalg.transpose` remain at the ends of chains. Fails on layouts that
/// cannot be.
LogicalResult applyLayouts(FunctionOpInterface func);

} // namespace mlir::conv

#endif // CONV_DECIDE_LAYOUTS_H
