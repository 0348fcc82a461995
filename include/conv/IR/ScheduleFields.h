//===- ScheduleFields.h - The fields of a schedule --------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The value of a #conv.schedule: what ScheduleFields.def lists, by name.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_SCHEDULEFIELDS_H
#define CONV_IR_SCHEDULEFIELDS_H

#include "conv/IR/NamedAlgorithm.h"
#include "conv/IR/Split.h"

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include "llvm/ADT/SmallVector.h"

#include <string>

namespace mlir::conv {

class ScheduleAttr;

/// Who uses up a field of a schedule.
enum class ScheduleConsumer { Applying, Tiling, Kernel };

/// Output channels that have a schedule of their own.
struct SchedulePart {
  int64_t channels = 0; ///< Of each group.
  Attribute schedule;   ///< A ScheduleAttr, which this is a member of.

  ScheduleAttr getSchedule() const;
  bool operator==(const SchedulePart &o) const {
    return channels == o.channels && schedule == o.schedule;
  }
};

/// The parts of the output channels, in their order, behind those that a
/// schedule computes by its other fields.
class ScheduleParts {
public:
  ScheduleParts() = default;
  ScheduleParts(llvm::ArrayRef<SchedulePart> parts)
      : parts(parts.begin(), parts.end()) {}

  bool empty() const { return parts.empty(); }
  auto begin() const { return parts.begin(); }
  auto end() const { return parts.end(); }
  bool operator==(const ScheduleParts &o) const { return parts == o.parts; }
  bool operator!=(const ScheduleParts &o) const { return !(*this == o); }

private:
  llvm::SmallVector<SchedulePart, 1> parts;
};

llvm::hash_code hash_value(const ScheduleParts &parts);

/// The fields of a #conv.schedule by name, with the attribute's defaults: who
/// makes or changes a schedule names what it knows.
struct ScheduleFields {
#define CONV_SCHEDULE_FIELD(type, member, accessor, name, presence, byDefault, \
                            consumer)                                          \
  type member = byDefault;
#include "conv/IR/ScheduleFields.def"

  /// The upper bounds of sizes.
#define CONV_SCHEDULE_FIELD(...)
#define CONV_SCHEDULE_SIZE(member, accessor, name, presence, byDefault, least, \
                           most, consumer)                                     \
  static constexpr int64_t kMost##accessor = most;
#include "conv/IR/ScheduleFields.def"

  ScheduleFields() = default;
  explicit ScheduleFields(ScheduleAttr schedule);
  ScheduleAttr toAttr(MLIRContext *context) const;
  /// Null, without diagnostics, where the attribute's verifier refuses.
  ScheduleAttr toAttrIfValid(MLIRContext *context) const;
  /// The same for fields that may contradict each other: null after an error.
  ScheduleAttr toAttrChecked(llvm::function_ref<InFlightDiagnostic()> emitError,
                             MLIRContext *context) const;

  NamedAlgorithm getNamedAlgorithm() const { return {algorithm, tile}; }
  void setNamedAlgorithm(const NamedAlgorithm &named) {
    algorithm = named.algorithm;
    tile = named.tile;
  }

  /// Gives the fields that `by` uses up their defaults.
  void consume(ScheduleConsumer by);

  bool operator==(const ScheduleFields &o) const;
  bool operator!=(const ScheduleFields &o) const { return !(*this == o); }
};

llvm::hash_code hash_value(const ScheduleFields &fields);

} // namespace mlir::conv

#endif // CONV_IR_SCHEDULEFIELDS_H
