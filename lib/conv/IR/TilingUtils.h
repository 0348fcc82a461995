//===- TilingUtils.h - What the tilings share -------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Domains, slices of operands, and the way between tiles of iterators and
/// tiles of results.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_IR_TILINGUTILS_H
#define LIB_CONV_IR_TILINGUTILS_H

#include "conv/IR/Conv.h"

namespace mlir::conv {

/// Size of dimension `dim` of a tensor or memref.
OpFoldResult getSize(OpBuilder &b, Location loc, Value value, int64_t dim);

bool coversWhole(OpFoldResult offset, OpFoldResult size, int64_t extent);

/// A unit-stride slice of a tensor or memref. `slices` collects the op. The
/// whole of a memref is itself: a view would only change its type.
Value slice(OpBuilder &b, Location loc, Value value,
            ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
            SmallVectorImpl<Operation *> &slices);

/// Range [0, size) of each iterator.
SmallVector<Range> makeDomain(OpBuilder &b, ArrayRef<OpFoldResult> sizes);

OpFoldResult affineApply(OpBuilder &b, Location loc, AffineExpr expr,
                         ArrayRef<OpFoldResult> operands);

/// The iteration tile: one offset and size per iterator.
struct IterationTile {
  ArrayRef<OpFoldResult> offsets, sizes;
};

/// The part of an iteration tile a result's dimensions run over.
void gatherTile(ArrayRef<int> iterators, const IterationTile &tile,
                SmallVectorImpl<OpFoldResult> &offsets,
                SmallVectorImpl<OpFoldResult> &sizes);

/// The opposite: from a result's tile into offsets and sizes of iterators.
void scatterTile(ArrayRef<int> iterators, const IterationTile &resultTile,
                 MutableArrayRef<OpFoldResult> offsets,
                 MutableArrayRef<OpFoldResult> sizes);

/// Slices `value`, whose dimension i runs over iterator `iterators[i]` (-1: not
/// tiled), by `tile`.
Value sliceBy(OpBuilder &b, Location loc, Value value, ArrayRef<int> iterators,
              const IterationTile &tile, SmallVectorImpl<Operation *> &slices);

/// The epilogue of a tile: each operand sliced by the tile of the output, whose
/// dimension i runs over iterator `outIterators[i]` (-1: not tiled).
Epilogue sliceEpilogue(OpBuilder &b, Location loc, EpilogueOpInterface op,
                       ArrayRef<int> outIterators, const IterationTile &tile,
                       SmallVectorImpl<Operation *> &slices);

} // namespace mlir::conv

#endif // LIB_CONV_IR_TILINGUTILS_H
