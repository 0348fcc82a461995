//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PhaseSplitter.h"

#include "RaiseParts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

Spread Spread::of(Value value) {
  size_t rank = cast<ShapedType>(value.getType()).getRank();
  return {value, SmallVector<int64_t>(rank, 0), SmallVector<int64_t>(rank, 1)};
}

void Spread::skipFrame(const Frame &frame) {
  for (unsigned d = 0; d < frame.low.size(); ++d)
    offsets[d] += frame.low[d] * strides[d];
  image = frame.source;
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

int64_t PhaseAxis::getStep() const {
  return spreadStride / std::gcd(spreadStride, index.stride);
}

unsigned PhaseAxis::countPhases() const {
  return std::min(getStep(), outputSize);
}

int64_t PhaseAxis::getPlace(int64_t out) const {
  return index.stride * out + index.offset - spreadOffset;
}

Phase::Phase(const PhaseAxis &axis, int64_t begin)
    : begin(begin), step(axis.getStep()),
      size(llvm::divideCeilSigned(axis.outputSize - begin, step)),
      stride(axis.index.stride * step / axis.spreadStride) {}

void Phase::trim(int64_t imageSize) {
  int64_t reach = stride * (size - 1), kept = 0, end = taps.size();
  while (kept < end && start + dilation * kept + reach < 0)
    ++kept;
  while (end > kept && start + dilation * (end - 1) >= imageSize)
    --end;
  taps.truncate(end);
  taps.erase(taps.begin(), taps.begin() + kept);
  start += dilation * kept;
}

bool mlir::conv::raise::areFewPhases(ArrayRef<PhaseAxis> axes, uint64_t most) {
  uint64_t count = 1;
  for (const PhaseAxis &axis : axes) {
    count = llvm::SaturatingMultiply<uint64_t>(count, axis.countPhases());
    if (count > most)
      return false;
  }
  return true;
}

std::optional<SmallVector<PhaseAxis>>
mlir::conv::raise::findPhaseAxes(const LoopForm &form, const Spread &spread) {
  auto imageType = cast<RankedTensorType>(spread.image.getType());
  auto inputType = cast<RankedTensorType>(form.getInput().getType());
  auto find = [](AffineMap map, unsigned loop) {
    return map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
  };
  SmallVector<PhaseAxis> axes;
  for (auto [pos, index] : llvm::enumerate(form.indices)) {
    int64_t size = imageType.getDimSize(pos);
    bool changed =
        spread.offsets[pos] != 0 || spread.strides[pos] != 1 ||
        (size != inputType.getDimSize(pos) && !imageType.isDynamicDim(pos));
    if (!changed)
      continue;
    if (!index.out || !find(form.output, *index.out) || index.stride < 1 ||
        (index.window && index.dilation < 1) || size < 1)
      return std::nullopt;
    PhaseAxis axis{static_cast<unsigned>(pos),
                   *find(form.output, *index.out),
                   std::nullopt,
                   index,
                   size,
                   form.extents[*index.out],
                   /*taps=*/1,
                   spread.strides[pos],
                   spread.offsets[pos]};
    if (index.window) {
      axis.filterPos = find(form.filter, *index.window);
      axis.taps = form.extents[*index.window];
      if (!axis.filterPos)
        return std::nullopt;
    }
    if (ShapedType::isDynamic(axis.outputSize) ||
        ShapedType::isDynamic(axis.taps) || axis.outputSize < 1 ||
        axis.taps < 1)
      return std::nullopt;
    axes.push_back(axis);
  }
  return axes;
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

namespace {

/// Writes a convolution for each combination of phases.
class PhaseSplitter {
public:
  PhaseSplitter(RewriterBase &rewriter, const LoopForm &form, Value image,
                ArrayRef<PhaseAxis> axes, ArrayRef<SmallVector<Phase>> phases,
                AliasAnalysis &aliases)
      : rewriter(rewriter), form(form), image(image), axes(axes),
        phases(phases), parts(rewriter, form, aliases) {}
  unsigned split();

private:
  Value computePhase(ArrayRef<Phase> phase, Value destination);
  Value getImagePart(ArrayRef<Phase> phase);
  Value getFilterPart(ArrayRef<Phase> phase);
  AffineMap getInputMap(ArrayRef<Phase> phase);

  RewriterBase &rewriter;
  const LoopForm &form;
  Value image;
  ArrayRef<PhaseAxis> axes;
  /// By axis.
  ArrayRef<SmallVector<Phase>> phases;
  OutputParts parts;
  SmallVector<Value> buffers;
};

} // namespace

/// What the windows of a phase cover: part of the image, and zeros around it.
Value PhaseSplitter::getImagePart(ArrayRef<Phase> phase) {
  auto type = cast<RankedTensorType>(image.getType());
  SmallVector<DimPart> part(type.getRank());
  SmallVector<int64_t> low(type.getRank(), 0), high(type.getRank(), 0);
  for (auto [axis, p] : llvm::zip_equal(axes, phase)) {
    int64_t taps = p.taps.size();
    int64_t end =
        p.start + p.stride * (p.size - 1) + p.dilation * (taps - 1) + 1;
    int64_t first = std::max<int64_t>(p.start, 0);
    int64_t last = std::min(end, axis.imageSize);
    low[axis.inputPos] = first - p.start;
    high[axis.inputPos] = end - last;
    if (first == 0 && last == axis.imageSize)
      continue;
    DimPart &dim = part[axis.inputPos];
    dim.whole = false;
    dim.offset = rewriter.getIndexAttr(first);
    dim.size = last - first;
  }
  Value result = createSlice(rewriter, form.getLoc(), image, part);
  auto isZero = [](int64_t size) { return size == 0; };
  if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero))
    return result;
  Value zero = arith::ConstantOp::create(
      rewriter, form.getLoc(), rewriter.getZeroAttr(type.getElementType()));
  return tensor::PadOp::create(
      rewriter, form.getLoc(), Type(), result,
      getAsIndexOpFoldResult(rewriter.getContext(), low),
      getAsIndexOpFoldResult(rewriter.getContext(), high), zero);
}

Value PhaseSplitter::getFilterPart(ArrayRef<Phase> phase) {
  Value filter = form.getFilter();
  SmallVector<SmallVector<TapRun>> runs(
      cast<ShapedType>(filter.getType()).getRank());
  for (auto [axis, p] : llvm::zip_equal(axes, phase))
    if (axis.filterPos)
      runs[*axis.filterPos] = p.taps;
  return createFilterSums(rewriter, form.getLoc(), filter, runs, buffers);
}

AffineMap PhaseSplitter::getInputMap(ArrayRef<Phase> phase) {
  SmallVector<AffineExpr> results(form.input.getResults());
  for (auto [axis, p] : llvm::zip_equal(axes, phase)) {
    AffineExpr expr = rewriter.getAffineDimExpr(*axis.index.out) * p.stride;
    if (axis.index.window)
      expr = expr + rewriter.getAffineDimExpr(*axis.index.window) * p.dilation;
    results[axis.inputPos] = expr;
  }
  return AffineMap::get(form.input.getNumDims(), 0, results,
                        rewriter.getContext());
}

Value PhaseSplitter::computePhase(ArrayRef<Phase> phase, Value destination) {
  SmallVector<DimPart> part(form.output.getNumResults());
  for (auto [axis, p] : llvm::zip_equal(axes, phase)) {
    DimPart &dim = part[axis.outputPos];
    dim.whole = p.step == 1;
    dim.offset = rewriter.getIndexAttr(p.begin);
    dim.size = p.size;
    dim.stride = p.step;
  }
  return parts.compute(destination, part, [&](Value sums) {
    // A stride beyond the window leaves outputs that nothing is added to.
    if (llvm::any_of(phase, [](const Phase &p) { return p.taps.empty(); }))
      return sums;
    Product product{getImagePart(phase), getFilterPart(phase),
                    getInputMap(phase),  form.filter,
                    form.output,         form.iterators};
    return createProduct(rewriter, form, product, sums);
  });
}

unsigned PhaseSplitter::split() {
  Value result = parts.createDestination();
  unsigned count = 1;
  for (ArrayRef<Phase> of : phases)
    count *= of.size();
  for (unsigned number = 0; number < count; ++number) {
    // Those that differ in the last axis alone follow each other: their results
    // are neighbours in memory.
    SmallVector<Phase> phase(phases.size());
    unsigned rest = number;
    for (size_t axis = phases.size(); axis-- > 0;) {
      ArrayRef<Phase> of = phases[axis];
      phase[axis] = of[rest % of.size()];
      rest /= of.size();
    }
    result = computePhase(phase, result);
  }
  parts.replace(result);
  return count;
}

unsigned mlir::conv::raise::splitByPhases(RewriterBase &rewriter,
                                          const LoopForm &form, Value image,
                                          ArrayRef<PhaseAxis> axes,
                                          ArrayRef<SmallVector<Phase>> phases,
                                          AliasAnalysis &aliases) {
  return PhaseSplitter(rewriter, form, image, axes, phases, aliases).split();
}
