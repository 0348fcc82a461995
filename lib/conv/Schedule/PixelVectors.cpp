//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Register tiles whose vectors run along output columns (vector = w): layouts
/// that keep pixels together. A tile of h rows, u vectors of pixels and c_ob
/// channels loads h u vectors of the input per step, c_ob scalars of the filter
/// and has h u c_ob accumulators; what it stores is contiguous as it is.
///
///   h u c_ob FMAs,    h u + c_ob loads               tap by tap
///   h u c_ob R FMAs,  positions u + R c_ob loads     share: a column of taps
///
/// where the `positions` are the rows of the input that R taps of h rows read.
///
//===----------------------------------------------------------------------===//

#include "PixelVectors.h"

#include "ModelTerms.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/MemoryModel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

static std::optional<std::string> findPixelVectorObstacle(const Problem &p) {
  if (p.getChannelsPerStep() != 1)
    return "vector = w needs an instruction that takes one channel at once";
  if (p.inputBlock != 0 || p.outputBlock != 0 || p.vectorGroups)
    return "vector = w needs a layout that keeps columns together";
  if (p.inputColumn != 1 || p.outputColumn != 1 || p.residualColumn != 1)
    return "vector = w needs columns that are neighbours in memory in input, "
           "output and residual";
  if (p.strideW > 2)
    return llvm::formatv("vector = w reads columns with stride 1 or 2, not {0}",
                         p.strideW);
  return std::nullopt;
}

namespace {

/// Depthwise: one channel in and out, so that only neighbouring taps and rows
/// read an input vector again. The kernel is unrolled over them.
bool isDepthwise(const Problem &p) {
  return p.c == 1 && p.k == 1 && isUnrolledWindow(p.r, p.s);
}

/// Lanes of vectors of columns. Rows that fit half a vector are no faster in
/// whole ones, and slower where the units join halves: depthwise 3x3 at 7x7,
/// NCHW, 47 and 88 % of the peak of Zen 4.
int64_t getPixelLanes(const Problem &p, MachineAttr m, const Extents &e) {
  constexpr int64_t kLeastLanes = 4;
  int64_t lanes = m.getNVec();
  while (isDepthwise(p) && lanes > kLeastLanes && e.columns <= lanes / 2)
    lanes /= 2;
  return lanes;
}

/// Registers that masks occupy in the tile that has the most of them: of the
/// vectors at the ends of a row, both of which a row of one tile has. More than
/// 16 registers come with registers for masks, or with none. A depthwise kernel
/// has them at hand in memory: it loads more than it computes anyway.
int64_t getMasks(const Problem &p, MachineAttr m, int64_t perRow,
                 int64_t vectors) {
  if (m.getNReg() > 16 || p.flattenable || isDepthwise(p))
    return 0;
  int64_t left = p.lowW > 0;
  int64_t right = p.highW > 0 || p.wo % m.getNVec() != 0;
  return perRow <= vectors ? left + right : std::max(left, right);
}

/// Loads of one vector of pixels: two where the stride is 2.
int64_t getLoadsPerVector(const Problem &p) { return p.strideW == 2 ? 2 : 1; }

/// Whether all taps of a row of the window share the vectors of the input,
/// split into even and odd columns (SplitColumns.cpp).
bool splitsColumns(const Problem &p, MachineAttr m) {
  return isDepthwise(p) && p.strideW == 2 && p.s > 1 &&
         (p.s - 1) * p.dilationW < 2 * m.getNVec();
}

/// The share of these loads that cross into the next line: those that do not
/// start on a multiple of their size do in (n_vec - 1) of the 16 places.
double getCrossings(const Problem &p, MachineAttr m) {
  bool aligned = p.s == 1 && p.lowW == 0 && p.strideW == 1 &&
                 (p.flattenable ? p.h * p.w : p.w) % m.getNVec() == 0;
  double bytes = (m.getNVec() - 1) * p.inputBytes;
  return aligned ? 0 : std::min(bytes / kLineBytes, 1.0);
}

/// Rows of the input that the taps of a column of the window read for `rows` of
/// the output.
int64_t countInputRows(const Problem &p, int64_t rows) {
  int64_t span = (rows - 1) * p.strideH + (p.r - 1) * p.dilationH + 1;
  return std::min(rows * p.r, span);
}

/// A step of one tap; with `share` its part of one of a column of them.
double getCyclesPerStep(const Problem &p, MachineAttr m, Broadcast broadcast,
                        bool share, int64_t rows, int64_t vectors,
                        int64_t channels, Resource *limit = nullptr) {
  double inputs = rows * vectors;
  if (share)
    inputs = double(countInputRows(p, rows) * vectors) / p.r;
  double issue = double(rows * vectors * channels) * p.getSlots() / m.getNFma();
  // Rows of a depthwise tile read what the rows above them have read.
  if (isDepthwise(p) && p.strideH == 1 && p.dilationH == 1)
    inputs *= double(rows + p.r - 1) / (rows * p.r);
  if (splitsColumns(p, m)) {
    // Two shuffles split the columns; one moves those of each tap beyond two.
    inputs = double(countInputRows(p, rows) * vectors) / double(p.r * p.s);
    issue += inputs * double(p.s) * m.getRates().getShuffle();
  }
  double vectorLoads = inputs * getLoadsPerVector(p);
  double crossings = vectorLoads * getCrossings(p, m);
  double window =
      double(p.c) * p.r *
      (vectors * m.getNVec() * p.strideW * p.inputBytes + kLineBytes);
  double exposed = staysInL1(m, 2 * window) ? kNearCrossing : 1;
  double scalars = channels;
  if (broadcast == Broadcast::Lane)
    scalars = llvm::divideCeilSigned(channels, m.getNVec());
  if (!isDepthwise(p))
    issue += (scalars + vectorLoads) * kLoadTie + inputs * kVectorTie +
             crossings * exposed / m.getLoads() +
             (vectorLoads - inputs) * m.getRates().getShuffle();
  if (p.extendsElements())
    issue += vectorLoads * getExtensionCycles(p, m);
  double turns = vectorLoads * getVectorTurns(m, p.inputBytes);
  double loads = (scalars + turns + crossings) / m.getLoads();
  return getStepCycles(m, issue, loads, /*slackShare=*/1, limit);
}

/// Accumulators, the vectors of the input of one step, and what holds the
/// scalars of the filter: with broadcast = lane a vector of n_vec channels
/// each. Taps that share keep their scalars, and a row of the input.
int64_t getPixelVectorRegisters(Broadcast broadcast, int64_t lanes,
                                const RegisterTile &tile, int64_t taps) {
  bool isLane = broadcast == Broadcast::Lane;
  int64_t vectors = llvm::divideCeilSigned(tile.channels, lanes);
  if (tile.share)
    return tile.accumulators() + tile.vectors +
           taps * (isLane ? vectors : tile.channels);
  return tile.accumulators() + tile.rows * tile.vectors +
         (isLane ? vectors : 1);
}

} // namespace

/// The broadcast form of the filter's scalars.
static Broadcast getFilterBroadcast(MachineAttr machine,
                                    const RegisterTile &tile) {
  if (machine.getBroadcast() != Broadcast::Lane)
    return machine.getBroadcast();
  return tile.channels % machine.getNVec() == 0 ? Broadcast::Lane
                                                : Broadcast::Splat;
}

static SmallVector<RegisterTile>
enumeratePixelTiles(const Problem &p, MachineAttr m, bool oneRow) {
  SmallVector<RegisterTile> tiles;
  if (findPixelVectorObstacle(p))
    return tiles;
  Extents e = getExtents(p, m);
  int64_t lanes = getPixelLanes(p, m, e);
  int64_t perRow = llvm::divideCeilSigned(e.columns, lanes);
  int64_t wanted = m.getNFma() * m.getLFma();
  int64_t maxVectors = isDepthwise(p) ? kMaxDepthwiseVectors : kMaxVectors;
  // Where no other row makes up for few channels, more vectors do.
  if (e.rows == 1 && !isDepthwise(p))
    maxVectors = std::max(maxVectors, llvm::divideCeilSigned(wanted, p.k));
  // Each number of columns that may be left behind the tiles is a case.
  if (p.unknownColumns)
    maxVectors = std::min(maxVectors, kMaxUnknownVectors);
  maxVectors = std::min(maxVectors, perRow);
  // Two loads make one vector, and stay for the rows that share them.
  bool holdsPairs = isDepthwise(p) && p.strideW == 2;
  auto getRegistersOf = [&](const RegisterTile &tile) {
    return getPixelVectorRegisters(getFilterBroadcast(m, tile), lanes, tile,
                                   p.r);
  };
  // The rows of a tile share what their taps read where the filter's scalars
  // of a column and all outputs fit the registers; more outputs share each
  // vector of the input among themselves.
  auto mayShare = [&](int64_t rows, int64_t channels) {
    return rows > 1 && p.r > 1 && p.c > 1 && p.k * p.r < m.getNReg() &&
           p.k % channels == 0;
  };
  for (int64_t rows = 1; rows <= std::min(e.rows, oneRow ? 1 : kMaxRows);
       ++rows)
    for (int64_t v = 1; v <= maxVectors; ++v)
      for (int64_t channels = 1; channels <= std::min(p.k, m.getNReg());
           ++channels) {
        RegisterTile tile{rows, v * lanes, v, VectorIterator::W, channels};
        auto add = [&] {
          if (getRegistersOf(tile) <= m.getNReg() &&
              (rows == 1 || !findTileObstacle(p, m, tile)))
            tiles.push_back(tile);
        };
        if (mayShare(rows, channels)) {
          tile.share = true;
          add();
          tile.share = false;
        }
        // Several rows make up for few channels.
        bool fewChannels = p.k * maxVectors < 2 * wanted;
        if (rows > 1 && (!fewChannels || channels != p.k))
          continue;
        if (holdsPairs && 4 * tile.accumulators() > m.getNReg())
          continue;
        // One FMA per scalar of the filter saturates the load ports.
        if (rows * v == 1 && perRow > 1 && p.k > 1)
          continue;
        add();
      }
  // Small problems do not have enough outputs.
  auto isSlow = [&](const RegisterTile &tile) {
    return tile.accumulators() < wanted;
  };
  if (!isDepthwise(p) && !llvm::all_of(tiles, isSlow))
    llvm::erase_if(tiles, isSlow);
  auto isCrowded = [&](const RegisterTile &tile) {
    return getRegistersOf(tile) + getMasks(p, m, perRow, tile.vectors) >
           m.getNReg();
  };
  if (!llvm::all_of(tiles, isCrowded))
    llvm::erase_if(tiles, isCrowded);
  return tiles;
}

static Cost estimatePixelTile(const Problem &p, MachineAttr m,
                              const ProblemNest &nest, const TileUse &) {
  const ContractNest &loops = nest.contract;
  const RegisterTile &tile = loops.tile;
  Extents e = getExtents(p, m, nest);
  int64_t lanes = loops.lanes;
  double steps = double(p.c) * p.r * p.s;
  // Lanes outside of the image are masked and take as long.
  double inside = steps * getRowsInside(nest.contraction);
  Broadcast broadcast = getFilterBroadcast(m, tile);
  Cost cost;
  for (auto [numK, k] : countSizes(loops.channels))
    for (auto [numH, h] : countSizes(loops.rows))
      for (auto [numW, v] : countSizes(loops.columns, lanes)) {
        int64_t acc = h * v * k;
        double step = getCyclesPerStep(p, m, broadcast, tile.share, h, v, k);
        // Another tap would have found the same lines.
        if (p.r * p.s > 1)
          step += getPlaneCycles(p, m, step);
        double cycles = step * inside + getStartCycles(m, acc);
        bool wholeLines = v * lanes * p.outputBytes % kLineBytes == 0 &&
                          e.columns % lanes == 0;
        if (!wholeLines && storesConflict(p, m, k))
          cycles = std::max(cycles, acc * m.getRates().getConflict());
        cost.cycles += double(numK) * numH * numW * cycles;
      }
  double filterBytes = steps * p.k * p.getFilterBytes(FilterForm::Packed);
  if (!staysInL1(m, filterBytes)) {
    double tiles = double(countTiles(loops.rows)) * countTiles(loops.columns);
    cost.cycles += m.getRates().getL2Stall() * tiles * filterBytes / kLineBytes;
  }
  double images = ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
  cost.cycles *= images * p.g;
  cost.fmaCycles = p.flops() / p.getPeak(m);
  (void)getCyclesPerStep(p, m, broadcast, tile.share, tile.rows, tile.vectors,
                         tile.channels, &cost.limit);
  cost.registers = countRegisters(loops);
  return cost;
}

KernelKind mlir::conv::getPixelVectors() {
  KernelKind kind;
  kind.vector = VectorIterator::W;
  kind.findObstacle = findPixelVectorObstacle;
  kind.isAllowed = [](const AlgorithmTraits &traits) {
    return traits.allowsPixelVectors();
  };
  kind.enumerate = enumeratePixelTiles;
  kind.enumerateLegal = [](const Problem &p, MachineAttr m) {
    return enumeratePixelTiles(p, m, /*oneRow=*/false);
  };
  kind.estimate = estimatePixelTile;
  kind.getRegisters = getPixelVectorRegisters;
  kind.getBroadcast = [](const Problem &, MachineAttr m,
                         const RegisterTile &tile) {
    return getFilterBroadcast(m, tile);
  };
  kind.getUnroll = [](Broadcast, MachineAttr, const Problem &) {
    return kUnroll;
  };
  return kind;
}
