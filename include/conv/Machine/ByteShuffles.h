//===- ByteShuffles.h - Shuffles of bytes by a vector -----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which vectors of bytes one instruction of a target takes from 16 bytes by
/// numbers that are known at run time.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MACHINE_BYTESHUFFLES_H
#define CONV_MACHINE_BYTESHUFFLES_H

#include "conv/Machine/MachineModel.h"

namespace mlir::conv {

/// How many bytes LLVM makes one shuffle of for `target`, of a vector each
/// element of which is extracted from another at an index of run time
/// (`pshufb`, `vpermb`, `tbl`); 0 where it makes scalar code of it.
int64_t getShuffledBytes(const ResolvedTarget &target);

} // namespace mlir::conv

#endif // CONV_MACHINE_BYTESHUFFLES_H
