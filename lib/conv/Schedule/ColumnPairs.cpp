//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Register tiles whose vectors hold half a vector of output channels of each
/// of two columns (vector = kw), for channels of which half a vector is left. A
/// tile of h rows, w columns and v halves has h ceil(w / 2) v accumulators. A
/// step brings two scalars to the halves of a vector for each pair of columns,
/// which v FMAs read, or with `share` those of all taps of a row:
///
///   h w / 2 v FMAs,   h w loads, h w / 2 blends, v vectors       tap by tap
///   h w / 2 v S FMAs, 2 positions loads, positions blends,       share
///                     S v vectors
///
/// where the `positions` are the columns of the input that S taps of w / 2
/// neighbours in each of h rows read.
///
//===----------------------------------------------------------------------===//

#include "ColumnPairs.h"

#include "ModelTerms.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/MemoryModel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// Registers beside accumulators and filter: a vector whose halves are there,
/// and the scalars of the next one.
static constexpr int64_t kPairRegisters = 3;
/// Most halves of vectors of channels: with more of them vectors of one column,
/// of which the last is half empty, lose little.
static constexpr int64_t kMaxHalves = 6;
/// Channels per loop body: with four of them LLVM loads those of the last ones
/// so early that accumulators are spilled.
static constexpr int64_t kPairUnroll = 2;
/// Rows of a tile, which share the filter.
static constexpr int64_t kMaxPairRows = 2;

static std::optional<std::string> findPairObstacle(const Problem &p) {
  if (p.getChannelsPerStep() != 1)
    return "vector = kw needs an instruction that takes one channel at once";
  if (p.extendsElements())
    return "vector = kw needs elements that are multiplied as they are";
  if (p.padsWithValue)
    return "vector = kw needs padding of zeros";
  if (p.vectorGroups)
    return "vector = kw needs groups of several channels";
  return std::nullopt;
}

static int64_t getPairRegisters(Broadcast, int64_t, const RegisterTile &tile,
                                int64_t taps) {
  int64_t filters = tile.vectors * (tile.share ? taps : 1);
  return tile.accumulators() + filters + kPairRegisters;
}

/// One channel of all taps of a row of the window.
static double getPairRowCycles(const Problem &p, MachineAttr m, bool share,
                               int64_t rows, int64_t columns, int64_t vectors,
                               Resource *limit = nullptr) {
  int64_t pairs = llvm::divideCeilSigned(columns, 2);
  double fmas = double(rows * pairs * vectors);
  // Tap by tap, or as much of all taps.
  double inputs = share ? double(rows * countPositions(p, pairs)) / double(p.s)
                        : double(rows * pairs);
  // Halves are joined where FMAs are computed.
  double issue = fmas * p.getSlots() / m.getNFma() +
                 inputs * kLaneShuffles * m.getRates().getShuffle();
  double filter = double(vectors) * getVectorTurns(m, p.filterBytes);
  double loads = (2 * inputs + filter) / m.getLoads();
  return p.s * getStepCycles(m, issue, loads, /*slackShare=*/1, limit);
}

static Cost estimatePairs(const Problem &p, MachineAttr m,
                          const ProblemNest &nest, const TileUse &) {
  const ContractNest &loops = nest.contract;
  const RegisterTile &tile = loops.tile;
  Extents e = getExtents(p, m, nest);
  int64_t half = loops.lanes / 2;
  double steps = double(p.c) * p.r;
  double inside = steps * getRowsInside(nest.contraction);
  bool transposed = isTransposed(p, e);
  Cost cost;
  for (auto [numK, k] : countSizes(loops.channels))
    for (auto [numH, h] : countSizes(loops.rows))
      for (auto [numW, w] : countSizes(loops.columns)) {
        int64_t v = llvm::divideCeilSigned(k, half);
        int64_t accumulators = h * llvm::divideCeilSigned(w, 2) * v;
        double cycles = inside * getPairRowCycles(p, m, tile.share, h, w, v) +
                        getStartCycles(m, accumulators);
        // Squares of half as many lanes.
        if (transposed) {
          double stores =
              double(h) * llvm::divideCeilSigned(w, half) * v * half;
          cycles += stores * (llvm::Log2_64(half) * m.getRates().getShuffle() +
                              m.getRates().getStore());
        }
        cost.cycles += double(numK) * numH * numW * cycles;
      }
  double filterBytes =
      steps * p.s * tile.vectors * half * double(p.filterBytes);
  if (!staysInL1(m, filterBytes)) {
    double tiles = double(countTiles(loops.rows)) * countTiles(loops.columns) *
                   countTiles(loops.channels);
    cost.cycles += m.getRates().getL2Stall() * tiles * filterBytes / kLineBytes;
  }
  double images = ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
  cost.cycles *= images * e.groups;
  cost.fmaCycles = p.flops() / p.getPeak(m);
  (void)getPairRowCycles(p, m, tile.share, tile.rows, tile.columns,
                         tile.vectors, &cost.limit);
  cost.registers = countRegisters(loops);
  return cost;
}

/// All tiles of at most `maxRows` rows, where the last vector of channels would
/// be half empty or more.
static SmallVector<RegisterTile> enumeratePairs(const Problem &p, MachineAttr m,
                                                int64_t maxRows) {
  SmallVector<RegisterTile> tiles;
  int64_t lanes = m.getNVec(), half = lanes / 2;
  Extents e = getExtents(p, m);
  int64_t rest = e.outputs % lanes;
  if (findPairObstacle(p) || lanes < 4 || rest == 0 || rest > half ||
      e.columns < 2)
    return tiles;
  int64_t vectors = llvm::divideCeilSigned(e.outputs, half);
  // A pair has one accumulator.
  int64_t maxColumns = e.columns + e.columns % 2;
  maxColumns = p.unknownColumns
                   ? std::min(maxColumns, getMaxColumns(p, m, e))
                   : std::min<int64_t>(maxColumns, 2 * m.getNReg());
  for (bool share : {false, true}) {
    if (share && (p.s == 1 || p.s > kSharedTaps))
      continue;
    for (int64_t rows = 1; rows <= std::min(e.rows, maxRows); ++rows)
      for (int64_t columns = 2; columns <= maxColumns; columns += 2)
        for (int64_t v = 1; v <= std::min(vectors, kMaxHalves); ++v) {
          RegisterTile tile{rows, columns, v, VectorIterator::KW};
          tile.share = share;
          // One more of 16 is at hand for the filter.
          int64_t registers =
              getPairRegisters(Broadcast::Memory, lanes, tile, p.s) +
              (m.getNReg() < 32 ? 1 : 0);
          if (vectors % v != 0 || registers > m.getNReg() ||
              findTileObstacle(p, m, tile))
            continue;
          tiles.push_back(tile);
        }
  }
  dropSlowTiles(m, tiles);
  return tiles;
}

KernelKind mlir::conv::getColumnPairs() {
  KernelKind kind;
  kind.vector = VectorIterator::KW;
  kind.findObstacle = findPairObstacle;
  kind.isAllowed = [](const AlgorithmTraits &traits) {
    return traits.contractsInPlace();
  };
  kind.enumerate = [](const Problem &p, MachineAttr m, bool oneRow) {
    // An accumulator has two columns.
    bool isLong = getExtents(p, m).columns >= 2 * kLongColumns;
    return enumeratePairs(p, m, oneRow || isLong ? 1 : kMaxPairRows);
  };
  kind.enumerateLegal = [](const Problem &p, MachineAttr m) {
    return enumeratePairs(p, m, kMaxPairRows);
  };
  kind.estimate = estimatePairs;
  kind.getRegisters = getPairRegisters;
  kind.getBroadcast = [](const Problem &, MachineAttr, const RegisterTile &) {
    return Broadcast::Memory;
  };
  // Channels for half a vector are few.
  kind.hasSmallFilter = true;
  kind.getUnroll = [](Broadcast, MachineAttr, const Problem &) {
    return kPairUnroll;
  };
  return kind;
}
