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
  return tiles;
}
