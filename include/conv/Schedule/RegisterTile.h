//===- RegisterTile.h - Register tiles and their registers ------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The register tile of a schedule, and what it occupies.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_REGISTERTILE_H
#define CONV_SCHEDULE_REGISTERTILE_H

#include "conv/Schedule/Problem.h"

#include "llvm/ADT/SmallVector.h"

#include <string>
#include <utility>

namespace mlir::conv {

/// A register tile: `rows` x `columns` output pixels by output channels, in
/// `vectors` vectors of channels (vector = k; Zhang's C_ob is vectors * N_vec,
/// W_ob is columns), or `vectors` vectors of columns in each row for each of
/// `channels` channels (vector = w), or a vector of sums of each pixel and each
/// of `channels` channels (vector = c). With vector = g the vectors hold output
/// channels of several groups, with vector = kw half a vector of channels of
/// each of two columns.
struct RegisterTile {
  int64_t rows = 1, columns = 1, vectors = 1;
  VectorIterator vector = VectorIterator::K;
  int64_t channels = 0; ///< Only with vector = w or c.
  /// Taps of a row share what they load: c, g and kw; of a column: w.
  bool share = false;

  static RegisterTile fromSchedule(ScheduleAttr schedule);
  static RegisterTile fromFields(const ScheduleFields &fields);
  /// Sets the fields of the tile, whose n_vec stands in `fields`.
  void assignTo(ScheduleFields &fields) const;
  bool hasPixelVectors() const { return vector == VectorIterator::W; }
  /// Whether the channels of all groups are one dimension.
  bool mergesGroups() const { return vector == VectorIterator::G; }
  /// Whether the lanes of a vector are channels of two columns.
  bool hasColumnPairs() const { return vector == VectorIterator::KW; }
  int64_t pixels() const { return rows * columns; }
  int64_t accumulators() const {
    if (hasColumnPairs())
      return rows * ((columns + 1) / 2) * vectors;
    return channels != 0
               ? (hasPixelVectors() ? rows * vectors : pixels()) * channels
               : pixels() * vectors;
  }
  /// Columns that the width of a tile is a multiple of.
  int64_t getColumnUnit(int64_t lanes) const {
    return hasPixelVectors() ? lanes : hasColumnPairs() ? 2 : 1;
  }
  /// C_ob, with vectors of `lanes`.
  int64_t getCOb(int64_t lanes) const {
    if (channels != 0)
      return channels;
    return vectors * (hasColumnPairs() ? lanes / 2 : lanes);
  }
  /// "14x2" or, with two rows, "2x7x2": pixels by vectors of channels. With
  /// vector = w "2wx14": vectors of columns by channels. With vector = c
  /// "7x3c": pixels by channels, of which all have a vector of sums. With
  /// vector = g "8x1g", with vector = kw "28x1kw".
  std::string str() const;
  bool operator==(const RegisterTile &o) const {
    return rows == o.rows && columns == o.columns && vectors == o.vectors &&
           vector == o.vector && channels == o.channels && share == o.share;
  }
};

/// The machine's broadcast form where `problem` allows it: lanes need
/// contiguous input channels, at least a vector of them.
Broadcast getBroadcast(const Problem &problem, MachineAttr machine);

/// Taps of a window's row up to which depthwise kernels with vectors of
/// channels are unrolled, so that neighbouring taps share the vectors of the
/// input.
constexpr int64_t kSharedTaps = 31;

/// Whether depthwise kernels with vectors of columns are unrolled over a window
/// of `rows` x `columns` taps, so that its rows share the vectors of the input.
inline bool isUnrolledWindow(int64_t rows, int64_t columns) {
  constexpr int64_t most = 13 * 13;
  return rows <= most && columns <= most && rows * columns <= most;
}

/// Parts an extent is divided into: runs of neighbours of one size, as (how
/// many, size). There are few runs however long the extent is.
using SizeRuns = llvm::SmallVector<std::pair<int64_t, int64_t>, 2>;
/// Splits `extent` columns into ceil(extent / width) tiles whose widths differ
/// by at most one, wider ones first: at most two runs.
SizeRuns splitBalanced(int64_t extent, int64_t width);

/// Zhang's lower bound: enough accumulators to keep the FMA units busy.
bool hidesLatency(MachineAttr machine, const RegisterTile &tile);

/// Leaves the tiles that do; all of them where none does, as on small images,
/// which do not have enough outputs.
void dropSlowTiles(MachineAttr machine,
                   llvm::SmallVectorImpl<RegisterTile> &tiles);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_REGISTERTILE_H
