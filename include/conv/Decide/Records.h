//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What tuning remembers: a file of JSON lines, first a header that names the
/// format, then one record per measured convolution. Reading needs no lock,
/// since the file is only ever replaced as a whole. Nothing here runs code.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_RECORDS_H
#define CONV_DECIDE_RECORDS_H

#include "conv/IR/Conv.h"
#include "conv/Machine/MachineModel.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace mlir::conv {

/// Bumped by hand when the code a schedule becomes changes so much that older
/// measurements say nothing about it, or when schedules change their meaning.
constexpr int64_t kCodegenRevision = 3;

/// What must be equal for a measurement to hold.
struct RecordKey {
  /// Extents, geometry, layouts, distances in memory and epilogue of an
  /// operation; `n` is null when the batch is dynamic.
  llvm::json::Value problem = nullptr;
  /// CPU, its unusual features, and every field of #conv.machine.
  llvm::json::Value machine = nullptr;
  int64_t revision = kCodegenRevision;
  int64_t llvmVersion = 0; ///< Major.

  bool operator==(const RecordKey &o) const;
};

/// The key of `op` on `machine` in this build.
RecordKey makeRecordKey(ConvOp op, const MachineModel &machine);

/// A measured convolution.
struct TuningRecord {
  RecordKey key;
  std::string name; ///< Problem::str(), for people.
  /// "<algorithm = ...>": the fastest, and what the model had picked.
  std::string schedule, modelSchedule;
  double ms = 0, peakFraction = 0;
  /// Time of the model's pick over that of the fastest.
  double speedup = 1;
  int64_t numCandidates = 0;  ///< Measured.
  int64_t workspaceBytes = 0; ///< Allocated by the fastest.
  /// What the search was confined to, as options; empty: nothing.
  std::string limits;

  /// Where it was read, 0 when it was not; and the line itself.
  size_t line = 0;
  std::string text;
};

/// What a file says about a key.
struct RecordMatch {
  /// One for each set of limits, the fastest first.
  std::vector<const TuningRecord *> records;
  /// Why, when there are none, what is recorded for the problem does not hold
  /// here; empty when nothing is recorded.
  std::string obstacle;
};

class TuningRecords {
public:
  /// Fails, naming `name` and the line, on text that is empty, of another
  /// format or has a line that is not a record.
  static llvm::Expected<TuningRecords> parse(llvm::StringRef text,
                                             llvm::StringRef name);

  RecordMatch find(const RecordKey &key) const;

  /// Replaces the one with the same key and limits.
  void add(TuningRecord record);

  /// The text of the file. Lines that were read are kept as they are.
  std::string str() const;

  llvm::ArrayRef<TuningRecord> get() const { return records; }

private:
  std::vector<TuningRecord> records;
};

} // namespace mlir::conv

#endif // CONV_DECIDE_RECORDS_H
