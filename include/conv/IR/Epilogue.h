//===- Epilogue.h - What follows the sums of a convolution ------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The epilogue of conv.conv, conv.contract and conv.shift_add as a value: what
/// rewrites take from one operation, change, and give to another.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_EPILOGUE_H
#define CONV_IR_EPILOGUE_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Region.h"

#include <memory>
#include <optional>

namespace mlir::conv {

class ClampAttr;
class DimsAttr;
class EpilogueOpInterface;

/// Operands with their maps and the body that computes with them. The body is
/// the operation's it was taken from, or owned.
struct Epilogue {
  SmallVector<Value> operands;
  /// From the dimensions of the output to those of the operand.
  SmallVector<AffineMap> maps;
  Region *body = nullptr; ///< Null or empty: the sums are the result.
  std::shared_ptr<Region> owned;

  static Epilogue of(EpilogueOpInterface op);
  bool isEmpty() const { return !body || body->empty(); }
  ArrayAttr getMapsAttr(OpBuilder &builder) const;
  void cloneBodyInto(Region &region) const;
};

/// What most epilogues are, and what has a short form in the text.
struct SimpleEpilogue {
  Value bias, residual; ///< May be null.
  ClampAttr getClamp() const;
  Attribute clamp; ///< A #conv.clamp or null.
};

/// The epilogue that adds `bias` and `residual` (either may be null) and
/// clamps, for elements of type `element`.
Epilogue makeSimpleEpilogue(MLIRContext *context, Type element, Value bias,
                            AffineMap biasMap, Value residual,
                            unsigned outputRank, ClampAttr clamp);

/// Its body, with `addends` operands.
void fillSimpleBody(Region &body, Type element, unsigned addends,
                    ClampAttr clamp, Location loc);

/// `op`'s epilogue when it has that form, in this order, and no other.
std::optional<SimpleEpilogue> matchSimpleEpilogue(EpilogueOpInterface op);

/// An addition a body begins with: accumulator + operand, of one type. Sums
/// have no order, so that it may be done before others of the sum.
struct LeadingAddend {
  unsigned operand; ///< Number of the operand.
  Operation *add;
};
SmallVector<LeadingAddend> getLeadingAddends(Region &body);

/// The epilogue in two: the additions it begins with, and all else.
std::pair<Epilogue, Epilogue> splitEpilogue(const Epilogue &epilogue);

/// `value` within the bounds of `clamp`: comparisons that select, an unordered
/// one where NaN passes, an ordered one where the bound replaces it.
Value createClamp(OpBuilder &b, Location loc, ClampAttr clamp, Value value);

/// A bound of a clamp in that form.
struct SelectedBound {
  FloatAttr bound;
  bool isLower;
  bool propagatesNaN;
};
std::optional<SelectedBound> matchBound(arith::SelectOp select, Value value);

/// A result of an operand's map for channels of an output that has them in
/// blocks: block * size + channel, both dimensions of the output.
struct BlockedChannel {
  unsigned block, channel;
  int64_t size;
};
std::optional<BlockedChannel> matchBlockedChannel(AffineExpr expr);

/// The g and k, those present and in this order, of an output with the letters
/// of `dims`, as results of a map. Channels are whole where they are blocked.
AffineMap getChannelMap(DimsAttr dims, ShapedType output);
/// The same for the map that gives the iterators of a contraction's output.
AffineMap getChannelMap(AffineMap output);

/// The result of an operand's map that is dimension `dim` of the output; -1
/// when the operand does not vary along it.
int findResult(AffineMap map, unsigned dim);

/// Whether a body has functions that take tens of instructions per vector (exp,
/// erf, tanh and the like).
bool isHeavy(Region &body);

} // namespace mlir::conv

#endif // CONV_IR_EPILOGUE_H
