//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Records on disk, read, made and extended by several processes at a time: a
/// database of SQLite, or JSON lines. Which of the two a file is, its content
/// says.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_RECORDSTORE_H
#define CONV_DECIDE_RECORDSTORE_H

#include "conv/Decide/Records.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>

namespace mlir::conv {

class RecordStore {
public:
  enum class Access { Read, Write };

  virtual ~RecordStore() = default;

  /// Fails, naming the file and for JSON its line, on a file that is missing,
  /// empty, damaged, of another format or of another version.
  static llvm::Expected<std::unique_ptr<RecordStore>>
  open(llvm::StringRef path, Access access = Access::Read);

  /// Makes a file without records where there is none, JSON lines when its name
  /// ends in ".json" or ".jsonl", and opens it to be written.
  static llvm::Expected<std::unique_ptr<RecordStore>>
  create(llvm::StringRef path);

  /// What the file holds about `key` by now.
  virtual llvm::Expected<RecordMatch> find(const RecordKey &key) = 0;

  /// Called with each record that was added, what became of it, and the other
  /// one of a conflict, the one that is not kept of the two: null without.
  using AdditionHandler = llvm::function_ref<void(
      const TuningRecord &, Addition, const TuningRecord *)>;

  /// Adds records to what the file holds by now, all or, on failure, none.
  /// Neither an interruption nor another process loses one.
  virtual llvm::Error add(llvm::ArrayRef<TuningRecord> records,
                          AdditionHandler handler = nullptr) = 0;

  /// Calls `handler` with every record, in the order of isBefore().
  virtual llvm::Error
  visit(llvm::function_ref<llvm::Error(const TuningRecord &)> handler) = 0;

  /// Removes those of which `which` is true, and returns how many.
  virtual llvm::Expected<size_t>
  remove(llvm::function_ref<bool(const TuningRecord &)> which) = 0;

  /// A text that changes with the content.
  virtual llvm::Expected<std::string> getVersion() = 0;

  /// For messages: "tuned.db".
  llvm::StringRef getPath() const { return path; }

protected:
  explicit RecordStore(llvm::StringRef path) : path(path.str()) {}
  std::string path;
};

} // namespace mlir::conv

#endif // CONV_DECIDE_RECORDSTORE_H
