//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The measuring side of conv-tune for machines that have neither compiler nor
/// Python: a job comes with code and says what it computes, the answer is JSON.
/// Plain C, without libraries, to be linked statically.
///
/// A job is lines of text, a line "data" and the images of code, one after the
/// other (see lib/conv/Measure/Board.cpp, which writes them):
///
///   conv-board job 1
///   seconds S              what all of it may take
///   busy B                 the share of the core that other work may have
///   margin M               by which a challenger must beat the fastest
///   pair-seconds S         for pairs with a challenger
///   hopeless H             a challenger this much slower is not compared
///   limit-seconds S        a candidate that takes longer is given up
///   operand A S N E...     filled with integers of magnitude A at most, drawn
///                          from S; N extents E; in the order of the function
///   output N E...
///   expected D             digest of the output
///   incumbent I            the fastest so far; the first is the model's pick
///   candidate B N E...     B bytes of code; N extents of the packed filter
///   probe B F N E...       B bytes of code; flops per trip; extents
///   final M S R F          margin, seconds for pairs with the pick, seconds
///   for
///                          the time that is recorded, flops of a call
///   data
///
//===----------------------------------------------------------------------===//

#ifndef TOOLS_CONV_BOARD_BOARD_H
#define TOOLS_CONV_BOARD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
  maxRank = 8,
  maxOperands = 4,
  maxCandidates = 64,
  maxReason = 200,
};

//===----------------------------------------------------------------------===//
// Jobs (job.c)
//===----------------------------------------------------------------------===//

struct shape {
  int rank;
  int64_t extents[maxRank];
};

/// Elements of a tensor of this shape.
int64_t countElements(const struct shape *shape);

struct operand {
  struct shape shape;
  int64_t amplitude;
  uint64_t seed;
};

/// Code for this machine: a shared object without dependencies.
struct code {
  unsigned char *bytes;
  int64_t size;
};

struct candidate {
  struct code code;
  struct shape packed; ///< Rank 0: the function takes the filter as it is.
};

struct job {
  double seconds, maxBusy, margin, pairSeconds, hopeless;
  unsigned limitSeconds;
  struct operand operands[maxOperands];
  int numOperands;
  struct shape output;
  uint64_t expected;
  struct candidate candidates[maxCandidates];
  int numCandidates, incumbent;
  struct code probe;
  struct shape probeShape;
  double probeFlops;
  bool isFinal;
  double finalMargin, finalPairSeconds, recordSeconds, flops;
};

/// Reads a job. Returns NULL, or what is wrong with it.
const char *readJob(FILE *file, struct job *job);
void freeJob(struct job *job);

//===----------------------------------------------------------------------===//
// Memory (memory.c)
//===----------------------------------------------------------------------===//

/// A mapping of floats, zeroed, in huge pages from 1 MiB on; ends the process
/// when there is no memory.
float *mapFloats(int64_t count);
void unmapFloats(float *data, int64_t count);

/// Forgets the peak of what code allocated; what is allocated stays counted.
void resetPeak(void);
/// Most bytes allocated at once since resetPeak, beyond what was then.
int64_t getPeakBytes(void);
/// The function that code for this machine calls by `name`; NULL when the
/// runner does not have it.
void *findFunction(const char *name);

//===----------------------------------------------------------------------===//
// Code (image.c)
//===----------------------------------------------------------------------===//

/// Takes pointers to arguments.
typedef void (*function)(void **);

/// Code in memory.
struct image {
  unsigned char *base;
  size_t size;
  const unsigned char *symbols;
  const char *names;
  uint32_t numSymbols;
};

/// Maps a shared object for this machine and binds it to findFunction. Returns
/// NULL, or why it cannot.
const char *loadImage(const struct code *code, struct image *image);
void unloadImage(struct image *image);
/// NULL when the image has no such function.
function findSymbol(const struct image *image, const char *name);

//===----------------------------------------------------------------------===//
// Times (timing.c)
//===----------------------------------------------------------------------===//

/// Seconds this thread ran, and of the wall.
double getThreadSeconds(void);
double getWallSeconds(void);

/// Binds this thread to the last core it may use.
void pinToOneCore(void);

/// Whether other work leaves its share of the core; waits for it a moment. The
/// share that it takes is in `*share`.
bool awaitQuiet(double maxBusy, double *share);

/// A call that can be repeated.
struct call {
  function function;
  void **arguments;
};

/// Seconds of `count` calls.
double timeCalls(const struct call *call, int64_t count);

/// A comparison in pairs: time of the incumbent over the challenger's, and the
/// bounds of the interval of its median.
struct comparison {
  double ratio, low, high;
};
struct comparison compareCalls(const struct call *challenger,
                               const struct call *incumbent, double margin,
                               double seconds);

/// The peak of the machine: chains of multiplications and additions.
struct probe {
  struct image image;
  struct call call;
  int64_t trips;
  double flopsPerTrip;
};
/// Returns NULL, or why there is no probe.
const char *makeProbe(const struct job *job, struct probe *probe);

struct timing {
  double seconds, peak, fraction, noise, busy;
  bool tooBusy;
};
struct timing timeBesideProbe(const struct call *call, double estimate,
                              const struct job *job, struct probe *probe);

//===----------------------------------------------------------------------===//
// Doing a job (search.c)
//===----------------------------------------------------------------------===//

/// Words of a memref's descriptor: two pointers, the offset, sizes, strides.
enum { descriptorWords = 3 + 2 * maxRank };
void fillDescriptor(int64_t *words, void *data, const struct shape *shape);

enum verdict { Untried, Timed, Faster, Slower, Wrong, Crashed, Refused };

struct trial {
  enum verdict verdict;
  double ratio, seconds;
  int64_t workspaceBytes;
  char reason[maxReason];
};

enum status { Done, Busy, Failed };

/// What is known; in memory that outlives a process that crashes.
struct results {
  enum status status;
  char reason[maxReason];
  int running; ///< The candidate that is being tried.
  int best;
  struct trial trials[maxCandidates];
  bool isFinished;
  double confirmation; ///< Ratio of the last comparison; 0 without.
  struct timing timing;
};

/// Tries the candidates from `first` on, and finishes when the job says so.
void runSearch(const struct job *job, int first, struct results *results);

#endif // TOOLS_CONV_BOARD_BOARD_H
