//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What became of tuning, for people and as JSON.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_TUNE_TUNEREPORT_H
#define CONV_TUNE_TUNEREPORT_H

#include "conv/Tune/TuneSession.h"

#include "llvm/Support/raw_ostream.h"

#include <array>

namespace mlir::conv::bench {

/// A row per convolution as they come, and what they amount to.
class TuneTable {
public:
  /// `tasks` are those of all rows to come. With `trials`, what became of each
  /// candidate follows its row.
  TuneTable(llvm::raw_ostream &os, llvm::ArrayRef<TuneTask> tasks, bool trials);

  void printHeader();
  void printRow(const TuneTask &task, const TuneOutcome &outcome);
  void printSummary(double seconds);

  /// Rows so far of that status.
  size_t getCount(TuneOutcome::Status status) const { return counts[status]; }

private:
  llvm::raw_ostream &os;
  bool trials;
  size_t nameWidth = 4, numImproved = 0;
  std::array<size_t, TuneOutcome::Interrupted + 1> counts{};
};

/// One element of `problems`.
llvm::json::Object toJSON(const TuneTask &task, const TuneOutcome &outcome);

/// What the model picks for each task, where nothing can be measured.
void printModelPicks(llvm::raw_ostream &os, llvm::ArrayRef<TuneTask> tasks,
                     const MachineModel &model, MLIRContext *context);

} // namespace mlir::conv::bench

#endif // CONV_TUNE_TUNEREPORT_H
