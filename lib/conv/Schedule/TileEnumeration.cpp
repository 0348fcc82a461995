//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/TileEnumeration.h"

#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/KernelKinds.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

SmallVector<RegisterTile>
mlir::conv::enumerateAllLegalTiles(const Problem &problem,
                                   MachineAttr machine) {
  SmallVector<RegisterTile> tiles;
  for (const KernelKind &kind : getKernelKinds())
    llvm::append_range(tiles, kind.enumerateLegal(problem, machine));
  return tiles;
}

SmallVector<RegisterTile> mlir::conv::enumerateTilesOf(Algorithm algorithm,
                                                       const Problem &problem,
                                                       MachineAttr machine,
                                                       bool oneRow) {
  SmallVector<RegisterTile> tiles;
  for (const KernelKind &kind : getKernelKinds())
    if (kind.isAllowed(getTraits(algorithm)))
      llvm::append_range(tiles, kind.enumerate(problem, machine, oneRow));
  // A transformed image has no window that taps would share.
  if (!getTraits(algorithm).contractsInPlace())
    llvm::erase_if(tiles, [](const RegisterTile &tile) { return tile.share; });
  // A scalar loaded for each FMA is what taps save that share it: groups of 8
  // on AVX2 reach 42 to 73 % of the peak without and 86 to 96 % with it.
  auto sharesScalars = [&](const RegisterTile &tile) {
    return tile.mergesGroups() && tile.share &&
           problem.k == machine.getNVec() && machine.getNReg() < 32 &&
           hidesLatency(machine, tile);
  };
  if (llvm::any_of(tiles, sharesScalars))
    llvm::erase_if(tiles, [](const RegisterTile &tile) {
      return tile.vector == VectorIterator::K && tile.vectors == 1;
    });
  return tiles;
}
