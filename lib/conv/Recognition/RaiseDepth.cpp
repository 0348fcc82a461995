//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolutions of three dimensions. Each slice of the output is a sum over the
/// taps along the depth of convolutions of two dimensions:
///
///   for d in 0 .. Do:
///     for t in 0 .. T, but for those in the padding:
///       out[d] += conv(in[d * stride + t * dilation - low], filter[t])
///
/// The taps are unrolled, the slices that meet the same taps a loop.
///
//===----------------------------------------------------------------------===//

#include "RaiseDetail.h"
#include "RaiseFilter.h"
#include "RaiseFormSteps.h"
#include "RaiseParts.h"
#include "conv/IR/ElementSize.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// The most taps along the depth, each of which is code of its own, once for
/// all slices that meet all taps and once for each end at which it meets no
/// input.
static constexpr int64_t kMostTaps = 32;

namespace {

/// Slices of the output from `begin` to before `end`, which meet the taps from
/// `firstTap` to before `endTap`.
struct Band {
  int64_t begin, end, firstTap, endTap;
};

/// The dimension that is split off.
struct Depth {
  unsigned inputPos = 0;
  InputIndex index;
  int64_t extent = 0, taps = 1, low = 0;
  /// The zeros around each slice, when there are any.
  Value zero;
  SmallVector<int64_t> sliceLow, sliceHigh;
};

/// Writes the sums.
class DepthSplitter {
public:
  DepthSplitter(RewriterBase &rewriter, const LoopForm &form,
                const Depth &depth, Value input, AliasAnalysis &aliases);
  void split(ArrayRef<Band> bands);

private:
  Value computeBand(const Band &band, Value destination);
  Value computeSlice(const Band &band, OpFoldResult slice, Value destination);
  Value getInputSlice(OpFoldResult slice, int64_t tap);
  void createFilters();

  RewriterBase &rewriter;
  const LoopForm &form;
  const Depth &depth;
  Value input;
  OutputParts parts;
  Product product;
  SmallVector<Value> filters, buffers;
  unsigned outputPos;
};

} // namespace

/// The position of `loop` among the results of `map`; nothing if it is none.
static std::optional<unsigned> findLoop(AffineMap map, unsigned loop) {
  return map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
}

/// Which slices meet which taps. Neighbours that meet the same are one band:
/// bands begin and end where the slices of a tap do.
static SmallVector<Band> computeBands(const Depth &depth, int64_t size) {
  // Tap t of slice d reads d * stride + first(t).
  auto findBegin = [&](int64_t tap, int64_t place) {
    int64_t first = tap * depth.index.dilation + depth.index.offset - depth.low;
    return std::clamp<int64_t>(
        llvm::divideCeilSigned(place - first, depth.index.stride), 0,
        depth.extent);
  };
  SmallVector<int64_t> bounds = {0, depth.extent};
  for (int64_t tap = 0; tap < depth.taps; ++tap)
    bounds.append({findBegin(tap, 0), findBegin(tap, size)});
  llvm::sort(bounds);
  bounds.erase(llvm::unique(bounds), bounds.end());
  SmallVector<Band> bands;
  for (auto [begin, end] : llvm::zip(bounds, llvm::drop_begin(bounds))) {
    Band band{begin, end, 0, depth.taps};
    // Later taps read further behind.
    while (band.firstTap < band.endTap && findBegin(band.firstTap, 0) > begin)
      ++band.firstTap;
    while (band.endTap > band.firstTap &&
           findBegin(band.endTap - 1, size) <= begin)
      --band.endTap;
    bands.push_back(band);
  }
  return bands;
}

/// Takes the zeros around `input` away and into `depth`: each slice is padded
/// for itself.
static void takePadding(RewriterBase &rewriter, Value &input, Depth &depth) {
  std::optional<Frame> frame =
      isa<RankedTensorType>(input.getType()) ? readFrame(input) : std::nullopt;
  auto padded = cast<ShapedType>(input.getType());
  auto source =
      frame ? cast<RankedTensorType>(frame->source.getType()) : nullptr;
  if (!source || source.isDynamicDim(depth.inputPos))
    return;
  // Sizes that were forgotten on the way would be of the slices.
  for (int64_t d = 0; d < padded.getRank(); ++d)
    if (source.isDynamicDim(d) != padded.isDynamicDim(d))
      return;
  input = frame->source;
  depth.zero = arith::ConstantOp::create(
      rewriter, input.getLoc(), rewriter.getZeroAttr(source.getElementType()));
  depth.low = frame->low[depth.inputPos];
  for (auto [pos, low, high] : llvm::enumerate(frame->low, frame->high))
    if (pos != depth.inputPos) {
      depth.sliceLow.push_back(low);
      depth.sliceHigh.push_back(high);
    }
}

DepthSplitter::DepthSplitter(RewriterBase &rewriter, const LoopForm &form,
                             const Depth &depth, Value input,
                             AliasAnalysis &aliases)
    : rewriter(rewriter), form(form), depth(depth), input(input),
      parts(rewriter, form, aliases),
      outputPos(*findLoop(form.output, *depth.index.out)) {
  llvm::SmallBitVector dropped(form.iterators.size());
  dropped.set(*depth.index.out);
  if (depth.index.window)
    dropped.set(*depth.index.window);
  product.inputMap = dropLoops(form.input, dropped);
  product.filterMap = dropLoops(form.filter, dropped);
  product.outputMap = dropLoops(form.output, dropped);
  for (auto [loop, iterator] : llvm::enumerate(form.iterators))
    if (!dropped.test(loop))
      product.iterators.push_back(iterator);
}

/// The filter of each tap, before any loop.
void DepthSplitter::createFilters() {
  Value filter = form.getFilter();
  if (!depth.index.window) {
    filters.push_back(filter);
    return;
  }
  unsigned pos = *findLoop(form.filter, *depth.index.window);
  for (int64_t tap = 0; tap < depth.taps; ++tap) {
    SmallVector<FilterDim> dims =
        getWholeFilter(cast<ShapedType>(filter.getType()).getShape());
    dims[pos] = {tap, 1, 1, /*dropped=*/true};
    filters.push_back(
        createFilterPart(rewriter, form.getLoc(), filter, dims, buffers));
  }
}

Value DepthSplitter::getInputSlice(OpFoldResult slice, int64_t tap) {
  AffineExpr expr =
      getAffineDimExpr(0, rewriter.getContext()) * depth.index.stride +
      (tap * depth.index.dilation + depth.index.offset - depth.low);
  SmallVector<DimPart> part(cast<ShapedType>(input.getType()).getRank());
  DimPart &dim = part[depth.inputPos];
  dim.whole = false;
  dim.dropped = true;
  dim.offset = affine::makeComposedFoldedAffineApply(rewriter, form.getLoc(),
                                                     expr, {slice});
  Value result = createSlice(rewriter, form.getLoc(), input, part);
  auto isZero = [](int64_t size) { return size == 0; };
  if (llvm::all_of(depth.sliceLow, isZero) &&
      llvm::all_of(depth.sliceHigh, isZero))
    return result;
  auto toSizes = [&](ArrayRef<int64_t> sizes) {
    return getAsIndexOpFoldResult(rewriter.getContext(), sizes);
  };
  return tensor::PadOp::create(rewriter, form.getLoc(), Type(), result,
                               toSizes(depth.sliceLow),
                               toSizes(depth.sliceHigh), depth.zero);
}

Value DepthSplitter::computeSlice(const Band &band, OpFoldResult slice,
                                  Value destination) {
  SmallVector<DimPart> part(form.output.getNumResults());
  part[outputPos].whole = false;
  part[outputPos].dropped = true;
  part[outputPos].offset = slice;
  return parts.compute(destination, part, [&](Value sums) {
    for (int64_t tap = band.firstTap; tap < band.endTap; ++tap) {
      product.input = getInputSlice(slice, tap);
      product.filter = filters[tap];
      sums = createProduct(rewriter, form, product, sums);
    }
    return sums;
  });
}

Value DepthSplitter::computeBand(const Band &band, Value destination) {
  if (band.end - band.begin == 1)
    return computeSlice(band, rewriter.getIndexAttr(band.begin), destination);
  Location loc = form.getLoc();
  auto bound = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(rewriter, loc, value);
  };
  auto loop = scf::ForOp::create(
      rewriter, loc, bound(band.begin), bound(band.end), bound(1),
      form.isTensor() ? ValueRange(destination) : ValueRange());
  OpBuilder::InsertionGuard guard(rewriter);
  if (!form.isTensor()) {
    rewriter.setInsertionPointToStart(loop.getBody());
    computeSlice(band, loop.getInductionVar(), destination);
    return destination;
  }
  rewriter.setInsertionPointToEnd(loop.getBody());
  Value result =
      computeSlice(band, loop.getInductionVar(), loop.getRegionIterArg(0));
  scf::YieldOp::create(rewriter, loc, result);
  return loop.getResult(0);
}

void DepthSplitter::split(ArrayRef<Band> bands) {
  createFilters();
  Value result = parts.createDestination();
  for (const Band &band : bands)
    result = computeBand(band, result);
  for (Value buffer : buffers)
    memref::DeallocOp::create(rewriter, form.getLoc(), buffer);
  parts.replace(result);
}

/// Whether a dimension is one slice that meets one tap.
static bool isUnit(const LoopForm &form, const InputIndex &index) {
  return form.extents[*index.out] == 1 &&
         (!index.window || form.extents[*index.window] == 1);
}

/// The dimension to split off: of those with a window the slowest, where there
/// are more than two, and before them one that is a single slice, of which
/// there is no sum; else a batch, where there are too many.
static std::optional<unsigned> chooseDepth(const LoopForm &form) {
  if (form.countImageDims() <= 2) {
    if (form.countLoops(LoopKind::Batch) <= form.getMostLoops(LoopKind::Batch))
      return std::nullopt;
    for (auto [pos, index] : llvm::enumerate(form.indices))
      if (index.out && form.getKind(*index.out) == LoopKind::Batch &&
          !ShapedType::isDynamic(form.extents[*index.out]))
        return pos;
    return std::nullopt;
  }
  for (auto [pos, index] : llvm::enumerate(form.indices))
    if (!index.isPlain() && index.out && isUnit(form, index))
      return pos;
  for (auto [pos, index] : llvm::enumerate(form.indices))
    if (!index.isPlain() && index.out && index.window)
      return pos;
  for (auto [pos, index] : llvm::enumerate(form.indices))
    if (!index.isPlain() && index.out)
      return pos;
  return std::nullopt;
}

bool mlir::conv::raise::splitDepth(RewriterBase &rewriter, const LoopForm &form,
                                   AliasAnalysis &aliases) {
  std::optional<unsigned> pos = chooseDepth(form);
  if (!pos)
    return false;
  Depth depth;
  depth.inputPos = *pos;
  depth.index = form.indices[*pos];
  depth.extent = form.extents[*depth.index.out];
  if (depth.index.window)
    depth.taps = form.extents[*depth.index.window];
  auto filterType = cast<ShapedType>(form.getFilter().getType());
  int64_t size = cast<ShapedType>(form.getInput().getType()).getDimSize(*pos);
  if (ShapedType::isDynamic(depth.extent) || ShapedType::isDynamic(size) ||
      !filterType.hasStaticShape() || filterType.getNumElements() == 0 ||
      depth.taps > kMostTaps || !isAddressable(form.extents) ||
      depth.index.stride < 1 || depth.index.dilation < 0 ||
      depth.index.offset < 0 || !findLoop(form.output, *depth.index.out) ||
      findLoop(form.filter, *depth.index.out) ||
      (depth.index.window && !findLoop(form.filter, *depth.index.window)))
    return false;
  Value input = form.getInput();
  rewriter.setInsertionPoint(form.op);
  takePadding(rewriter, input, depth);
  size = cast<ShapedType>(input.getType()).getDimSize(*pos);
  SmallVector<Band> bands = computeBands(depth, size);
  if (form.countImageDims() > 2)
    remarkForm(form.getLoc(),
               "convolution of " + Twine(form.countImageDims()) +
                   " dimensions computed as " + Twine(depth.extent) +
                   " slices, each a sum of " + Twine(depth.taps) +
                   " with one dimension less");
  else
    remarkForm(form.getLoc(), "convolution with several batch dimensions that "
                              "do not lie beside each other computed as " +
                                  Twine(depth.extent) + " with one less");
  DepthSplitter(rewriter, form, depth, input, aliases).split(bands);
  return true;
}
