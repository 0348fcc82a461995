//===- MachineRates.h - The rates of a machine ------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the rates of MachineRates.def are called, mean and may be.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_MACHINERATES_H
#define CONV_IR_MACHINERATES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace mlir::conv {

enum class Rate : size_t {
#define CONV_MACHINE_RATE(name, accessor, ...) accessor,
#include "conv/IR/MachineRates.def"
  NumRates
};

inline constexpr size_t kNumRates = size_t(Rate::NumRates);
static_assert(kNumRates <= 20, "more rates than a fit can tell apart");

/// The source of rates nobody measured on the CPU in question.
inline constexpr llvm::StringLiteral kFamilyDefault = "family default";

/// The values of all rates, in the list's order.
using RateValues = std::array<double, kNumRates>;

struct RateInfo {
  llvm::StringLiteral name;
  double byDefault, low, high;
  llvm::StringLiteral unit, description;

  /// Whether `value` makes sense; NaN does not.
  bool isSane(double value) const { return value >= low && value <= high; }
};

llvm::ArrayRef<RateInfo> getRateInfos();

inline const RateInfo &getRateInfo(Rate rate) {
  return getRateInfos()[size_t(rate)];
}

std::optional<Rate> findRate(llvm::StringRef name);

/// Whether `name` was a rate that is computed from others now: what files say
/// of it is read and not used.
bool isRetiredRate(llvm::StringRef name);

RateValues getDefaultRates();

/// The shortest text that reads as `value`, as MLIR spells numbers.
std::string formatRate(double value);

} // namespace mlir::conv

#endif // CONV_IR_MACHINERATES_H
