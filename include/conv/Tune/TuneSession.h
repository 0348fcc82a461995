//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tuning many convolutions within a budget of time, and remembering them.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_TUNE_TUNESESSION_H
#define CONV_TUNE_TUNESESSION_H

#include "conv/Decide/RecordStore.h"
#include "conv/Layers/Layer.h"
#include "conv/Pipelines/Pipelines.h"
#include "conv/Tune/Tuner.h"

#include <functional>
#include <string>
#include <vector>

namespace mlir::conv::bench {

/// What tuning is confined to, as options.
struct TuneLimits {
  std::string algorithm = "auto", form, maxWorkspace, accuracy = "sum";
  std::vector<std::string> exclude;

  llvm::Expected<Constraints> parse() const;
  /// For records: "algorithm=mec max-workspace=65536"; empty without limits.
  std::string str() const;
};

/// A distinct convolution.
struct TuneTask {
  KernelSpec spec;
  RecordKey key;
  TuneLimits limits;
  std::string name;
  int64_t count = 1;
  /// Why it cannot be measured; empty when it can.
  std::string obstacle;
};

/// The distinct convolutions of a module, as conv-to-llvm would decide about
/// them, in order of appearance. A dynamic batch is measured as `batch` images.
/// Fails, with the diagnostics, on a file that cannot be read or raised.
llvm::Expected<std::vector<TuneTask>>
collectTasks(llvm::StringRef file, const ConvToLLVMOptions &pipeline,
             int64_t batch, const MachineModel &machine,
             const TuneLimits &limits, MLIRContext *context);

/// The distinct ones of `layers` in a layout.
llvm::Expected<std::vector<TuneTask>> collectTasks(llvm::ArrayRef<Layer> layers,
                                                   llvm::StringRef layout,
                                                   const MachineModel &machine,
                                                   const TuneLimits &limits,
                                                   MLIRContext *context);

/// What became of a task.
struct TuneOutcome {
  enum Status {
    Tuned,       ///< Measured and recorded.
    Recorded,    ///< The file had it.
    Skipped,     ///< Cannot be measured.
    Failed,      ///< Went wrong.
    OutOfTime,   ///< The budget was used up before.
    Busy,        ///< Other work took too much of the core.
    Interrupted, ///< By the user.
  };
  Status status = OutOfTime;
  /// Of Tuned and Recorded.
  TuningRecord record;
  /// Of Skipped, Failed and Busy.
  std::string reason;
  std::vector<Trial> trials;
  double confirmation = 0; ///< As in TuneResult.
  double seconds = 0;
};
llvm::StringRef stringifyStatus(TuneOutcome::Status status);

struct TuneSessionOptions {
  std::string cpu = "native";
  std::string machine; ///< A machine file; empty: none.
  int64_t threads = 1;
  size_t top = 4, maxCandidates = 0;
  double maxBusy = 1; ///< As in TuneRequest.
  std::string board;  ///< As in TuneRequest.
  /// Measure what is recorded, too.
  bool again = false;
  SteadyTime end;
};

/// Tunes one task until the budget ends and records nothing.
llvm::Expected<TuneOutcome> tuneTask(const TuneTask &task,
                                     const TuneSessionOptions &options,
                                     llvm::function_ref<bool()> interrupted);

/// Tunes what `records` do not have yet, what takes longest first, and records
/// each at once. Time is divided evenly among what is left. `start` is called
/// before each task, `done` after it; both get its index. Fails on a file that
/// cannot be read or written.
llvm::Error tuneAll(llvm::ArrayRef<TuneTask> tasks, RecordStore &records,
                    const TuneSessionOptions &options,
                    llvm::function_ref<bool()> interrupted,
                    llvm::function_ref<void(size_t)> start,
                    llvm::function_ref<void(size_t, const TuneOutcome &)> done);

} // namespace mlir::conv::bench

#endif // CONV_TUNE_TUNESESSION_H
