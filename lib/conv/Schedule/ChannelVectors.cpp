//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which register tiles there are whose vectors run along output channels, or
/// along the groups of depthwise convolutions. The lower bound of Zhang,
/// Franchetti, Low (2018), section 2.4,
///
///   N_fma * L_fma  <=  rows * columns * vectors    keep the FMA units busy
///
/// and the legality of tiles (Legality.cpp) leave few enough to compare them
/// all; pixels whose lines compete for the same L1 sets bound rows * columns.
///
//===----------------------------------------------------------------------===//

#include "ChannelVectors.h"

#include "Depthwise.h"
#include "ModelTerms.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/MemoryModel.h"
#include "conv/Schedule/TileEnumeration.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

int64_t mlir::conv::getPixelLimit(const Problem &p, MachineAttr m) {
  // Every column has a pointer of its own, and few registers hold pointers.
  if (ShapedType::isDynamic(p.inputColumn))
    return kColumnPointers;
  int64_t sets = countSets(m, getPixelDistance(p, getExtents(p, m)));
  // A few lines too many cost less than a narrower tile where a window reads
  // them again.
  int64_t spare = p.r * p.s > 1 ? m.getL1Ways() / kWaysPerSpareWay : 0;
  return (m.getL1Ways() + spare) * sets;
}

/// Two rows make up for short ones, more for those of a single column.
static int64_t getMaxRows(const Extents &e) {
  constexpr int64_t most = 16; // What a schedule may have.
  return std::min<int64_t>(e.rows, e.columns == 1 ? most : 2);
}

SmallVector<RegisterTile>
mlir::conv::enumerateLegalTiles(const Problem &problem, MachineAttr machine) {
  Extents e = getExtents(problem, machine);
  int64_t vectors = llvm::divideCeilSigned(e.outputs, machine.getNVec());
  // One column of several is stored element by element where pixels are kept
  // together: never fast, and minutes of compilation for many of them.
  int64_t least =
      isTransposed(problem, e) ? std::min<int64_t>(e.columns, 2) : 1;
  SmallVector<RegisterTile> tiles;
  for (int64_t rows = 1; rows <= getMaxRows(e); ++rows)
    for (int64_t columns = least; columns <= getMaxColumns(problem, machine, e);
         ++columns)
      for (int64_t v = 1; v <= std::min(vectors, machine.getNReg()); ++v) {
        RegisterTile tile{rows, columns, v};
        if (!findTileObstacle(problem, machine, tile))
          tiles.push_back(tile);
      }
  dropSlowTiles(machine, tiles);
  return tiles;
}

SmallVector<RegisterTile> mlir::conv::enumerateTiles(const Problem &problem,
                                                     MachineAttr machine,
                                                     bool oneRow) {
  Extents e = getExtents(problem, machine);
  int64_t vectors = llvm::divideCeilSigned(e.outputs, machine.getNVec());
  int64_t conflictLimit = getPixelLimit(problem, machine);
  // With one vector per pixel the broadcasts are as many as the FMAs. LLVM
  // keeps several of them at hand, which 16 registers do not hold.
  bool oneVectorFits = machine.getNReg() >= 32;
  SmallVector<RegisterTile> tiles;
  if (e.vectorInput)
    return {getDepthwiseTile(problem, machine)};
  // Tiers: all rules; without the L1 rule; with more vectors of channels, for
  // images of few columns; without the latency bound (small problems do not
  // have enough outputs).
  for (int tier = 0; tier < 4 && tiles.empty(); ++tier)
    for (int64_t rows = 1; rows <= getMaxRows(e); ++rows) {
      // Two rows pay where one row is short, and only with a static border.
      if (rows > 1 && (oneRow || e.columns >= kLongColumns))
        continue;
      for (int64_t columns = 1; columns <= getMaxColumns(problem, machine, e);
           ++columns)
        for (int64_t v = 1;
             v <= std::min<int64_t>(vectors, tier == 2 ? machine.getNReg()
                                                       : kMaxChannelVectors);
             ++v) {
          // One filter vector per broadcast saturates the load ports.
          if (v == 1 && vectors > 1 && tier < 2 &&
              problem.outputBlock != machine.getNVec() &&
              !(oneVectorFits && isTransposed(problem, e) &&
                storesConflict(problem, machine, 2 * machine.getNVec())))
            continue;
          RegisterTile tile{rows, columns, v};
          if (findTileObstacle(problem, machine, tile))
            continue;
          if (v == 1 && !oneVectorFits &&
              tile.pixels() + kBroadcastsAtHand + 1 > machine.getNReg())
            continue;
          if (tier < 1 && tile.pixels() > conflictLimit)
            continue;
          if (tier < 3 && !hidesLatency(machine, tile))
            continue;
          tiles.push_back(tile);
        }
    }
  if (tiles.empty())
    tiles.push_back({1, 1, 1});
  return tiles;
}

/// Accumulators, the vectors of the filter of one step, and what holds the
/// scalars: FMAs that take a lane keep a vector of channels of every pixel at
/// hand.
static int64_t getChannelVectorRegisters(Broadcast broadcast, int64_t,
                                         const RegisterTile &tile, int64_t) {
  int64_t scalars = broadcast == Broadcast::Lane ? tile.pixels() : 1;
  return tile.accumulators() + tile.vectors + scalars;
}

KernelKind mlir::conv::getChannelVectors() {
  KernelKind kind;
  kind.vector = VectorIterator::K;
  kind.findObstacle = [](const Problem &) -> std::optional<std::string> {
    return std::nullopt;
  };
  kind.isAllowed = [](const AlgorithmTraits &) { return true; };
  kind.enumerate = enumerateTiles;
  kind.enumerateLegal = enumerateLegalTiles;
  kind.estimate = estimateChannelTile;
  kind.getRegisters = getChannelVectorRegisters;
  kind.getBroadcast = [](const Problem &p, MachineAttr m,
                         const RegisterTile &) { return getBroadcast(p, m); };
  // Lanes are taken from one vector of channels after the other.
  kind.getUnroll = [](Broadcast broadcast, MachineAttr m, const Problem &) {
    return broadcast == Broadcast::Lane ? m.getNVec() : kUnroll;
  };
  return kind;
}
