//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Machine/MachineFields.h"

using namespace mlir;
using namespace mlir::conv;

static constexpr int64_t kiB = 1024, giB = 1024 * 1024 * 1024;

// The bounds are generous: they catch slips (a size in KiB, a swapped pair) and
// keep the products the model forms far from overflow.
static constexpr MachineFieldInfo machineFields[] = {
    {"n_fma", "n-fma", &MachineModel::nFma, &MachineOptions::nFma, 1, 64,
     "FMAs per cycle"},
    {"l_fma", "l-fma", &MachineModel::lFma, &MachineOptions::lFma, 1, 256,
     "cycles"},
    {"n_vec", "n-vec", &MachineModel::nVec, &MachineOptions::nVec, 1, 256,
     "f32 lanes"},
    {"n_reg", "n-reg", &MachineModel::nReg, &MachineOptions::nReg, 4, 1024,
     "vectors"},
    {"loads", "loads", &MachineModel::loads, &MachineOptions::loads, 1, 64,
     "loads per cycle"},
    {"l1", "l1", &MachineModel::l1, &MachineOptions::l1, kiB, giB, "bytes"},
    {"l1_ways", "l1-ways", &MachineModel::l1Ways, &MachineOptions::l1Ways, 1,
     65536, "ways"},
    {"l2", "l2", &MachineModel::l2, &MachineOptions::l2, kiB, 64 * giB,
     "bytes"},
    {"l3", "l3", &MachineModel::l3, &MachineOptions::l3, 0, 1024 * giB,
     "bytes"},
    {"threads", "threads", &MachineModel::threads, &MachineOptions::threads, 1,
     65536, "threads"},
};

ArrayRef<MachineFieldInfo> mlir::conv::getMachineFields() {
  return machineFields;
}

llvm::json::Object mlir::conv::describeMachine(const MachineModel &machine) {
  llvm::json::Object object{
      {"cpu", machine.cpu},
      {"triple", machine.triple},
      {"broadcast", stringifyBroadcast(machine.broadcast)}};
  for (const MachineFieldInfo &info : getMachineFields())
    object[info.name] = (machine.*info.field).value;
  return object;
}
