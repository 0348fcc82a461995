//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "board.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/// No job for a convolution is larger.
static const int64_t kMostBytes = (int64_t)1 << 28;

int64_t countElements(const struct shape *shape) {
  int64_t count = 1;
  for (int i = 0; i < shape->rank; ++i)
    count *= shape->extents[i];
  return count;
}

/// Reads the rest of a line: a rank and as many extents.
static bool readShape(FILE *file, struct shape *shape) {
  if (fscanf(file, "%d", &shape->rank) != 1 || shape->rank < 0 ||
      shape->rank > maxRank)
    return false;
  int64_t count = 1;
  for (int i = 0; i < shape->rank; ++i)
    if (fscanf(file, "%" SCNd64, &shape->extents[i]) != 1 ||
        shape->extents[i] < 1 ||
        __builtin_mul_overflow(count, shape->extents[i], &count) ||
        count > INT64_MAX / (int64_t)sizeof(float))
      return false;
  return true;
}

static bool readSize(FILE *file, struct code *code) {
  return fscanf(file, "%" SCNd64, &code->size) == 1 && code->size > 0 &&
         code->size <= kMostBytes;
}

/// Reads what follows `word` on its line.
static bool readField(FILE *file, const char *word, struct job *job) {
  if (!strcmp(word, "seconds"))
    return fscanf(file, "%lf", &job->seconds) == 1;
  if (!strcmp(word, "busy"))
    return fscanf(file, "%lf", &job->maxBusy) == 1;
  if (!strcmp(word, "margin"))
    return fscanf(file, "%lf", &job->margin) == 1;
  if (!strcmp(word, "pair-seconds"))
    return fscanf(file, "%lf", &job->pairSeconds) == 1;
  if (!strcmp(word, "hopeless"))
    return fscanf(file, "%lf", &job->hopeless) == 1;
  if (!strcmp(word, "limit-seconds"))
    return fscanf(file, "%u", &job->limitSeconds) == 1;
  if (!strcmp(word, "expected"))
    return fscanf(file, "%" SCNx64, &job->expected) == 1;
  if (!strcmp(word, "incumbent"))
    return fscanf(file, "%d", &job->incumbent) == 1;
  if (!strcmp(word, "output"))
    return readShape(file, &job->output);
  if (!strcmp(word, "operand")) {
    if (job->numOperands == maxOperands)
      return false;
    struct operand *operand = &job->operands[job->numOperands++];
    return fscanf(file, "%" SCNd64 " %" SCNu64, &operand->amplitude,
                  &operand->seed) == 2 &&
           operand->amplitude > 0 && readShape(file, &operand->shape);
  }
  if (!strcmp(word, "candidate")) {
    if (job->numCandidates == maxCandidates)
      return false;
    struct candidate *candidate = &job->candidates[job->numCandidates++];
    return readSize(file, &candidate->code) &&
           readShape(file, &candidate->packed);
  }
  if (!strcmp(word, "probe"))
    return readSize(file, &job->probe) &&
           fscanf(file, "%lf", &job->probeFlops) == 1 &&
           readShape(file, &job->probeShape);
  if (!strcmp(word, "final")) {
    job->isFinal = true;
    return fscanf(file, "%lf %lf %lf %lf", &job->finalMargin,
                  &job->finalPairSeconds, &job->recordSeconds,
                  &job->flops) == 4;
  }
  return false;
}

static bool readCode(FILE *file, struct code *code) {
  code->bytes = malloc(code->size);
  return code->bytes &&
         fread(code->bytes, 1, code->size, file) == (size_t)code->size;
}

const char *readJob(FILE *file, struct job *job) {
  *job = (struct job){0};
  int version = 0;
  if (fscanf(file, "conv-board job %d", &version) != 1)
    return "not a job for conv-board";
  if (version != 1)
    return "the job is for another version of conv-board";
  char word[32];
  while (fscanf(file, "%31s", word) == 1 && strcmp(word, "data"))
    if (!readField(file, word, job))
      return "the job is damaged";
  // Operands of the function: input, filter and what else there is.
  if (fgetc(file) != '\n' || job->numOperands < 2 || job->numCandidates < 1 ||
      job->output.rank < 1 || job->incumbent < 0 ||
      job->incumbent >= job->numCandidates ||
      (job->isFinal && job->probe.size == 0))
    return "the job is incomplete";
  for (int i = 0; i < job->numCandidates; ++i)
    if (!readCode(file, &job->candidates[i].code))
      return "the job is cut off";
  if (job->probe.size && !readCode(file, &job->probe))
    return "the job is cut off";
  return NULL;
}

void freeJob(struct job *job) {
  for (int i = 0; i < job->numCandidates; ++i)
    free(job->candidates[i].code.bytes);
  free(job->probe.bytes);
}
