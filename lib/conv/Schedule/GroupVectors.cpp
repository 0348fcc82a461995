//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Register tiles whose vectors hold output channels of several groups
/// (vector = g): groups of fewer channels than a vector has lanes, depthwise
/// convolutions with a multiplier among them. A step multiplies all channels
/// of a group for one tap of P pixels, with `share` for all taps of a row of
/// the window. For each channel and each position that it reads it has the
/// loads and shuffles of GroupLanes.h, which v vectors of the filter meet.
///
//===----------------------------------------------------------------------===//

#include "GroupVectors.h"

#include "ModelTerms.h"
#include "conv/Schedule/GroupLanes.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/MemoryModel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <functional>

using namespace mlir;
using namespace mlir::conv;

/// Input channels of a group, all of which a step has: with more of them, and
/// as many output channels, vectors of one group are full.
static constexpr int64_t kMaxGroupChannels = 16;
/// FMAs of the code of one step: a few hundred are what tiles of 32 registers
/// have for groups of 8 channels and 3 taps.
static constexpr int64_t kMaxStepCode = 512;
/// Registers beside accumulators and filter: what LLVM has at hand of vectors
/// that were loaded, and of those that are in their lanes. With two of 16 for
/// them 11 pixels would fit, of which some are spilled (groups of 4, 3x3,
/// AVX2).
static constexpr int64_t kLaneRegisters = 3;

static std::optional<std::string> findGroupObstacle(const Problem &p) {
  if (p.getChannelsPerStep() != 1)
    return "vector = g needs an instruction that takes one channel at once";
  if (p.extendsElements())
    return "vector = g needs elements that are multiplied as they are";
  if (p.padsWithValue)
    return "vector = g needs padding of zeros";
  if (!p.mergeableGroups)
    return "vector = g needs several groups whose channels follow each other "
           "in memory, in input, output and operands of the epilogue";
  if (p.c > kMaxGroupChannels)
    return llvm::formatv("vector = g computes groups of up to {0} input "
                         "channels, not {1}",
                         kMaxGroupChannels, p.c);
  return std::nullopt;
}

static int64_t countStepCode(const Problem &p, const RegisterTile &tile) {
  return p.c * (tile.share ? p.s : 1) * tile.accumulators();
}

/// Why blocks of `cOb` channels cannot be; nothing where they can.
static std::optional<std::string>
findBlockObstacle(const Problem &p, int64_t lanes, int64_t cOb) {
  if (cOb % p.k != 0 && cOb < p.g * p.k)
    return llvm::formatv("c_ob = {0} cuts groups of {1} output channels", cOb,
                         p.k);
  if (!planGroupLanes({lanes, p.k, p.c}, std::min(cOb, p.g * p.k), 0))
    return llvm::formatv("lanes of groups of {0} > {1} channels do not come "
                         "from two vectors of {2}",
                         p.c, p.k, lanes);
  return std::nullopt;
}

static std::optional<std::string>
findGroupScheduleObstacle(const Problem &p, ScheduleAttr schedule) {
  if (schedule.getUnroll() < p.c)
    return llvm::formatv("vector = g needs unroll = {0}, the channels of a "
                         "group, got {1}",
                         p.c, schedule.getUnroll());
  RegisterTile tile = RegisterTile::fromSchedule(schedule);
  if (int64_t code = countStepCode(p, tile); code > kMaxStepCode)
    return llvm::formatv("a step of {0} FMAs is too much code (limit {1})",
                         code, kMaxStepCode);
  return findBlockObstacle(p, schedule.getNVec(), schedule.getCOb());
}

static int64_t getGroupRegisters(Broadcast, int64_t, const RegisterTile &tile,
                                 int64_t taps) {
  int64_t filters = tile.vectors * (tile.share ? taps : 1);
  return tile.accumulators() + filters + kLaneRegisters;
}

namespace {

/// What one position of the input costs, over all channels of a group.
struct InputCost {
  double loads = 0, shuffles = 0;
};

InputCost getInputCost(const Problem &p, int64_t lanes, int64_t channels) {
  InputCost cost;
  for (int64_t c = 0; c < p.c; ++c)
    if (std::optional<GroupLanes> plan =
            planGroupLanes({lanes, p.k, p.c}, channels, c)) {
      cost.loads += double(plan->loads.size()) + plan->countScalars();
      cost.shuffles += plan->countShuffles();
    }
  return cost;
}

/// Cycles of all channels and taps of a row of the window.
double getGroupRowCycles(const Problem &p, MachineAttr m, bool share,
                         int64_t rows, int64_t columns, int64_t channels,
                         Resource *limit = nullptr) {
  int64_t lanes = m.getNVec();
  double vectors = llvm::divideCeilSigned(channels, lanes);
  double steps = double(p.c) * p.s;
  double fmas = steps * double(rows * columns) * vectors;
  double positions =
      double(rows) * double(share ? countPositions(p, columns) : columns * p.s);
  InputCost input = getInputCost(p, lanes, channels);
  double shuffles = positions * input.shuffles;
  double issue = std::max(fmas * p.getSlots() / m.getNFma(),
                          shuffles * kLaneShuffles * m.getRates().getShuffle());
  double loads = (positions * input.loads * getVectorTurns(m, p.inputBytes) +
                  steps * vectors * getVectorTurns(m, p.filterBytes)) /
                 m.getLoads();
  return steps * getStepCycles(m, issue / steps, loads / steps,
                               /*slackShare=*/1, limit);
}

Cost estimateGroupTile(const Problem &p, MachineAttr m, const ProblemNest &nest,
                       const TileUse &) {
  const ContractNest &loops = nest.contract;
  const RegisterTile &tile = loops.tile;
  int64_t lanes = loops.lanes;
  double rowsInside = p.r * getRowsInside(nest.contraction);
  double columnsInside = getColumnsInside(nest.contraction);
  Cost cost;
  for (auto [numK, channels] : countSizes(loops.channels))
    for (auto [numH, h] : countSizes(loops.rows))
      for (auto [numW, w] : countSizes(loops.columns)) {
        double cycles =
            rowsInside * columnsInside *
                getGroupRowCycles(p, m, tile.share, h, w, channels) +
            getStartCycles(m, h * w * tile.vectors);
        cost.cycles += double(numK) * numH * numW * cycles;
      }
  double images = ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
  cost.cycles *= images;
  cost.fmaCycles = p.flops() / p.getPeak(m);
  (void)getGroupRowCycles(p, m, tile.share, tile.rows, tile.columns,
                          tile.vectors * lanes, &cost.limit);
  cost.registers = countRegisters(loops);
  return cost;
}

SmallVector<RegisterTile> enumerateGroupTiles(const Problem &p, MachineAttr m,
                                              int64_t maxRows) {
  SmallVector<RegisterTile> tiles;
  int64_t lanes = m.getNVec();
  // Vectors of one group that are full need no shuffles. With a single one for
  // a group a scalar has one FMA, if taps do not share it; with 32 registers
  // the FMA takes it from memory or a lane.
  bool isFull = p.k % lanes == 0;
  bool sharesScalars = p.k == lanes && m.getNReg() < 32;
  if (findGroupObstacle(p) || lanes == 1 || (isFull && !sharesScalars))
    return tiles;
  Extents e = getExtents(p, m, VectorIterator::G);
  int64_t maxVectors = llvm::divideCeilSigned(e.outputs, lanes);
  for (bool share : {false, true}) {
    if ((share && (p.s == 1 || p.s > kSharedTaps)) || (isFull && !share))
      continue;
    for (int64_t rows = 1; rows <= std::min(e.rows, maxRows); ++rows)
      for (int64_t columns = 1; columns <= getMaxColumns(p, m, e); ++columns)
        for (int64_t v = 1; v <= std::min(maxVectors, m.getNReg()); ++v) {
          RegisterTile tile{rows, columns, v, VectorIterator::G};
          tile.share = share;
          // LLVM keeps several inputs at hand where each has one FMA.
          if (!share && v == 1 && m.getNReg() < 32 &&
              tile.pixels() + kBroadcastsAtHand + 1 > m.getNReg())
            continue;
          if (getGroupRegisters(Broadcast::Memory, lanes, tile, p.s) >
                  m.getNReg() ||
              countStepCode(p, tile) > kMaxStepCode ||
              findBlockObstacle(p, lanes, v * lanes) ||
              findTileObstacle(p, m, tile))
            continue;
          tiles.push_back(tile);
        }
  }
  dropSlowTiles(m, tiles);
  // A shuffle for each FMA is what the shared ones save.
  auto sharesFast = [&](const RegisterTile &tile) {
    return tile.share && hidesLatency(m, tile);
  };
  if (llvm::any_of(tiles, sharesFast))
    llvm::erase_if(tiles, std::not_fn(sharesFast));
  return tiles;
}

} // namespace

/// A pixel's channels follow each other, and so do tiles of all of them, as
/// long as the filter stays in L2: a block alone reads parts of lines that are
/// all channels apart, and share few sets of L1.
LoopOrder mlir::conv::chooseGroupOrder(const Problem &p, MachineAttr m,
                                       const RegisterTile &tile) {
  Extents e = getExtents(p, m, VectorIterator::G);
  if (e.outputs <= tile.getCOb(m.getNVec()))
    return LoopOrder::KHW;
  double filter = double(e.outputs) * p.c * p.r * p.s *
                  double(p.getFilterBytes(FilterForm::Packed));
  return filter < kStayingShare * m.getL2() ? LoopOrder::HWK : LoopOrder::HKW;
}

KernelKind mlir::conv::getGroupVectors() {
  KernelKind kind;
  kind.vector = VectorIterator::G;
  kind.findObstacle = findGroupObstacle;
  kind.findScheduleObstacle = findGroupScheduleObstacle;
  kind.isAllowed = [](const AlgorithmTraits &traits) {
    return traits.contractsInPlace();
  };
  kind.enumerate = [](const Problem &p, MachineAttr m, bool oneRow) {
    constexpr int64_t kMaxGroupRows = 2; // They share the filter.
    return enumerateGroupTiles(p, m, oneRow ? 1 : kMaxGroupRows);
  };
  kind.enumerateLegal = [](const Problem &p, MachineAttr m) {
    constexpr int64_t kMaxSearchedRows = 2;
    return enumerateGroupTiles(p, m, kMaxSearchedRows);
  };
  kind.estimate = estimateGroupTile;
  kind.getRegisters = getGroupRegisters;
  kind.getBroadcast = [](const Problem &, MachineAttr, const RegisterTile &) {
    return Broadcast::Memory;
  };
  kind.hasSmallFilter = true;
  kind.getUnroll = [](Broadcast, MachineAttr, const Problem &p) {
    return std::max<int64_t>(p.c, 1);
  };
  return kind;
}
