//===- ScheduleModel.h - Candidates, legality and cost ----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Pure functions of (problem, machine, schedule): which register tiles exist,
/// which are legal, and what they cost.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_ANALYSIS_SCHEDULEMODEL_H
#define CONV_ANALYSIS_SCHEDULEMODEL_H

#include "conv/Analysis/Problem.h"

#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>

namespace mlir::conv {

/// A register tile: `rows` x `columns` output pixels by output channels, in
/// `vectors` vectors of channels (vector = k; Zhang's C_ob is vectors * N_vec,
/// W_ob is columns), or `vectors` vectors of columns in each row for each of
/// `channels` channels (vector = w).
struct RegisterTile {
  int64_t rows = 1, columns = 1, vectors = 1;
  VectorIterator vector = VectorIterator::K;
  int64_t channels = 0; ///< Only with vector = w.

  static RegisterTile fromSchedule(ScheduleAttr schedule);
  /// Sets the fields of the tile, whose n_vec stands in `fields`.
  void assignTo(ScheduleFields &fields) const;
  bool hasPixelVectors() const { return vector == VectorIterator::W; }
  int64_t pixels() const { return rows * columns; }
  int64_t accumulators() const {
    return hasPixelVectors() ? rows * vectors * channels : pixels() * vectors;
  }
  /// C_ob, with vectors of `lanes`.
  int64_t getCOb(int64_t lanes) const {
    return hasPixelVectors() ? channels : vectors * lanes;
  }
  /// "14x2" or, with two rows, "2x7x2": pixels by vectors of channels. With
  /// vector = w "2wx14": vectors of columns by channels.
  std::string str() const;
  bool operator==(const RegisterTile &o) const {
    return rows == o.rows && columns == o.columns && vectors == o.vectors &&
           vector == o.vector && channels == o.channels;
  }
};

/// What bounds a tile's speed.
enum class Resource { FmaIssue, FmaLatency, LoadPorts };
llvm::StringRef stringifyResource(Resource resource);

/// The predicted cost of a convolution under a tile.
struct Cost {
  double cycles = 0;    ///< Predicted, all tiles.
  double fmaCycles = 0; ///< Lower bound: nominal flops at the FMA peak.
  Resource limit = Resource::FmaIssue; ///< Of the main tile.
  int64_t registers = 0;               ///< Vector registers the main tile uses.
};

/// Registers `tile` needs with vectors of `lanes`: accumulators, the vectors of
/// one step (of the filter; of the input with vector = w), and what holds the
/// broadcast scalars of the other operand. With broadcast = lane these are
/// vectors, of every pixel or of every n_vec channels.
int64_t getRegisters(Broadcast broadcast, int64_t lanes,
                     const RegisterTile &tile);

/// What the contraction of an algorithm reads: the image, the image for one tap
/// at a time, or what was gathered from it.
enum class ContractionInput { Image, ImagePerTap, Gathered };
ContractionInput getContractionInput(Algorithm algorithm);

/// Whether contractions of `algorithm` may have vector = w: they write the
/// convolution's own output, and the model knows the layout they read.
bool allowsPixelVectors(Algorithm algorithm);

/// Why no vector can run along the output columns of `problem`; nothing when
/// one can.
std::optional<std::string> findPixelVectorObstacle(const Problem &problem);

/// The machine's broadcast form where `problem` allows it: lanes need
/// contiguous input channels, at least a vector of them.
Broadcast getBroadcast(const Problem &problem, MachineAttr machine);

/// Taps of a window's row up to which depthwise kernels are unrolled, so that
/// neighbouring taps share the vectors of the input; with vectors of columns,
/// taps of rows and columns up to which they are unrolled over the window.
constexpr int64_t kSharedTaps = 31, kSharedWindowTaps = 13;

/// Splits `extent` columns into ceil(extent / width) tiles whose widths differ
/// by at most one, wider ones first.
llvm::SmallVector<int64_t> splitBalanced(int64_t extent, int64_t width);

/// Legality: why no kernel can have `tile`; nothing when one can.
std::optional<std::string> findTileObstacle(const Problem &problem,
                                            MachineAttr machine,
                                            const RegisterTile &tile);

/// Zhang's lower bound: enough accumulators to keep the FMA units busy.
bool hidesLatency(MachineAttr machine, const RegisterTile &tile);

/// Every legal register tile of one or two rows with vectors along channels
/// that hides the latency, or all legal ones when none does, in a fixed order.
llvm::SmallVector<RegisterTile> enumerateLegalTiles(const Problem &problem,
                                                    MachineAttr machine);

/// The tiles with vectors along channels the model considers, legal ones
/// without those that never win, in a fixed order; never empty. With `oneRow`
/// those of a single row only.
llvm::SmallVector<RegisterTile> enumerateTiles(const Problem &problem,
                                               MachineAttr machine,
                                               bool oneRow = false);

/// Those, and where `algorithm` allows it the tiles with vectors along columns.
llvm::SmallVector<RegisterTile> enumerateTilesOf(Algorithm algorithm,
                                                 const Problem &problem,
                                                 MachineAttr machine,
                                                 bool oneRow = false);

/// An order of the loops around the tile, and the rows per band (0: all).
struct OrderedBand {
  LoopOrder order;
  int64_t band;
};

/// Every order and band that differs for `tile`, in a fixed order; never empty.
llvm::SmallVector<OrderedBand> enumerateOrders(const Problem &problem,
                                               MachineAttr machine,
                                               const RegisterTile &tile);

/// Whether every input channel is a plane, and the lines of all channels exceed
/// the L1 sets they map to, so that no tap finds what the last one read: 0, or
/// 1 for a single set and less for more.
double getPlaneConflict(const Problem &problem, MachineAttr machine);

/// Predicted cycles of `tile` where all operands are in L2.
Cost estimate(const Problem &problem, MachineAttr machine,
              const RegisterTile &tile);

/// Whether contractions of `algorithm` read the image itself rather than what
/// was gathered, whose moves count what leaves L2.
bool readsImage(Algorithm algorithm);

/// Predicted cycles of a contraction under `schedule`.
Cost estimate(const Problem &problem, MachineAttr machine,
              ScheduleAttr schedule);

/// The schedule of the direct algorithm the model prefers, with its cost and
/// the number of candidates it was chosen from.
struct Choice {
  ScheduleAttr schedule;
  Cost cost;
  size_t numCandidates = 0;
};
Choice chooseDirect(const Problem &problem, MachineAttr machine,
                    MLIRContext *context);

/// Every legal schedule of the direct algorithm with its cost: all tiles that
/// divide the columns differently in all orders.
llvm::SmallVector<Choice> enumerateDirect(const Problem &problem,
                                          MachineAttr machine,
                                          MLIRContext *context);

/// What chooseDirect does for the contraction `problem` that is left of a
/// convolution after the data transformation of `algorithm`; without a band.
Choice chooseSchedule(const Problem &problem, MachineAttr machine,
                      Algorithm algorithm, Form form, MLIRContext *context);

/// Why `schedule` cannot compute `problem` on `machine`; nothing when it can.
std::optional<std::string> findObstacle(const Problem &problem,
                                        MachineAttr machine,
                                        ScheduleAttr schedule);

} // namespace mlir::conv

#endif // CONV_ANALYSIS_SCHEDULEMODEL_H
