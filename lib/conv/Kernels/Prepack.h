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
/// filters, what else is computed from filters, the packing of arguments and
/// the pass.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_PREPACK_H
#define LIB_CONV_KERNELS_PREPACK_H

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"

#include <optional>

namespace mlir::conv::prepack {

/// Packed weights start at a cache line.
constexpr int64_t kAlignment = 64;

/// Whether `op` only shows its operand in another type, or a slice of it that
/// is known here.
bool isView(Operation *op);

/// What a filter is, or is a slice of.
struct FilterSource {
  Value root; ///< Neither a cast nor a slice.
  /// Where the filter's first element is in it, by dimension.
  SmallVector<int64_t> offsets;

  bool isWhole() const {
    return llvm::all_of(offsets, [](int64_t offset) { return offset == 0; });
  }
};
FilterSource findSource(PackFilterOp op);

/// The packed form of the filter of `op`, which begins at `offsets` of the
/// constant `whole`, or failure with a diagnostic at `op`. Null when it is of a
/// kind that cannot be read.
FailureOr<ElementsAttr> packConstant(PackFilterOp op, ElementsAttr whole,
                                     ArrayRef<int64_t> offsets);

/// The elements of `source`, `steps` apart along each dimension of the filter,
/// as `op` transforms and packs them, in `target`, whose bytes are zero.
void transformConstant(PackFilterOp op, ArrayRef<char> source,
                       ArrayRef<int64_t> steps, MutableArrayRef<char> target);

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

/// Integers that are computed from a filter and constants alone.
struct FilterSums {
  /// What computes them, the last one, and the constants that it uses.
  llvm::SetVector<Operation *> ops;
  /// Where they begin in the packed argument, in bytes.
  int64_t begin = 0;

  RankedTensorType getType() const;
  int64_t getBytes() const;
};

/// What the user of a filter, or of a view of one, computes from it; nothing
/// where it needs more, or is no operation on tensors.
std::optional<FilterSums> findSums(OpOperand &use);

/// Computes `sums` of the filter that `mapping` has into its place of `packed`,
/// bytes on tensors or in a buffer, and returns those.
Value writeSums(OpBuilder &b, const FilterSums &sums, IRMapping &mapping,
                Value packed);

/// Replaces what computes `sums` by what `packed` has of them, where `b` is.
void replaceSums(OpBuilder &b, const FilterSums &sums, Value packed);

/// Moves the packing of arguments of `func` into a function of its own, which
/// becomes one of `symbols`, those of `module`.
LogicalResult packArguments(func::FuncOp func, ModuleOp module,
                            SymbolTable &symbols);

} // namespace mlir::conv::prepack

#endif // LIB_CONV_KERNELS_PREPACK_H
