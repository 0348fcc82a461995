//===- PhaseSplitter.h - Convolutions by phases -----------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolutions of an image that has been spread: its elements lie apart, with
/// zeros or copies of them in between. A row of the output is, of all rows
/// whose distance divides the one of the elements, one phase, and meets the
/// image in the same way: each phase is a convolution of the image itself,
/// written to every so many-th row of the output; likewise columns.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_PHASESPLITTER_H
#define LIB_CONV_RECOGNITION_PHASESPLITTER_H

#include "FilterSums.h"
#include "RaiseDetail.h"
#include "RaiseForms.h"

namespace mlir::conv::raise {

/// Where the elements of an image lie in what has been made of it.
struct Spread {
  Value image;
  /// Where the first element of each dimension lies, and how far apart they
  /// are.
  SmallVector<int64_t> offsets, strides;

  /// `value` as it is.
  static Spread of(Value value);
  /// Takes the zeros around the image away.
  void skipFrame(const Frame &frame);
};

/// One dimension along which the image has been spread, or framed.
struct PhaseAxis {
  unsigned inputPos, outputPos;
  std::optional<unsigned> filterPos;
  InputIndex index;
  int64_t imageSize, outputSize, taps;
  int64_t spreadStride, spreadOffset;

  /// How far apart the outputs of one phase are.
  int64_t getStep() const;
  unsigned countPhases() const;
  /// Where in what was spread the first tap of output `out` lies, from the
  /// image's first element on.
  int64_t getPlace(int64_t out) const;
  int64_t getDilation() const { return index.window ? index.dilation : 1; }
};

/// The outputs `begin`, `begin + step`, ... along an axis: a convolution, of
/// the taps `taps`, of the image, which begins at `start`.
struct Phase {
  int64_t begin = 0, step = 1, size = 0;
  SmallVector<TapRun> taps;
  int64_t start = 0, stride = 1, dilation = 1;

  Phase() = default;
  /// Without its taps.
  Phase(const PhaseAxis &axis, int64_t begin);
  /// Leaves out taps that meet nothing but zeros, at either end.
  void trim(int64_t imageSize);
};

/// The axes along which `spread` has changed the image; nothing when what
/// surrounds them is not known.
std::optional<SmallVector<PhaseAxis>> findPhaseAxes(const LoopForm &form,
                                                    const Spread &spread);

/// Whether the combinations of phases are at most `most`.
bool areFewPhases(ArrayRef<PhaseAxis> axes, uint64_t most);

/// Writes a convolution of `image` for each combination of `phases`, which are
/// by axis, in the place of `form`, on tensors. Returns their number.
unsigned splitByPhases(RewriterBase &rewriter, const LoopForm &form,
                       Value image, ArrayRef<PhaseAxis> axes,
                       ArrayRef<SmallVector<Phase>> phases,
                       AliasAnalysis &aliases);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_PHASESPLITTER_H
