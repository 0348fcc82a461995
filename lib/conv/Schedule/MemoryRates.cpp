//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/MemoryRates.h"

#include "conv/Schedule/ModelConstants.h"

#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace mlir::conv;

MemoryLevel mlir::conv::findLevel(MachineAttr machine, double bytes) {
  return bytes < kBufferShare * machine.getL2()   ? MemoryLevel::L2
         : bytes < kBufferShare * machine.getL3() ? MemoryLevel::L3
                                                  : MemoryLevel::Memory;
}

double mlir::conv::getBandwidth(MachineAttr machine, MemoryLevel level) {
  MachineRatesAttr rates = machine.getRates();
  switch (level) {
  case MemoryLevel::L2:
    return rates.getL2Bandwidth();
  case MemoryLevel::L3:
    return rates.getL3Bandwidth();
  case MemoryLevel::Memory:
    return rates.getMemoryBandwidth();
  }
  llvm_unreachable("unknown level of memory");
}

double mlir::conv::getRunCycles(MachineAttr machine, double moved,
                                double bytes) {
  return moved / getBandwidth(machine, findLevel(machine, bytes));
}

double mlir::conv::getCopyRate(MachineAttr machine, double bytes) {
  MemoryLevel level = findLevel(machine, bytes);
  // Every byte is read and written.
  double rate = getBandwidth(machine, level) / 2;
  return level == MemoryLevel::Memory ? kCopyOverlap * rate : rate;
}

double mlir::conv::getBufferStall(MachineAttr machine, double bytes,
                                  bool byPlanes) {
  MachineRatesAttr rates = machine.getRates();
  switch (findLevel(machine, bytes)) {
  case MemoryLevel::L2:
    return 0;
  case MemoryLevel::L3:
    return rates.getL3Stall() * (byPlanes ? kPlanesL3 : kRunStalls);
  case MemoryLevel::Memory:
    return rates.getMemoryStall() * (byPlanes ? kPlanesMemory : kRunStalls);
  }
  llvm_unreachable("unknown level of memory");
}
