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

#include "PhaseSplitter.h"
#include "RaiseDetail.h"
#include "RaiseFormSteps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// The most convolutions that one becomes: upsampling by 32 along rows and
/// columns, the most that networks for segmentation do at once. A convolution
/// of the zeros and all is left beyond.
static constexpr uint64_t kMostPhases = 32 * 32;

//===----------------------------------------------------------------------===//
// Inserted zeros
//===----------------------------------------------------------------------===//

/// Adds what `insert` does to `insertion`, whose image is its result.
static bool addInsertion(tensor::InsertSliceOp insert, Spread &insertion) {
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

/// The image that `input` has with zeros between its elements; nothing when
/// none are between any.
static std::optional<Spread> findInsertion(Value input) {
  if (!isa<RankedTensorType>(input.getType()))
    return std::nullopt;
  Spread insertion = Spread::of(input);
  std::optional<Spread> found;
  for (;;) {
    if (std::optional<Frame> frame = readFrame(insertion.image)) {
      insertion.skipFrame(*frame);
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

/// The phases along `axis`: each meets, of the taps, a progression.
static SmallVector<Phase> computePhases(const PhaseAxis &axis) {
  int64_t dilation = axis.getDilation();
  int64_t tapStep = axis.spreadStride / std::gcd(axis.spreadStride, dilation);
  SmallVector<Phase> phases;
  for (unsigned begin = 0; begin < axis.countPhases(); ++begin) {
    Phase phase(axis, begin);
    phase.dilation = dilation * tapStep / axis.spreadStride;
    for (int64_t first = 0; first < std::min(tapStep, axis.taps); ++first) {
      int64_t place = axis.getPlace(begin) + dilation * first;
      if (place % axis.spreadStride != 0)
        continue;
      for (int64_t tap = first; tap < axis.taps; tap += tapStep)
        phase.taps.push_back({tap});
      phase.start = place / axis.spreadStride;
    }
    phase.trim(axis.imageSize);
    phases.push_back(phase);
  }
  return phases;
}

bool mlir::conv::raise::splitPhases(RewriterBase &rewriter,
                                    const LoopForm &form,
                                    AliasAnalysis &aliases) {
  if (!form.isTensor() || form.isDivided() ||
      !cast<ShapedType>(form.getFilter().getType()).hasStaticShape())
    return false;
  std::optional<Spread> insertion = findInsertion(form.getInput());
  if (!insertion)
    return false;
  std::optional<SmallVector<PhaseAxis>> axes = findPhaseAxes(form, *insertion);
  if (!axes || !areFewPhases(*axes, kMostPhases))
    return false;
  SmallVector<SmallVector<Phase>> phases =
      llvm::map_to_vector(*axes, computePhases);
  Location loc = form.getLoc();
  unsigned count =
      splitByPhases(rewriter, form, insertion->image, *axes, phases, aliases);
  remarkForm(loc, "convolution of an image with zeros between its elements "
                  "computed as " +
                      Twine(count) + " of the image itself");
  return true;
}
