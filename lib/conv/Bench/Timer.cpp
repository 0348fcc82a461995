//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Bench/Timer.h"

#include "conv/Bench/Probe.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <sched.h>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// Set once the process measures a single thread.
static bool ownTime = false;

double bench::getSeconds() {
  if (ownTime) {
    timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0)
      return now.tv_sec + now.tv_nsec * 1e-9;
  }
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double bench::getMedian(std::vector<double> values) {
  if (values.empty())
    return 0;
  auto middle = values.begin() + (values.size() - 1) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void bench::pinToOneCPU() {
  ownTime = true;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed))
    return;
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu)
    if (CPU_ISSET(cpu, &allowed)) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      // Failure only makes the times noisier.
      sched_setaffinity(0, sizeof(one), &one);
      return;
    }
}

/// Reads and writes one byte of every cache line.
static void flush(std::vector<char> &bytes) {
  volatile char *data = bytes.data();
  for (size_t i = 0; i < bytes.size(); i += 64)
    data[i] = data[i] + 1;
}

Timing bench::timeCalls(llvm::function_ref<void()> call, double flops,
                        Probe &probe, const TimerOptions &options) {
  constexpr double sampleSeconds = 1e-3, totalSeconds = 0.4;
  std::vector<char> sweep(options.flushBytes);
  auto timeCall = [&](int64_t repeat) {
    double start = getSeconds();
    for (int64_t i = 0; i < repeat; ++i)
      call();
    return (getSeconds() - start) / repeat;
  };
  // The first call touches the pages, the second tells how long one takes.
  double estimate = timeCall(1);
  if (estimate < 1)
    estimate = timeCall(1);
  int64_t repeat = 1;
  if (options.flushBytes == 0)
    repeat = std::clamp<int64_t>(sampleSeconds / std::max(estimate, 1e-9), 1,
                                 1000000);
  int64_t rounds = options.rounds;
  if (rounds == 0) {
    int64_t least = estimate > 1 ? 3 : 7;
    rounds = std::clamp<int64_t>(totalSeconds / (estimate * repeat + 6e-4),
                                 least, 200);
  }

  struct Sample {
    double seconds, before, after;
  };
  std::vector<Sample> samples;
  double before = probe.run();
  for (int64_t i = 0; i < rounds; ++i) {
    flush(sweep);
    double seconds = timeCall(repeat);
    double after = probe.run();
    samples.push_back({seconds, before, after});
    before = after;
  }
  std::vector<Sample> steady;
  llvm::copy_if(samples, std::back_inserter(steady), [](const Sample &sample) {
    return std::abs(sample.before - sample.after) <=
           0.05 * std::max(sample.before, sample.after);
  });
  if (steady.size() >= 3)
    samples = std::move(steady);

  std::vector<double> seconds, peaks, fractions;
  for (const Sample &sample : samples) {
    double peak = (sample.before + sample.after) / 2;
    seconds.push_back(sample.seconds);
    peaks.push_back(peak);
    fractions.push_back(flops / sample.seconds / peak);
  }
  Timing timing;
  timing.medianMs = getMedian(seconds) * 1e3;
  timing.minMs = *llvm::min_element(seconds) * 1e3;
  timing.peakGflops = getMedian(peaks) / 1e9;
  timing.peakFraction = getMedian(fractions);
  return timing;
}
