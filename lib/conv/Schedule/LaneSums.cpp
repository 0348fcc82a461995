//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Register tiles whose vectors run along input channels (vector = c), for
/// convolutions whose output channels do not fill a vector. A tile of P pixels
/// and c_ob outputs has P c_ob accumulators, vectors of sums; a step of n_vec
/// channels loads a vector of each pixel and one of each output's filter:
///
///   P c_ob FMAs,  P + c_ob loads                        tap by tap
///   P c_ob S FMAs,  positions + S c_ob loads            share: a row of taps
///
/// where the `positions` are the columns of the input that S taps of a row of
/// pixels read. Behind the reduction the lanes of n_vec accumulators at a time
/// are added, by n_vec - 1 additions and twice as many shuffles.
///
//===----------------------------------------------------------------------===//

#include "LaneSums.h"

#include "ModelTerms.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/MemoryModel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

static std::optional<std::string> findLaneSumObstacle(const Problem &p) {
  if (p.getChannelsPerStep() != 1)
    return "vector = c needs an instruction that takes one channel at once";
  if (p.extendsElements())
    return "vector = c needs elements that are multiplied as they are";
  if (p.padsWithValue)
    return "vector = c needs padding of zeros";
  if (p.inputBlock != 0 || p.outputBlock != 0 || p.vectorGroups)
    return "vector = c needs a layout without blocks of channels, and groups "
           "of several channels";
  if (p.inputChannel != 1 && p.c != 1)
    return "vector = c needs input channels that are neighbours in memory";
  return std::nullopt;
}

static int64_t getLaneSumRegisters(Broadcast, int64_t, const RegisterTile &tile,
                                   int64_t taps) {
  int64_t filters = tile.channels * (tile.share ? taps : 1);
  return tile.accumulators() + filters + 1;
}

/// The share of the loads of the input that cross into the next line.
static double getLineCrossings(const Problem &p, MachineAttr m) {
  if (p.c % m.getNVec() == 0)
    return 0;
  double bytes = (m.getNVec() - 1) * p.inputBytes;
  return std::min(bytes / kLineBytes, 1.0);
}

/// One step of n_vec channels of all taps of a row of the window.
static double getRowCycles(const Problem &p, MachineAttr m, bool share,
                           int64_t rows, int64_t columns, int64_t channels,
                           Resource *limit = nullptr) {
  double fmas = double(rows) * columns * channels;
  // Tap by tap, or as much of all taps.
  double inputs = share ? double(rows) * countPositions(p, columns) / p.s
                        : double(rows) * columns;
  double crossings = inputs * getLineCrossings(p, m);
  double turns = inputs * getVectorTurns(m, p.inputBytes) +
                 channels * getVectorTurns(m, p.filterBytes);
  double loads = (turns + crossings) / m.getLoads();
  return p.s *
         getStepCycles(m, fmas / m.getNFma(), loads, /*slackShare=*/1, limit);
}

/// Adding the lanes of `accumulators`, and storing what is no run of the
/// output one by one.
static double getSumCycles(const Problem &p, MachineAttr m,
                           int64_t accumulators, int64_t channels) {
  int64_t lanes = m.getNVec();
  double vectors = double(llvm::divideCeilSigned(accumulators, lanes));
  const MachineRatesAttr rates = m.getRates();
  double cycles = vectors * double(lanes - 1) *
                  (2 * rates.getShuffle() + 1.0 / m.getNFma());
  bool isRun = p.outputChannel == 1 && p.outputColumn == channels;
  if (!isRun)
    cycles += double(accumulators) * rates.getStore();
  return cycles;
}

static Cost estimateLaneSums(const Problem &p, MachineAttr m,
                             const ProblemNest &nest, const TileUse &) {
  const ContractNest &loops = nest.contract;
  const RegisterTile &tile = loops.tile;
  Extents e = getExtents(p, m, nest);
  int64_t lanes = loops.lanes;
  double steps = double(llvm::divideCeilSigned(p.c, lanes)) * p.r;
  Cost cost;
  for (auto [numK, k] : countSizes(loops.channels))
    for (auto [numH, h] : countSizes(loops.rows))
      for (auto [numW, w] : countSizes(loops.columns)) {
        int64_t accumulators = h * w * k;
        double cycles = steps * getRowCycles(p, m, tile.share, h, w, k) +
                        getStartCycles(m, accumulators) +
                        getSumCycles(p, m, accumulators, k);
        cost.cycles += double(numK) * numH * numW * cycles;
      }
  double filterBytes =
      steps * p.s * lanes * tile.channels * double(p.filterBytes);
  if (!staysInL1(m, filterBytes)) {
    double tiles = double(countTiles(loops.rows)) * countTiles(loops.columns) *
                   countTiles(loops.channels);
    cost.cycles += m.getRates().getL2Stall() * tiles * filterBytes / kLineBytes;
  }
  double images = ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
  cost.cycles *= images * e.groups;
  cost.fmaCycles = p.flops() / p.getPeak(m);
  (void)getRowCycles(p, m, tile.share, tile.rows, tile.columns, tile.channels,
                     &cost.limit);
  cost.registers = countRegisters(loops);
  return cost;
}

/// All tiles of at most `maxRows` rows. Outputs that fill a vector are better
/// vectors of their own.
static SmallVector<RegisterTile>
enumerateLaneSums(const Problem &p, MachineAttr m, int64_t maxRows) {
  SmallVector<RegisterTile> tiles;
  if (findLaneSumObstacle(p) || p.k >= m.getNVec())
    return tiles;
  Extents e = getExtents(p, m);
  for (bool share : {false, true})
    for (int64_t rows = 1; rows <= std::min(e.rows, maxRows); ++rows)
      for (int64_t columns = 1; columns <= getMaxColumns(p, m, e); ++columns)
        for (int64_t parts = 1; parts <= p.k; ++parts) {
          RegisterTile tile{rows, columns, 1, VectorIterator::C,
                            llvm::divideCeilSigned(p.k, parts)};
          tile.share = share;
          if (parts > 1 && p.k % parts != 0)
            continue;
          if (share && (p.s == 1 || p.s > kSharedTaps))
            continue;
          // One FMA per vector of the input saturates the load ports.
          if (!share && tile.channels == 1 && p.s > 1 && p.s <= kSharedTaps)
            continue;
          if (getLaneSumRegisters(Broadcast::Memory, m.getNVec(), tile, p.s) >
                  m.getNReg() ||
              findTileObstacle(p, m, tile))
            continue;
          tiles.push_back(tile);
        }
  dropSlowTiles(m, tiles);
  return tiles;
}

KernelKind mlir::conv::getLaneSums() {
  KernelKind kind;
  kind.vector = VectorIterator::C;
  kind.findObstacle = findLaneSumObstacle;
  kind.isAllowed = [](const AlgorithmTraits &traits) {
    return traits.contractsInPlace();
  };
  kind.enumerate = [](const Problem &p, MachineAttr m, bool oneRow) {
    constexpr int64_t kMaxSumRows = 2; // They make up for short rows.
    bool isLong = getExtents(p, m).columns >= kLongColumns;
    return enumerateLaneSums(p, m, oneRow || isLong ? 1 : kMaxSumRows);
  };
  kind.enumerateLegal = [](const Problem &p, MachineAttr m) {
    constexpr int64_t kMaxSearchedRows = 2;
    return enumerateLaneSums(p, m, kMaxSearchedRows);
  };
  kind.estimate = estimateLaneSums;
  kind.getRegisters = getLaneSumRegisters;
  kind.getBroadcast = [](const Problem &, MachineAttr, const RegisterTile &) {
    return Broadcast::Memory;
  };
  kind.fetchesNextRow = true;
  // Whole lines per body, as far as there are channels.
  kind.getUnroll = [](Broadcast, MachineAttr m, const Problem &p) {
    int64_t steps = llvm::divideCeilSigned(p.c, int64_t(m.getNVec()));
    int64_t line =
        llvm::divideCeilSigned(kLineBytes, m.getNVec() * p.inputBytes);
    return std::clamp<int64_t>(line, 1, steps);
  };
  return kind;
}
