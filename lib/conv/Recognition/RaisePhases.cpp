//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Transposed convolutions, which front ends write as convolutions of an image
/// with zeros between its elements. A row of the output is, of all rows whose
/// distance is the stride of the zeros, one phase, and meets the same taps:
///
///   zeros[h * S + offset] = image[h],
///   out[P * q + a] = sum over r with (C * a + D * r - offset) mod S == 0
///                    of filter[r] * image[(C * (P * q + a) + D * r - offset) /
///                    S]
///
/// for a convolution of stride C and dilation D, and P = S / gcd(S, C). These
/// taps are a progression, so each phase is a convolution, written to every
/// P-th row of the output; likewise columns. Input gradients of strided
/// convolutions have the same form.
///
//===----------------------------------------------------------------------===//

#include "RaiseDetail.h"
#include "RaiseFilter.h"
#include "RaiseFormSteps.h"
#include "RaiseParts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// The most convolutions that one becomes: upsampling by 32 along rows and
/// columns, the most that networks for segmentation do at once. A convolution
/// of the zeros and all is left beyond.
static constexpr uint64_t kMostPhases = 32 * 32;

namespace {

/// An image with zeros between and around its elements.
struct Insertion {
  Value image;
  /// Where the first element of each dimension lies, and how far apart they
  /// are.
  SmallVector<int64_t> offsets, strides;
};

/// One dimension that zeros have been inserted into.
struct PhaseAxis {
  unsigned inputPos, outputPos;
  std::optional<unsigned> filterPos;
  InputIndex index;
  int64_t imageSize, outputSize, taps;
  int64_t zeroStride, zeroOffset;
};

/// The outputs `begin`, `begin + step`, ... along an axis: a convolution with
/// `taps` taps, from `firstTap` on, of the image, which begins at `start`.
struct Phase {
  int64_t begin, step, size;
  int64_t firstTap = 0, tapStep = 1, taps = 0;
  int64_t start = 0, stride = 1, dilation = 1;
};

} // namespace

//===----------------------------------------------------------------------===//
// Inserted zeros
//===----------------------------------------------------------------------===//

/// Adds what `insert` does to `insertion`, whose image is its result.
static bool addInsertion(tensor::InsertSliceOp insert, Insertion &insertion) {
  if (insert.getSourceType().getRank() != insert.getDestType().getRank() ||
      !isZeroTensor(insert.getDest()))
    return false;
  SmallVector<OpFoldResult> whole = getGivenSizes(insert.getDest());
  SmallVector<OpFoldResult> sizes = insert.getMixedSizes();
  for (unsigned d = 0; d < sizes.size(); ++d) {
    int64_t offset = insert.getStaticOffset(d),
            stride = insert.getStaticStride(d);
    if (ShapedType::isDynamic(offset) || ShapedType::isDynamic(stride))
      return false;
    // Without a size only all of the dimension will do.
    if (insert.isDynamicSize(d) &&
        (offset != 0 || stride != 1 ||
         !isEqualConstantIntOrValue(sizes[d], whole[d])))
      return false;
    insertion.offsets[d] += offset * insertion.strides[d];
    insertion.strides[d] *= stride;
  }
  insertion.image = insert.getSource();
  return true;
}

static void addZeros(const Frame &frame, Insertion &insertion) {
  for (unsigned d = 0; d < frame.low.size(); ++d)
    insertion.offsets[d] += frame.low[d] * insertion.strides[d];
  insertion.image = frame.source;
}

/// The image that `input` has with zeros between its elements; nothing when
/// none are between any.
static std::optional<Insertion> findInsertion(Value input) {
  auto type = dyn_cast<RankedTensorType>(input.getType());
  if (!type)
    return std::nullopt;
  Insertion insertion;
  insertion.image = input;
  insertion.offsets.assign(type.getRank(), 0);
  insertion.strides.assign(type.getRank(), 1);
  std::optional<Insertion> found;
  for (;;) {
    if (std::optional<Frame> frame = readFrame(insertion.image)) {
      addZeros(*frame, insertion);
    } else {
      auto insert =
          skipCasts(insertion.image).getDefiningOp<tensor::InsertSliceOp>();
      if (!insert || !addInsertion(insert, insertion))
        break;
    }
    // Padding on the outside alone is folded as it is.
    if (llvm::any_of(insertion.strides, [](int64_t s) { return s > 1; }))
      found = insertion;
  }
  return found;
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

/// Leaves out taps that meet nothing but zeros, at either end.
static void trimTaps(Phase &phase, int64_t imageSize) {
  int64_t reach = phase.stride * (phase.size - 1);
  while (phase.taps > 0 && phase.start + reach < 0) {
    phase.firstTap += phase.tapStep;
    phase.start += phase.dilation;
    --phase.taps;
  }
  while (phase.taps > 0 &&
         phase.start + phase.dilation * (phase.taps - 1) >= imageSize)
    --phase.taps;
}

/// How far apart the outputs of one phase of `axis` are.
static int64_t getPhaseStep(const PhaseAxis &axis) {
  return axis.zeroStride / std::gcd(axis.zeroStride, axis.index.stride);
}

/// Whether the combinations of phases are few enough to be code of their own
/// each.
static bool areFew(ArrayRef<PhaseAxis> axes) {
  uint64_t count = 1;
  for (const PhaseAxis &axis : axes) {
    count = llvm::SaturatingMultiply<uint64_t>(
        count, std::min(getPhaseStep(axis), axis.outputSize));
    if (count > kMostPhases)
      return false;
  }
  return true;
}

static SmallVector<Phase> computePhases(const PhaseAxis &axis) {
  int64_t stride = axis.index.stride;
  int64_t dilation = axis.index.window ? axis.index.dilation : 1;
  int64_t step = getPhaseStep(axis);
  int64_t tapStep = axis.zeroStride / std::gcd(axis.zeroStride, dilation);
  SmallVector<Phase> phases;
  for (int64_t begin = 0; begin < std::min(step, axis.outputSize); ++begin) {
    Phase phase{begin, step,
                llvm::divideCeilSigned(axis.outputSize - begin, step)};
    phase.tapStep = tapStep;
    phase.stride = stride * step / axis.zeroStride;
    phase.dilation = dilation * tapStep / axis.zeroStride;
    for (int64_t tap = 0; tap < std::min(tapStep, axis.taps); ++tap) {
      int64_t place =
          stride * begin + dilation * tap + axis.index.offset - axis.zeroOffset;
      if (place % axis.zeroStride != 0)
        continue;
      phase.firstTap = tap;
      phase.taps = llvm::divideCeilSigned(axis.taps - tap, tapStep);
      phase.start = place / axis.zeroStride;
    }
    trimTaps(phase, axis.imageSize);
    phases.push_back(phase);
  }
  return phases;
}

namespace {

/// Writes a convolution for each combination of phases.
class PhaseSplitter {
public:
  PhaseSplitter(RewriterBase &rewriter, const LoopForm &form, Value image,
                ArrayRef<PhaseAxis> axes, AliasAnalysis &aliases)
      : rewriter(rewriter), form(form), image(image), axes(axes),
        parts(rewriter, form, aliases) {
    for (const PhaseAxis &axis : axes)
      phases.push_back(computePhases(axis));
  }
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
  OutputParts parts;
  /// By axis.
  SmallVector<SmallVector<Phase>> phases;
  SmallVector<Value> buffers;
};

} // namespace

/// What the windows of a phase cover: part of the image, and zeros around it.
Value PhaseSplitter::getImagePart(ArrayRef<Phase> phase) {
  auto type = cast<RankedTensorType>(image.getType());
  SmallVector<DimPart> part(type.getRank());
  SmallVector<int64_t> low(type.getRank(), 0), high(type.getRank(), 0);
  for (auto [axis, p] : llvm::zip_equal(axes, phase)) {
    int64_t end =
        p.start + p.stride * (p.size - 1) + p.dilation * (p.taps - 1) + 1;
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
  SmallVector<FilterDim> dims =
      getWholeFilter(cast<ShapedType>(filter.getType()).getShape());
  for (auto [axis, p] : llvm::zip_equal(axes, phase))
    if (axis.filterPos)
      dims[*axis.filterPos] = {p.firstTap, p.taps, p.tapStep};
  return createFilterPart(rewriter, form.getLoc(), filter, dims, buffers);
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
    if (llvm::any_of(phase, [](const Phase &p) { return p.taps == 0; }))
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

/// The axes with inserted zeros; nothing when what surrounds them is not known.
static std::optional<SmallVector<PhaseAxis>>
findAxes(const LoopForm &form, const Insertion &insertion) {
  auto imageType = cast<RankedTensorType>(insertion.image.getType());
  auto inputType = cast<RankedTensorType>(form.getInput().getType());
  auto find = [](AffineMap map, unsigned loop) {
    return map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
  };
  SmallVector<PhaseAxis> axes;
  for (auto [pos, index] : llvm::enumerate(form.indices)) {
    int64_t size = imageType.getDimSize(pos);
    bool changed =
        insertion.offsets[pos] != 0 || insertion.strides[pos] != 1 ||
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
                   insertion.strides[pos],
                   insertion.offsets[pos]};
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

bool mlir::conv::raise::splitPhases(RewriterBase &rewriter,
                                    const LoopForm &form,
                                    AliasAnalysis &aliases) {
  if (!form.isTensor() ||
      !cast<ShapedType>(form.getFilter().getType()).hasStaticShape())
    return false;
  std::optional<Insertion> insertion = findInsertion(form.getInput());
  if (!insertion)
    return false;
  std::optional<SmallVector<PhaseAxis>> axes = findAxes(form, *insertion);
  if (!axes || !areFew(*axes))
    return false;
  Location loc = form.getLoc();
  unsigned count =
      PhaseSplitter(rewriter, form, insertion->image, *axes, aliases).split();
  remarkForm(loc, "convolution of an image with zeros between its elements "
                  "computed as " +
                      Twine(count) + " of the image itself");
  return true;
}
