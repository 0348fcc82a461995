//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Indices of the input that are not those of `conv.conv`: a window that runs
/// backwards is one of a reversed filter, an offset is the beginning of a slice
/// of the image, and a window of one tap is none.
///
///   image[p - r + 2] * filter[r]  =  image[p + r] * reversed[r]
///   image[p + r + 1] * filter[r]  =  slice[p + r] * filter[r]
///
//===----------------------------------------------------------------------===//

#include "RaiseFilter.h"
#include "RaiseFormSteps.h"
#include "RaiseParts.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

namespace {

/// Collects what changes of a convolution whose output stays.
class IndexRewriter {
public:
  IndexRewriter(RewriterBase &rewriter, const LoopForm &form)
      : rewriter(rewriter), form(form), indices(form.indices),
        dropped(form.iterators.size()),
        filterDims(getWholeFilter(
            cast<ShapedType>(form.getFilter().getType()).getShape())),
        imageParts(form.indices.size()) {}

  /// Notes what is to be done about one dimension of the input. Fails when it
  /// cannot be.
  LogicalResult simplify(unsigned pos);
  /// Leaves out the window of one tap.
  void dropWindow(unsigned pos);
  bool isChanged() const { return changed; }
  void write();

private:
  unsigned getFilterPos(unsigned loop) const {
    return *form.filter.getResultPosition(
        getAffineDimExpr(loop, form.filter.getContext()));
  }
  AffineMap getInputMap() const;

  RewriterBase &rewriter;
  const LoopForm &form;
  SmallVector<InputIndex> indices;
  llvm::SmallBitVector dropped;
  SmallVector<FilterDim> filterDims;
  SmallVector<DimPart> imageParts;
  bool changed = false;
};

} // namespace

LogicalResult IndexRewriter::simplify(unsigned pos) {
  InputIndex &index = indices[pos];
  if (index.stride < 0)
    return failure();
  if (index.dilation < 0) {
    int64_t last = form.extents[*index.window] - 1;
    FilterDim &dim = filterDims[getFilterPos(*index.window)];
    dim.offset = last;
    dim.stride = -1;
    index.offset += index.dilation * last;
    index.dilation = -index.dilation;
    changed = true;
  }
  if (index.offset == 0 && (index.out || index.window))
    return success();
  auto type = cast<ShapedType>(form.getInput().getType());
  if (index.offset < 0 || type.isDynamicDim(pos) ||
      index.offset >= type.getDimSize(pos))
    return failure();
  DimPart &part = imageParts[pos];
  part.whole = false;
  part.offset = rewriter.getIndexAttr(index.offset);
  part.dropped = !index.out && !index.window;
  part.size = part.dropped ? 1 : type.getDimSize(pos) - index.offset;
  index.offset = 0;
  changed = true;
  return success();
}

void IndexRewriter::dropWindow(unsigned pos) {
  InputIndex &index = indices[pos];
  auto type = cast<ShapedType>(form.getInput().getType());
  int64_t extent = form.extents[*index.out];
  if (ShapedType::isDynamic(extent) || type.isDynamicDim(pos))
    return;
  // Without a window no rows are left unread.
  DimPart &part = imageParts[pos];
  if (index.stride == 1 &&
      (part.whole ? type.getDimSize(pos) : part.size) != extent) {
    if (part.whole)
      part.offset = rewriter.getIndexAttr(0);
    part.whole = false;
    part.size = extent;
  }
  dropped.set(*index.window);
  filterDims[getFilterPos(*index.window)].dropped = true;
  index.window.reset();
  index.dilation = 0;
  changed = true;
}

AffineMap IndexRewriter::getInputMap() const {
  SmallVector<AffineExpr> results;
  for (auto [index, part] : llvm::zip_equal(indices, imageParts)) {
    if (part.dropped)
      continue;
    AffineExpr expr = rewriter.getAffineConstantExpr(0);
    if (index.out)
      expr = expr + rewriter.getAffineDimExpr(*index.out) * index.stride;
    if (index.window)
      expr = expr + rewriter.getAffineDimExpr(*index.window) * index.dilation;
    results.push_back(expr);
  }
  return AffineMap::get(form.input.getNumDims(), 0, results,
                        rewriter.getContext());
}

void IndexRewriter::write() {
  rewriter.setInsertionPoint(form.op);
  SmallVector<Value> buffers;
  Product product;
  product.input =
      createSlice(rewriter, form.getLoc(), form.getInput(), imageParts);
  product.filter = createFilterPart(rewriter, form.getLoc(), form.getFilter(),
                                    filterDims, buffers);
  product.inputMap = dropLoops(getInputMap(), dropped);
  product.filterMap = dropLoops(form.filter, dropped);
  product.outputMap = dropLoops(form.output, dropped);
  for (auto [loop, iterator] : llvm::enumerate(form.iterators))
    if (!dropped.test(loop))
      product.iterators.push_back(iterator);
  Value result = createProduct(rewriter, form, product, form.getInit());
  for (Value buffer : buffers)
    memref::DeallocOp::create(rewriter, form.getLoc(), buffer);
  if (form.isTensor())
    rewriter.replaceOp(form.op, result);
  else
    rewriter.eraseOp(form.op);
}

/// Whether dimension `pos` of the input has a window of one tap, which is none.
static bool hasOneTap(const LoopForm &form, unsigned pos) {
  const InputIndex &index = form.indices[pos];
  return index.out && index.window && index.stride == 1 &&
         form.extents[*index.window] == 1;
}

/// Whether another dimension beside `pos`, in input and output, is or could be
/// a batch: they become one.
static bool hasBatchBeside(const LoopForm &form, unsigned pos) {
  auto getOutputPos = [&](unsigned at) {
    return form.output.getResultPosition(
        getAffineDimExpr(*form.indices[at].out, form.output.getContext()));
  };
  for (int64_t beside : {int64_t(pos) - 1, int64_t(pos) + 1}) {
    if (beside < 0 || beside >= static_cast<int64_t>(form.indices.size()))
      continue;
    const InputIndex &index = form.indices[beside];
    bool batch = index.out && form.getKind(*index.out) == LoopKind::Batch;
    if (!batch && !hasOneTap(form, beside))
      continue;
    std::optional<unsigned> at = getOutputPos(pos), next = getOutputPos(beside);
    if (at && next && int64_t(*next) - int64_t(*at) == beside - int64_t(pos))
      return true;
  }
  return false;
}

bool mlir::conv::raise::simplifyIndices(RewriterBase &rewriter,
                                        const LoopForm &form) {
  if (!cast<ShapedType>(form.getFilter().getType()).hasStaticShape())
    return false;
  IndexRewriter indices(rewriter, form);
  for (unsigned pos = 0; pos < form.indices.size(); ++pos)
    if (failed(indices.simplify(pos)))
      return false;
  // With two dimensions they are columns or rows all the same.
  if (form.countImageDims() > 2)
    for (unsigned pos = 0; pos < form.indices.size(); ++pos)
      if (hasOneTap(form, pos) && hasBatchBeside(form, pos))
        indices.dropWindow(pos);
  if (!indices.isChanged())
    return false;
  indices.write();
  return true;
}
