//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Files of records. A file is read, changed and replaced under a lock: the new
/// text goes to PATH.tmp and reaches the disk before it takes the name PATH.
/// The lock is one of the system's on PATH.lock, which stays: a file that is
/// removed could be locked twice.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/RecordFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <unistd.h>

using namespace mlir;
using namespace mlir::conv;
namespace fs = llvm::sys::fs;

/// How long another process may hold the lock; it does for milliseconds.
static constexpr std::chrono::seconds kPatience(60);

static llvm::Error makeError(const llvm::Twine &what, std::error_code code) {
  return llvm::createStringError(what + ": " + code.message());
}

llvm::Expected<TuningRecords> mlir::conv::loadRecords(StringRef path) {
  // As a stream: another process may replace the file while it is read.
  auto text = llvm::MemoryBuffer::getFileAsStream(path);
  if (!text)
    return makeError("cannot read the records in " + path, text.getError());
  return TuningRecords::parse((*text)->getBuffer(), path);
}

namespace {
/// An open file; closing it releases its locks.
class Descriptor {
public:
  explicit Descriptor(int number = -1) : number(number) {}
  Descriptor(const Descriptor &) = delete;
  ~Descriptor() {
    if (number >= 0)
      ::close(number);
  }
  int number;
};
} // namespace

/// Waits for what was written to reach the disk.
static std::error_code synchronise(int file) {
  while (::fsync(file) < 0)
    if (errno != EINTR)
      return std::error_code(errno, std::generic_category());
  return {};
}

static llvm::Error writeDurably(const std::string &path, StringRef text) {
  int number;
  if (auto code = fs::openFileForWrite(path, number, fs::CD_CreateAlways))
    return makeError("cannot write " + path, code);
  Descriptor file(number);
  {
    llvm::raw_fd_ostream os(number, /*shouldClose=*/false);
    os << text;
    os.flush();
    if (os.has_error()) {
      std::error_code code = os.error();
      os.clear_error();
      return makeError("cannot write " + path, code);
    }
  }
  if (auto code = synchronise(number))
    return makeError("cannot write " + path, code);
  return llvm::Error::success();
}

/// Gives `path` the content `text`: all of it or, on any failure, none.
static llvm::Error replaceFile(const std::string &path, StringRef text) {
  std::string temporary = path + ".tmp";
  if (auto error = writeDurably(temporary, text)) {
    (void)fs::remove(temporary);
    return error;
  }
  if (llvm::ErrorOr<fs::perms> mode = fs::getPermissions(path))
    (void)fs::setPermissions(temporary, *mode);
  if (auto code = fs::rename(temporary, path)) {
    (void)fs::remove(temporary);
    return makeError("cannot replace " + path, code);
  }
  // The new name is in the directory; some file systems cannot be told to
  // write that, and then do so themselves.
  StringRef parent = llvm::sys::path::parent_path(path);
  int number;
  if (!fs::openFileForRead(parent.empty() ? "." : parent, number)) {
    Descriptor directory(number);
    (void)synchronise(number);
  }
  return llvm::Error::success();
}

/// Replaces the file's records by what `change` makes of them, under the lock.
/// A missing file has none.
static llvm::Error
updateRecords(StringRef name,
              llvm::function_ref<bool(TuningRecords &, bool exists)> change) {
  // A link stays one.
  llvm::SmallString<128> target;
  bool resolved = !fs::real_path(name, target);
  std::string path = resolved ? target.str().str() : name.str();

  int number;
  if (auto code = fs::openFileForReadWrite(path + ".lock", number,
                                           fs::CD_OpenAlways, fs::OF_None))
    return makeError("cannot write " + path + ".lock", code);
  Descriptor lock(number);
  if (auto code = fs::tryLockFile(number, kPatience))
    return makeError("another process does not release " + path + ".lock",
                     code);
  TuningRecords records;
  bool exists = fs::exists(path);
  if (exists) {
    auto loaded = loadRecords(path);
    if (!loaded)
      return loaded.takeError();
    records = std::move(*loaded);
  }
  if (!change(records, exists))
    return llvm::Error::success();
  return replaceFile(path, records.str());
}

llvm::Error mlir::conv::createRecords(StringRef path) {
  return updateRecords(path,
                       [](TuningRecords &, bool exists) { return !exists; });
}

llvm::Error mlir::conv::addRecord(StringRef path, TuningRecord record) {
  return updateRecords(path, [&](TuningRecords &records, bool) {
    records.add(std::move(record));
    return true;
  });
}
