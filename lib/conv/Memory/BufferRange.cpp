//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferRange.h"

#include "conv/IR/ElementSize.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::conv;

/// Where in `root` `memref`, a chain of memref.view, begins.
static std::optional<int64_t> getBegin(Value memref, Value root) {
  if (memref == root)
    return 0;
  // The bytes behind a pointer.
  if (auto cast = memref.getDefiningOp<memref::ReinterpretCastOp>())
    return getConstantIntValue(cast.getMixedOffsets().front()) == 0
               ? getBegin(cast.getSource(), root)
               : std::nullopt;
  auto view = memref.getDefiningOp<memref::ViewOp>();
  if (!view)
    return std::nullopt;
  std::optional<int64_t> shift = getConstantIntValue(view.getByteShift());
  std::optional<int64_t> begin = getBegin(view.getSource(), root);
  if (!shift || !begin)
    return std::nullopt;
  return *begin + *shift;
}

BufferRange mlir::conv::getRange(Value memref) {
  auto view = memref.getDefiningOp<ViewLikeOpInterface>();
  if (!view || !isa<MemRefType>(view.getViewSource().getType()))
    return {memref};
  BufferRange source = getRange(view.getViewSource());
  if (auto bytes = dyn_cast<memref::ViewOp>(view.getOperation())) {
    std::optional<int64_t> begin = getBegin(memref, source.root);
    std::optional<int64_t> size = getBufferBytes(bytes.getType(), bytes);
    if (!begin)
      return source;
    BufferRange range{source.root, *begin};
    if (size)
      range.end = *begin + *size;
    return range;
  }
  // These stay inside of their source.
  if (isa<memref::SubViewOp, memref::ExpandShapeOp, memref::CollapseShapeOp,
          memref::CastOp>(view.getOperation()))
    return source;
  return {source.root};
}

/// Whether nothing is ever written to `root`.
static bool isConstant(Value root) {
  auto get = root.getDefiningOp<memref::GetGlobalOp>();
  if (!get)
    return false;
  auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
      get, get.getNameAttr());
  return global && global.getConstant();
}

static bool isAllocated(Value root) {
  return root.getDefiningOp<memref::AllocOp>() ||
         root.getDefiningOp<memref::AllocaOp>();
}

static bool isFunctionArgument(Value root) {
  auto argument = dyn_cast<BlockArgument>(root);
  return argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()) &&
         argument.getOwner()->isEntryBlock();
}

bool mlir::conv::areDisjoint(const BufferRange &a, const BufferRange &b) {
  if (a.root == b.root)
    return a.end <= b.begin || b.end <= a.begin;
  if (isConstant(a.root) || isConstant(b.root))
    return true;
  // What a function allocates is none of its arguments'.
  return (isAllocated(a.root) &&
          (isAllocated(b.root) || isFunctionArgument(b.root))) ||
         (isAllocated(b.root) && isFunctionArgument(a.root));
}
