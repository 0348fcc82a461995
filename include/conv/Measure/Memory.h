//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Buffers and allocation functions for measured code: guard pages, poison,
/// huge pages and the bytes a call allocates.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_MEMORY_H
#define CONV_MEASURE_MEMORY_H

#include "conv/Execution/Engine.h"

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstddef>
#include <cstdint>

namespace mlir::conv::bench {

/// An anonymous mapping of floats, zeroed.
class Buffer {
public:
  enum class Placement {
    /// 2 MiB alignment and huge pages from 1 MiB on; for timing.
    Aligned,
    /// The last element touches an inaccessible page.
    EndsAtGuard,
    /// The first element follows an inaccessible page.
    StartsAtGuard
  };

  Buffer() = default;
  Buffer(Buffer &&other) { *this = std::move(other); }
  Buffer &operator=(Buffer &&other);
  ~Buffer();

  /// Fails when the system has no memory to map.
  static llvm::Expected<Buffer> create(int64_t numElements, Placement placement,
                                       size_t elementBytes = sizeof(float));

  /// Of elements that are f32.
  float *data() const { return static_cast<float *>(elements); }
  char *bytes() const { return static_cast<char *>(elements); }
  int64_t size() const { return numElements; }
  /// Every byte 0xff: each float a NaN.
  void poison();

private:
  void *mapping = nullptr;
  size_t mappedBytes = 0;
  void *elements = nullptr;
  int64_t numElements = 0;
  size_t elementBytes = sizeof(float);
};

/// What `_mlir_ciface_` functions take for a memref: two pointers, the offset,
/// sizes and strides.
class Descriptor {
public:
  Descriptor(void *data, ArrayRef<int64_t> shape);
  /// Room for a result of this rank.
  explicit Descriptor(unsigned rank) : words(3 + 2 * rank) {}

  void *get() { return words.data(); }
  ArrayRef<int64_t> getShape() const {
    return ArrayRef<int64_t>(words).slice(3, (words.size() - 3) / 2);
  }
  ArrayRef<int64_t> getStrides() const {
    return ArrayRef<int64_t>(words).drop_front(3 + (words.size() - 3) / 2);
  }

private:
  SmallVector<int64_t, 13> words;
};

/// The allocation functions that jitted code calls. They count bytes, for the
/// whole process. Blocks of 1 MiB or more are in huge pages and are used again
/// by later calls, so that no call is timed while the system maps memory.
namespace allocation {
using Symbol = HostSymbol;
/// malloc, calloc, realloc, aligned_alloc, posix_memalign and free.
ArrayRef<Symbol> getSymbols();
/// Frees what the jitted code allocated.
void release(void *pointer);
/// Forgets the peak; what is still allocated stays counted.
void resetPeak();
/// Most bytes allocated at once since resetPeak, beyond what was allocated
/// then.
int64_t getPeakBytes();
/// Whether new memory is filled with 0xff.
void setPoison(bool on);
} // namespace allocation

/// Bytes of memory the system can still give, 0 when unknown.
int64_t getAvailableMemory();

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_MEMORY_H
