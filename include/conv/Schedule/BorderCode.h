//===- BorderCode.h - How much code the borders are -------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Register tiles that touch the padding are peeled: each is code of its own,
/// in which every tap updates the pixels it is inside of. This is the one count
/// of that code. The decision refuses tiles of several rows by it, the lowering
/// bounds taps at run time where it is too much.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_BORDERCODE_H
#define CONV_SCHEDULE_BORDERCODE_H

#include "conv/Schedule/RegisterTile.h"

namespace mlir::conv {

/// FMAs of each accumulator that its start and its store are the code of.
constexpr uint64_t kStoreCode = 16;

/// One axis of a convolution: outputs, taps, and the padding they reach.
struct BorderAxis {
  int64_t outputs = 1, taps = 1, stride = 1, low = 0, high = 0;

  bool isPadded() const { return low != 0 || high != 0; }
  /// Places of tiles of `size` outputs that need code of their own: those that
  /// touch the padding, and one for all others.
  int64_t countPlaces(int64_t size) const;
};

/// FMAs of the code of `tile` where it is peeled at the borders; 0 where
/// nothing is padded. Saturates. Several rows are unrolled over the window at
/// each of their places, which is counted per channel. One row is clipped by
/// the bounds of its loop; along it every pixel may enter and leave the image
/// at a tap of its own, or, with `unrolled`, each tap is apart; each time there
/// is code for `channels` channels.
uint64_t countBorderCode(const RegisterTile &tile, const BorderAxis &rows,
                         const BorderAxis &columns, bool unrolled,
                         int64_t channels);

/// How many of them tiles may have.
uint64_t getBorderCodeLimit(const RegisterTile &tile);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_BORDERCODE_H
