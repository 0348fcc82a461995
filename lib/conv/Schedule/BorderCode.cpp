//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/BorderCode.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// FMAs of code that tiles of several rows may take at the borders: some
/// seconds of compilation. With vectors along columns a load serves several of
/// them.
static constexpr uint64_t kMaxRowsCode = 6000, kMaxPixelRowsCode = 15000;
/// Tiles of one row lose less where taps are bounded at run time, as only their
/// columns are peeled: about a second of compilation, and a little more than
/// windows of 9 taps in a row, or of 11 over an image of three channels, have.
static constexpr uint64_t kMaxRowCode = 3072;

int64_t BorderAxis::countPlaces(int64_t size) const {
  auto touching = [&](int64_t padding) {
    return llvm::divideCeilSigned(padding, size * std::max<int64_t>(stride, 1));
  };
  return std::min(llvm::divideCeilSigned(outputs, size),
                  touching(low) + touching(high) + 1);
}

uint64_t mlir::conv::countBorderCode(const RegisterTile &tile,
                                     const BorderAxis &rows,
                                     const BorderAxis &columns, bool unrolled,
                                     int64_t channels) {
  if (!columns.isPadded() && (tile.rows == 1 || !rows.isPadded()))
    return 0;
  uint64_t code = tile.accumulators();
  auto times = [&](uint64_t factor) {
    code = llvm::SaturatingMultiply<uint64_t>(code, factor);
  };
  times(columns.countPlaces(tile.columns));
  if (tile.rows > 1) {
    times(rows.taps);
    times(columns.taps);
    times(rows.countPlaces(tile.rows));
  } else {
    int64_t taps =
        unrolled ? columns.taps : std::min(columns.taps, 2 * tile.columns + 1);
    // Few taps are less code than the start and the store of the tile.
    times(std::max(kStoreCode,
                   llvm::SaturatingMultiply<uint64_t>(channels, taps)));
  }
  return code;
}

uint64_t mlir::conv::getBorderCodeLimit(const RegisterTile &tile) {
  if (tile.rows == 1)
    return kMaxRowCode;
  return tile.hasPixelVectors() ? kMaxPixelRowsCode : kMaxRowsCode;
}
