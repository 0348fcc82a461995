//===- MachineFields.h - The integers of a machine --------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The one list of the integers of a machine model: their names in text and
/// JSON, their options, units and the values that make sense. Options, machine
/// files, records, reports and `--conv-print-machine` read it.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MACHINE_MACHINEFIELDS_H
#define CONV_MACHINE_MACHINEFIELDS_H

#include "conv/Machine/MachineModel.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/JSON.h"

namespace mlir::conv {

struct MachineFieldInfo {
  /// In #conv.machine, machine files, records and reports; and as an option.
  llvm::StringLiteral name, option;
  MachineField MachineModel::*field;
  int64_t MachineOptions::*given;
  int64_t low, high; ///< What makes sense.
  llvm::StringLiteral unit;
};

/// In the order of #conv.machine. The last one, the threads, is what a call may
/// use and not what the hardware has.
llvm::ArrayRef<MachineFieldInfo> getMachineFields();

/// Those of the hardware.
inline llvm::ArrayRef<MachineFieldInfo> getHardwareFields() {
  return getMachineFields().drop_back();
}

/// An object of the CPU, the triple, how a scalar reaches all lanes, and all
/// fields. Features and rates are for whoever needs them to add.
llvm::json::Object describeMachine(const MachineModel &machine);

} // namespace mlir::conv

#endif // CONV_MACHINE_MACHINEFIELDS_H
