//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Defaults.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

int64_t mlir::conv::multiplyElements(int64_t x, int64_t y) {
  // So many that their bytes are still a number.
  constexpr uint64_t most = uint64_t(1) << 60;
  return std::min(llvm::SaturatingMultiply<uint64_t>(x, y), most);
}

Obstacle mlir::conv::findNothing(const Problem &, ScheduleAttr) {
  return std::nullopt;
}

int64_t mlir::conv::getNoElements(const Problem &, ScheduleAttr) { return 0; }

int64_t mlir::conv::getOnePass(const Problem &) { return 1; }

double mlir::conv::getNoMoves(const Problem &, MachineAttr, ScheduleAttr) {
  return 0;
}

Obstacle mlir::conv::findWholeObstacle(const Problem &, ScheduleAttr schedule) {
  if (schedule.getBand() != 0)
    return llvm::formatv("algorithm '{0}' works on the whole image, not on "
                         "bands of rows",
                         schedule.getAlgorithmName())
        .str();
  return std::nullopt;
}
