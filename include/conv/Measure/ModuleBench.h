//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Timing a function of a module, against upstream's lowering of the same
/// file, and finding the convolutions in it.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_MODULEBENCH_H
#define CONV_MEASURE_MODULEBENCH_H

#include "conv/Layers/Kernel.h"
#include "conv/Measure/ModelPeer.h"
#include "conv/Measure/OperationTimes.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::conv::bench {

/// What to run of which file.
struct ModuleRequest {
  /// With `text` the file is not read, but named.
  std::string file, text, entry = "main", cpu = "native", algorithm = "auto",
                          propagateLayouts;
  std::string machine; ///< A machine file; empty: none.
  /// As --conv-autotune takes them.
  std::string accuracy = "sum", networkAccuracy, networkMemory;
  int64_t threads = 1, rounds = 0;
  /// Extent of dynamic dimensions, or of each, in the order of the arguments.
  int64_t batch = 1;
  std::vector<int64_t> extents;
  /// What counts as work; 0: what the convolutions count.
  double flops = 0;
  bool compareUpstream = false;
  /// What one core does by itself, for the bounds of operations; 0: these are
  /// not timed.
  double gflopsPerCore = 0;
  ModelPeerRequest peer; ///< Without a name: none. Its threads are ours.
};

/// A convolution of the module and how often it occurs.
struct ModuleConvolution {
  KernelSpec spec;
  int64_t count = 1;
};

/// How the results of two programs compare.
struct Agreement {
  /// Largest difference and largest reference value of all results.
  double maxDifference = 0, maxReference = 0;
  /// Why the results are not equal within a bound; empty when they are.
  std::string mismatch;
};

/// What a program did that was timed beside the module.
struct ModelPeerResult {
  std::string version;
  double ms = 0;
  /// The median of its time over the module's in neighbouring samples.
  double speedup = 0;
  Agreement agreement; ///< Within 1e-3 of the largest value.
};

/// Times in milliseconds, sizes in bytes.
struct ModuleResult {
  double medianMs = 0, minMs = 0, compileMs = 0;
  /// Of all convolutions; gflops counts nothing else.
  double flops = 0, gflops = 0, peakGflops = 0, peakFraction = 0;
  int64_t workspaceBytes = 0;
  /// Filters that are arguments, packed once before the calls.
  int64_t numPacked = 0;
  double packMs = 0;
  /// Zero when not compared.
  double upstreamMs = 0;
  /// With upstream, within 1e-5 of the largest value, or as many times that as
  /// the bounds on errors say.
  Agreement agreement;
  std::optional<ModelPeerResult> peer;
  /// Convolutions without a schedule.
  int64_t numUnscheduled = 0;
  std::vector<ModuleConvolution> convolutions;
  /// In the order of the module, and a call of the code that says when each is
  /// done, beside medianMs of the code that does not.
  std::vector<OperationTime> operations;
  double timedMs = 0;
};

llvm::json::Object toJSON(const ModuleResult &result);
bool fromJSON(const llvm::json::Value &value, ModuleResult &result,
              llvm::json::Path path);

/// Compiles and times in a child process. Fails on a file or function that
/// cannot be compiled or called, with the reason.
llvm::Expected<ModuleResult> measureModule(const ModuleRequest &request);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_MODULEBENCH_H
