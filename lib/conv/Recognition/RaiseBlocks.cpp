//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Filters whose channels are taken apart differently from those of the images.
/// A filter is small: its dimensions are brought into the order of the images,
/// where neighbours become one loop, and channels in blocks become whole, as
/// `conv.conv` wants them:
///
///   image[n][C][h][w][c] * filter[K][C][r][s][c][k]
///     =  image[n][C][h][w][c] * whole[r][s][C * block + c][K * block + k]
///
//===----------------------------------------------------------------------===//

#include "RaiseFilter.h"
#include "RaiseFormSteps.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

static unsigned getPosition(AffineMap map, unsigned loop) {
  return *map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
}

/// The loops of `kind`, in the order of the image that has them.
static SmallVector<unsigned> getLoops(const LoopForm &form, LoopKind kind) {
  SmallVector<unsigned> loops;
  for (unsigned loop = 0; loop < form.iterators.size(); ++loop)
    if (form.getKind(loop) == kind)
      loops.push_back(loop);
  AffineMap map = kind == LoopKind::OutputChannel ? form.output : form.input;
  llvm::sort(loops, [&](unsigned a, unsigned b) {
    return getPosition(map, a) < getPosition(map, b);
  });
  return loops;
}

/// The loops of the filter: windows, groups, input and output channels.
static SmallVector<unsigned> getOrder(const LoopForm &form) {
  SmallVector<unsigned> order;
  for (AffineExpr expr : form.filter.getResults()) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    if (form.getKind(loop) == LoopKind::Other)
      order.push_back(loop);
  }
  for (LoopKind kind :
       {LoopKind::Group, LoopKind::InputChannel, LoopKind::OutputChannel})
    llvm::append_range(order, getLoops(form, kind));
  return order;
}

static void replaceForm(RewriterBase &rewriter, const LoopForm &form,
                        Value result, ArrayRef<Value> buffers) {
  for (Value buffer : buffers)
    memref::DeallocOp::create(rewriter, form.getLoc(), buffer);
  if (form.isTensor())
    rewriter.replaceOp(form.op, result);
  else
    rewriter.eraseOp(form.op);
}

bool mlir::conv::raise::orderFilter(RewriterBase &rewriter,
                                    const LoopForm &form) {
  auto type = cast<ShapedType>(form.getFilter().getType());
  bool several =
      llvm::any_of(ArrayRef{LoopKind::Group, LoopKind::InputChannel,
                            LoopKind::OutputChannel},
                   [&](LoopKind kind) { return form.countLoops(kind) > 1; });
  SmallVector<unsigned> order = getOrder(form);
  SmallVector<int64_t> permutation;
  for (unsigned loop : order)
    permutation.push_back(getPosition(form.filter, loop));
  if (!several || !type.hasStaticShape() ||
      order.size() != form.filter.getNumResults() ||
      llvm::is_sorted(permutation))
    return false;
  rewriter.setInsertionPoint(form.op);
  SmallVector<Value> buffers;
  Product product{
      form.getInput(),
      createFilterPermutation(rewriter, form.getLoc(), form.getFilter(),
                              permutation, buffers),
      form.input,
      AffineMap::get(form.filter.getNumDims(), 0,
                     llvm::map_to_vector(order,
                                         [&](unsigned loop) {
                                           return rewriter.getAffineDimExpr(
                                               loop);
                                         }),
                     rewriter.getContext()),
      form.output,
      form.iterators};
  replaceForm(rewriter, form,
              createProduct(rewriter, form, product, form.getInit()), buffers);
  return true;
}

/// Whether channels of `kind` are one loop, or blocks of which nothing but
/// their order in the filter is in the way.
static bool isWholeOrBlocked(const LoopForm &form, LoopKind kind) {
  SmallVector<unsigned> loops = getLoops(form, kind);
  return loops.size() <= 1 ||
         (loops.size() == 2 && getPosition(form.filter, loops[0]) + 1 ==
                                   getPosition(form.filter, loops[1]));
}

bool mlir::conv::raise::joinBlocks(RewriterBase &rewriter,
                                   const LoopForm &form) {
  auto type = cast<ShapedType>(form.getFilter().getType());
  SmallVector<SmallVector<unsigned>> blocked;
  for (LoopKind kind : {LoopKind::InputChannel, LoopKind::OutputChannel}) {
    if (!isWholeOrBlocked(form, kind))
      return false;
    if (SmallVector<unsigned> loops = getLoops(form, kind); loops.size() == 2)
      blocked.push_back(loops);
  }
  // Of a tensor any dimensions can be joined; a buffer's may be apart.
  if (blocked.empty() || form.countLoops(LoopKind::Group) != 0 ||
      form.countImageDims() > 2 || !type.hasStaticShape() || !form.isTensor())
    return false;
  SmallVector<ReassociationIndices> groups;
  SmallVector<AffineExpr> results;
  for (auto [pos, expr] : llvm::enumerate(form.filter.getResults())) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    bool joins = llvm::any_of(
        blocked, [&](ArrayRef<unsigned> loops) { return loops[1] == loop; });
    if (joins) {
      groups.back().push_back(pos);
      results.back() = results.back() * type.getDimSize(pos) + expr;
    } else {
      groups.push_back({static_cast<int64_t>(pos)});
      results.push_back(expr);
    }
  }
  rewriter.setInsertionPoint(form.op);
  Product product{
      form.getInput(),
      createFilterCollapse(rewriter, form.getLoc(), form.getFilter(), groups),
      form.input,
      AffineMap::get(form.filter.getNumDims(), 0, results,
                     rewriter.getContext()),
      form.output,
      form.iterators};
  replaceForm(rewriter, form,
              createProduct(rewriter, form, product, form.getInit()), {});
  return true;
}
