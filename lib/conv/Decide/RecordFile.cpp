//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Records as JSON lines. A file is read, changed and replaced under a lock:
/// the new text goes to PATH.tmp and reaches the disk before it takes the name
/// PATH. The lock is one of the system's on PATH.lock, which stays: a file that
/// is removed could be locked twice.
///
//===----------------------------------------------------------------------===//

#include "RecordStores.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <optional>
#include <tuple>
#include <unistd.h>

using namespace mlir;
using namespace mlir::conv;
namespace fs = llvm::sys::fs;

/// How long another process may hold the lock; it does for milliseconds.
static constexpr std::chrono::seconds kPatience(60);

static llvm::Expected<TuningRecords> loadRecords(StringRef path) {
  // As a stream: another process may replace the file while it is read.
  auto text = llvm::MemoryBuffer::getFileAsStream(path);
  if (!text)
    return makeFileError("cannot read the records in " + path, text.getError());
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
    return makeFileError("cannot write " + path, code);
  Descriptor file(number);
  {
    llvm::raw_fd_ostream os(number, /*shouldClose=*/false);
    os << text;
    os.flush();
    if (os.has_error()) {
      std::error_code code = os.error();
      os.clear_error();
      return makeFileError("cannot write " + path, code);
    }
  }
  if (auto code = synchronise(number))
    return makeFileError("cannot write " + path, code);
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
    return makeFileError("cannot replace " + path, code);
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

namespace {
/// What tells a file from the one that replaces it, or is written over it.
using FileIdentity = std::tuple<uint64_t, uint64_t, int64_t, uint64_t>;

class RecordFile final : public RecordStore {
public:
  explicit RecordFile(StringRef path) : RecordStore(path) {}

  /// Reads the file again if it is another than was read before.
  llvm::Error refresh();

  llvm::Expected<RecordMatch> find(const RecordKey &key) override;
  llvm::Error add(ArrayRef<TuningRecord> added,
                  AdditionHandler handler) override;
  llvm::Error
  visit(llvm::function_ref<llvm::Error(const TuningRecord &)> handler) override;
  llvm::Expected<size_t>
  remove(llvm::function_ref<bool(const TuningRecord &)> which) override;
  llvm::Expected<std::string> getVersion() override;

  /// Replaces the file's records by what `change` makes of them, if it says
  /// so, under the lock. A missing file has none.
  llvm::Error
  update(llvm::function_ref<bool(TuningRecords &, bool exists)> change);

private:
  std::optional<FileIdentity> identify() const;

  TuningRecords records;
  std::optional<FileIdentity> known;
};
} // namespace

std::optional<FileIdentity> RecordFile::identify() const {
  fs::file_status status;
  if (fs::status(path, status))
    return std::nullopt;
  fs::UniqueID id = status.getUniqueID();
  return FileIdentity(
      id.getDevice(), id.getFile(),
      status.getLastModificationTime().time_since_epoch().count(),
      status.getSize());
}

llvm::Error RecordFile::refresh() {
  std::optional<FileIdentity> current = identify();
  if (current && current == known)
    return llvm::Error::success();
  auto loaded = loadRecords(path);
  if (!loaded)
    return loaded.takeError();
  records = std::move(*loaded);
  known = current;
  return llvm::Error::success();
}

llvm::Error RecordFile::update(
    llvm::function_ref<bool(TuningRecords &, bool exists)> change) {
  // A link stays one.
  llvm::SmallString<128> resolved;
  std::string target =
      fs::real_path(path, resolved) ? path : resolved.str().str();
  int number;
  if (auto code = fs::openFileForReadWrite(target + ".lock", number,
                                           fs::CD_OpenAlways, fs::OF_None))
    return makeFileError("cannot write " + target + ".lock", code);
  Descriptor lock(number);
  if (auto code = fs::tryLockFile(number, kPatience))
    return makeFileError("another process does not release " + target + ".lock",
                         code);
  bool exists = fs::exists(target);
  if (exists)
    if (auto error = refresh())
      return error;
  // What is in memory is what the file has, whether writing succeeds or not.
  TuningRecords changed = records;
  if (!change(changed, exists))
    return llvm::Error::success();
  if (auto error = replaceFile(target, changed.str()))
    return error;
  records = std::move(changed);
  known = identify();
  return llvm::Error::success();
}

llvm::Expected<RecordMatch> RecordFile::find(const RecordKey &key) {
  if (auto error = refresh())
    return std::move(error);
  return records.find(key);
}

llvm::Error RecordFile::add(ArrayRef<TuningRecord> added,
                            AdditionHandler handler) {
  return update([&](TuningRecords &all, bool) {
    bool changes = false;
    for (const TuningRecord &record : added) {
      TuningRecord other;
      Addition what = all.add(record, &other);
      changes |= what == Addition::New || what == Addition::Replaced;
      bool conflict = what == Addition::Replaced || what == Addition::Refused;
      if (handler)
        handler(record, what, conflict ? &other : nullptr);
    }
    return changes;
  });
}

llvm::Error RecordFile::visit(
    llvm::function_ref<llvm::Error(const TuningRecord &)> handler) {
  if (auto error = refresh())
    return error;
  std::vector<const TuningRecord *> order;
  for (const TuningRecord &record : records.get())
    order.push_back(&record);
  llvm::sort(order, [](const TuningRecord *a, const TuningRecord *b) {
    return isBefore(*a, *b);
  });
  for (const TuningRecord *record : order)
    if (auto error = handler(*record))
      return error;
  return llvm::Error::success();
}

llvm::Expected<size_t>
RecordFile::remove(llvm::function_ref<bool(const TuningRecord &)> which) {
  size_t count = 0;
  if (auto error = update([&](TuningRecords &all, bool) {
        return (count = all.remove(which)) != 0;
      }))
    return std::move(error);
  return count;
}

llvm::Expected<std::string> RecordFile::getVersion() {
  auto text = llvm::MemoryBuffer::getFileAsStream(path);
  if (!text)
    return makeFileError("cannot read the records in " + path, text.getError());
  return (*text)->getBuffer().str();
}

llvm::Expected<std::unique_ptr<RecordStore>>
mlir::conv::openRecordFile(StringRef path) {
  auto file = std::make_unique<RecordFile>(path);
  if (auto error = file->refresh())
    return std::move(error);
  return std::unique_ptr<RecordStore>(std::move(file));
}

llvm::Error mlir::conv::createRecordFile(StringRef path) {
  return RecordFile(path).update(
      [](TuningRecords &, bool exists) { return !exists; });
}
