//===- RaiseDims.h - Which loop plays which role ----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the dims of a convolution off the indexing maps of a linalg operation.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISEDIMS_H
#define LIB_CONV_RECOGNITION_RAISEDIMS_H

#include "conv/IR/Conv.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/STLExtras.h"

#include <optional>
#include <string>

namespace mlir::conv::raise {

/// One row or column dimension: `stride * out + dilation * window` in the
/// input.
struct ImageDim {
  unsigned inputPos;
  unsigned out;
  std::optional<unsigned> window;
  int64_t stride = 1, dilation = 1;
};

/// A dimension of the filter with whole channels, which the images have in
/// blocks: `size of inner * outer + inner`.
struct ChannelBlock {
  unsigned filterPos, outer, inner;
};

/// Gives every loop of an operation its letter, or says why it cannot.
class LoopClassifier {
public:
  LoopClassifier(linalg::LinalgOp op, unsigned inputIndex, bool products);

  /// Returns the dims, or null with `reason()` set.
  DimsAttr classify();

  StringRef reason() const { return why; }
  /// A sum of a parallel and a reduction loop is the mark of a convolution.
  bool hasWindow() const {
    return llvm::any_of(images,
                        [](const ImageDim &d) { return d.window.has_value(); });
  }

private:
  LogicalResult fail(const Twine &reason) {
    why = reason.str();
    return failure();
  }
  bool isParallel(unsigned loop) const {
    return iterators[loop] == utils::IteratorType::parallel;
  }

  LogicalResult readPlain(AffineMap map, StringRef name,
                          SmallVector<bool> &present);
  LogicalResult readFilter();
  LogicalResult readInput();
  LogicalResult readInputSum(unsigned pos, ArrayRef<int64_t> coefficients);
  LogicalResult assignChannels();
  LogicalResult assignImage();
  bool isFoldedWindow();
  bool isProduct();
  std::string letters(AffineMap map) const;

  linalg::LinalgOp op;
  AffineMap input, filter, output;
  ShapedType inputType;
  bool products; ///< Whether products of matrices are convolutions.
  SmallVector<utils::IteratorType> iterators;
  /// Loops that occur alone and unscaled in the input, in the input's order.
  SmallVector<std::pair<unsigned, unsigned>> plain; // (loop, input position)
  SmallVector<bool> inInput, inFilter, inOutput;
  SmallVector<ImageDim> images;
  SmallVector<ChannelBlock> blocks;
  SmallVector<char> roles;
  std::string why;
};

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISEDIMS_H
