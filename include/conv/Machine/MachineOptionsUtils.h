//===- MachineOptionsUtils.h - Pass options to machine options --*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The one place that reads the options of TableGen's Conv_MachineOptions.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MACHINE_MACHINEOPTIONSUTILS_H
#define CONV_MACHINE_MACHINEOPTIONSUTILS_H

#include "conv/Machine/MachineModel.h"

namespace mlir::conv {

/// What `options` says about the machine: a pass declared with
/// Conv_MachineOptions (`getMachineOptions(*this)`), or any struct whose
/// members are named likewise.
template <typename OptionsT>
MachineOptions getMachineOptions(const OptionsT &options) {
  // TableGen makes a pass's options protected; a derived class may name them.
  struct Access : OptionsT {
    static MachineOptions read(const OptionsT &options) {
      MachineOptions result;
      result.cpu = options.*&Access::cpu;
      result.triple = options.*&Access::triple;
      result.features = options.*&Access::features;
      result.machine = options.*&Access::machine;
      result.nFma = options.*&Access::nFma;
      result.lFma = options.*&Access::lFma;
      result.nVec = options.*&Access::nVec;
      result.nReg = options.*&Access::nReg;
      result.loads = options.*&Access::loads;
      result.l1 = options.*&Access::l1;
      result.l1Ways = options.*&Access::l1Ways;
      result.l2 = options.*&Access::l2;
      result.l3 = options.*&Access::l3;
      result.threads = options.*&Access::threads;
      return result;
    }
  };
  return Access::read(options);
}

} // namespace mlir::conv

#endif // CONV_MACHINE_MACHINEOPTIONSUTILS_H
