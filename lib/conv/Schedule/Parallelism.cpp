//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What threads divide. Small convolutions stay serial: starting and joining
/// threads costs more than they save.
///
//===----------------------------------------------------------------------===//

#include "Parallelism.h"

#include "ModelTerms.h"
#include "conv/Schedule/TileEnumeration.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// Parts `threads` make of `extent`: the share of the largest, relative to an
/// even division.
static double getImbalance(int64_t extent, int64_t threads) {
  return double(llvm::divideCeilSigned(extent, threads)) * threads / extent;
}

RegisterTile mlir::conv::getOneRowTile(const Problem &problem,
                                       MachineAttr machine,
                                       const RegisterTile &tile) {
  RegisterTile best = tile;
  best.rows = 1;
  if (tile.rows == 1 || tile.vector != VectorIterator::K)
    return best;
  double least = estimate(problem, machine, best).cycles;
  for (const RegisterTile &other :
       enumerateTiles(problem, machine, /*oneRow=*/true)) {
    double cycles = estimate(problem, machine, other).cycles;
    if (other.rows > 1 || cycles >= least)
      continue;
    best = other;
    least = cycles;
  }
  return best;
}

/// `parts` of one dimension, and of another one.
static Split divideAmong(int64_t Split::*dimension, int64_t parts,
                         int64_t Split::*other = nullptr,
                         int64_t otherParts = 1) {
  Split split;
  split.*dimension = parts;
  if (other)
    split.*other = otherParts;
  return split;
}

Division mlir::conv::chooseDivision(const Problem &p, MachineAttr m,
                                    const RegisterTile &tile, double cycles,
                                    bool evenShares) {
  int64_t threads = m.getThreads();
  bool flatten = p.flattenable;
  const Division undivided{{}, 1, flatten};
  if (threads == 1 ||
      cycles * (1.0 - 1.0 / threads) < kForkAdvantage * m.getRates().getFork())
    return undivided;
  Extents e = getExtents(p, m, tile.vector);
  int64_t block = tile.getCOb(m.getNVec());
  int64_t kTiles = llvm::divideCeilSigned(e.outputs, block);
  double filter = double(e.outputs) * e.channels * p.r * p.s;
  double input = double(p.w) * p.h * e.inputChannels;
  // What tiles of one row cost, and those that keep their channels.
  double several = estimate(p, m, tile).cycles;
  double oneRow = estimate(p, m, getOneRowTile(p, m, tile)).cycles / several;
  RegisterTile single = tile;
  single.rows = 1;
  double keptRow = estimate(p, m, single).cycles / several;
  // In order of preference where the balance is equal.
  SmallVector<Division> options;
  auto offer = [&](Split split, double imbalance, bool keepsFlat) {
    options.push_back({split, imbalance, keepsFlat});
  };
  auto offerK = [&] {
    if (e.outputs % block == 0 && kTiles % threads == 0)
      offer(divideAmong(&Split::k, threads), 1.0, flatten);
  };
  auto offerRows = [&] {
    if (flatten && e.columns % threads == 0)
      offer(divideAmong(&Split::w, threads), 1.0, true);
    else if (!p.unknownRows && p.ho >= threads &&
             (!evenShares || p.ho % threads == 0))
      offer(divideAmong(&Split::h, threads),
            oneRow * getImbalance(p.ho, threads), false);
  };
  // Whole images or groups need no sharing at all.
  if (!ShapedType::isDynamic(p.n) && p.n % threads == 0)
    offer(divideAmong(&Split::n, threads), 1.0, flatten);
  if (e.groups >= threads && (!evenShares || e.groups % threads == 0))
    offer(divideAmong(&Split::g, threads), getImbalance(e.groups, threads),
          flatten);
  if (filter > input) {
    offerK();
    offerRows();
  } else {
    offerRows();
    offerK();
  }
  // Many threads: rows and channels together.
  if (threads > kManyThreads && !p.unknownRows)
    for (int64_t parts = 2; parts <= threads / 2; ++parts)
      if (threads % parts == 0 && e.outputs % block == 0 &&
          kTiles % parts == 0 && p.ho >= threads / parts &&
          (!evenShares || p.ho % (threads / parts) == 0))
        offer(divideAmong(&Split::h, threads / parts, &Split::k, parts),
              keptRow * getImbalance(p.ho, threads / parts), false);
  if (options.empty())
    return undivided;
  const Division *best = &options.front();
  for (const Division &option : options)
    if (option.imbalance < best->imbalance)
      best = &option;
  if (best->imbalance > kMostImbalance * threads)
    return undivided;
  return *best;
}
