//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

///
/// \file
/// Each candidate is compared with what it has to compute, and with the fastest
/// so far; as lib/conv/Tune/Tuner.cpp does it on the host.
///
//===----------------------------------------------------------------------===//

#include "board.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// A comparison with a slow call takes at least as long as this many.
static const double kLeastPairs = 20;

/// A well-mixed hash of an index (splitmix64), as Reference.cpp has it.
static uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Integers of at most this magnitude are exact.
static const float kMostExact = 16777216;

/// The sum of the values, each times the hash of its index, modulo 2^64. False
/// when a value is none that sums of integers have.
static bool getDigest(const float *data, int64_t count, uint64_t *digest) {
  *digest = 0;
  for (int64_t i = 0; i < count; ++i) {
    float value = data[i];
    if (!(fabsf(value) <= kMostExact) || value != floorf(value))
      return false;
    *digest += mix(i) * (uint64_t)(int64_t)value;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

enum { maxArguments = maxOperands + 1 };

void fillDescriptor(int64_t *words, void *data, const struct shape *shape) {
  words[0] = words[1] = (int64_t)(intptr_t)data;
  words[2] = 0;
  int64_t stride = 1;
  for (int i = shape->rank - 1; i >= 0; --i) {
    words[3 + i] = shape->extents[i];
    words[3 + shape->rank + i] = stride;
    stride *= shape->extents[i];
  }
}

/// Arguments of a function: memrefs.
struct arguments {
  int64_t words[maxArguments][descriptorWords];
  void *descriptors[maxArguments], *packed[maxArguments];
  int count;
};

static void addArgument(struct arguments *arguments, float *data,
                        const struct shape *shape) {
  int i = arguments->count++;
  fillDescriptor(arguments->words[i], data, shape);
  arguments->descriptors[i] = arguments->words[i];
  arguments->packed[i] = &arguments->descriptors[i];
}

/// A candidate that can be called. Operands are shared by all of them: a board
/// has little memory, and where it lies matters.
struct contestant {
  struct image image;
  struct arguments arguments, packing;
  float *packed, *output;
  int64_t numPacked, numOutput;
  struct call call;
};

static void closeContestant(struct contestant *contestant) {
  if (!contestant)
    return;
  unloadImage(&contestant->image);
  if (contestant->packed)
    unmapFloats(contestant->packed, contestant->numPacked);
  if (contestant->output)
    unmapFloats(contestant->output, contestant->numOutput);
  free(contestant);
}

static const char *bindArguments(const struct job *job,
                                 const struct candidate *candidate,
                                 float *const *operands,
                                 struct contestant *self) {
  self->call.function =
      findSymbol(&self->image, "_convopt_packed__mlir_ciface_conv");
  if (!self->call.function)
    return "the code has no function";
  for (int i = 0; i < job->numOperands; ++i) {
    bool isFilter = i == 1;
    if (isFilter && candidate->packed.rank > 0)
      addArgument(&self->arguments, self->packed, &candidate->packed);
    else
      addArgument(&self->arguments, operands[i], &job->operands[i].shape);
  }
  addArgument(&self->arguments, self->output, &job->output);
  self->call.arguments = self->arguments.packed;
  if (candidate->packed.rank == 0)
    return NULL;
  function pack =
      findSymbol(&self->image, "_convopt_packed__mlir_ciface_conv_pack");
  if (!pack)
    return "the code has no function that packs";
  addArgument(&self->packing, operands[1], &job->operands[1].shape);
  addArgument(&self->packing, self->packed, &candidate->packed);
  pack(self->packing.packed);
  return NULL;
}

/// Maps a candidate and calls it twice: the first call touches the pages.
/// Returns NULL, or why it cannot be called.
static const char *openContestant(const struct job *job, int index,
                                  float *const *operands,
                                  struct contestant *self,
                                  struct trial *trial) {
  const struct candidate *candidate = &job->candidates[index];
  const char *wrong = loadImage(&candidate->code, &self->image);
  if (wrong)
    return wrong;
  self->numOutput = countElements(&job->output);
  self->output = mapFloats(self->numOutput);
  // What is not written is not a number.
  memset(self->output, 0xff, self->numOutput * sizeof(float));
  if (candidate->packed.rank > 0) {
    self->numPacked = countElements(&candidate->packed);
    self->packed = mapFloats(self->numPacked);
    memset(self->packed, 0xff, self->numPacked * sizeof(float));
  }
  wrong = bindArguments(job, candidate, operands, self);
  if (wrong)
    return wrong;
  resetPeak();
  timeCalls(&self->call, 1);
  trial->workspaceBytes = getPeakBytes();
  trial->seconds = timeCalls(&self->call, 1);
  return NULL;
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

struct search {
  const struct job *job;
  struct results *results;
  float *operands[maxOperands];
  struct contestant *pick, *best;
  double start;
};

static void makeOperands(struct search *search) {
  for (int i = 0; i < search->job->numOperands; ++i) {
    const struct operand *operand = &search->job->operands[i];
    int64_t count = countElements(&operand->shape);
    float *data = search->operands[i] = mapFloats(count);
    uint64_t range = 2 * (uint64_t)operand->amplitude + 1;
    for (int64_t j = 0; j < count; ++j)
      data[j] = (float)((int64_t)(mix(operand->seed + (uint64_t)j) % range) -
                        operand->amplitude);
  }
}

static void note(struct trial *trial, enum verdict verdict,
                 const char *reason) {
  trial->verdict = verdict;
  snprintf(trial->reason, maxReason, "%s", reason);
}

/// Opens a candidate and checks what it computes. NULL when it is out.
static struct contestant *admit(struct search *search, int index) {
  struct trial *trial = &search->results->trials[index];
  search->results->running = index;
  alarm(search->job->limitSeconds);
  struct contestant *contestant = calloc(1, sizeof(*contestant));
  if (!contestant) {
    note(trial, Refused, "no memory");
    return NULL;
  }
  const char *wrong =
      openContestant(search->job, index, search->operands, contestant, trial);
  uint64_t digest = 0;
  if (wrong) {
    note(trial, Refused, wrong);
  } else if (!getDigest(contestant->output, contestant->numOutput, &digest)) {
    note(trial, Wrong, "values that no sum of integers has");
  } else if (digest != search->job->expected) {
    note(trial, Wrong, "its sums are not those of the definition");
  } else {
    trial->verdict = Timed;
    trial->ratio = 1;
    return contestant;
  }
  closeContestant(contestant);
  return NULL;
}

static void fail(struct results *results, enum status status, const char *what,
                 const char *why) {
  results->status = status;
  snprintf(results->reason, maxReason, "%.40s%.150s", what, why);
}

/// Opens the pick and the fastest so far.
static bool prepare(struct search *search) {
  struct results *results = search->results;
  double share;
  if (!awaitQuiet(search->job->maxBusy, &share)) {
    snprintf(results->reason, maxReason,
             "other work takes %.0f %% of the core, %.0f %% are allowed",
             100 * share, 100 * search->job->maxBusy);
    results->status = Busy;
    return false;
  }
  makeOperands(search);
  search->pick = admit(search, 0);
  if (!search->pick) {
    fail(results, Failed, "the model's pick: ", results->trials[0].reason);
    return false;
  }
  if (results->best != 0) {
    search->best = admit(search, results->best);
    if (!search->best)
      results->best = 0;
  }
  return true;
}

/// Whether the challenger beats the fastest so far.
static bool isFaster(struct search *search, struct contestant *challenger,
                     struct trial *trial) {
  const struct job *job = search->job;
  const struct contestant *incumbent =
      search->best ? search->best : search->pick;
  double seconds = search->results->trials[search->results->best].seconds;
  trial->ratio = seconds / trial->seconds;
  if (trial->seconds > job->hopeless * seconds)
    return false;
  struct comparison comparison =
      compareCalls(&challenger->call, &incumbent->call, job->margin,
                   fmax(job->pairSeconds, kLeastPairs * seconds));
  trial->ratio = comparison.ratio;
  return comparison.low > 1 + job->margin;
}

static void tryCandidate(struct search *search, int index) {
  struct trial *trial = &search->results->trials[index];
  struct contestant *challenger = admit(search, index);
  if (!challenger)
    return;
  if (!isFaster(search, challenger, trial)) {
    trial->verdict = Slower;
    closeContestant(challenger);
    return;
  }
  trial->verdict = Faster;
  closeContestant(search->best);
  search->best = challenger;
  search->results->best = index;
}

/// Decides between the fastest and the pick, and takes the times to record.
static void finish(struct search *search) {
  const struct job *job = search->job;
  struct results *results = search->results;
  struct probe probe;
  const char *wrong = makeProbe(job, &probe);
  if (wrong)
    return fail(results, Failed, "the probe: ", wrong);
  // Whose crash it would be: without it the pick remains.
  results->running = results->best;
  alarm(job->limitSeconds);
  if (results->best) {
    struct comparison last = compareCalls(
        &search->best->call, &search->pick->call, job->finalMargin,
        fmax(job->finalPairSeconds, kLeastPairs * results->trials[0].seconds));
    results->confirmation = last.ratio;
    if (last.low <= 1 + job->finalMargin)
      results->best = 0;
  }
  const struct contestant *winner = results->best ? search->best : search->pick;
  results->timing = timeBesideProbe(
      &winner->call, results->trials[results->best].seconds, job, &probe);
  if (results->timing.tooBusy)
    return fail(results, Busy, "",
                "other work or the clock disturbs too many samples");
  results->isFinished = true;
}

void runSearch(const struct job *job, int first, struct results *results) {
  static struct search search;
  search.job = job;
  search.results = results;
  search.start = getWallSeconds();
  pinToOneCore();
  if (!prepare(&search))
    return;
  for (int i = first; i < job->numCandidates; ++i) {
    if (results->trials[i].verdict != Untried || i == results->best)
      continue;
    if (getWallSeconds() - search.start > job->seconds)
      break;
    tryCandidate(&search, i);
  }
  if (job->isFinal)
    finish(&search);
}
