//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiled code on disk, kept from one process to the next.
///
/// The environment says where: CONVOPT_CACHE_DIR, else mlir-conv-opt in
/// XDG_CACHE_HOME or ~/.cache; CONVOPT_CACHE=off turns it off. The least
/// recently used entries go when there are more bytes than CONVOPT_CACHE_SIZE
/// ("256MiB" when not given).
///
/// What is loaded is run, so nobody else may have written it: the directory and
/// each file belong to this process's user and are writable by no one else, or
/// they are not used. An entry holds a digest of its key and contents; one that
/// is damaged counts as missing. Entries are written beside their place and
/// renamed, so that a process that dies and a disk that is full leave none that
/// is half, and any number of processes may share a directory.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_OBJECTCACHE_H
#define CONV_EXECUTION_OBJECTCACHE_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>

namespace mlir::conv {

/// A name for what follows from `parts` and from this build of the compiler:
/// its sources and the LLVM it runs with.
std::string getCacheKey(ArrayRef<llvm::StringRef> parts);

class ObjectCache {
public:
  /// The cache the environment names. One that is off, or cannot be used,
  /// finds nothing and keeps nothing.
  static ObjectCache open();

  bool isOn() const { return !directory.empty(); }
  /// The most it holds.
  uint64_t getMaxBytes() const { return maxBytes; }
  /// Why there is no cache, where one was to be expected.
  llvm::StringRef getObstacle() const { return obstacle; }

  /// What was stored under `key`; null when there is nothing sound.
  std::unique_ptr<llvm::MemoryBuffer> lookup(llvm::StringRef key) const;

  /// Stores `parts`, one behind the other. What cannot be written is not kept,
  /// without a word: a cache is no place to fail.
  void store(llvm::StringRef key, ArrayRef<llvm::StringRef> parts) const;

  /// Removes the entries least recently used beyond the bound.
  void prune() const;

private:
  std::string getPath(llvm::StringRef key) const;

  std::string directory; ///< Empty: off.
  std::string obstacle;
  uint64_t maxBytes = 0;
};

} // namespace mlir::conv

#endif // CONV_EXECUTION_OBJECTCACHE_H
