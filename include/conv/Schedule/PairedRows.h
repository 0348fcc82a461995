//===- PairedRows.h - Rows of contractions that wait ------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_PAIREDROWS_H
#define CONV_SCHEDULE_PAIREDROWS_H

#include "conv/IR/Conv.h"

namespace mlir::conv {

/// Two contractions that write the even and the odd columns of an output: the
/// first one's wait in a buffer for the second one's.
struct PairedColumns {
  int64_t rows;        ///< Of the output.
  int64_t rowBytes;    ///< Of the buffer.
  int64_t filterBytes; ///< What one of them reads for each row, at most.
  int64_t tileRows;    ///< Rows of a register tile of either.
};

/// How many rows the two compute in turn, so that L2 holds what waits, and the
/// input for the second one; 0 for all.
int64_t choosePairedRows(const PairedColumns &pair, MachineAttr machine);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_PAIREDROWS_H
