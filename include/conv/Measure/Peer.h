//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Libraries that conv-bench compares itself with, in the process that measures
/// the kernel: their timed calls alternate with the kernel's.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_PEER_H
#define CONV_MEASURE_PEER_H

#include "conv/Measure/Measurer.h"
#include "conv/Measure/Reference.h"
#include "conv/Peers/PeerPlugin.h"

#include <memory>
#include <vector>

namespace mlir::conv::bench {

class Probe;

/// The names `--peer` takes.
ArrayRef<llvm::StringRef> getPeerNames();

/// Describes the library, as the JSON object `peer`: name, version, core (what
/// it takes the CPU for, or null), core_forced (the environment variable set
/// for it, or null), sgemm_fraction (its multiplication of 1024x1024 matrices
/// as a fraction of the peak, or null) and refused (why no time of it would
/// mean anything, or null). A core without AVX-512 is overruled on a CPU that
/// has it, for all children to come, unless the user chose one. Runs in
/// children. Fails when this build has no such library, with how to get it.
llvm::Expected<llvm::json::Object>
describePeer(llvm::StringRef name, llvm::StringRef cpu, int64_t threads);

/// Prepares the environment that libraries read when they are loaded. Call
/// before the first OpenMP runtime is.
void preparePeerEnvironment(llvm::StringRef name, int64_t threads);

/// A problem as the library computes it, in the fastest of its ways.
class PeerKernel {
public:
  /// Loads the library and builds all its ways to compute what `given` holds;
  /// compares each with the output, when there is one, and drops the slower
  /// ones. Next to layouts other than nhwc and nchw it may keep any.
  /// `result` says what came of it; no kernel when that is a refusal.
  static std::optional<PeerKernel> create(const MeasureRequest &request,
                                          const ReferenceData &given,
                                          PeerResult &result);

  void operator()() { way->run(); }

private:
  struct Memory;

  /// Outlives the library's objects, which point into it.
  std::shared_ptr<PeerMemory> memory;
  std::unique_ptr<PeerConvolution> way;
};

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_PEER_H
