//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/PairedRows.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// The part of L2 for what waits, and for a filter that is read again for every
/// few rows. Chosen: the input of as many rows is there as well.
static constexpr int64_t kWaitingShare = 4;

int64_t mlir::conv::choosePairedRows(const PairedColumns &pair,
                                     MachineAttr machine) {
  int64_t room = machine.getL2() / kWaitingShare;
  if (pair.rows * pair.rowBytes <= room || pair.filterBytes > room)
    return 0;
  int64_t most = room / pair.rowBytes / pair.tileRows * pair.tileRows;
  if (most == 0)
    return 0;
  // Bands of about one size, each of whole tiles.
  int64_t bands = llvm::divideCeilSigned(pair.rows, most);
  return std::min(most,
                  int64_t(llvm::alignTo(llvm::divideCeil(pair.rows, bands),
                                        pair.tileRows)));
}
