//===- RaiseParts.h - A convolution in parts of its output ------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Computes a convolution, and the elementwise operations behind it, in parts
/// of the output, each written where it belongs. What follows comes along so
/// that it can become the epilogue of each part.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISEPARTS_H
#define LIB_CONV_RECOGNITION_RAISEPARTS_H

#include "RaiseForms.h"

#include "mlir/IR/IRMapping.h"

namespace mlir::conv::raise {

/// What a part has of one dimension of the output.
struct DimPart {
  /// All of it, unless these say otherwise.
  bool whole = true;
  OpFoldResult offset;
  int64_t size = 1, stride = 1;
  /// The part has no such dimension; its size is 1.
  bool dropped = false;
};

/// The parts of one convolution.
class OutputParts {
public:
  /// Puts the insertion point where all that is needed is there.
  OutputParts(RewriterBase &rewriter, const LoopForm &form,
              AliasAnalysis &aliases);

  /// What the parts are written into, before the first is.
  Value createDestination();

  /// Computes the part `part` of the output and writes it into `destination`;
  /// returns the destination with it. `addProducts` adds to the part of the
  /// init it is given, which on memrefs is that of the destination.
  Value compute(Value destination, ArrayRef<DimPart> part,
                function_ref<Value(Value)> addProducts);

  /// Replaces the convolution and what follows by `result`.
  void replace(Value result);

private:
  Value getPart(Value value, AffineMap map, ArrayRef<DimPart> part);
  Value createEmptyPart(Value like, Type element, ArrayRef<DimPart> part);
  Value createInit(Value destination, ArrayRef<DimPart> part);
  Value cloneOnPart(linalg::LinalgOp op, ArrayRef<DimPart> part,
                    const IRMapping &values, Value init);
  AffineMap getPartMap(AffineMap map, ArrayRef<DimPart> part) const;

  RewriterBase &rewriter;
  const LoopForm &form;
  /// On memrefs, the fill that decides the init.
  linalg::FillOp fill;
  /// Elementwise operations, of whose results only the last one's has other
  /// uses than by these.
  SmallVector<linalg::LinalgOp> following;
};

/// The part of `value` that `part` says, its dimensions being those of the
/// value. `value` itself when it is all of it.
Value createSlice(OpBuilder &builder, Location loc, Value value,
                  ArrayRef<DimPart> part);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISEPARTS_H
