//===- MemoryRates.h - What caches and memory deliver -----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where a buffer stays between two visits, and what that costs: the one place
/// that turns sizes into rates of the machine, for transformations, layouts
/// and the roofline. What the contraction's own operands cost is in
/// MemoryModel.cpp.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_MEMORYRATES_H
#define CONV_SCHEDULE_MEMORYRATES_H

#include "conv/IR/Conv.h"

namespace mlir::conv {

enum class MemoryLevel { L2, L3, Memory };

/// Where buffers of `bytes` in all stay that are visited as a whole.
MemoryLevel findLevel(MachineAttr machine, double bytes);

/// Bytes per cycle that one core reads or writes there, in long runs.
double getBandwidth(MachineAttr machine, MemoryLevel level);

/// Cycles to read or write `moved` bytes in long runs of buffers of `bytes` in
/// all.
double getRunCycles(MachineAttr machine, double moved, double bytes);

/// Bytes per cycle that one core copies between buffers of `bytes` in all.
double getCopyRate(MachineAttr machine, double bytes);

/// Cycles a contraction waits for each line of a buffer of `bytes` that was
/// written just before, when it reads runs, or planes whose lines lie in other
/// pages each.
double getBufferStall(MachineAttr machine, double bytes, bool byPlanes);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_MEMORYRATES_H
