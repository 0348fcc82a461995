//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiling, checking and timing one kernel, behind an interface.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_MEASURER_H
#define CONV_MEASURE_MEASURER_H

#include "conv/Layers/Kernel.h"
#include "conv/Measure/ChildProcess.h"

#include <memory>

namespace mlir::conv::bench {

/// What to measure and how.
struct MeasureRequest {
  KernelSpec spec;
  /// A name of `--algorithm`, "auto", or "upstream": loops by upstream passes.
  std::string algorithm = "auto";
  /// "whole", "banded" or empty: as decided.
  std::string form;
  /// Bound on the workspace as the passes take it, such as "64KiB"; empty:
  /// none.
  std::string maxWorkspace;
  std::string accuracy = "sum"; ///< As --conv-autotune takes it.
  std::string cpu = "native";
  /// A machine file; empty: none.
  std::string machine;
  int64_t threads = 1;
  /// Samples; 0: chosen by the duration.
  int64_t rounds = 0;
  bool cold = false;
  /// Beside a peer: caches hold what the same code left, not the other's.
  bool settle = false;
  /// Compare with the plain definition between guard pages.
  bool check = false;
  /// A library to time next to the kernel, as in getPeerNames; empty: none.
  std::string peer;
};

/// How a library did on the same problem; its fields are those of a record that
/// start with "peer".
struct PeerResult {
  /// Empty when there was no comparison.
  std::string name, version;
  /// What it was given and gave back, and what it calls the code it ran.
  std::string mode, implementation;
  double ms = 0;
  /// Its time over the kernel's: median over pairs of samples next to each
  /// other.
  double speedup = 0;
  /// Nothing when not checked.
  std::optional<bool> checked;
  /// Why there is no time; empty when there is.
  std::string refused;
};

/// What was found. Sizes are bytes, times milliseconds.
struct MeasureResult {
  std::string algorithm, form, schedule;
  double medianMs = 0, minMs = 0, gflops = 0, peakGflops = 0, peakFraction = 0;
  /// From the allocations made, by analysis, and what im2col would need.
  int64_t workspaceBytes = 0, analysisBytes = 0, im2colBytes = 0;
  /// Part of the time the data transformation takes, as the model sees it.
  double transformShare = 0;
  /// Share of the FMA peak the model predicts; 0 when unknown.
  double predictedFraction = 0;
  bool prepacked = false;
  int64_t packedFilterBytes = 0;
  double packMs = 0;
  /// Nothing when not checked.
  std::optional<bool> checked;
  /// Why it was not run; empty when it was.
  std::string refused;
  /// How it went wrong; empty when it did not.
  std::string error;
  PeerResult peer;

  bool wasTimed() const { return medianMs > 0; }
};

llvm::json::Object toJSON(const MeasureResult &result);
bool fromJSON(const llvm::json::Value &value, MeasureResult &result,
              llvm::json::Path path);

/// Measures kernels; how is the implementation's affair.
class Measurer {
public:
  virtual ~Measurer() = default;
  /// Never fails: what goes wrong is part of the result.
  virtual MeasureResult measure(const MeasureRequest &request) = 0;
};

/// A measurer that compiles and runs each kernel in a process of its own, with
/// its own context. Needs a single-threaded caller.
std::unique_ptr<Measurer> createForkingMeasurer();

/// Compiles, checks and times in this process. `stage` is told what comes next,
/// "compile", "check", "peer" (from here on the peer may crash) or "time", with
/// the result so far.
MeasureResult measureHere(const MeasureRequest &request, StageFunction stage);

/// Parameters of a CPU and the host it is measured on, as the JSON object
/// `machine`, with `probe_fma_per_cycle` where it can be measured. Runs in a
/// child. `file` is a machine file, empty: none. Fails when the CPU is unknown
/// and on a bad file.
llvm::Expected<llvm::json::Object>
describeMachine(llvm::StringRef cpu, llvm::StringRef file, int64_t threads);

/// What the system calls its CPU; empty when it does not say.
std::string getHostModelName();

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_MEASURER_H
