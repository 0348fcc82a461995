//===- Passes.td - Passes about the machine ----------------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_MACHINE_PASSES_TD
#define CONV_MACHINE_PASSES_TD

include "conv/Machine/MachineOptions.td"
include "mlir/Pass/PassBase.td"

def ConvPrintMachinePass : Pass<"conv-print-machine", "::mlir::ModuleOp">,
                           Conv_MachineOptions {
  let summary = "Print the machine model, each field with its source";
  let description = [{
    Prints to standard output one line per field: name, value, unit and where it
    came from (option, machine file, table, LLVM's scheduling model or target,
    DLTI, host, default), then the rates likewise; `family default` where nobody
    measured that CPU. Changes nothing. Fails when the CPU is unknown or has no usable
    model, listing the options to give.

    ```
    n_fma                 2  FMAs per cycle   table (measured; LLVM borrows Zen 4's model)
    n_vec                16  f32 lanes        LLVM target
    rates                                     family default
      l3_stall             1.25  cycles per line  family default
    ```
  }];
  let options = machineOptions;
}

#endif // CONV_MACHINE_PASSES_TD
