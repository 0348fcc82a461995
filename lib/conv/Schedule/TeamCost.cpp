//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Threads are started and joined once for operations that follow each other
/// (--conv-form-teams): each costs a barrier, and its part of the start.
///
//===----------------------------------------------------------------------===//

#include "conv/Schedule/TeamCost.h"

#include "conv/Schedule/ModelConstants.h"

using namespace mlir;
using namespace mlir::conv;

MachineAttr mlir::conv::shareFork(MachineAttr machine, int64_t operations) {
  if (machine.getThreads() == 1 || operations < 2)
    return machine;
  MachineRatesAttr rates = machine.getRates();
  RateValues values;
  llvm::copy(rates.getValues().asArrayRef(), values.begin());
  double &fork = values[size_t(Rate::Fork)];
  fork *= kBarrierShare + (1 - kBarrierShare) / double(operations);
  fork = std::max(fork, getRateInfo(Rate::Fork).low);
  return machine.withRates(
      MachineRatesAttr::get(machine.getContext(), values, rates.getSource()));
}
