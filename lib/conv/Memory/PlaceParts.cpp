//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Concatenations as insertions, each right behind what makes its part, which
/// writes into the slice it will have:
///
///   %a = op ... outs(%empty)                %d = tensor.empty
///   %b = op ... outs(%empty)                %s = extract_slice %d
///   %c = concat %a, %b              ->      %a = op ... outs(%s)
///                                           %d1 = insert_slice %a into %d
///                                           %t = extract_slice %d1
///                                           %b = op ... outs(%t)
///                                           %d2 = insert_slice %b into %d1
///
/// One-shot bufferization then needs no copy. It does not know that slices are
/// apart: a part that is read when the next one is written is copied, and so is
/// one that is there before the one in front of it is finished, or an argument.
///
//===----------------------------------------------------------------------===//

#include "PlaceParts.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

namespace {
/// An operand of the concatenation.
struct ConcatPart {
  size_t index;
  Value value;
  SmallVector<OpFoldResult> offsets, sizes;
  /// The operand that says where `value` is made, where that is undefined, and
  /// the reshapes between both, the last one first.
  OpOperand *undefined = nullptr;
  SmallVector<Operation *> reshapes;
  /// What reads it besides.
  SmallVector<Operation *> readers;

  Operation *getStart() const { return undefined->getOwner(); }
};
} // namespace

/// The operand whose buffer `result` is made in, if there is one.
static OpOperand *getTiedOperand(OpResult result) {
  Operation *op = result.getOwner();
  if (auto forall = dyn_cast<scf::ForallOp>(op))
    return forall.getTiedOpOperand(result);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    return loop.getTiedLoopInit(result);
  // An insertion has other uses of its destination before it.
  if (isa<tensor::InsertSliceOp>(op))
    return nullptr;
  auto styled = dyn_cast<DestinationStyleOpInterface>(op);
  return styled ? styled.getTiedOpOperand(result) : nullptr;
}

/// Whether `value` has no contents, in whatever shape.
static bool isUndefined(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
      return isa<tensor::EmptyOp>(op);
    value = op->getOperand(0);
  }
  return false;
}

/// Finds out where `part` of `concat` is made, in its block.
static void findUndefined(ConcatPart &part, tensor::ConcatOp concat) {
  Value value = part.value;
  Operation *user = concat;
  for (;;) {
    auto result = dyn_cast<OpResult>(value);
    if (!result || result.getOwner()->getBlock() != concat->getBlock())
      return;
    for (OpOperand &use : value.getUses())
      if (use.getOwner() != user ||
          (user == concat && use.getOperandNumber() != part.index))
        part.readers.push_back(use.getOwner());
    user = result.getOwner();
    if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user)) {
      part.reshapes.push_back(user);
      value = user->getOperand(0);
      continue;
    }
    OpOperand *tied = getTiedOperand(result);
    if (!tied)
      return;
    if (isUndefined(tied->get())) {
      part.undefined = tied;
      return;
    }
    value = tied->get();
  }
}

/// Whether all that reads `part` does so before `next`, which writes beside it;
/// null: nothing does.
static bool isReadBefore(const ConcatPart &part, Operation *next) {
  Block *block = part.getStart()->getBlock();
  return llvm::all_of(part.readers, [&](Operation *reader) {
    Operation *at = block->findAncestorOpInBlock(*reader);
    return at && !at->hasTrait<OpTrait::IsTerminator>() &&
           (!next || at->isBeforeInBlock(next));
  });
}

/// The parts of `concat`, in the order in which they are finished; none where a
/// size is not known.
static SmallVector<ConcatPart, 0> findParts(tensor::ConcatOp concat) {
  Builder b(concat.getContext());
  SmallVector<ConcatPart, 0> parts;
  int64_t at = 0;
  for (Value input : concat.getInputs()) {
    auto type = cast<RankedTensorType>(input.getType());
    if (!type.hasStaticShape())
      return {};
    ConcatPart part;
    part.index = parts.size();
    part.value = input;
    part.offsets.assign(type.getRank(), b.getIndexAttr(0));
    part.offsets[concat.getDim()] = b.getIndexAttr(at);
    part.sizes = getAsIndexOpFoldResult(concat.getContext(), type.getShape());
    at += type.getDimSize(concat.getDim());
    findUndefined(part, concat);
    parts.push_back(std::move(part));
  }
  auto isIn = [&](const ConcatPart &part) {
    Operation *op = part.value.getDefiningOp();
    return op && op->getBlock() == concat->getBlock() ? op : nullptr;
  };
  llvm::sort(parts, [&](const ConcatPart &a, const ConcatPart &b) {
    Operation *x = isIn(a), *y = isIn(b);
    if (x == y)
      return a.index < b.index;
    return x && y ? x->isBeforeInBlock(y) : !x;
  });
  return parts;
}

/// Has `part` made in its slice of `target`.
static void makeInSlice(RewriterBase &rewriter, const ConcatPart &part,
                        Value target) {
  Location loc = part.value.getLoc();
  SmallVector<OpFoldResult> strides(part.offsets.size(),
                                    rewriter.getIndexAttr(1));
  rewriter.setInsertionPoint(part.getStart());
  Value slice = tensor::ExtractSliceOp::create(
      rewriter, loc, target, part.offsets, part.sizes, strides);
  for (Operation *reshape : part.reshapes) {
    auto type = cast<RankedTensorType>(reshape->getOperand(0).getType());
    if (auto expand = dyn_cast<tensor::ExpandShapeOp>(reshape))
      slice = tensor::CollapseShapeOp::create(rewriter, loc, type, slice,
                                              expand.getReassociationIndices());
    else
      slice = tensor::ExpandShapeOp::create(
          rewriter, loc, type, slice,
          cast<tensor::CollapseShapeOp>(reshape).getReassociationIndices());
  }
  rewriter.modifyOpInPlace(part.getStart(),
                           [&] { part.undefined->set(slice); });
}

static void placeConcat(RewriterBase &rewriter, tensor::ConcatOp concat) {
  SmallVector<ConcatPart, 0> parts = findParts(concat);
  if (parts.empty())
    return;
  for (auto [i, part] : llvm::enumerate(parts)) {
    Operation *next = nullptr;
    if (i + 1 < parts.size())
      next = parts[i + 1].undefined ? parts[i + 1].getStart()
                                    : parts[i + 1].value.getDefiningOp();
    if (part.undefined && !isReadBefore(part, next))
      part.undefined = nullptr;
  }
  // Before the first that can be placed.
  Operation *first = concat;
  for (const ConcatPart &part : parts)
    if (part.undefined && part.getStart()->isBeforeInBlock(first))
      first = part.getStart();
  rewriter.setInsertionPoint(first);
  Location loc = concat.getLoc();
  auto type = concat.getResultType();
  Value target = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                         type.getElementType());
  for (const ConcatPart &part : parts) {
    Operation *made = part.value.getDefiningOp();
    Operation *before = target.getDefiningOp();
    if (part.undefined && before->isBeforeInBlock(part.getStart()))
      makeInSlice(rewriter, part, target);
    // Behind the part and the insertion of the one before.
    bool isHere = made && made->getBlock() == concat->getBlock();
    rewriter.setInsertionPointAfter(
        isHere && before->isBeforeInBlock(made) ? made : before);
    SmallVector<OpFoldResult> strides(part.offsets.size(),
                                      rewriter.getIndexAttr(1));
    target = tensor::InsertSliceOp::create(rewriter, loc, part.value, target,
                                           part.offsets, part.sizes, strides);
  }
  rewriter.replaceOp(concat, target);
}

void mlir::conv::placeParts(func::FuncOp func) {
  SmallVector<tensor::ConcatOp> concats;
  func.walk([&](tensor::ConcatOp concat) { concats.push_back(concat); });
  IRRewriter rewriter(func.getContext());
  for (tensor::ConcatOp concat : concats)
    placeConcat(rewriter, concat);
}
