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
/// A concatenation of some neighbouring parts of a later one, as each layer of
/// a dense block reads all that is there, is a slice of that one, if it is read
/// before the next part is written:
///
///   %c = concat %a, %b                      %d2 as above
///   use %c                           ->     %c = extract_slice %d2
///   %e = op ...                             use %c
///   %f = concat %a, %b, %e                  ...
///
//===----------------------------------------------------------------------===//

#include "PlaceParts.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

#include <optional>

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

/// A concatenation of `count` parts of another one, from `begin` on.
struct NestedConcat {
  tensor::ConcatOp concat;
  size_t begin, count;
  Operation *last = nullptr; ///< The insertion of the last of them.
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

/// The same of `value` and what shows its elements in another way.
static bool isReadBefore(Value value, Block *block, Operation *next) {
  return llvm::all_of(value.getUsers(), [&](Operation *reader) {
    Operation *at = block->findAncestorOpInBlock(*reader);
    if (!at || at->hasTrait<OpTrait::IsTerminator>() ||
        (next && !at->isBeforeInBlock(next)))
      return false;
    return !isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
                tensor::ExtractSliceOp>(reader) ||
           isReadBefore(reader->getResult(0), block, next);
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

/// When `parts[i]` begins to be written; null: there is none.
static Operation *getStart(ArrayRef<ConcatPart> parts, size_t i) {
  if (i >= parts.size())
    return nullptr;
  return parts[i].undefined ? parts[i].getStart()
                            : parts[i].value.getDefiningOp();
}

/// Keeps those of `nested` that can be slices of the concatenation of `parts`.
static void keepSlices(ArrayRef<ConcatPart> parts,
                       SmallVectorImpl<NestedConcat> &nested) {
  llvm::erase_if(nested, [&](NestedConcat &inner) {
    size_t last = 0;
    for (auto [i, part] : llvm::enumerate(parts))
      if (part.index >= inner.begin && part.index < inner.begin + inner.count)
        last = i;
    return !isReadBefore(inner.concat.getResult(), inner.concat->getBlock(),
                         getStart(parts, last + 1));
  });
}

/// Writes `concat` as insertions, and those of `nested` that it can have as
/// slices; the others are removed from `nested`.
static void placeConcat(RewriterBase &rewriter, tensor::ConcatOp concat,
                        SmallVectorImpl<NestedConcat> &nested) {
  SmallVector<ConcatPart, 0> parts = findParts(concat);
  if (parts.empty())
    return nested.clear();
  keepSlices(parts, nested);
  // Where `target` is made that all others follow.
  Operation *first = concat;
  for (const NestedConcat &inner : nested)
    if (inner.concat->isBeforeInBlock(first))
      first = inner.concat;
  for (auto [i, part] : llvm::enumerate(parts)) {
    llvm::erase_if(part.readers, [&](Operation *reader) {
      return llvm::any_of(nested, [&](const NestedConcat &inner) {
        return inner.concat == reader;
      });
    });
    if (part.undefined && !isReadBefore(part, getStart(parts, i + 1)))
      part.undefined = nullptr;
  }
  // Before the first that can be placed.
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
    for (NestedConcat &inner : nested)
      if (part.index >= inner.begin && part.index < inner.begin + inner.count)
        inner.last = target.getDefiningOp();
  }
  for (NestedConcat &inner : nested) {
    RankedTensorType slice = inner.concat.getResultType();
    const auto *begin = llvm::find_if(parts, [&](const ConcatPart &part) {
      return part.index == inner.begin;
    });
    SmallVector<OpFoldResult> strides(slice.getRank(),
                                      rewriter.getIndexAttr(1));
    rewriter.setInsertionPoint(inner.concat);
    rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(
        inner.concat, inner.last->getResult(0), begin->offsets,
        getAsIndexOpFoldResult(rewriter.getContext(), slice.getShape()),
        strides);
  }
  rewriter.replaceOp(concat, target);
}

/// Takes the parts of a concatenation in place of that, where another one along
/// the same dimension has it as a part.
static void flattenConcat(RewriterBase &rewriter, tensor::ConcatOp concat) {
  SmallVector<Value> inputs;
  llvm::SetVector<tensor::ConcatOp> taken;
  for (Value input : concat.getInputs()) {
    auto inner = input.getDefiningOp<tensor::ConcatOp>();
    if (!inner || inner->getBlock() != concat->getBlock() ||
        inner.getDim() != concat.getDim()) {
      inputs.push_back(input);
      continue;
    }
    llvm::append_range(inputs, inner.getInputs());
    taken.insert(inner);
  }
  if (taken.empty())
    return;
  rewriter.modifyOpInPlace(concat,
                           [&] { concat.getInputsMutable().assign(inputs); });
  for (tensor::ConcatOp inner : taken)
    if (inner->use_empty())
      rewriter.eraseOp(inner);
}

/// Where the parts of `inner` stand in a row in the later `outer`.
static std::optional<size_t> findRun(tensor::ConcatOp inner,
                                     tensor::ConcatOp outer) {
  auto few = llvm::to_vector(inner.getInputs());
  auto many = llvm::to_vector(outer.getInputs());
  if (inner.getDim() != outer.getDim() ||
      inner->getBlock() != outer->getBlock() || few.size() >= many.size())
    return std::nullopt;
  auto *run = llvm::search(many, few);
  if (run == many.end() || !inner->isBeforeInBlock(outer))
    return std::nullopt;
  return run - many.begin();
}

void mlir::conv::placeParts(func::FuncOp func) {
  SmallVector<tensor::ConcatOp> concats;
  IRRewriter rewriter(func.getContext());
  func.walk([&](tensor::ConcatOp concat) { concats.push_back(concat); });
  for (tensor::ConcatOp concat : concats)
    flattenConcat(rewriter, concat);
  concats.clear();
  func.walk([&](tensor::ConcatOp concat) { concats.push_back(concat); });
  // Each in the one of most parts.
  DenseMap<Operation *, SmallVector<NestedConcat>> nested;
  DenseSet<Operation *> left(concats.begin(), concats.end());
  for (tensor::ConcatOp inner : concats) {
    tensor::ConcatOp most;
    for (tensor::ConcatOp outer : concats)
      if (findRun(inner, outer) &&
          (!most || outer.getInputs().size() > most.getInputs().size()))
        most = outer;
    if (!most)
      continue;
    nested[most].push_back(
        {inner, *findRun(inner, most), inner.getInputs().size()});
    left.erase(inner);
  }
  for (tensor::ConcatOp concat : concats) {
    if (!left.contains(concat))
      continue;
    SmallVector<NestedConcat> &all = nested[concat];
    SmallVector<tensor::ConcatOp> refused;
    for (const NestedConcat &inner : all)
      refused.push_back(inner.concat);
    placeConcat(rewriter, concat, all);
    llvm::erase_if(refused, [&](tensor::ConcatOp inner) {
      return llvm::any_of(all, [&](const NestedConcat &taken) {
        return taken.concat == inner;
      });
    });
    for (tensor::ConcatOp inner : refused) {
      SmallVector<NestedConcat> none;
      placeConcat(rewriter, inner, none);
    }
  }
}
