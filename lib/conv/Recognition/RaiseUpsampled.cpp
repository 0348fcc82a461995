//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolutions of images that have been upsampled to the nearest pixel, before
/// they are read or by a division in the index:
///
///   wide[h] = image[h floordiv S],
///   out[P * q + a] = sum over r of filter[r]
///                    * image[q * C / gcd(S, C) + (C * a + D * r) floordiv S]
///
/// for a convolution of stride C and dilation D, and P = S / gcd(S, C). All
/// rows of one remainder a are a phase: the same taps meet the same pixel, and
/// their weights are added first. Of 3x3 taps, stride 1, on an image of twice
/// the size, each of the four phases has 2x2, so that 4 of 9 products are left.
///
//===----------------------------------------------------------------------===//

#include "FilterSums.h"
#include "PhaseSplitter.h"
#include "RaiseDetail.h"
#include "RaiseFilter.h"
#include "RaiseFormSteps.h"
#include "Upsampling.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// The most convolutions that one becomes: upsampling by 8 along rows and
/// columns.
static constexpr uint64_t kMostPhasesOfPixels = 8 * 8;

/// The largest share of the products that is worth code for each phase.
static constexpr double kMostShare = 0.8;

/// The fewest outputs of a channel for which weights are added: together the
/// phases have more of them than the convolution, which are read from memory.
static constexpr int64_t kFewestOutputs = 64;
/// The same where they are added in each call: on Zen 4 this took 41 cycles for
/// the four phases of 3x3 taps, of 512 > 512 channels that are contiguous, and
/// 470 where the taps are.
static constexpr int64_t kFewestOutputsOfUnknown = 1024;
static constexpr int64_t kFewestOutputsOfScattered = 4096;

/// The fewest channels, of the image and of the result, of which tiles are
/// computed.
static constexpr int64_t kFewestChannels = 16;

/// The most elements of an image whose pixels are repeated, in terms of those
/// of the image and the result.
static constexpr uint64_t kMostGrowth = 64;

/// Looks through a slice of the image; false where its sizes are not known.
static bool skipSlice(Spread &spread) {
  auto slice = skipCasts(spread.image).getDefiningOp<tensor::ExtractSliceOp>();
  if (!slice || !slice.hasUnitStride() ||
      slice.getSourceType().getRank() != slice.getType().getRank() ||
      !slice.getSourceType().hasStaticShape() ||
      !slice.getType().hasStaticShape() ||
      llvm::any_of(slice.getStaticOffsets(), ShapedType::isDynamic))
    return false;
  for (auto [offset, stride, begin] : llvm::zip_equal(
           spread.offsets, spread.strides, slice.getStaticOffsets()))
    offset -= begin * stride;
  spread.image = slice.getSource();
  return true;
}

/// The image that `form` reads pixels of several times, by its indices or
/// because they have been repeated; nothing where it is read as it is.
static std::optional<Spread> findUpsampled(const LoopForm &form) {
  Value input = form.getInput();
  if (!isa<RankedTensorType>(input.getType()))
    return std::nullopt;
  Spread spread = Spread::of(input);
  for (auto [stride, index] : llvm::zip_equal(spread.strides, form.indices))
    stride = index.divisor;
  std::optional<Spread> found;
  bool framed = false;
  for (;;) {
    if (llvm::any_of(spread.strides, [](int64_t s) { return s > 1; }))
      found = spread;
    if (std::optional<Frame> frame = readFrame(spread.image)) {
      spread.skipFrame(*frame);
      framed = true;
      continue;
    }
    // In a frame, what is beside a slice counts as zero.
    if (!framed && skipSlice(spread))
      continue;
    std::optional<Upsampling> before = readUpsampling(spread.image);
    if (!before)
      return found;
    for (auto [stride, factor] :
         llvm::zip_equal(spread.strides, before->factors))
      stride *= factor;
    spread.image = before->source;
  }
}

/// The phases along `axis`; nothing where the pixels that one meets are not
/// equally far apart.
static std::optional<SmallVector<Phase>> addTaps(const PhaseAxis &axis) {
  SmallVector<Phase> phases;
  for (unsigned begin = 0; begin < axis.countPhases(); ++begin) {
    Phase phase(axis, begin);
    auto getPixel = [&](int64_t tap) {
      return llvm::divideFloorSigned(
          axis.getPlace(begin) + axis.getDilation() * tap, axis.spreadStride);
    };
    int64_t last = phase.start = getPixel(0);
    phase.taps.push_back({0});
    for (int64_t tap = 1; tap < axis.taps; ++tap) {
      int64_t distance = getPixel(tap) - last;
      if (distance == 0) {
        ++phase.taps.back().count;
        continue;
      }
      if (phase.taps.size() == 1)
        phase.dilation = distance;
      else if (distance != phase.dilation)
        return std::nullopt;
      phase.taps.push_back({tap});
      last += distance;
    }
    phase.trim(axis.imageSize);
    phases.push_back(phase);
  }
  return phases;
}

/// How many of the products are left.
static double getShare(ArrayRef<PhaseAxis> axes,
                       ArrayRef<SmallVector<Phase>> phases) {
  double share = 1;
  for (auto [axis, of] : llvm::zip_equal(axes, phases)) {
    double left = 0;
    for (const Phase &phase : of)
      left += static_cast<double>(phase.size) * phase.taps.size();
    share *= left / (static_cast<double>(axis.outputSize) * axis.taps);
  }
  return share;
}

/// How many outputs of a channel there have to be for sums of weights.
static int64_t getFewestOutputs(const LoopForm &form) {
  if (matchPattern(findFilterSource(form.getFilter()), m_Constant()))
    return kFewestOutputs;
  bool scattered = form.filter.getNumResults() != 0 &&
                   form.getKind(form.filter.getDimPosition(
                       form.filter.getNumResults() - 1)) == LoopKind::Other;
  return scattered ? kFewestOutputsOfScattered : kFewestOutputsOfUnknown;
}

/// How often each weight is used.
static int64_t countOutputs(const LoopForm &form) {
  uint64_t outputs = 1;
  for (auto [loop, extent] : llvm::enumerate(form.extents))
    if (form.output.isFunctionOfDim(loop) && !form.filter.isFunctionOfDim(loop))
      outputs = llvm::SaturatingMultiply<uint64_t>(
          outputs, ShapedType::isDynamic(extent) ? 1 : extent);
  return std::min<uint64_t>(outputs, std::numeric_limits<int64_t>::max());
}

/// Whether an image of `shape` is not much larger than what is there anyway.
static bool isReasonable(ArrayRef<int64_t> shape, const LoopForm &form) {
  auto count = [](ArrayRef<int64_t> sizes) {
    uint64_t elements = 1;
    for (int64_t size : sizes)
      elements = llvm::SaturatingMultiply<uint64_t>(elements, size);
    return elements;
  };
  auto countOf = [&](Value value) {
    return count(cast<ShapedType>(value.getType()).getShape());
  };
  uint64_t there =
      llvm::SaturatingAdd(countOf(form.getInput()), countOf(form.getInit()));
  return count(shape) <= llvm::SaturatingMultiply(kMostGrowth, there);
}

/// Whether tiles of outputs are computed with fewer products than phases have:
/// of 3x3 windows, stride 1, and of enough channels for the transformations of
/// the tiles.
static bool hasTiles(const LoopForm &form) {
  unsigned windows = 0;
  for (const InputIndex &index : form.indices) {
    if (!index.out || !index.window)
      continue;
    if (index.stride != 1 || index.dilation != 1 ||
        form.extents[*index.window] != 3)
      return false;
    ++windows;
  }
  for (auto [loop, extent] : llvm::enumerate(form.extents)) {
    LoopKind kind = form.getKind(loop);
    if (kind == LoopKind::Group ||
        ((kind == LoopKind::InputChannel || kind == LoopKind::OutputChannel) &&
         extent < kFewestChannels))
      return false;
  }
  return windows == 2;
}

/// Computes `form` by phases; false where that does not pay.
static bool writePhases(RewriterBase &rewriter, const LoopForm &form,
                        AliasAnalysis &aliases) {
  std::optional<Spread> spread = findUpsampled(form);
  Type sums = getElementTypeOrSelf(form.getInit().getType());
  if (!spread || !canSumTaps(form.getFilter(), sums) ||
      countOutputs(form) < getFewestOutputs(form))
    return false;
  std::optional<SmallVector<PhaseAxis>> axes = findPhaseAxes(form, *spread);
  if (!axes || !areFewPhases(*axes, kMostPhasesOfPixels))
    return false;
  SmallVector<SmallVector<Phase>> phases;
  for (const PhaseAxis &axis : *axes) {
    std::optional<SmallVector<Phase>> of = addTaps(axis);
    if (!of)
      return false;
    phases.push_back(*of);
  }
  if (getShare(*axes, phases) > kMostShare)
    return false;
  Location loc = form.getLoc();
  unsigned count =
      splitByPhases(rewriter, form, spread->image, *axes, phases, aliases);
  remarkForm(loc, "convolution of an upsampled image computed as " +
                      Twine(count) + " of the image itself");
  return true;
}

/// Repeats the pixels that `form` divides its indices for ahead of it; false
/// where it divides none, or their number is not known or out of proportion.
static bool writeRepeated(RewriterBase &rewriter, const LoopForm &form) {
  auto type = cast<RankedTensorType>(form.getInput().getType());
  if (!form.isDivided() || !type.hasStaticShape())
    return false;
  MLIRContext *ctx = rewriter.getContext();
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> repeats, indices(form.input.getResults());
  for (auto [dim, index] : llvm::enumerate(form.indices)) {
    shape.push_back(llvm::SaturatingMultiply<uint64_t>(index.divisor,
                                                       type.getDimSize(dim)));
    repeats.push_back(getAffineDimExpr(dim, ctx).floorDiv(index.divisor));
    if (index.divisor == 1)
      continue;
    AffineExpr expr = getAffineConstantExpr(index.offset, ctx);
    if (index.out)
      expr = expr + getAffineDimExpr(*index.out, ctx) * index.stride;
    if (index.window)
      expr = expr + getAffineDimExpr(*index.window, ctx) * index.dilation;
    indices[dim] = expr;
  }
  if (!isReasonable(shape, form))
    return false;
  Location loc = form.getLoc();
  rewriter.setInsertionPoint(form.op);
  Value empty =
      tensor::EmptyOp::create(rewriter, loc, shape, type.getElementType());
  AffineMap maps[] = {AffineMap::get(shape.size(), 0, repeats, ctx),
                      rewriter.getMultiDimIdentityMap(shape.size())};
  SmallVector<utils::IteratorType> iterators(shape.size(),
                                             utils::IteratorType::parallel);
  Value wide =
      linalg::GenericOp::create(rewriter, loc, empty.getType(), form.getInput(),
                                empty, maps, iterators,
                                [](OpBuilder &b, Location l, ValueRange args) {
                                  linalg::YieldOp::create(b, l, args.front());
                                })
          .getResult(0);
  Product product{wide,
                  form.getFilter(),
                  AffineMap::get(form.input.getNumDims(), 0, indices, ctx),
                  form.filter,
                  form.output,
                  form.iterators};
  rewriter.replaceOp(form.op,
                     createProduct(rewriter, form, product, form.getInit()));
  remarkForm(loc, "pixels that a convolution divides its indices for are "
                  "repeated ahead of it");
  return true;
}

bool mlir::conv::raise::splitUpsampled(RewriterBase &rewriter,
                                       const LoopForm &form, bool keep,
                                       AliasAnalysis &aliases) {
  if (!form.isTensor())
    return false;
  bool split = !keep || !hasTiles(form);
  return (split && writePhases(rewriter, form, aliases)) ||
         writeRepeated(rewriter, form);
}
