//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

static const size_t kHugePage = (size_t)2 << 20;

static size_t getMappedBytes(int64_t count) {
  size_t bytes = count * sizeof(float);
  return bytes >= kHugePage / 2 ? bytes + kHugePage : bytes;
}

float *mapFloats(int64_t count) {
  void *mapping = mmap(NULL, getMappedBytes(count), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) {
    fprintf(stderr, "conv-board: no memory\n");
    exit(EXIT_FAILURE);
  }
  // Advice only: without huge pages the measurement is still one.
  if (count * sizeof(float) >= kHugePage / 2)
    (void)madvise(mapping, getMappedBytes(count), MADV_HUGEPAGE);
  return mapping;
}

void unmapFloats(float *data, int64_t count) {
  munmap(data, getMappedBytes(count));
}

//===----------------------------------------------------------------------===//
// What code allocates
//===----------------------------------------------------------------------===//

/// Lies before every block handed out.
struct header {
  void *base;
  size_t bytes;
};

static int64_t liveBytes, peakBytes, floorBytes;

static void *allocateCounted(size_t alignment, size_t bytes) {
  enum { leastAlignment = 64 }; // Room for the header, and of a cache line.
  if (alignment < leastAlignment)
    alignment = leastAlignment;
  size_t total;
  void *base;
  if (__builtin_add_overflow(bytes, alignment, &total) ||
      posix_memalign(&base, alignment, total))
    return NULL;
  void *pointer = (char *)base + alignment;
  ((struct header *)pointer)[-1] = (struct header){base, bytes};
  liveBytes += (int64_t)bytes;
  if (liveBytes > peakBytes)
    peakBytes = liveBytes;
  return pointer;
}

static void freeCounted(void *pointer) {
  if (!pointer)
    return;
  struct header header = ((struct header *)pointer)[-1];
  liveBytes -= (int64_t)header.bytes;
  free(header.base);
}

static void *mallocCounted(size_t bytes) { return allocateCounted(0, bytes); }

static int memalignCounted(void **result, size_t alignment, size_t bytes) {
  *result = allocateCounted(alignment, bytes);
  return *result ? 0 : ENOMEM;
}

void resetPeak(void) { floorBytes = peakBytes = liveBytes; }

int64_t getPeakBytes(void) { return peakBytes - floorBytes; }

void *findFunction(const char *name) {
  static const struct {
    const char *name;
    void *function;
  } functions[] = {
      {"malloc", (void *)mallocCounted},
      {"aligned_alloc", (void *)allocateCounted},
      {"posix_memalign", (void *)memalignCounted},
      {"free", (void *)freeCounted},
      {"memcpy", (void *)memcpy},
      {"memmove", (void *)memmove},
      {"memset", (void *)memset},
  };
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); ++i)
    if (!strcmp(functions[i].name, name))
      return functions[i].function;
  return NULL;
}
