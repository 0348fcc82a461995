//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Timer.h"

#include "Sampled.h"
#include "conv/Measure/Probe.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <sched.h>
#include <thread>

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

/// Seconds a sample of the probe takes, with what surrounds it.
static constexpr double probeSeconds = 6e-4;

namespace {
/// Rates of the probe around a sample, and seconds per call; `peer` is 0
/// without one.
struct Sample {
  double before, seconds, after, peer, last;

  bool isSteady() const {
    auto [low, high] = std::minmax({before, after, last});
    return high - low <= 0.05 * high;
  }
};
} // namespace

static std::vector<Sample> takeSamples(const Sampled &sampled,
                                       const Sampled *peer, Probe &probe,
                                       int64_t rounds,
                                       const TimerOptions &options) {
  std::vector<char> sweep(options.flushBytes);
  auto take = [&](const Sampled &which) {
    if (options.restSeconds > 0) {
      std::this_thread::sleep_for(
          std::chrono::duration<double>(options.restSeconds));
      which.call();
    }
    if (options.settle)
      which.settle();
    flush(sweep);
    return which.time();
  };
  std::vector<Sample> samples;
  double before = probe.run();
  for (int64_t i = 0; i < rounds; ++i) {
    Sample sample;
    sample.before = before;
    sample.seconds = take(sampled);
    sample.after = sample.last = probe.run();
    sample.peer = 0;
    if (peer) {
      sample.peer = take(*peer);
      sample.last = probe.run();
    }
    before = sample.last;
    samples.push_back(sample);
  }
  std::vector<Sample> steady;
  llvm::copy_if(samples, std::back_inserter(steady),
                [](const Sample &sample) { return sample.isSteady(); });
  return steady.size() >= 3 ? steady : samples;
}

Timing bench::timeCalls(llvm::function_ref<void()> call, double flops,
                        Probe &probe, const TimerOptions &options,
                        llvm::function_ref<void()> peer) {
  double totalSeconds = options.totalSeconds;
  bool single = options.flushBytes != 0;
  Sampled sampled{call}, sampledPeer{peer};
  sampled.calibrate(single);
  double round = sampled.getSampleSeconds(options.settle) + probeSeconds;
  if (peer) {
    sampledPeer.calibrate(single);
    round += sampledPeer.getSampleSeconds(options.settle) + probeSeconds;
  }
  int64_t rounds = options.rounds;
  if (rounds == 0)
    rounds = std::clamp<int64_t>((peer ? 2 : 1) * totalSeconds / round,
                                 round > 1 ? 3 : 7, 200);

  std::vector<double> seconds, peaks, fractions, peerSeconds, speedups;
  for (const Sample &sample : takeSamples(
           sampled, peer ? &sampledPeer : nullptr, probe, rounds, options)) {
    double peak = (sample.before + sample.after) / 2;
    seconds.push_back(sample.seconds);
    peaks.push_back(peak);
    fractions.push_back(flops / sample.seconds / peak);
    peerSeconds.push_back(sample.peer);
    speedups.push_back(sample.peer / sample.seconds);
  }
  Timing timing;
  timing.medianMs = getMedian(seconds) * 1e3;
  timing.minMs = *llvm::min_element(seconds) * 1e3;
  timing.peakGflops = getMedian(peaks) / 1e9;
  timing.peakFraction = getMedian(fractions);
  timing.peerMs = getMedian(peerSeconds) * 1e3;
  timing.speedup = getMedian(speedups);
  return timing;
}

std::vector<TurnTiming>
bench::timeInTurns(llvm::ArrayRef<std::function<void()>> calls, double flops,
                   Probe &probe, const TimerOptions &options) {
  std::vector<Sampled> sampled;
  double round = 0;
  for (const std::function<void()> &call : calls) {
    sampled.push_back({call});
    sampled.back().calibrate();
    round += sampled.back().getSampleSeconds(/*settled=*/true) + probeSeconds;
  }
  int64_t rounds = options.rounds;
  if (rounds == 0)
    rounds = std::clamp<int64_t>(options.totalSeconds / round, 7, 50);

  struct Turn {
    std::vector<double> seconds, peaks;
    bool steady = true;
  };
  std::vector<Turn> turns;
  for (int64_t i = 0; i < rounds; ++i) {
    Turn turn;
    turn.seconds.resize(sampled.size());
    turn.peaks.resize(sampled.size());
    double before = probe.run(), low = before, high = before;
    // Each goes first in its turn: what comes before matters to caches.
    for (size_t j = 0; j < sampled.size(); ++j) {
      size_t which = (i + j) % sampled.size();
      sampled[which].settle();
      turn.seconds[which] = sampled[which].time();
      double after = probe.run();
      turn.peaks[which] = (before + after) / 2;
      low = std::min(low, after);
      high = std::max(high, after);
      before = after;
    }
    turn.steady = high - low <= 0.05 * high;
    turns.push_back(std::move(turn));
  }
  std::vector<Turn> steady;
  llvm::copy_if(turns, std::back_inserter(steady),
                [](const Turn &turn) { return turn.steady; });
  if (steady.size() >= 3)
    turns = std::move(steady);

  std::vector<TurnTiming> timings;
  for (size_t j = 0; j < sampled.size(); ++j) {
    std::vector<double> fractions, speedups;
    for (const Turn &turn : turns) {
      fractions.push_back(flops / turn.seconds[j] / turn.peaks[j]);
      speedups.push_back(turn.seconds[0] / turn.seconds[j]);
    }
    timings.push_back(
        {getMedian(std::move(fractions)), getMedian(std::move(speedups))});
  }
  return timings;
}
