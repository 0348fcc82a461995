//===- RaiseForms.h - Other ways to write a convolution ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolutions that `conv.conv` has no name for, rewritten within linalg as
/// ones that it has: three dimensions as sums of two, and so on. Each file of a
/// rewriting says what it does.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISEFORMS_H
#define LIB_CONV_RECOGNITION_RAISEFORMS_H

#include "mlir/Analysis/AliasAnalysis.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

#include <optional>

namespace mlir::conv::raise {

/// What one dimension of the input is indexed by:
/// `(stride * out + dilation * window + offset) floordiv divisor`.
struct InputIndex {
  /// The parallel and the reduction loop, where there is one.
  std::optional<unsigned> out, window;
  int64_t stride = 0, dilation = 0, offset = 0;
  /// Other than 1 where pixels are repeated as they are read.
  int64_t divisor = 1;

  /// Whether it is a loop as it is, as channels and images are.
  bool isPlain() const {
    return offset == 0 && divisor == 1 &&
           out.has_value() != window.has_value() && stride + dilation == 1;
  }
};

/// What a loop runs over. Rows, columns and windows are others.
enum class LoopKind { Batch, Group, InputChannel, OutputChannel, Other };

/// A sum of products of input and filter, by its loops.
struct LoopForm {
  linalg::LinalgOp op;
  /// Which of the two inputs is the image.
  unsigned inputIndex = 0;
  AffineMap input, filter, output;
  SmallVector<utils::IteratorType> iterators;
  /// Extents of the loops; ShapedType::kDynamic where not known.
  SmallVector<int64_t> extents;
  /// One for each dimension of the input.
  SmallVector<InputIndex> indices;

  /// Reads `op` when it multiplies an input and a filter of known types and
  /// adds, at least one dimension of the input has a window, and every other
  /// index is a loop.
  static std::optional<LoopForm> read(linalg::LinalgOp op);

  /// Whether a divisor is not 1.
  bool isDivided() const;

  bool isTensor() const { return op->getNumResults() != 0; }
  Location getLoc() const { return op->getLoc(); }
  Value getInput() const { return op->getOperand(inputIndex); }
  Value getFilter() const { return op->getOperand(1 - inputIndex); }
  Value getInit() const { return op->getOperand(2); }
  /// Dimensions of the input with a window, a stride or an offset.
  unsigned countImageDims() const;
  LoopKind getKind(unsigned loop) const;
  unsigned countLoops(LoopKind kind) const;
  /// How many loops of `kind` `conv.conv` knows. Batches are rows and columns,
  /// too, where nothing else is.
  unsigned getMostLoops(LoopKind kind) const;
};

/// Operands and maps of a sum of products that is to be written.
struct Product {
  Value input, filter;
  AffineMap inputMap, filterMap, outputMap;
  SmallVector<utils::IteratorType> iterators;
};

/// Whether `op` only repeats a value along dimensions of its result.
bool isRepetition(linalg::LinalgOp op);

/// Elementwise operations behind `form`, on tensors, of whose results only the
/// last one's has other uses than by these. Each operand is read by the loops
/// of the output, as they are.
SmallVector<linalg::LinalgOp> collectFollowing(const LoopForm &form);

/// Writes `product` with the body and the attributes of `form`, added to
/// `init`. Returns the sums: on memrefs `init`.
Value createProduct(RewriterBase &rewriter, const LoopForm &form,
                    const Product &product, Value init);

/// The elementwise tensor operation `op` on other operands, read by `maps`; the
/// last operand is the init.
Value cloneElementwise(RewriterBase &rewriter, linalg::LinalgOp op,
                       ArrayRef<Value> operands, ArrayRef<AffineMap> maps);

/// `map` without the loops `dropped`, whose results go, too: of the others the
/// loops `dropped` are no part.
AffineMap dropLoops(AffineMap map, const llvm::SmallBitVector &dropped);

/// Says in a remark how the convolution at `loc` is computed.
void remarkForm(Location loc, const Twine &what);

/// The fill with zero that decides what `op`, on memrefs, accumulates to: in
/// the same block, of the same memref, with nothing in between that may read or
/// write it.
linalg::FillOp findFill(linalg::LinalgOp op, AliasAnalysis &aliases);

/// What is asked of `rewriteForms`.
struct FormOptions {
  /// Products of matrices are convolutions, too.
  bool products = false;
  /// Algorithms that save more products than phases may compute convolutions
  /// of upsampled images.
  bool keepUpsampled = false;
};

/// Rewrites the convolutions below `root` that `recognize` does not know, until
/// it knows what they have become or no step applies.
void rewriteForms(RewriterBase &rewriter, Operation *root, FormOptions options,
                  AliasAnalysis &aliases);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISEFORMS_H
