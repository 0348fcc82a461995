//===- CPUTable.h - What LLVM does not know about CPUs ----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The project's only tables of CPUs: corrections of LLVM's scheduling models,
/// and caches and rates, which LLVM does not describe at all.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MACHINE_CPUTABLE_H
#define LIB_CONV_MACHINE_CPUTABLE_H

#include "conv/IR/MachineRates.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/TargetParser/Triple.h"

#include <cstdint>

namespace mlir::conv {

/// A correction of LLVM's scheduling model. Zero: LLVM's value stands.
struct PipelineOverride {
  llvm::StringRef cpus; ///< Space separated, in LLVM's spelling with hyphens.
  llvm::StringRef instruction; ///< A row of the table of instructions.
  int64_t perCycle, latency;
  llvm::StringRef reason;
};

/// Cache sizes in bytes. `l3` is what one core can reach on a common part of
/// that family, 0 when there is none or it is the integrator's choice.
struct CacheSizes {
  llvm::StringRef cpus;
  int64_t l1, l1Ways, l2, l3;
  llvm::StringRef reason;
};

/// Loads that can start per cycle, and how wide each may be. Zero: as
/// everywhere.
struct LoadPorts {
  llvm::StringRef cpus;
  int64_t loads, bytes;
  llvm::StringRef reason;
};

/// Rates that were measured on these CPUs; others are the family default.
struct MachineRates {
  llvm::StringRef cpus;
  RateValues values;
  llvm::StringRef reason;
};

/// The rows for `cpu`, or null.
/// What is taken of a CPU about which neither LLVM nor a table says more.
struct BaselinePipeline {
  llvm::Triple::ArchType arch; ///< UnknownArch is any.
  llvm::StringRef feature;     ///< That the CPU has; empty is none.
  int64_t lanes, registers;    ///< Of vectors of f32.
  /// Multiplications with addition that start in a cycle, and their latency.
  int64_t perCycle, latency;
  llvm::StringRef reason;
};

/// The pipeline of a CPU of `arch` without an FMA in the table of instructions,
/// or of one whose FMA LLVM does not know the timing of.
const BaselinePipeline &
getBaseline(llvm::Triple::ArchType arch,
            llvm::function_ref<bool(llvm::StringRef feature)> has);

const PipelineOverride *findPipelineOverride(llvm::StringRef cpu,
                                             llvm::StringRef instruction);
const CacheSizes *findCacheSizes(llvm::StringRef cpu);
const LoadPorts *findLoadPorts(llvm::StringRef cpu);
const MachineRates *findMachineRates(llvm::StringRef cpu);

/// Caches to assume for a CPU of this architecture that has no row.
const CacheSizes &getDefaultCacheSizes(llvm::Triple::ArchType arch);

} // namespace mlir::conv

#endif // LIB_CONV_MACHINE_CPUTABLE_H
