//===- RaiseBias.h - Recognition of a bias ----------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which tensors repeat a value of each output channel, and the shapes front
/// ends hide them behind.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISEBIAS_H
#define LIB_CONV_RECOGNITION_RAISEBIAS_H

#include "RaiseDetail.h"

namespace mlir::conv::raise {

/// Positions of g and k in what the epilogue sees, those present, in this
/// order; one position once they are joined.
SmallVector<int64_t> channelPositions(const Parts &parts);

/// Takes `value`, which varies with the channels only, as the bias when it can
/// be reshaped to one.
bool setBias(Parts &parts, Value value);

/// Takes `value` as the bias when it repeats a vector of channels.
bool matchBias(Parts &parts, Value value);

/// True when the results of `map` are exactly the loops `positions`.
bool selects(AffineMap map, ArrayRef<int64_t> positions);

/// True for a reshape that does nothing but split or join, as `groups` says,
/// the output's g and the k behind it.
bool reshapesGroups(ArrayRef<ReassociationIndices> groups, DimsAttr dims);

/// True for an operation on tensors that reduces nothing and writes its only
/// result in the order of its loops.
bool hasIdentityParallelLoops(linalg::LinalgOp op);

/// Looks through operations that only change how a uniform tensor is seen.
Value skipReshapes(Value value);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISEBIAS_H
