//===- MachineModel.h - N_fma, L_fma, N_vec and where from ------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The machine parameters of Zhang, Franchetti, Low (2018), section 2.4, and
/// the caches and rates. Each remembers its source. Precedence: explicit
/// options, then a machine file (MachineFile.h), then the named CPU (the
/// project's table, else LLVM's scheduling model), then the module's DLTI
/// target specification, then the host. A CPU that is named resolves to the
/// same machine everywhere, also on a host of that name.
///
/// L_fma is the wait from one FMA to the next into the same accumulator: the
/// register tile has N_fma * L_fma of them to fill it. On cores that forward
/// accumulators it is shorter than the latency of the multiplied operands.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MACHINE_MACHINEMODEL_H
#define CONV_MACHINE_MACHINEMODEL_H

#include "conv/IR/Conv.h"
#include "conv/Machine/Instructions.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <array>
#include <optional>
#include <string>

namespace mlir::conv {

/// The number of an option that was not given. Zero is an answer.
inline constexpr int64_t kNotGiven = -1;

/// What a user said about the machine. Empty and kNotGiven: not said.
struct MachineOptions {
  std::string cpu, triple, features;
  /// A file that describes the machine, as MachineFile.h reads it.
  std::string machine;
  int64_t nFma = kNotGiven, lFma = kNotGiven, nVec = kNotGiven,
          nReg = kNotGiven, loads = kNotGiven, l1 = kNotGiven,
          l1Ways = kNotGiven, l2 = kNotGiven, l3 = kNotGiven, threads = 1;
};

/// A value and the place it was found: "option", "machine file 'PATH'", "table
/// (reason)",
/// "LLVM scheduling model" (with a remark in parentheses where the value alone
/// would mislead), "LLVM target", "DLTI", "sysfs", "default".
struct MachineField {
  int64_t value = 0;
  std::string source;
};

/// The same of a rate; "family default" where nobody measured it.
struct RateField {
  double value = 0;
  std::string source;
};

/// How fast the CPU executes an instruction.
struct InstructionRate {
  const Instruction *row;
  int64_t perCycle, latency;
  std::string source; ///< As that of a field.
};

struct MachineModel {
  std::string cpu;      ///< LLVM's name, 'native' resolved; may be empty.
  std::string triple;   ///< Normalised.
  std::string features; ///< Comma separated; for 'native' the host's.
  MachineField nFma, lFma, nVec, nReg, loads, l1, l1Ways, l2, l3, threads;
  Broadcast broadcast = Broadcast::Splat;
  std::array<RateField, kNumRates> rates; ///< In the order of Rate.
  /// Instructions for other element types than f32, or narrower vectors.
  SmallVector<InstructionRate> fmas;

  RateValues getRateValues() const;
  /// Whether nothing was known of the CPU's FMAs, so that they are those of its
  /// family; the source of nFma says why.
  bool hasBaselinePipeline() const;
  /// Where the rates come from, in a few words: "family default", or what each
  /// source has of them.
  std::string getRatesSource() const;
  MachineAttr toAttr(MLIRContext *ctx) const;
};

/// The target a set of options names: triple, CPU and features with 'native'
/// and defaults resolved. Fails when LLVM does not know the CPU or triple,
/// with a message that says what to give.
struct ResolvedTarget {
  std::string triple, cpu, features;
};
llvm::Expected<ResolvedTarget> resolveTarget(llvm::StringRef cpu,
                                             llvm::StringRef triple,
                                             llvm::StringRef features);

/// Why code for `target` cannot hold the instruction `row`, as the rest of a
/// sentence; nothing when it can. A target nobody named has what all have.
std::optional<std::string>
findTargetObstacle(const Instruction &row,
                   const std::optional<ResolvedTarget> &target);

/// Resolves the machine. Fails, with a message that lists the options to give,
/// when the CPU is unknown and the options do not fill the gap, and on values
/// that make no sense. A CPU LLVM does not know is no obstacle when nFma, lFma,
/// nVec and nReg are all given; of one it knows without FMAs, or without their
/// timing, the family's baseline is taken. Nor does a machine
/// file that is missing, damaged or of another CPU pass. `module` (may be null)
/// is read for its DLTI specification: of device "CPU", the keys
/// `max_vector_op_width` (bits), `L1_cache_size_in_bytes`, `L1_cache_ways`,
/// `L2_cache_size_in_bytes`, `L3_cache_size_in_bytes`, and `n_fma`, `l_fma`,
/// `n_reg`, `loads`.
llvm::Expected<MachineModel> resolveMachine(const MachineOptions &options,
                                            ModuleOp module);

/// The features that tell `machine` from what LLVM knows of its CPU, sorted:
/// "-avx512f,+amx-int8". Features as they are for a CPU without a name.
std::string getUnusualFeatures(const MachineModel &machine);

/// Whether LLVM rounds f32 to bf16 by an instruction of `target`. Elsewhere it
/// calls a function per element, which many runtime libraries do not have.
bool hasBF16Rounding(const ResolvedTarget &target);

/// Whether a store of some lanes is one fast instruction of `target`: AVX2 has
/// one that several CPUs do in tens of steps.
bool hasMaskedStores(const ResolvedTarget &target);

/// Why this process cannot run code for `target`; nothing when it can.
std::optional<std::string> findHostObstacle(const ResolvedTarget &target);

} // namespace mlir::conv

#endif // CONV_MACHINE_MACHINEMODEL_H
