//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What tuning remembers: records as values and as text, JSON lines of which
/// the first names the format. RecordStore.h has the files. Nothing here runs
/// code.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_RECORDS_H
#define CONV_DECIDE_RECORDS_H

#include "conv/IR/Conv.h"
#include "conv/Machine/MachineModel.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::conv {

/// Bumped by hand when the code a schedule becomes changes so much that older
/// measurements say nothing about it, or when schedules change their meaning.
constexpr int64_t kCodegenRevision = 3;

/// What must be equal for a measurement to hold. Both texts are JSON objects
/// without spaces whose fields are sorted: equal when what they say is.
struct RecordKey {
  /// Extents, geometry, layouts, distances in memory and epilogue of an
  /// operation; `n` is null when the batch is dynamic.
  std::string problem;
  /// CPU, its unusual features, and every field of #conv.machine.
  std::string machine;
  int64_t revision = kCodegenRevision;
  int64_t llvmVersion = 0; ///< Major.

  bool operator==(const RecordKey &o) const;
};

/// The text of a machine in a key.
std::string getMachineText(const MachineModel &machine);

/// The key of `op` on `machine` in this build.
RecordKey makeRecordKey(ConvOp op, const MachineModel &machine);

/// Where a measurement comes from; what is not known is empty or 0.
struct Provenance {
  std::string host; ///< Name of the machine.
  /// UTC, "2026-01-31T12:00:00.000Z": sorts as time does.
  std::string date;
  std::string tool; ///< Version of the program.
  /// Half the distance between the quartiles of the samples over their median,
  /// and the share of the core that other work took while they were taken.
  double noise = 0, busy = 0;
  double clockGHz = 0; ///< By the peak of FMAs beside the samples.
};

/// Now, as in Provenance.
std::string getCurrentDate();
/// The name of this machine.
std::string getHostName();

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

  Provenance provenance;

  /// Where it was read, 0 when it was not; and the line itself.
  size_t line = 0;
  std::string text;

  /// Whether both are about the same: of two such a file keeps one.
  bool isAboutSameAs(const TuningRecord &o) const {
    return key == o.key && limits == o.limits;
  }
  /// Whether this one is kept of two about the same, whatever the order they
  /// come in: the newer; of equal age, the one closer to the peak; then the
  /// greater by its text. One without a date is older than any with.
  bool supersedes(const TuningRecord &o) const;
};

/// The record as a line of text, in fields of a fixed order.
std::string print(const TuningRecord &record);
/// Reads such a line, in any order; fails on anything else.
llvm::Expected<TuningRecord> parseRecord(llvm::StringRef line);
/// The line that names the format, before all records of a file.
std::string getRecordsHeader();
/// The order of exported records, whatever the order they were added in.
bool isBefore(const TuningRecord &a, const TuningRecord &b);

/// What a file says about a key.
struct RecordMatch {
  /// One for each set of limits, the fastest first.
  std::vector<TuningRecord> records;
  /// Why, when there are none, what is recorded for the problem does not hold
  /// here; empty when nothing is recorded.
  std::string obstacle;

  /// Puts the fastest first.
  void sort();
};

/// "n_fma = 1 there, 2 here": the first field of two machines that differs, the
/// CPU before all others.
std::string describeMachineDifference(llvm::StringRef there,
                                      llvm::StringRef here);

/// Why a record of the same problem does not hold.
std::string describeObstacle(const RecordKey &there, const RecordKey &here);

/// What became of a record that was added.
enum class Addition {
  New,
  Equal,    ///< It was there.
  Replaced, ///< It supersedes the one that was there.
  Refused,  ///< The one that was there supersedes it.
};

/// Records in memory; adding and finding one takes the same time however many
/// there are.
class TuningRecords {
public:
  /// Fails, naming `name` and the line, on text that is empty, of another
  /// format or has a line that is not a record.
  static llvm::Expected<TuningRecords> parse(llvm::StringRef text,
                                             llvm::StringRef name);

  RecordMatch find(const RecordKey &key) const;

  /// Keeps one of those with the same key and limits, see supersedes(). The
  /// other goes to `conflict` when the two differ.
  Addition add(TuningRecord record, TuningRecord *conflict = nullptr);

  /// Removes those of which `which` is true, and says how many.
  size_t remove(llvm::function_ref<bool(const TuningRecord &)> which);

  /// The text of the file. Lines that were read are kept as they are.
  std::string str() const;

  llvm::ArrayRef<TuningRecord> get() const { return records; }

private:
  std::vector<TuningRecord> records;
  /// Places in `records` by problem.
  llvm::StringMap<std::vector<size_t>> places;
};

} // namespace mlir::conv

#endif // CONV_DECIDE_RECORDS_H
