//===- Winograd.h - Points, matrices and errors of Winograd -----*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// F(m, 3) computes m neighbouring outputs of a window of three taps from
/// m + 2 inputs by m + 2 products (Winograd 1980; Lavin and Gray 2016):
///
///   y = A ((G g) * (B d))
///
/// Nested in rows and columns, a tile of m x n outputs takes
/// (m + 2)(n + 2) products instead of 9 m n. The table WinogradTable.inc has
/// the matrices, which tools/winograd-table.py derives, and what they do to the
/// error of a sum.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_WINOGRAD_H
#define CONV_IR_WINOGRAD_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Hashing.h"

#include <array>
#include <cstdint>

namespace mlir::conv {

/// Taps of the window along one dimension, its stride is 1.
constexpr int64_t kWinogradTaps = 3;

/// The matrices of F(m, 3), row by row; n = m + 2 points.
struct WinogradTransform {
  int64_t outputs;               ///< m
  llvm::ArrayRef<double> output; ///< A, m x n
  llvm::ArrayRef<double> filter; ///< G, n x 3
  llvm::ArrayRef<double> input;  ///< B, n x n

  int64_t getPoints() const { return outputs + kWinogradTaps - 1; }
};

/// The transformation of `outputs` outputs, which must be in the table.
const WinogradTransform &getWinogradTransform(int64_t outputs);

/// Rows and columns of the outputs of a tile.
struct WinogradTile : std::array<int64_t, 2> {
  constexpr WinogradTile(int64_t rows, int64_t columns)
      : array{{rows, columns}} {}
};
inline llvm::hash_code hash_value(const WinogradTile &tile) {
  return llvm::hash_combine(tile[0], tile[1]);
}

/// What a tile does to the error of a sum: the root of the mean square of the
/// outputs' errors, as a multiple of the plain f32 sum's.
struct WinogradError {
  WinogradTile tile;
  double mean, largest; ///< Over seeds and numbers of channels.
};
/// Of the tiles there are.
llvm::ArrayRef<WinogradError> getWinogradErrors();

/// Whether the table has `tile`.
bool isWinogradTile(llvm::ArrayRef<int64_t> tile);

/// Points of a tile: products per tile, channel and output channel.
int64_t getWinogradPoints(WinogradTile tile);

/// A bound on the error of any output without its epilogue: the sum over
/// `channels` of what the matrices make of inputs and weights of magnitudes up
/// to `input` and `filter`, with one rounding per operation on the way (Higham
/// 2002, section 3.1: the errors of dot products).
double getWinogradBound(WinogradTile tile, int64_t channels, double input,
                        double filter);

} // namespace mlir::conv

#endif // CONV_IR_WINOGRAD_H
