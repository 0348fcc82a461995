//===- RaiseBodies.h - Elementwise operations as an epilogue ----*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What follows bias, residual and clamp: elementwise operations of any body,
/// one or several that use each other's results, as SiLU is written.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISEBODIES_H
#define LIB_CONV_RECOGNITION_RAISEBODIES_H

#include "RaiseDetail.h"

namespace mlir::conv::raise {

/// Takes the elementwise operations that `result` goes through until a value is
/// needed elsewhere: those of whose results only the last one has other uses.
/// Appends them to `folded`, in their order in the block.
void foldBodies(Parts &parts, Value result,
                SmallVectorImpl<Operation *> &folded);

/// The epilogue of all that has been folded. `builder` reshapes operands.
Epilogue writeEpilogue(OpBuilder &builder, Location loc, const Parts &parts);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISEBODIES_H
