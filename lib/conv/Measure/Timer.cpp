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

static double getWallSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Seconds the calling thread ran; of the wall where that is not known.
static double getThreadSeconds() {
  timespec now;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0)
    return now.tv_sec + now.tv_nsec * 1e-9;
  return getWallSeconds();
}

double bench::getSeconds() {
  return ownTime ? getThreadSeconds() : getWallSeconds();
}

double bench::timeRepeated(llvm::function_ref<void()> call, int64_t count) {
  double start = getSeconds();
  for (int64_t i = 0; i < count; ++i)
    call();
  return getSeconds() - start;
}

namespace {
/// The share of a core that its thread has not had since this was made.
class BusyClock {
public:
  double getShare() const {
    double passed = getWallSeconds() - wall;
    return passed > 0 ? std::max(0.0, 1 - (getThreadSeconds() - own) / passed)
                      : 0;
  }
  double getPassed() const { return getWallSeconds() - wall; }

private:
  double wall = getWallSeconds(), own = getThreadSeconds();
};
} // namespace

double bench::measureBusyShare(double seconds) {
  BusyClock clock;
  while (clock.getPassed() < seconds) {
  }
  return clock.getShare();
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
/// without one. `busy` is the share of the core that others took.
struct Sample {
  double before, seconds, after, peer, last, busy;

  bool isClean(double maxBusy) const {
    auto [low, high] = std::minmax({before, after, last});
    return high - low <= 0.05 * high && busy <= maxBusy;
  }
};

struct Samples {
  std::vector<Sample> all;
  bool tooBusy = false;
};
} // namespace

/// Samples without which nothing can be said, and how many times as many as are
/// wanted are taken at most when some are not clean.
static constexpr size_t kLeastClean = 3;
static constexpr int64_t kMostAttempts = 4;

static Samples takeSamples(const Sampled &sampled, const Sampled *peer,
                           Probe &probe, int64_t rounds,
                           const TimerOptions &options) {
  std::vector<char> sweep(options.flushBytes);
  auto take = [&](const Sampled &which) {
    if (options.restSeconds > 0) {
      std::this_thread::sleep_for(
          std::chrono::duration<double>(options.restSeconds));
      // Threads that slept may be woken on one core, and are moved apart later.
      BusyClock clock;
      do
        which.run(1);
      while (clock.getPassed() < options.restSeconds / 4);
    }
    if (options.settle)
      which.settle();
    flush(sweep);
    return which.time();
  };
  bool gated = options.maxBusy < 1;
  std::vector<Sample> samples, clean;
  double before = probe.run();
  for (int64_t i = 0; i < rounds * (gated ? kMostAttempts : 1); ++i) {
    BusyClock clock;
    Sample sample;
    sample.before = before;
    sample.seconds = take(sampled);
    sample.after = sample.last = probe.run();
    sample.peer = 0;
    if (peer) {
      sample.peer = take(*peer);
      sample.last = probe.run();
    }
    // Several threads share their cores with each other.
    sample.busy = ownTime && options.restSeconds == 0 ? clock.getShare() : 0;
    before = sample.last;
    samples.push_back(sample);
    if (sample.isClean(options.maxBusy))
      clean.push_back(sample);
    if (gated && int64_t(clean.size()) == rounds)
      break;
  }
  if (clean.size() >= kLeastClean)
    return {std::move(clean), false};
  return {std::move(samples), gated};
}

/// Half the distance between the quartiles over the median.
static double getNoise(std::vector<double> values) {
  llvm::sort(values);
  size_t last = values.size() - 1;
  return (values[last * 3 / 4] - values[last / 4]) / 2 / values[last / 2];
}

Timing bench::timeCalls(llvm::function_ref<void()> call, double flops,
                        Probe &probe, const TimerOptions &options,
                        llvm::function_ref<double(int64_t)> peer) {
  double totalSeconds = options.totalSeconds;
  bool single = options.flushBytes != 0;
  Sampled sampled{call}, sampledPeer{nullptr, peer};
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
  double busy = 0;
  Samples samples = takeSamples(sampled, peer ? &sampledPeer : nullptr, probe,
                                rounds, options);
  for (const Sample &sample : samples.all) {
    double peak = (sample.before + sample.after) / 2;
    seconds.push_back(sample.seconds);
    peaks.push_back(peak);
    fractions.push_back(flops / sample.seconds / peak);
    peerSeconds.push_back(sample.peer);
    speedups.push_back(sample.peer / sample.seconds);
    busy += sample.busy / samples.all.size();
  }
  Timing timing;
  timing.tooBusy = samples.tooBusy;
  timing.busy = busy;
  timing.noise = getNoise(fractions);
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
