//===- TargetQuery.h - Questions to LLVM about a target ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Finds the target a CPU belongs to, and reads vector shape and FMA timing
/// from LLVM's subtarget. A CPU or a feature is checked before it reaches a
/// subtarget: LLVM would answer a bad one with a line on stderr, or stop.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_MACHINE_TARGETQUERY_H
#define LIB_CONV_MACHINE_TARGETQUERY_H

#include "conv/Machine/Instructions.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>
#include <optional>
#include <string>

namespace mlir::conv {

/// The target of a triple and the CPU in it.
struct FoundTarget {
  const llvm::Target *target = nullptr;
  llvm::Triple triple;
  std::string cpu;
  bool tripleGiven = false; ///< `triple` was asked for, not searched.
  bool isHost = false;      ///< `cpu` is the machine we run on.
  bool cpuKnown = false;    ///< LLVM knows `cpu` for `triple`.
};

/// Resolves 'native' and the empty names. Fails on a triple LLVM has no target
/// for and on 'native' for a foreign triple; an unknown CPU is the caller's.
llvm::Expected<FoundTarget> findTarget(llvm::StringRef cpu,
                                       llvm::StringRef triple);

/// The error for a CPU that `found` does not know.
llvm::Error makeUnknownCPUError(const FoundTarget &found);

/// The features of the host (when `found` is the host) followed by `user`'s.
/// Fails when the target does not know one of them.
llvm::Expected<std::string> resolveFeatures(const FoundTarget &found,
                                            llvm::StringRef user);

/// The subtarget of a known CPU with features from `resolveFeatures`.
std::unique_ptr<llvm::MCSubtargetInfo>
createSubtarget(const FoundTarget &found, llvm::StringRef features);

/// True when the subtarget has the feature called `name`.
bool hasFeature(const llvm::MCSubtargetInfo &subtarget, llvm::StringRef name);

/// Whether the subtarget's instructions include those of `row`.
bool hasInstruction(const llvm::MCSubtargetInfo &subtarget,
                    const Instruction &row);

/// The row of the widest plain f32 FMA; null when there are no vectors with a
/// fused multiply-add.
const Instruction *findWidestFMA(const llvm::MCSubtargetInfo &subtarget);

/// The row whose vectors hold `lanes` sums with the fewest left over: what LLVM
/// selects for the plain FMA of `lanes` f32. Null as above.
const Instruction *findFMA(const llvm::MCSubtargetInfo &subtarget,
                           int64_t lanes);

/// f32 lanes of the widest fixed-length vector, 0 when there are no vectors
/// with a fused multiply-add. SVE and RVV count at their minimum length.
int64_t getVectorLanes(const llvm::MCSubtargetInfo &subtarget);

/// Registers that hold a vector of `lanes` f32.
int64_t getVectorRegisters(const llvm::MCSubtargetInfo &subtarget,
                           int64_t lanes);

/// What the scheduling model says about an instruction.
struct FMATiming {
  double perCycle;        ///< How many can start per cycle.
  int64_t latency;        ///< From any operand to the result.
  int64_t accumulateWait; ///< From an accumulator to the same accumulator.
};

/// Empty when the CPU has no scheduling model or it says nothing usable.
std::optional<FMATiming> getFMATiming(const FoundTarget &found,
                                      const llvm::MCSubtargetInfo &subtarget,
                                      const Instruction &row);

} // namespace mlir::conv

#endif // LIB_CONV_MACHINE_TARGETQUERY_H
