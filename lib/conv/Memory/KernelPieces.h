//===- KernelPieces.h - What becomes a kernel -------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MEMORY_KERNELPIECES_H
#define LIB_CONV_MEMORY_KERNELPIECES_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Region.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::conv {

/// Operations that follow each other in a block, the first and the last one
/// included.
struct Piece {
  Operation *first, *last;
  /// Loops that no schedule describes.
  bool loops = false;
};

/// Operations of the dialect that do work, on memrefs.
bool isWork(Operation *op);

/// Finds the pieces of work in `region`, in its order. The work of a parallel
/// loop's body is one piece where only glue stands between its parts.
void findPieces(Region &region, SmallVectorImpl<Piece> &pieces);

/// The operations of `piece`, of which glue is moved before it.
SmallVector<Operation *> takeOperations(const Piece &piece);

} // namespace mlir::conv

#endif // LIB_CONV_MEMORY_KERNELPIECES_H
