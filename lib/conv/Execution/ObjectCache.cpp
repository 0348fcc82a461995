//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/ObjectCache.h"

#include "conv/Execution/SourceDigest.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::conv;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

/// Appends the linker's build ids of the compiler libraries in this process:
/// a distribution's update changes code and keeps the version.
static int appendBuildIds(dl_phdr_info *info, size_t, void *out) {
  StringRef name = llvm::sys::path::filename(info->dlpi_name);
  if (!name.starts_with("libLLVM") && !name.starts_with("libMLIR"))
    return 0;
  auto &text = *static_cast<std::string *>(out);
  text += name;
  for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
    const auto &header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE)
      continue;
    const char *at =
        reinterpret_cast<const char *>(info->dlpi_addr + header.p_vaddr);
    const char *end = at + header.p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      const auto *note = reinterpret_cast<const ElfW(Nhdr) *>(at);
      const char *owner = at + sizeof(*note);
      const char *value = owner + llvm::alignTo(note->n_namesz, 4);
      if (note->n_type == NT_GNU_BUILD_ID &&
          StringRef(owner, note->n_namesz) == StringRef("GNU", 4))
        text.append(value, note->n_descsz);
      at = value + llvm::alignTo(note->n_descsz, 4);
    }
  }
  return 0;
}

static StringRef getBuild() {
  static const std::string build = [] {
    std::string text = CONVOPT_SOURCE_DIGEST " LLVM " LLVM_VERSION_STRING " ";
    dl_iterate_phdr(appendBuildIds, &text);
    return text;
  }();
  return build;
}

std::string conv::getCacheKey(ArrayRef<StringRef> parts) {
  llvm::BLAKE3 hasher;
  auto add = [&](StringRef part) {
    // With its length: parts must not run into each other.
    uint8_t size[8];
    llvm::support::endian::write64le(size, part.size());
    hasher.update(size);
    hasher.update(part);
  };
  add(getBuild());
  for (StringRef part : parts)
    add(part);
  return llvm::toHex(hasher.final<32>(), /*LowerCase=*/true);
}

//===----------------------------------------------------------------------===//
// Where, and whose
//===----------------------------------------------------------------------===//

/// "256MiB" and the like; nothing for anything else.
static std::optional<uint64_t> parseBytes(StringRef text) {
  uint64_t unit = llvm::StringSwitch<uint64_t>(text.take_back(3))
                      .Case("KiB", uint64_t(1) << 10)
                      .Case("MiB", uint64_t(1) << 20)
                      .Case("GiB", uint64_t(1) << 30)
                      .Default(1);
  if (unit != 1)
    text = text.drop_back(3);
  uint64_t count = 0;
  if (text.trim().getAsInteger(10, count) || count > UINT64_MAX / unit)
    return std::nullopt;
  return count * unit;
}

/// Whether `status` is of this user's and nobody else may write there.
static bool isOwn(const struct stat &status) {
  return status.st_uid == geteuid() && !(status.st_mode & (S_IWGRP | S_IWOTH));
}

ObjectCache ObjectCache::open() {
  ObjectCache cache;
  if (const char *choice = std::getenv("CONVOPT_CACHE"))
    if (StringRef(choice) == "off" || StringRef(choice) == "0")
      return cache;
  llvm::SmallString<128> path;
  if (const char *chosen = std::getenv("CONVOPT_CACHE_DIR")) {
    path = chosen;
  } else {
    const char *base = std::getenv("XDG_CACHE_HOME");
    if (base && llvm::sys::path::is_absolute(base)) {
      path = base;
    } else if (const char *home = std::getenv("HOME");
               home && llvm::sys::path::is_absolute(home)) {
      path = home;
      llvm::sys::path::append(path, ".cache");
    }
    if (!path.empty())
      llvm::sys::path::append(path, "mlir-conv-opt");
  }
  if (path.empty()) {
    cache.obstacle = "no directory: set CONVOPT_CACHE_DIR";
    return cache;
  }
  cache.maxBytes = uint64_t(256) << 20;
  if (const char *size = std::getenv("CONVOPT_CACHE_SIZE")) {
    std::optional<uint64_t> bytes = parseBytes(size);
    if (!bytes) {
      cache.obstacle = "CONVOPT_CACHE_SIZE is '" + std::string(size) +
                       "'; give bytes, such as 256MiB";
      return cache;
    }
    cache.maxBytes = *bytes;
  }
  if (cache.maxBytes == 0)
    return cache;
  if (std::error_code error = llvm::sys::fs::create_directories(
          path, /*IgnoreExisting=*/true, llvm::sys::fs::owner_all)) {
    cache.obstacle = (path + ": " + error.message()).str();
    return cache;
  }
  struct stat status;
  if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    cache.obstacle = (path + ": is not a directory").str();
    return cache;
  }
  if (!isOwn(status)) {
    cache.obstacle =
        (path + ": belongs to another user or others may write there").str();
    return cache;
  }
  cache.directory = path.str().str();
  return cache;
}

std::string ObjectCache::getPath(StringRef key) const {
  // The prefix upstream's pruning looks for.
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, "llvmcache-" + key);
  return path.str().str();
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

static constexpr size_t kDigestBytes = 32;

static std::array<uint8_t, kDigestBytes> getDigest(StringRef key,
                                                   ArrayRef<StringRef> parts) {
  llvm::BLAKE3 hasher;
  hasher.update(key);
  for (StringRef part : parts)
    hasher.update(part);
  return hasher.final<kDigestBytes>();
}

std::unique_ptr<llvm::MemoryBuffer> ObjectCache::lookup(StringRef key) const {
  if (!isOn())
    return nullptr;
  int file = ::open(getPath(key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0)
    return nullptr;
  struct Closer {
    int file;
    ~Closer() { ::close(file); }
  } closer{file};
  struct stat status;
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || !isOwn(status) ||
      status.st_size < static_cast<off_t>(kDigestBytes))
    return nullptr;
  // Read, not mapped: whoever truncates a file that is mapped kills us.
  auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(
      status.st_size - kDigestBytes, key, llvm::Align(16));
  std::array<uint8_t, kDigestBytes> digest;
  auto read = [&](void *to, size_t size) {
    auto *at = static_cast<char *>(to);
    while (size > 0) {
      ssize_t count = ::read(file, at, size);
      if (count < 0 && errno == EINTR)
        continue;
      if (count <= 0)
        return false;
      at += count;
      size -= count;
    }
    return true;
  };
  if (!buffer || !read(digest.data(), digest.size()) ||
      !read(buffer->getBufferStart(), buffer->getBufferSize()) ||
      digest != getDigest(key, StringRef(buffer->getBufferStart(),
                                         buffer->getBufferSize())))
    return nullptr;
  // Used: file systems that do not note readings would prune it first.
  (void)futimens(file, nullptr);
  return buffer;
}

void ObjectCache::store(StringRef key, ArrayRef<StringRef> parts) const {
  uint64_t total = 0;
  for (StringRef part : parts)
    total += part.size();
  if (!isOn() || total > maxBytes)
    return;
  std::string path = getPath(key);
  llvm::SmallString<128> temporary;
  int file = -1;
  if (llvm::sys::fs::createUniqueFile(
          path + "-%%%%%%%%.tmp", file, temporary, llvm::sys::fs::OF_None,
          llvm::sys::fs::owner_read | llvm::sys::fs::owner_write))
    return;
  auto write = [&](const void *from, size_t size) {
    const auto *at = static_cast<const char *>(from);
    while (size > 0) {
      ssize_t count = ::write(file, at, size);
      if (count < 0 && errno == EINTR)
        continue;
      if (count <= 0)
        return false;
      at += count;
      size -= count;
    }
    return true;
  };
  auto digest = getDigest(key, parts);
  bool written = write(digest.data(), digest.size()) &&
                 llvm::all_of(parts, [&](StringRef part) {
                   return write(part.data(), part.size());
                 });
  written &= ::close(file) == 0;
  if (!written || llvm::sys::fs::rename(temporary, path))
    (void)llvm::sys::fs::remove(temporary);
}

void ObjectCache::prune() const {
  if (!isOn())
    return;
  llvm::CachePruningPolicy policy;
  policy.Interval = std::chrono::seconds(60);
  policy.Expiration = std::chrono::hours(24 * 90);
  policy.MaxSizePercentageOfAvailableSpace = 75;
  policy.MaxSizeBytes = maxBytes;
  policy.MaxSizeFiles = 100000;
  llvm::pruneCache(directory, policy);
}
