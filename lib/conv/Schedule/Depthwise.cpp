//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The register tile of depthwise convolutions whose vectors run over groups,
/// and the order around it. Nothing of the input is shared among channels, so
/// that the tile decides how much is loaded per FMA, and from where.
///
//===----------------------------------------------------------------------===//

#include "Depthwise.h"

#include "ModelTerms.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/MemoryModel.h"
#include "conv/Schedule/TapSteps.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

static int64_t countVectors(const Extents &e, MachineAttr machine) {
  return llvm::divideCeilSigned(e.outputs, int64_t(machine.getNVec()));
}

/// Half of the registers accumulate, in as many columns as two vectors of
/// channels leave, and in more vectors where columns are few: a step loads v of
/// the filter beside W_ob * v of the input. More accumulators spill what is
/// loaded for them.
static RegisterTile getWideTile(const Extents &e, MachineAttr machine) {
  int64_t vectors = countVectors(e, machine);
  int64_t accumulators = machine.getNReg() / 2;
  int64_t columns =
      std::min(e.columns, accumulators / std::min<int64_t>(vectors, 2));
  return {1, columns, std::min(vectors, accumulators / columns)};
}

/// Whether FMAs and loads from L1 bound the convolution, not memory: its window
/// has many taps, and a row of the wide tile's input stays in L1.
static bool isBoundByTaps(const Problem &p, MachineAttr m) {
  Extents e = getExtents(p, m);
  bool tall = e.columns == 1 && e.rows > 1;
  if (p.r * p.s <= kMemoryBoundTaps || tall ||
      ShapedType::isDynamic(p.inputColumn))
    return false;
  RegisterTile tile = getWideTile(e, m);
  int64_t columns =
      (tile.columns - 1) * p.strideW + (p.s - 1) * p.dilationW + 1;
  int64_t ways = std::max<int64_t>(m.getL1Ways() - kReservedWays, 1);
  int64_t lines = ways * countSets(m, p.inputColumn * p.inputBytes);
  // Strides leave fewer FMAs to what is fetched.
  bool isDense = p.strideH == 1 && p.strideW == 1;
  return columns <= lines && (isDense || staysInL2(p, m));
}

/// A line of channels of a row of pixels: as many as a third of the registers
/// accumulate. The filter has the others.
static RegisterTile getSliceTile(const Problem &p, const Extents &e,
                                 MachineAttr m) {
  int64_t line = kLineBytes / (m.getNVec() * p.inputBytes);
  int64_t vectors =
      std::clamp<int64_t>(line, 1, std::max<int64_t>(countVectors(e, m), 1));
  int64_t columns = std::max<int64_t>(m.getNReg() / 3 / vectors, 1);
  return {1, std::min(e.columns, columns), vectors};
}

/// Whether a line of channels at a time is faster than all channels of a few
/// pixels: the rows of its window stay in the sets of L1 that their distances
/// leave, so that each line is read once, and its filter in the registers.
/// Tiles of 10 pixels against 2x2 by 4 vectors, Zen 4: 576 channels at 14x14 98
/// and 74 % of the peak, 192 at 28x28 92 and 76; 256 at 28x28, whose lines
/// share four sets, 39 and 76. Images far beyond L2 are walked once for each
/// line.
static bool staysInSlices(const Problem &p, MachineAttr m) {
  Extents e = getExtents(p, m);
  if (p.hasUnknownImage() || ShapedType::isDynamic(p.inputColumn) ||
      e.rows == 1 || e.columns == 1)
    return false;
  RegisterTile tile = getSliceTile(p, e, m);
  if (!hidesLatency(m, tile) ||
      tile.accumulators() + p.r * p.s * tile.vectors + 2 > m.getNReg())
    return false;
  double lines =
      kL1Share * m.getL1Ways() * countSets(m, p.inputColumn * p.inputBytes);
  double bytes = double(p.g) * (double(p.h) * p.w * p.inputBytes +
                                double(p.ho) * p.wo * p.outputBytes);
  return double(p.r) * p.w <= lines && bytes < kMostSlicedImage * m.getL2();
}

/// `tile`, of one row, with as many vectors, then columns, as the registers
/// hold.
static RegisterTile fit(const Problem &problem, MachineAttr machine,
                        RegisterTile tile) {
  while (findTileObstacle(problem, machine, tile) && tile.accumulators() > 1)
    --(tile.vectors > 1 ? tile.vectors : tile.columns);
  return tile;
}

/// As many vectors as are interleaved together, two rows where their windows
/// share what is, and columns as far as accumulators leave registers for it:
/// each column of the window is interleaved once for all columns of the tile
/// that read it.
static RegisterTile getTapTile(const Problem &p, MachineAttr m,
                               const Extents &e) {
  RegisterTile tile;
  tile.vectors = std::min(countVectors(e, m), kTapsPerStep);
  bool shares = planTaps(2, p.r, p.strideH, p.dilationH).groups.size() == 1;
  tile.rows = shares && e.rows > 1 && !p.hasUnknownImage() ? 2 : 1;
  // With more accumulators in a row than eight LLVM spills some: on Zen 4 four
  // columns of four vectors took 1.4 times as long as two.
  constexpr int64_t kRowAccumulators = 8, kMaxTapColumns = 4;
  constexpr int64_t kInterleavingRegisters = 9;
  int64_t most = std::max<int64_t>(
      (m.getNReg() - kInterleavingRegisters) / (tile.rows * tile.vectors), 1);
  tile.columns = std::min(
      {e.columns, most, kRowAccumulators / tile.vectors, kMaxTapColumns});
  return tile;
}

/// Interleaving and products take turns in the vector units, and their loads
/// run beside.
static double getTapTileCycles(const Problem &p, MachineAttr m, int64_t rows,
                               int64_t columns, int64_t vectors,
                               Resource *limit = nullptr) {
  TapPlan plan = planTaps(rows, p.r, p.strideH, p.dilationH);
  int64_t taps = 0, steps = 0;
  for (const TapPlan::Group &group : plan.groups) {
    taps += group.taps;
    steps += countTapSteps(group.taps);
  }
  int64_t units = llvm::divideCeilSigned(vectors, kTapsPerStep);
  double positions = double(countPositions(p, columns) * units);
  double products =
      double(rows * columns * p.s * countTapSteps(p.r)) * double(vectors);
  double shuffles = positions * double(steps * kInterleavingShuffles) *
                    m.getRates().getShuffle();
  if (p.rebasesInput())
    shuffles += positions * double(taps) * getRebaseCycles(m);
  double issue = products / m.getNFma() + shuffles;
  double loads = (positions * double(taps) * getVectorTurns(m, p.inputBytes) +
                  products * getVectorTurns(m, p.getSumBytes())) /
                 m.getLoads();
  return getStepCycles(m, issue, loads, /*slackShare=*/1, limit);
}

Cost mlir::conv::estimateTapTile(const Problem &p, MachineAttr m,
                                 const ContractNest &nest) {
  Cost cost;
  for (auto [numK, v] : countSizes(nest.channels, nest.lanes))
    for (auto [numH, h] : countSizes(nest.rows))
      for (auto [numW, w] : countSizes(nest.columns))
        cost.cycles +=
            double(numK) * numH * numW *
            (getTapTileCycles(p, m, h, w, v) + getStartCycles(m, h * w * v));
  if (!ShapedType::isDynamic(p.n))
    cost.cycles *= double(p.n);
  cost.fmaCycles = p.flops() / p.getPeak(m);
  (void)getTapTileCycles(p, m, nest.tile.rows, nest.tile.columns,
                         nest.tile.vectors, &cost.limit);
  cost.registers = countRegisters(nest);
  return cost;
}

RegisterTile mlir::conv::getDepthwiseTile(const Problem &problem,
                                          MachineAttr machine) {
  Extents e = getExtents(problem, machine);
  if (takesTaps(problem)) {
    RegisterTile tile = getTapTile(problem, machine, e);
    if (findTileObstacle(problem, machine, tile))
      tile.rows = 1;
    return fit(problem, machine, tile);
  }
  if (isBoundByTaps(problem, machine))
    return fit(problem, machine, getWideTile(e, machine));
  if (staysInSlices(problem, machine))
    return fit(problem, machine, getSliceTile(problem, e, machine));
  // What waits for memory reads whole runs of lines: few pixels, many vectors.
  // So does a single column, which has no columns to share the filter among.
  // On three layers of MobileNet 2x2 pixels by 4 vectors ran 1.1 to 1.6 times
  // as fast as 7x2 and 14x1.
  int64_t v = std::min<int64_t>(countVectors(e, machine),
                                machine.getNReg() >= 32 ? 4 : 2);
  RegisterTile square{2, 2, v};
  if (e.columns == 1)
    square = {4, 1, v};
  if (e.rows >= square.rows && e.columns >= square.columns &&
      !findTileObstacle(problem, machine, square))
    return square;
  return fit(problem, machine, {1, std::min<int64_t>(e.columns, 4), v});
}

LoopOrder mlir::conv::chooseDepthwiseOrder(const Problem &problem,
                                           MachineAttr machine) {
  Extents e = getExtents(problem, machine);
  // Filters are small, and all channels of a row follow each other; with long
  // windows, or a line of channels, a column of tiles finds the rows it shares
  // in L1.
  bool outside = e.rows == 1 || isBoundByTaps(problem, machine) ||
                 staysInSlices(problem, machine);
  return outside ? LoopOrder::KHW : LoopOrder::HKW;
}
