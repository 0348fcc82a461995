//===- MachineOptions.td - Options that describe a machine -*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_MACHINE_MACHINEOPTIONS_TD
#define CONV_MACHINE_MACHINEOPTIONS_TD

include "mlir/Pass/PassBase.td"

/// Options that describe the machine. Precedence: explicit parameters, then
/// `machine`, then `cpu`, then the module's DLTI target specification, then the host.
/// Numbers are -1 where nothing is said. Zero is an answer: a machine without an
/// L3; elsewhere it is an error.
class Conv_MachineOptions {
  list<Option> machineOptions = [
    Option<"cpu", "cpu", "std::string", /*default=*/"\"\"",
           "CPU to decide for, as LLVM spells it; 'native' is the host">,
    Option<"triple", "triple", "std::string", /*default=*/"\"\"",
           "Target triple of that CPU; empty: found from the CPU's name, else "
           "the host's">,
    Option<"features", "features", "std::string", /*default=*/"\"\"",
           "Further target features, such as +avx2,-avx512f">,
    Option<"machine", "machine", "std::string", /*default=*/"\"\"",
           "Machine file, such as conv-tune --measure-machine writes: rates and "
           "caches of that CPU">,
    Option<"nFma", "n-fma", "int64_t", /*default=*/"-1",
           "FMA instructions that can start per cycle">,
    Option<"lFma", "l-fma", "int64_t", /*default=*/"-1",
           "Latency of an FMA in cycles">,
    Option<"nVec", "n-vec", "int64_t", /*default=*/"-1",
           "f32 lanes of a vector">,
    Option<"nReg", "n-reg", "int64_t", /*default=*/"-1",
           "Vector registers">,
    Option<"loads", "loads", "int64_t", /*default=*/"-1",
           "Vector loads per cycle">,
    Option<"l1", "l1", "int64_t", /*default=*/"-1", "L1 data cache in bytes">,
    Option<"l1Ways", "l1-ways", "int64_t", /*default=*/"-1",
           "Associativity of the L1 data cache">,
    Option<"l2", "l2", "int64_t", /*default=*/"-1", "L2 cache in bytes">,
    Option<"l3", "l3", "int64_t", /*default=*/"-1", "L3 cache in bytes">,
    Option<"threads", "threads", "int64_t", /*default=*/"1",
           "Threads a convolution may use">];
}

#endif // CONV_MACHINE_MACHINEOPTIONS_TD
