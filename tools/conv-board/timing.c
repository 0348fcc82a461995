//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

///
/// \file
/// What lib/conv/Measure does on the host: samples in pairs, and beside the
/// probe of the machine's peak.
///
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "board.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

/// Shorter samples would measure the clock.
static const double kSampleSeconds = 1e-3, kProbeSeconds = 3e-4;
/// Untimed calls after other code ran, and of calls so long that one is enough.
static const int kSettlingCalls = 4;
static const double kSettlingSeconds = 0.05;
/// How the core is watched: seconds at a time, between two times, and how
/// often.
static const double kWatchSeconds = 0.03, kRestSeconds = 0.2;
static const int kMostWatches = 10;
/// Rates of the probe this far apart say that the clock changed.
static const double kSteady = 0.05;

enum { minPairs = 7, maxPairs = 101, maxRounds = 101, mostAttempts = 4 };
enum { leastClean = 3, probeWarmUps = 4 };

//===----------------------------------------------------------------------===//
// Clocks
//===----------------------------------------------------------------------===//

static double readClock(clockid_t clock) {
  struct timespec now = {0};
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double getThreadSeconds(void) { return readClock(CLOCK_THREAD_CPUTIME_ID); }
double getWallSeconds(void) { return readClock(CLOCK_MONOTONIC); }

void pinToOneCore(void) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof(allowed), &allowed))
    return;
  for (int core = CPU_SETSIZE - 1; core >= 0; --core)
    if (CPU_ISSET(core, &allowed)) {
      CPU_ZERO(&one);
      CPU_SET(core, &one);
      // Failure only makes the times noisier.
      (void)sched_setaffinity(0, sizeof(one), &one);
      return;
    }
}

/// The share of its core that this thread has not had since then.
static double getBusyShare(double wall, double own) {
  double passed = getWallSeconds() - wall;
  return passed > 0 ? fmax(0, 1 - (getThreadSeconds() - own) / passed) : 0;
}

bool awaitQuiet(double maxBusy, double *share) {
  *share = 0;
  if (maxBusy >= 1)
    return true;
  for (int i = 0; i < kMostWatches; ++i) {
    double wall = getWallSeconds(), own = getThreadSeconds();
    while (getWallSeconds() - wall < kWatchSeconds) {
    }
    *share = getBusyShare(wall, own);
    if (*share <= maxBusy)
      return true;
    struct timespec rest = {0, (long)(1e9 * kRestSeconds)};
    nanosleep(&rest, NULL);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Samples
//===----------------------------------------------------------------------===//

double timeCalls(const struct call *call, int64_t count) {
  double start = getThreadSeconds();
  for (int64_t i = 0; i < count; ++i)
    call->function(call->arguments);
  return getThreadSeconds() - start;
}

/// A call and how often it is made for a sample.
struct sampled {
  const struct call *call;
  int64_t repeat;
  double estimate;
};

static struct sampled calibrate(const struct call *call) {
  struct sampled sampled = {call, 1, timeCalls(call, 1)};
  if (sampled.estimate < 1)
    sampled.estimate = timeCalls(call, 1);
  double repeat = kSampleSeconds / fmax(sampled.estimate, 1e-9);
  sampled.repeat = repeat < 1 ? 1 : (int64_t)fmin(repeat, 1e6);
  return sampled;
}

/// Seconds per call of a sample.
static double takeSample(const struct sampled *sampled) {
  return timeCalls(sampled->call, sampled->repeat) / (double)sampled->repeat;
}

/// The same when other code ran before: caches hold what it left.
static double takeSettled(const struct sampled *sampled) {
  int count = sampled->estimate > kSettlingSeconds ? 1 : kSettlingCalls;
  timeCalls(sampled->call, count);
  return takeSample(sampled);
}

static int compareDoubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/// Sorts; the lower middle.
static double getMedian(double *values, int count) {
  qsort(values, count, sizeof(*values), compareDoubles);
  return values[(count - 1) / 2];
}

/// The number of ratios below the true median is binomial.
static struct comparison summarise(const double *ratios, int count) {
  double sorted[maxPairs];
  for (int i = 0; i < count; ++i)
    sorted[i] = ratios[i];
  double median = getMedian(sorted, count);
  int rank = (int)fmax(0, floor(count / 2.0 - sqrt(count)));
  return (struct comparison){median, sorted[rank], sorted[count - 1 - rank]};
}

struct comparison compareCalls(const struct call *challenger,
                               const struct call *incumbent, double margin,
                               double seconds) {
  struct sampled a = calibrate(challenger), b = calibrate(incumbent);
  double start = getThreadSeconds(), ratios[maxPairs];
  struct comparison result = {0, 0, 0};
  for (int count = 0; count < maxPairs;) {
    bool challengerFirst = count % 2 == 0;
    double first = takeSettled(challengerFirst ? &a : &b);
    double second = takeSettled(challengerFirst ? &b : &a);
    ratios[count++] = challengerFirst ? second / first : first / second;
    if (count < minPairs)
      continue;
    result = summarise(ratios, count);
    bool slower = result.high < 1 + margin;
    bool faster = result.low > 1 + margin && count > 2 * minPairs;
    if (slower || faster || getThreadSeconds() - start > seconds)
      break;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Beside the probe
//===----------------------------------------------------------------------===//

static int64_t probeCount[1], probeWords[2][descriptorWords];

const char *makeProbe(const struct job *job, struct probe *probe) {
  const char *wrong = loadImage(&job->probe, &probe->image);
  if (wrong)
    return wrong;
  probe->call.function =
      findSymbol(&probe->image, "_convopt_packed__mlir_ciface_probe");
  if (!probe->call.function)
    return "the probe has no function";
  const struct shape one = {1, {1}};
  float *data = mapFloats(countElements(&job->probeShape));
  for (int64_t i = 0; i < countElements(&job->probeShape); ++i)
    data[i] = 0.5f;
  fillDescriptor(probeWords[0], probeCount, &one);
  fillDescriptor(probeWords[1], data, &job->probeShape);
  static void *pointers[2], *arguments[2];
  for (int i = 0; i < 2; ++i) {
    pointers[i] = probeWords[i];
    arguments[i] = &pointers[i];
  }
  probe->call.arguments = arguments;
  probe->flopsPerTrip = job->probeFlops;
  // The fastest of a few: the first calls wake the vector units up.
  const int64_t leastTrips = 1000, mostTrips = INT64_C(1) << 40;
  for (probe->trips = leastTrips;; probe->trips *= 4) {
    probeCount[0] = probe->trips;
    double seconds = timeCalls(&probe->call, 1);
    for (int i = 0; i < probeWarmUps; ++i)
      seconds = fmin(seconds, timeCalls(&probe->call, 1));
    if (seconds < kProbeSeconds / 4 && probe->trips < mostTrips)
      continue;
    double trips = (double)probe->trips * kProbeSeconds / seconds;
    probe->trips = trips < 1 ? 1 : (int64_t)trips;
    return NULL;
  }
}

/// Flops per second.
static double runProbe(struct probe *probe) {
  probeCount[0] = probe->trips;
  return probe->flopsPerTrip * (double)probe->trips /
         timeCalls(&probe->call, 1);
}

struct timing timeBesideProbe(const struct call *call, double estimate,
                              const struct job *job, struct probe *probe) {
  struct sampled sampled = calibrate(call);
  double wanted =
      job->recordSeconds / (fmax(estimate, kSampleSeconds) + 2 * kProbeSeconds);
  int rounds = (int)fmin(fmax(wanted, minPairs), maxRounds);
  bool gated = job->maxBusy < 1;
  double seconds[mostAttempts * maxRounds], peaks[mostAttempts * maxRounds],
      fractions[mostAttempts * maxRounds], busy = 0;
  int count = 0;
  double before = runProbe(probe);
  for (int i = 0; i < rounds * (gated ? mostAttempts : 1) && count < rounds;
       ++i) {
    double wall = getWallSeconds(), own = getThreadSeconds();
    double sample = takeSample(&sampled);
    double after = runProbe(probe);
    double share = getBusyShare(wall, own);
    bool isClean = fabs(after - before) <= kSteady * fmax(after, before) &&
                   share <= job->maxBusy;
    if (isClean || !gated) {
      seconds[count] = sample;
      peaks[count] = (before + after) / 2;
      fractions[count] = job->flops / sample / peaks[count];
      ++count;
    }
    busy += share;
    before = after;
    if (gated && i + 1 == rounds * mostAttempts && count < leastClean)
      return (struct timing){0, 0, 0, 0, busy / (i + 1), true};
  }
  struct timing timing = {0};
  timing.busy = busy / count;
  timing.seconds = getMedian(seconds, count);
  timing.peak = getMedian(peaks, count);
  timing.fraction = getMedian(fractions, count);
  int last = count - 1;
  timing.noise =
      (fractions[last * 3 / 4] - fractions[last / 4]) / 2 / fractions[last / 2];
  return timing;
}
