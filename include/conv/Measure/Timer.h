//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Timing against a peak that moves: samples of the code alternate with
/// samples of the peak probe.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_TIMER_H
#define CONV_MEASURE_TIMER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace mlir::conv::bench {

class Probe;

/// Seconds of a steady clock; after pinToOneCPU() seconds this thread ran, so
/// that other processes on the same CPU do not count.
double getSeconds();

/// The median; the lower middle of an even number. 0 of nothing.
double getMedian(std::vector<double> values);

struct TimerOptions {
  /// Samples; 0: as many as fit into `totalSeconds`, at least 7 (3 when a call
  /// takes longer than a second).
  int64_t rounds = 0;
  /// Seconds a measurement may take when `rounds` is 0.
  double totalSeconds = 0.4;
  /// Bytes to sweep through before each call, which is then a sample of its
  /// own; 0: caches stay as the previous call left them.
  int64_t flushBytes = 0;
  /// Precede each sample by untimed calls of its own; without, what ran between
  /// two samples has left its data in the caches.
  bool settle = false;
  /// The share of the core that other work may take during a sample, of a
  /// process that called pinToOneCPU(). Below 1 samples that are not clean, by
  /// this or by the probe, are repeated, and none of them counts.
  double maxBusy = 1;
  /// Seconds to rest before each sample, which then follows untimed calls:
  /// for the threads of the peer, or of the kernel, to stop waiting.
  double restSeconds = 0;
};

/// Milliseconds are per call.
struct Timing {
  double medianMs = 0, minMs = 0;
  /// Of the probe, in the same run.
  double peakGflops = 0;
  /// Median of (flops / time) / (mean of the neighbouring probe samples).
  double peakFraction = 0;
  /// Half the distance between the quartiles of what peakFraction is the median
  /// of, over that; and the mean share of the core that others took.
  double noise = 0, busy = 0;
  /// With a bound on `busy`: there were fewer than three clean samples.
  bool tooBusy = false;
  /// Of the peer, and the median of its time over the kernel's in pairs of
  /// neighbouring samples; 0 without a peer.
  double peerMs = 0, speedup = 0;
};

/// Times `call`, which computes `flops`. Samples between two probe samples
/// more than 5 % apart are dropped when at least three others remain.
/// With a `peer`, which computes the same so many times and says how many
/// seconds that took, each sample is followed by one of it.
Timing timeCalls(llvm::function_ref<void()> call, double flops, Probe &probe,
                 const TimerOptions &options,
                 llvm::function_ref<double(int64_t count)> peer = nullptr);

/// The seconds of `count` calls.
double timeRepeated(llvm::function_ref<void()> call, int64_t count);

/// How one of several calls did.
struct TurnTiming {
  /// Median of (flops / time) / (mean of the neighbouring probe samples).
  double peakFraction = 0;
  /// Time of the first call over this one's: median over rounds.
  double speedup = 0;
};

/// Times calls that compute the same in rounds, each in turn and each after
/// untimed calls of its own: caches hold what they left. Rounds between two
/// probe samples more than 5 % apart are dropped when at least three others
/// remain.
std::vector<TurnTiming> timeInTurns(llvm::ArrayRef<std::function<void()>> calls,
                                    double flops, Probe &probe,
                                    const TimerOptions &options);

/// The share of its core that the calling thread does not get while it computes
/// for about `seconds`.
double measureBusyShare(double seconds);

/// Binds the calling thread to the last CPU it may use, and makes getSeconds()
/// count its own time only.
void pinToOneCPU();

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_TIMER_H
