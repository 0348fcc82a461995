//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Parts of the output of a convolution.
///
//===----------------------------------------------------------------------===//

#include "RaiseParts.h"

#include "RaiseBias.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

Value mlir::conv::raise::createSlice(OpBuilder &builder, Location loc,
                                     Value value, ArrayRef<DimPart> part) {
  if (llvm::all_of(part, [](const DimPart &dim) { return dim.whole; }))
    return value;
  auto type = cast<ShapedType>(value.getType());
  bool tensor = isa<RankedTensorType>(type);
  SmallVector<OpFoldResult> offsets, sizes, strides;
  SmallVector<int64_t> shape;
  for (auto [pos, dim] : llvm::enumerate(part)) {
    offsets.push_back(dim.whole ? OpFoldResult(builder.getIndexAttr(0))
                                : dim.offset);
    strides.push_back(builder.getIndexAttr(dim.whole ? 1 : dim.stride));
    if (!dim.whole)
      sizes.push_back(builder.getIndexAttr(dim.size));
    else
      sizes.push_back(tensor ? tensor::getMixedSize(builder, loc, value, pos)
                             : memref::getMixedSize(builder, loc, value, pos));
    if (!dim.dropped)
      shape.push_back(dim.whole ? type.getDimSize(pos) : dim.size);
  }
  if (tensor)
    return tensor::ExtractSliceOp::create(
        builder, loc, RankedTensorType::get(shape, type.getElementType()),
        value, offsets, sizes, strides);
  auto memref = memref::SubViewOp::inferRankReducedResultType(
      shape, cast<MemRefType>(type), offsets, sizes, strides);
  return memref::SubViewOp::create(builder, loc, memref, value, offsets, sizes,
                                   strides);
}

//===----------------------------------------------------------------------===//
// What follows
//===----------------------------------------------------------------------===//

bool mlir::conv::raise::isRepetition(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 1 || !hasIdentityParallelLoops(op) ||
      !op.getMatchingIndexingMap(op.getDpsInputOperand(0))
           .isProjectedPermutation(/*allowZeroInResults=*/true))
    return false;
  auto yield = dyn_cast<linalg::YieldOp>(op.getBlock()->front());
  return yield && yield.getOperand(0) == op.getBlock()->getArgument(0);
}

/// Whether `user` is elementwise and its operands can be cut as the output is.
static bool isTakeable(Operation *user, const LoopForm &form) {
  auto op = dyn_cast<linalg::LinalgOp>(user);
  if (!op || op->getNumResults() != 1 || !hasIdentityParallelLoops(op) ||
      op.hasIndexSemantics())
    return false;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  auto output = cast<RankedTensorType>(form.getInit().getType());
  if (!type || type.getEncoding() || type.getShape() != output.getShape())
    return false;
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    auto tensor = dyn_cast<RankedTensorType>(operand.get().getType());
    return (!tensor || !tensor.getEncoding()) &&
           op.getMatchingIndexingMap(&operand).isProjectedPermutation(
               /*allowZeroInResults=*/true);
  });
}

SmallVector<linalg::LinalgOp>
mlir::conv::raise::collectFollowing(const LoopForm &form) {
  Value result = form.op->getResult(0);
  llvm::SetVector<Value> values;
  values.insert(result);
  llvm::SetVector<Operation *> taken;
  auto findNext = [&]() -> Operation * {
    Operation *next = nullptr;
    for (Value value : values)
      for (Operation *user : value.getUsers()) {
        if (taken.contains(user))
          continue;
        if (user->getBlock() != form.op->getBlock())
          return nullptr;
        if (!next || user->isBeforeInBlock(next))
          next = user;
      }
    return next;
  };
  size_t closed = 0;
  for (;;) {
    Operation *next = findNext();
    if (!next || !isTakeable(next, form))
      break;
    taken.insert(next);
    values.insert(next->getResult(0));
    if (llvm::all_of(llvm::drop_end(values.getArrayRef()), [&](Value value) {
          return llvm::all_of(value.getUsers(), [&](Operation *user) {
            return taken.contains(user);
          });
        }))
      closed = taken.size();
  }
  SmallVector<linalg::LinalgOp> following;
  for (Operation *op : taken.getArrayRef().take_front(closed))
    following.push_back(cast<linalg::LinalgOp>(op));
  return following;
}

OutputParts::OutputParts(RewriterBase &rewriter, const LoopForm &form,
                         AliasAnalysis &aliases)
    : rewriter(rewriter), form(form) {
  if (form.isTensor())
    following = collectFollowing(form);
  else
    fill = findFill(form.op, aliases);
  rewriter.setInsertionPoint(following.empty() ? form.op : following.back());
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

AffineMap OutputParts::getPartMap(AffineMap map, ArrayRef<DimPart> part) const {
  llvm::SmallBitVector dropped(part.size());
  for (auto [pos, dim] : llvm::enumerate(part))
    dropped[pos] = dim.dropped;
  return dropLoops(map, dropped);
}

/// What the part `part` of the output reads of `value` by `map`.
Value OutputParts::getPart(Value value, AffineMap map, ArrayRef<DimPart> part) {
  if (!isa<ShapedType>(value.getType()))
    return value;
  auto source = value.getDefiningOp<linalg::LinalgOp>();
  if (source && map.isIdentity() && isRepetition(source))
    return cloneOnPart(source, part, IRMapping(), Value());
  SmallVector<DimPart> dims;
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    dims.push_back(dim ? part[dim.getPosition()] : DimPart());
  }
  return createSlice(rewriter, form.getLoc(), value, dims);
}

/// An undefined tensor for a part of `like`.
Value OutputParts::createEmptyPart(Value like, Type element,
                                   ArrayRef<DimPart> part) {
  SmallVector<OpFoldResult> sizes;
  for (auto [pos, dim] : llvm::enumerate(part))
    if (!dim.dropped)
      sizes.push_back(
          dim.whole ? tensor::getMixedSize(rewriter, form.getLoc(), like, pos)
                    : rewriter.getIndexAttr(dim.size));
  return tensor::EmptyOp::create(rewriter, form.getLoc(), sizes, element);
}

/// `op` for the part `part`; operands that `values` has are parts already.
/// Without `init` an undefined tensor takes the place of one nobody reads.
Value OutputParts::cloneOnPart(linalg::LinalgOp op, ArrayRef<DimPart> part,
                               const IRMapping &values, Value init) {
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    maps.push_back(getPartMap(map, part));
    if (Value known = values.lookupOrNull(operand.get()))
      operands.push_back(known);
    else if (!op.isDpsInit(&operand) ||
             !op.getMatchingBlockArgument(&operand).use_empty())
      operands.push_back(getPart(operand.get(), map, part));
    else
      operands.push_back(
          init ? init
               : createEmptyPart(
                     form.getInit(),
                     getElementTypeOrSelf(op->getResult(0).getType()), part));
  }
  if (isa<linalg::FillOp>(op.getOperation()))
    return linalg::FillOp::create(rewriter, op.getLoc(), operands.front(),
                                  operands.back())
        .getResult(0);
  return cloneElementwise(rewriter, op, operands, maps);
}

Value OutputParts::createDestination() {
  Value init = form.getInit();
  if (!form.isTensor())
    return init;
  if (following.empty()) {
    auto source = init.getDefiningOp<linalg::LinalgOp>();
    return source && isRepetition(source) ? source.getDpsInitOperand(0)->get()
                                          : init;
  }
  return tensor::EmptyOp::create(
      rewriter, form.getLoc(),
      tensor::getMixedSizes(rewriter, form.getLoc(), init),
      getElementTypeOrSelf(following.back()->getResult(0).getType()));
}

/// What the products of a part are added to. `destination` is the place of the
/// part.
Value OutputParts::createInit(Value destination, ArrayRef<DimPart> part) {
  if (!form.isTensor()) {
    if (fill)
      linalg::FillOp::create(rewriter, fill.getLoc(), fill.value(),
                             destination);
    return destination;
  }
  Value init = form.getInit();
  bool fits = getElementTypeOrSelf(destination.getType()) ==
              getElementTypeOrSelf(init.getType());
  auto source = init.getDefiningOp<linalg::LinalgOp>();
  if (source && isRepetition(source))
    return cloneOnPart(source, part, IRMapping(), fits ? destination : Value());
  if (init.getDefiningOp<tensor::EmptyOp>() && fits)
    return destination;
  if (following.empty())
    return destination;
  return getPart(
      init,
      AffineMap::getMultiDimIdentityMap(part.size(), rewriter.getContext()),
      part);
}

Value OutputParts::compute(Value destination, ArrayRef<DimPart> part,
                           function_ref<Value(Value)> addProducts) {
  Location loc = form.getLoc();
  Value place = createSlice(rewriter, loc, destination, part);
  Value sums = addProducts(createInit(place, part));
  if (!form.isTensor())
    return destination;
  IRMapping values;
  values.map(form.op->getResult(0), sums);
  Value result = sums;
  for (linalg::LinalgOp op : following) {
    result = cloneOnPart(op, part, values, Value());
    values.map(op->getResult(0), result);
  }
  SmallVector<OpFoldResult> offsets, sizes, strides;
  for (auto [pos, dim] : llvm::enumerate(part)) {
    offsets.push_back(dim.whole ? OpFoldResult(rewriter.getIndexAttr(0))
                                : dim.offset);
    sizes.push_back(dim.whole
                        ? tensor::getMixedSize(rewriter, loc, destination, pos)
                        : OpFoldResult(rewriter.getIndexAttr(dim.size)));
    strides.push_back(rewriter.getIndexAttr(dim.whole ? 1 : dim.stride));
  }
  return tensor::InsertSliceOp::create(rewriter, loc, result, destination,
                                       offsets, sizes, strides);
}

void OutputParts::replace(Value result) {
  if (!following.empty())
    rewriter.replaceOp(following.pop_back_val(), result);
  else if (form.isTensor()) {
    rewriter.replaceOp(form.op, result);
    return;
  }
  for (linalg::LinalgOp op : llvm::reverse(following))
    rewriter.eraseOp(op);
  rewriter.eraseOp(form.op);
  if (fill)
    rewriter.eraseOp(fill);
}
