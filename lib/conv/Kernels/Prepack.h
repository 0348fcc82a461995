//===- Prepack.h - Pieces of --conv-prepack ---------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Interface between the packing of constants, the buffers that hold packed
/// filters, the packing of arguments and the pass.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_PREPACK_H
#define LIB_CONV_KERNELS_PREPACK_H

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

#include <optional>

namespace mlir::conv::prepack {

/// Packed weights start at a cache line.
constexpr int64_t kAlignment = 64;

/// The packed form of the constant `filter`, or failure with a diagnostic at
/// `op`. Null when it is of a kind that cannot be read.
FailureOr<ElementsAttr> packConstant(PackFilterOp op, ElementsAttr filter);

/// The elements of `source`, all of them the first where it is a `splat`, as
/// `op` transforms and packs them, in `target`, whose bytes are zero.
void transformConstant(PackFilterOp op, ArrayRef<char> source, bool splat,
                       MutableArrayRef<char> target);

/// A packing that can be replaced and what goes with it.
struct PackingTarget {
  PackFilterOp op;
  memref::AllocOp alloc; ///< The buffer it fills; null on tensors.
  SmallVector<Operation *> deallocs;
};

/// What `op` packs into, when another value may take its place.
std::optional<PackingTarget> getReplaceableTarget(PackFilterOp op);

/// Replaces what `target` computes by `packed`: the result on tensors, the
/// buffer and its deallocation on memrefs.
void replacePacking(PackingTarget &target, Value packed);

bool isCast(Operation *op);

/// `value` as it was before casts.
Value skipCasts(Value value);

/// Moves the packing of arguments of `func` into a function of its own, which
/// becomes one of `symbols`, those of `module`.
LogicalResult packArguments(func::FuncOp func, ModuleOp module,
                            SymbolTable &symbols);

} // namespace mlir::conv::prepack

#endif // LIB_CONV_KERNELS_PREPACK_H
