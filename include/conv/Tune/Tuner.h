//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Finding the fastest schedule of one convolution by running candidates.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_TUNE_TUNER_H
#define CONV_TUNE_TUNER_H

#include "conv/Decide/Candidates.h"
#include "conv/Layers/Kernel.h"
#include "conv/Measure/ChildProcess.h"

#include <chrono>
#include <string>
#include <vector>

namespace mlir::conv::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

/// What to tune.
struct TuneRequest {
  KernelSpec spec;
  std::string cpu = "native";
  std::string machine; ///< A machine file; empty: none.
  int64_t threads = 1;
  Constraints constraints;
  /// Algorithms beside the model's pick that are measured, see
  /// getFirstCandidates().
  size_t top = 4;
  /// Candidates to measure beside the pick; 0: what time allows.
  size_t maxCandidates = 0;
  /// The share of the core that other work may take while times are taken; 1:
  /// any. Beyond it nothing is measured.
  double maxBusy = 1;
  /// Where candidates run, as runOnBoard() takes it; empty: here.
  std::string board;
  /// When to stop trying.
  SteadyTime deadline;
};

/// What became of a candidate.
struct Trial {
  std::string schedule;
  /// "faster", "slower", "refused: ...", "wrong: ..." or "crashed: ...".
  std::string verdict;
  /// Time of the best so far over this one's; 0 when it was not timed.
  double ratio = 0;
};

struct TuneResult {
  /// The fastest, and the model's pick.
  std::string schedule, modelSchedule;
  double ms = 0, peakFraction = 0;
  /// Of the pick, in the same run.
  double modelPeakFraction = 0;
  /// Time of the pick over that of the fastest, in pairs; 1 when the pick is
  /// not beaten beyond noise.
  double speedup = 1;
  /// What the last comparison of the fastest candidate with the pick found,
  /// whether it was convincing or not; 0 when no candidate was faster.
  double confirmation = 0;
  int64_t workspaceBytes = 0;
  /// Of the samples of `ms`, as in Provenance.
  double noise = 0, busy = 0, clockGHz = 0;
  std::string host; ///< Of a board; empty: this one.
  std::vector<Trial> trials;
  /// Why there is no schedule; empty when there is one.
  std::string error;
  /// The reason is that other work took more of the core than was allowed.
  bool tooBusy = false;

  bool wasTuned() const { return error.empty() && !schedule.empty(); }
  /// Candidates that were timed, the pick included.
  int64_t getNumMeasured() const;
};

llvm::json::Object toJSON(const TuneResult &result);
bool fromJSON(const llvm::json::Value &value, TuneResult &result,
              llvm::json::Path path);

/// Measures candidates in child processes until the deadline or until nothing
/// near the fastest is left to try. The fastest is compared with the model's
/// pick once more, in a process of its own, since where memory lies matters as
/// well, and kept only if it wins again. A candidate that
/// crashes, or whose result differs from the pick's, is out. `cancelled` is
/// asked now and then; true ends the search without a schedule. On a board the
/// child compiles, and candidates are compared with the plain definition.
TuneResult tune(const TuneRequest &request,
                llvm::function_ref<bool()> cancelled);

} // namespace mlir::conv::bench

#endif // CONV_TUNE_TUNER_H
