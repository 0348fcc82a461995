//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The table of Winograd transformations, and what follows from it.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Winograd.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using llvm::ArrayRef;
using namespace mlir::conv;

// clang-format off
#define ARRAY(...) {__VA_ARGS__}
// clang-format on
#define WINOGRAD_TILE(rows, columns, error, largest)
#define WINOGRAD_TRANSFORM(m, output, filter, input)                           \
  static const double kOutput##m[] = output;                                   \
  static const double kFilter##m[] = filter;                                   \
  static const double kInput##m[] = input;
#include "WinogradTable.inc"
#undef WINOGRAD_TRANSFORM
#undef WINOGRAD_TILE

const WinogradTransform &mlir::conv::getWinogradTransform(int64_t outputs) {
#define WINOGRAD_TILE(rows, columns, error, largest)
#define WINOGRAD_TRANSFORM(m, output, filter, input)                           \
  {m, kOutput##m, kFilter##m, kInput##m},
  static const WinogradTransform table[] = {
#include "WinogradTable.inc"
  };
#undef WINOGRAD_TRANSFORM
#undef WINOGRAD_TILE
  const auto *found =
      llvm::find_if(table, [&](const WinogradTransform &transform) {
        return transform.outputs == outputs;
      });
  assert(found != std::end(table) && "not in the table");
  return *found;
}

ArrayRef<WinogradError> mlir::conv::getWinogradErrors() {
#define WINOGRAD_TRANSFORM(m, output, filter, input)
#define WINOGRAD_TILE(rows, columns, error, largest)                           \
  {{rows, columns}, error, largest},
  static const WinogradError table[] = {
#include "WinogradTable.inc"
  };
#undef WINOGRAD_TRANSFORM
#undef WINOGRAD_TILE
  return table;
}

bool mlir::conv::isWinogradTile(ArrayRef<int64_t> tile) {
  return llvm::any_of(getWinogradErrors(), [&](const WinogradError &error) {
    return ArrayRef<int64_t>(error.tile) == tile;
  });
}

int64_t mlir::conv::getWinogradPoints(WinogradTile tile) {
  return getWinogradTransform(tile[0]).getPoints() *
         getWinogradTransform(tile[1]).getPoints();
}

/// The largest sum of magnitudes that an output of `transform` has where inputs
/// and weights are 1: of A times G and B, both summed over their rows.
static double getGrowth(const WinogradTransform &transform) {
  int64_t points = transform.getPoints();
  auto sumRow = [](ArrayRef<double> matrix, int64_t row, int64_t columns) {
    double sum = 0;
    for (double element : matrix.slice(row * columns, columns))
      sum += std::abs(element);
    return sum;
  };
  double most = 0;
  for (int64_t i = 0; i < transform.outputs; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < points; ++j)
      sum += std::abs(transform.output[i * points + j]) *
             sumRow(transform.filter, j, kWinogradTaps) *
             sumRow(transform.input, j, points);
    most = std::max(most, sum);
  }
  return most;
}

double mlir::conv::getWinogradBound(WinogradTile tile, int64_t channels,
                                    double input, double filter) {
  const double unit = std::ldexp(1.0, -24);
  double growth = 1, roundings = double(channels) + 1;
  for (int64_t outputs : tile) {
    const WinogradTransform &transform = getWinogradTransform(outputs);
    growth *= getGrowth(transform);
    // Each matrix product sums up to all points; its elements are rounded, too.
    roundings += 2.0 * (double(transform.getPoints()) + 1);
  }
  return unit * roundings * growth * double(channels) * input * filter;
}
