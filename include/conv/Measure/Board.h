//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Machines that only run what is compiled here: jobs for the program
/// conv-board (tools/conv-board), and its answers.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_BOARD_H
#define CONV_MEASURE_BOARD_H

#include "conv/Layers/Kernel.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::conv::bench {

/// Code to try: a shared object (linkImage), and the shape of the filter that
/// it takes packed, if it does.
struct BoardCandidate {
  std::string image;
  llvm::SmallVector<int64_t> packedShape;
};

/// The probe of the peak, for the end of a search.
struct BoardProbe {
  std::string image;
  llvm::SmallVector<int64_t> shape;
  double flopsPerTrip = 0;
};

/// What a board is to do: try candidates for one kernel, each against the
/// fastest so far.
struct BoardJob {
  KernelSpec spec;
  /// Digest of the exact result.
  uint64_t expected = 0;
  /// The model's pick first.
  std::vector<BoardCandidate> candidates;
  /// The fastest so far.
  size_t incumbent = 0;
  /// As in TuneRequest; seconds for all of it; and how candidates are compared.
  double maxBusy = 1, seconds = 0, margin = 0, pairSeconds = 0, hopeless = 0;
  unsigned limitSeconds = 0; ///< For one candidate.
  /// At the end of a search: the fastest against the pick once more, and its
  /// time beside the probe.
  std::optional<BoardProbe> probe;
  double finalMargin = 0, finalPairSeconds = 0, recordSeconds = 0;
};

/// The job as conv-board reads it (tools/conv-board/board.h).
void printJob(llvm::raw_ostream &os, const BoardJob &job);

/// What became of a candidate; the reason of "wrong", "crashed" and "refused".
struct BoardTrial {
  /// "untried", "timed" (the pick and the incumbent), "faster", "slower",
  /// "wrong", "crashed" or "refused".
  std::string verdict, reason;
  double ratio = 0, seconds = 0;
  int64_t workspaceBytes = 0;
};

struct BoardTiming {
  double confirmation = 0, seconds = 0, peak = 0, fraction = 0, noise = 0,
         busy = 0;
};

struct BoardAnswer {
  std::string host, architecture;
  std::string status; ///< "done", "busy" or "failed".
  std::string reason;
  int64_t best = 0;
  std::vector<BoardTrial> trials;
  std::optional<BoardTiming> timing;
};
bool fromJSON(const llvm::json::Value &value, BoardAnswer &answer,
              llvm::json::Path path);

/// Has a board do `job`. `board` is a folder that conv-board looks into, or a
/// command of the shell that reads a job and prints the answer, such as
/// "ssh pi ./conv-board -". Fails when there is no answer, with what the
/// command said, a minute after the seconds of the job.
llvm::Expected<BoardAnswer> runOnBoard(llvm::StringRef board,
                                       const BoardJob &job);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_BOARD_H
