//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Memory.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <malloc.h>
#include <mutex>
#include <sys/mman.h>
#include <vector>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

//===----------------------------------------------------------------------===//
// Buffer
//===----------------------------------------------------------------------===//

Buffer &Buffer::operator=(Buffer &&other) {
  std::swap(mapping, other.mapping);
  std::swap(mappedBytes, other.mappedBytes);
  std::swap(elements, other.elements);
  std::swap(numElements, other.numElements);
  std::swap(elementBytes, other.elementBytes);
  return *this;
}

Buffer::~Buffer() {
  if (mapping)
    munmap(mapping, mappedBytes);
}

llvm::Expected<Buffer> Buffer::create(int64_t numElements, Placement placement,
                                      size_t elementBytes) {
  constexpr size_t huge = size_t(2) << 20;
  size_t page = llvm::sys::Process::getPageSizeEstimate();
  size_t bytes = numElements * elementBytes;
  bool guarded = placement != Placement::Aligned;
  bool useHuge = !guarded && bytes >= huge / 2;
  size_t body = llvm::alignTo(std::max<size_t>(bytes, 1), page);
  size_t total = body + (guarded ? 2 * page : 0) + (useHuge ? 2 * huge : 0);

  Buffer buffer;
  void *mapping = mmap(nullptr, total, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED)
    return llvm::createStringError("cannot map " + llvm::Twine(total) +
                                   " bytes: " + std::strerror(errno));
  buffer.mapping = mapping;
  buffer.mappedBytes = total;
  buffer.numElements = numElements;
  buffer.elementBytes = elementBytes;
  char *base = static_cast<char *>(mapping);
  if (useHuge) {
    base = reinterpret_cast<char *>(
        llvm::alignTo(reinterpret_cast<uintptr_t>(base), huge));
    // Advice only: without huge pages the measurement is still one.
    madvise(base, llvm::alignTo(bytes, huge), MADV_HUGEPAGE);
  }
  if (guarded) {
    char *end = base + page + body;
    if (mprotect(base, page, PROT_NONE) || mprotect(end, page, PROT_NONE))
      return llvm::createStringError(llvm::Twine("cannot protect a page: ") +
                                     std::strerror(errno));
    base = placement == Placement::StartsAtGuard ? base + page : end - bytes;
  }
  buffer.elements = base;
  return buffer;
}

void Buffer::poison() {
  std::memset(elements, 0xff, numElements * elementBytes);
}

Descriptor::Descriptor(void *data, ArrayRef<int64_t> shape) {
  words = {reinterpret_cast<int64_t>(data), reinterpret_cast<int64_t>(data), 0};
  words.append(shape.begin(), shape.end());
  words.resize(3 + 2 * shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0; stride *= shape[i])
    words[3 + shape.size() + i] = stride;
}

//===----------------------------------------------------------------------===//
// Allocation functions
//===----------------------------------------------------------------------===//

namespace {
/// Lies before every block handed out.
struct Header {
  void *base;
  size_t bytes;
  size_t reserved; ///< Bytes of a mapping of its own, 0 from the C library.
};

/// Large blocks, in huge pages like the operands. A block that was freed waits
/// for the next call that needs one: a fresh mapping per call would time the
/// system's page faults, which a program that runs a network keeps out of its
/// calls, as libraries do with the scratch memory they hold.
class LargeBlocks {
public:
  static constexpr size_t huge = size_t(2) << 20;
  static constexpr size_t smallest = huge / 2;

  /// A block of `reserved` bytes or more; null without memory.
  void *take(size_t bytes, size_t &reserved);
  void give(void *base, size_t reserved);

private:
  std::mutex mutex;
  std::vector<std::pair<void *, size_t>> unused;
};
} // namespace

void *LargeBlocks::take(size_t bytes, size_t &reserved) {
  std::lock_guard<std::mutex> lock(mutex);
  reserved = llvm::alignTo(bytes, huge);
  for (auto it = unused.begin(); it != unused.end(); ++it)
    if (it->second == reserved) {
      void *base = it->first;
      unused.erase(it);
      return base;
    }
  auto map = [&] {
    return mmap(nullptr, reserved + huge, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  };
  void *mapping = map();
  if (mapping == MAP_FAILED) {
    for (auto [base, size] : unused)
      munmap(base, size);
    unused.clear();
    mapping = map();
  }
  if (mapping == MAP_FAILED)
    return nullptr;
  // What lies before and after the aligned part goes back.
  char *begin = static_cast<char *>(mapping);
  auto *base = reinterpret_cast<char *>(
      llvm::alignTo(reinterpret_cast<uintptr_t>(begin), huge));
  if (base != begin)
    munmap(begin, base - begin);
  if (base != begin + huge)
    munmap(base + reserved, begin + huge - base);
  madvise(base, reserved, MADV_HUGEPAGE);
  return base;
}

void LargeBlocks::give(void *base, size_t reserved) {
  std::lock_guard<std::mutex> lock(mutex);
  unused.emplace_back(base, reserved);
}

static LargeBlocks largeBlocks;

static std::atomic<int64_t> liveBytes{0}, peakBytes{0}, floorBytes{0};
static std::atomic<bool> poisonNew{false};

static Header &getHeader(void *pointer) {
  return static_cast<Header *>(pointer)[-1];
}

static void *allocate(size_t alignment, size_t bytes) {
  alignment = std::max<size_t>(alignment, 64);
  size_t total;
  if (__builtin_add_overflow(bytes, alignment, &total) || total > PTRDIFF_MAX)
    return nullptr;
  void *base = nullptr;
  size_t reserved = 0;
  if (bytes >= LargeBlocks::smallest && alignment <= LargeBlocks::huge) {
    base = largeBlocks.take(total, reserved);
    if (!base)
      return nullptr;
  } else if (::posix_memalign(&base, alignment, total)) {
    return nullptr;
  }
  void *pointer = static_cast<char *>(base) + alignment;
  getHeader(pointer) = {base, bytes, reserved};
  if (poisonNew)
    std::memset(pointer, 0xff, bytes);
  int64_t live = liveBytes += static_cast<int64_t>(bytes);
  int64_t peak = peakBytes;
  while (live > peak && !peakBytes.compare_exchange_weak(peak, live))
    ;
  return pointer;
}

static void benchFree(void *pointer) {
  if (!pointer)
    return;
  Header header = getHeader(pointer);
  liveBytes -= static_cast<int64_t>(header.bytes);
  if (header.reserved != 0)
    return largeBlocks.give(header.base, header.reserved);
  ::free(header.base);
}

static void *benchMalloc(size_t bytes) { return allocate(64, bytes); }

static void *benchAlignedAlloc(size_t alignment, size_t bytes) {
  return allocate(alignment, bytes);
}

static int benchPosixMemalign(void **result, size_t alignment, size_t bytes) {
  *result = allocate(alignment, bytes);
  return *result ? 0 : ENOMEM;
}

static void *benchCalloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes))
    return nullptr;
  void *pointer = allocate(64, bytes);
  if (pointer)
    std::memset(pointer, 0, bytes);
  return pointer;
}

static void *benchRealloc(void *old, size_t bytes) {
  void *pointer = allocate(64, bytes);
  if (pointer && old) {
    std::memcpy(pointer, old, std::min(bytes, getHeader(old).bytes));
    benchFree(old);
  }
  return pointer;
}

/// Has the C library keep what is freed, for the same reason that LargeBlocks
/// does: what a call of a network frees and takes again would be faulted in
/// anew (a YOLO-like network took 21 ms instead of 13).
static bool keepFreedMemory() {
#ifdef __GLIBC__
  return mallopt(M_MMAP_THRESHOLD, int(LargeBlocks::huge)) != 0 &&
         mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max()) != 0;
#else
  return false;
#endif
}

ArrayRef<allocation::Symbol> allocation::getSymbols() {
  [[maybe_unused]] static const bool keeps = keepFreedMemory();
  static const Symbol symbols[] = {
      {"malloc", reinterpret_cast<void *>(benchMalloc)},
      {"calloc", reinterpret_cast<void *>(benchCalloc)},
      {"realloc", reinterpret_cast<void *>(benchRealloc)},
      {"aligned_alloc", reinterpret_cast<void *>(benchAlignedAlloc)},
      {"posix_memalign", reinterpret_cast<void *>(benchPosixMemalign)},
      {"free", reinterpret_cast<void *>(benchFree)}};
  return symbols;
}

void allocation::release(void *pointer) { benchFree(pointer); }

void allocation::resetPeak() {
  floorBytes = liveBytes.load();
  peakBytes = liveBytes.load();
}

int64_t allocation::getPeakBytes() { return peakBytes - floorBytes; }

void allocation::setPoison(bool on) { poisonNew = on; }

int64_t bench::getAvailableMemory() {
  auto info = llvm::MemoryBuffer::getFileAsStream("/proc/meminfo");
  if (!info)
    return 0;
  llvm::StringRef text = (*info)->getBuffer();
  text = text.split("MemAvailable:").second.split('\n').first.trim();
  int64_t kibibytes = 0;
  if (text.split(' ').first.getAsInteger(10, kibibytes))
    return 0;
  return kibibytes * 1024;
}
