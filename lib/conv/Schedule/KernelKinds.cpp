//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/KernelKinds.h"

#include "ChannelVectors.h"
#include "ColumnPairs.h"
#include "GroupVectors.h"
#include "LaneSums.h"
#include "PixelVectors.h"
#include "conv/Machine/Instructions.h"
#include "conv/Schedule/TapSteps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

ArrayRef<KernelKind> mlir::conv::getKernelKinds() {
  static const KernelKind kinds[] = {getChannelVectors(), getPixelVectors(),
                                     getLaneSums(), getGroupVectors(),
                                     getColumnPairs()};
  assert(llvm::all_of(llvm::enumerate(kinds),
                      [](const auto &kind) {
                        return static_cast<size_t>(kind.value().vector) ==
                               kind.index();
                      }) &&
         "kinds stand in the order of the enumeration");
  return kinds;
}

const KernelKind &mlir::conv::getKernelKind(VectorIterator vector) {
  return getKernelKinds()[static_cast<size_t>(vector)];
}

int64_t mlir::conv::countRegisters(const ContractNest &nest) {
  return getKernelKind(nest.vector)
      .getRegisters(nest.broadcast, nest.lanes, nest.tile,
                    countSharedTaps(nest.tile, nest.r.extent, nest.s.extent));
}

bool mlir::conv::takesSingleChannels(const Instruction &row) {
  return row.k == 2 && row.multiplied == ElementKind::I16;
}

int64_t mlir::conv::getChannelPack(ScheduleAttr schedule, bool depthwise) {
  if (schedule.getVector() == VectorIterator::C)
    return schedule.getNVec();
  const Instruction *row = findInstruction(schedule);
  if (row && depthwise && takesTaps(*row))
    return 1;
  return row ? row->k : 1;
}
