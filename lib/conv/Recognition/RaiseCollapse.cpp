//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Loops of one kind that follow each other in every operand, as one: two batch
/// dimensions of a video, channels in two dimensions, rows and columns that no
/// window runs over.
///
//===----------------------------------------------------------------------===//

#include "RaiseFormSteps.h"
#include "RaiseParts.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// The position of dimension `dim` in `map`, -1 if it is not there.
static int findDim(AffineMap map, unsigned dim) {
  std::optional<unsigned> pos =
      map.getResultPosition(getAffineDimExpr(dim, map.getContext()));
  return pos ? static_cast<int>(*pos) : -1;
}

/// Whether `second` follows `first` in `map`, or neither is there.
static bool areNeighbours(AffineMap map, unsigned first, unsigned second) {
  int at = findDim(map, first), next = findDim(map, second);
  return at < 0 ? next < 0 : next == at + 1;
}

/// The reshape that joins dimension `pos` and the one behind it.
static SmallVector<ReassociationIndices> getJoin(int64_t rank, int64_t pos) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t d = 0; d < rank; ++d) {
    if (d != pos + 1)
      groups.emplace_back();
    groups.back().push_back(d);
  }
  return groups;
}

static bool isJoinable(Value value, AffineMap map, unsigned first) {
  int pos = findDim(map, first);
  auto memref = dyn_cast<MemRefType>(value.getType());
  return pos < 0 || !memref ||
         memref::CollapseShapeOp::isGuaranteedCollapsible(
             memref, getJoin(memref.getRank(), pos));
}

/// `value`, read by `map`, with the dimensions of `first` and the one behind it
/// joined.
static Value join(OpBuilder &builder, Location loc, Value value, AffineMap map,
                  unsigned first) {
  int pos = findDim(map, first);
  if (pos < 0)
    return value;
  auto groups = getJoin(cast<ShapedType>(value.getType()).getRank(), pos);
  if (isa<RankedTensorType>(value.getType())) {
    // What nobody has written yet has any shape.
    auto fill = value.getDefiningOp<linalg::FillOp>();
    if (fill && fill.output().getDefiningOp<tensor::EmptyOp>()) {
      Value empty =
          tensor::CollapseShapeOp::create(builder, loc, fill.output(), groups);
      return linalg::FillOp::create(builder, fill.getLoc(), fill.value(), empty)
          .getResult(0);
    }
    return tensor::CollapseShapeOp::create(builder, loc, value, groups);
  }
  return memref::CollapseShapeOp::create(builder, loc, value, groups);
}

/// `map` without the loop `second`, which the one before it comes to run over.
static AffineMap joinLoops(AffineMap map, unsigned second) {
  MLIRContext *ctx = map.getContext();
  SmallVector<AffineExpr> loops;
  for (unsigned loop = 0; loop < map.getNumDims(); ++loop)
    loops.push_back(getAffineDimExpr(loop < second ? loop : loop - 1, ctx));
  SmallVector<AffineExpr> results;
  for (AffineExpr expr : map.getResults())
    if (expr != getAffineDimExpr(second, ctx))
      results.push_back(expr.replaceDims(loops));
  return AffineMap::get(map.getNumDims() - 1, 0, results, ctx);
}

namespace {

/// Joins two loops of a convolution and of what follows it.
class LoopJoiner {
public:
  LoopJoiner(RewriterBase &rewriter, const LoopForm &form, unsigned first,
             unsigned second)
      : rewriter(rewriter), form(form), first(first), second(second),
        pos(findDim(form.output, first)) {
    if (form.isTensor() && pos >= 0)
      following = collectFollowing(form);
    for (auto [i, op] : llvm::enumerate(following))
      if (!isTakeable(op)) {
        following.clear();
        break;
      }
  }
  void write();

private:
  bool isTakeable(linalg::LinalgOp op) const;
  Value cloneJoined(linalg::LinalgOp op, const IRMapping &values);
  Value joinInit(Value init);
  Value split(Value value, ShapedType type);

  RewriterBase &rewriter;
  const LoopForm &form;
  unsigned first, second;
  /// Of `first` in the output.
  int pos;
  SmallVector<linalg::LinalgOp> following;
};

} // namespace

bool LoopJoiner::isTakeable(linalg::LinalgOp op) const {
  return llvm::all_of(op.getIndexingMapsArray(), [&](AffineMap map) {
    return areNeighbours(map, pos, pos + 1);
  });
}

/// An elementwise operation with the dimensions joined.
Value LoopJoiner::cloneJoined(linalg::LinalgOp op, const IRMapping &values) {
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    maps.push_back(joinLoops(map, pos + 1));
    if (Value known = values.lookupOrNull(operand.get()))
      operands.push_back(known);
    else if (isa<ShapedType>(operand.get().getType()))
      operands.push_back(join(rewriter, op.getLoc(), operand.get(), map, pos));
    else
      operands.push_back(operand.get());
  }
  return cloneElementwise(rewriter, op, operands, maps);
}

/// The init of the convolution: what repeats a bias repeats it less often.
Value LoopJoiner::joinInit(Value init) {
  if (pos < 0)
    return init;
  auto source = init.getDefiningOp<linalg::LinalgOp>();
  if (source && isRepetition(source) &&
      !isa<linalg::FillOp>(source.getOperation()) && isTakeable(source))
    return cloneJoined(source, IRMapping());
  return join(rewriter, form.getLoc(), init, form.output, first);
}

/// `value` in the shape of `type`.
Value LoopJoiner::split(Value value, ShapedType type) {
  if (pos < 0)
    return value;
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(rewriter, form.getLoc(), form.getInit());
  return tensor::ExpandShapeOp::create(rewriter, form.getLoc(),
                                       cast<RankedTensorType>(type), value,
                                       getJoin(type.getRank(), pos), sizes);
}

void LoopJoiner::write() {
  Location loc = form.getLoc();
  rewriter.setInsertionPoint(following.empty() ? form.op : following.back());
  Product product{join(rewriter, loc, form.getInput(), form.input, first),
                  join(rewriter, loc, form.getFilter(), form.filter, first),
                  joinLoops(form.input, second),
                  joinLoops(form.filter, second),
                  joinLoops(form.output, second),
                  form.iterators};
  product.iterators.erase(product.iterators.begin() + second);
  Value result =
      createProduct(rewriter, form, product, joinInit(form.getInit()));
  if (!form.isTensor()) {
    rewriter.eraseOp(form.op);
    return;
  }
  IRMapping values;
  values.map(form.op->getResult(0), result);
  for (linalg::LinalgOp op : following) {
    result = cloneJoined(op, values);
    values.map(op->getResult(0), result);
  }
  linalg::LinalgOp last = following.empty() ? form.op : following.back();
  rewriter.replaceOp(
      last, split(result, cast<ShapedType>(last->getResult(0).getType())));
  for (linalg::LinalgOp op : llvm::reverse(following))
    if (op != last)
      rewriter.eraseOp(op);
  if (last != form.op)
    rewriter.eraseOp(form.op);
}

/// Whether the loops may be one: of the same kind, as they are in the input,
/// and neighbours everywhere.
static bool mayJoin(const LoopForm &form, unsigned first, unsigned second) {
  if (first == second || form.iterators[first] != form.iterators[second])
    return false;
  for (const InputIndex &index : form.indices)
    if (!index.isPlain() && (index.out == first || index.out == second ||
                             index.window == first || index.window == second))
      return false;
  return areNeighbours(form.input, first, second) &&
         areNeighbours(form.filter, first, second) &&
         areNeighbours(form.output, first, second) &&
         isJoinable(form.getInput(), form.input, first) &&
         isJoinable(form.getFilter(), form.filter, first) &&
         isJoinable(form.getInit(), form.output, first);
}

bool mlir::conv::raise::joinNeighbours(RewriterBase &rewriter,
                                       const LoopForm &form) {
  for (unsigned first = 0; first < form.iterators.size(); ++first) {
    LoopKind kind = form.getKind(first);
    if (form.countLoops(kind) <= form.getMostLoops(kind))
      continue;
    for (unsigned second = 0; second < form.iterators.size(); ++second) {
      if (!mayJoin(form, first, second))
        continue;
      LoopJoiner(rewriter, form, first, second).write();
      return true;
    }
  }
  return false;
}
