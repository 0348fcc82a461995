//===- RaiseDetail.h - Pieces of --conv-raise -------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Interface between recognising a convolution, folding its surroundings and
/// the pass that does both.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISEDETAIL_H
#define LIB_CONV_RECOGNITION_RAISEDETAIL_H

#include "conv/IR/Conv.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <optional>
#include <string>

namespace mlir::conv::raise {

/// What is known of a linalg operation after looking at it alone.
struct Recognition {
  /// Set when the operation is a convolution `conv.conv` can express; strides
  /// and dilations are those of the maps, padding is 0.
  DimsAttr dims;
  /// Which of the two inputs is the image; the other one is the filter.
  unsigned inputIndex = 0;
  /// Whether the image's elements are extended as unsigned numbers.
  bool unsignedInput = false;
  /// The image is what usually is the filter of a product: read where it lies.
  bool exchanged = false;
  /// Why it is not, for operations that look like a convolution. Empty for all
  /// others, about which nobody needs to be told anything.
  std::string reason;

  explicit operator bool() const { return static_cast<bool>(dims); }
};

/// Recognises a convolution by the roles its loops play in the indexing maps
/// and by its body. With `products`, products of matrices are 1x1 convolutions
/// whose pixels are the rows of the input; `packsArguments` says that filters
/// that are arguments of the function are packed before it is called.
Recognition recognize(linalg::LinalgOp op, bool products,
                      bool packsArguments = false);

/// The operand of a product of matrices that recognize() takes for the filter
/// of a convolution.
unsigned getProductFilter(linalg::LinalgOp op, bool packsArguments = false);

/// Whether factors and sums have types that some instruction computes on every
/// target.
bool hasKnownTypes(linalg::LinalgOp op, bool unsignedInput = false);

/// The body is `yield(acc + input * filter)`, the operands of both in any
/// order, the factors extended to the type of `acc` or not, and nothing else.
bool isMultiplyAdd(Block &body);

/// Whether an index depends on a parallel and a reduction loop, the mark of a
/// convolution, whether it is their sum or not.
bool hasWindow(linalg::LinalgOp op);

/// Everything about a convolution that can change while its surroundings are
/// folded in: the operands and attributes of the future `conv.conv`.
struct Parts {
  Value input, filter;
  DimsAttr dims;
  bool unsignedInput = false;
  int64_t paddingValue = 0;
  ShapedType outputType;

  /// Destination; null when nothing in the source can serve as one.
  Value init;
  bool accumulate = false;

  /// One value for each output channel, in a shape that can be reshaped to the
  /// output's `g` and `k` dimensions.
  Value bias;
  /// Has the output's type or, when there is a `collapse`, that one's.
  Value residual;

  /// Joins `g` and `k` between the convolution and its epilogue; null when
  /// nothing does. Front ends split a channel dimension to express groups.
  tensor::CollapseShapeOp collapse;

  FloatAttr lower, upper;
  NaNMode nan = NaNMode::Propagate;

  /// Elementwise operations behind all of these, in their order, and the value
  /// the first of them starts from.
  SmallVector<linalg::LinalgOp> bodies;
  Value bodiesInput;

  /// Type of the sums; `outputType` is what the epilogue makes of them.
  Type getSumType() const {
    return bodies.empty() ? outputType.getElementType()
                          : getElementTypeOrSelf(bodiesInput.getType());
  }
};

/// A tensor with zeros, or other integers, around it.
struct Frame {
  Value source;
  /// How many before and behind it, by dimension.
  SmallVector<int64_t> low, high;
  int64_t value = 0;
};

/// What `value`, a tensor, frames with zeros: by `tensor.pad`, by an insertion
/// into zeros, or by a concatenation with zeros. +0.0 they are: -0.0 could make
/// a sum -0.0 that taps that are left out leave at +0.0.
std::optional<Frame> readFrame(Value value);

/// Whether all elements of the tensor `value` are +0.0.
bool isZeroTensor(Value value);

/// `value` before its sizes were forgotten.
Value skipCasts(Value value);

/// Sizes of a tensor, known or as they were given to whoever made it.
SmallVector<OpFoldResult> getGivenSizes(Value value);

/// Folds zeros around rows and columns into the padding of `dims`, or integers
/// of one value, looking through `tensor.cast`.
void foldPadding(Parts &parts, OpBuilder &builder);

/// Rearranges a filter that is known, and reads one where a `linalg.transpose`
/// that feeds it reads it.
void foldFilterTranspose(Parts &parts, OpBuilder &builder);

/// Reads the image, that of a product, where a `linalg.transpose` that feeds it
/// reads it.
void foldInputTranspose(Parts &parts);

/// Whether `value` is zero, of either sign, or all of its elements are.
bool isZero(Value value);

/// Takes the init apart: nothing, a bias, or a tensor to accumulate to.
void foldInit(Parts &parts, Value init);

/// The type of a bias: a vector over the output's `g` and `k` dimensions.
RankedTensorType getBiasType(const Parts &parts);

/// Folds the operations that follow `result` and returns them in order; the
/// last one defines what the convolution now computes.
SmallVector<Operation *> foldEpilogue(Parts &parts, Value result);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISEDETAIL_H
