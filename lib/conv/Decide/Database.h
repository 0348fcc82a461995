//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// SQLite with LLVM's errors. Nothing here knows what is stored.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_DECIDE_DATABASE_H
#define CONV_LIB_DECIDE_DATABASE_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace mlir::conv {

class Database;

/// A prepared statement. Errors name the database's file.
class Statement {
public:
  /// Values of the parameters ?1, ?2, ... Texts must outlive the run.
  Statement &bind(int index, llvm::StringRef text);
  Statement &bind(int index, int64_t number);
  Statement &bind(int index, double number);

  /// Goes to the next row; false: there is none, and the statement is ready to
  /// be bound and run again.
  llvm::Expected<bool> step();
  /// Runs a statement that has no rows, or whose rows do not matter.
  llvm::Error run();
  /// Ends a run before its last row.
  void reset();

  /// Of the current row, from column 0.
  llvm::StringRef getText(int column) const;
  int64_t getInteger(int column) const;
  double getReal(int column) const;

private:
  friend class Database;
  Statement(Database &database, sqlite3_stmt *statement);

  struct Finalize {
    void operator()(sqlite3_stmt *statement) const;
  };
  Database *database;
  std::unique_ptr<sqlite3_stmt, Finalize> statement;
};

/// An open file. Several processes, and several threads with an object each,
/// may read and write it at a time: one that has to wait does, for a minute.
class Database {
public:
  enum class Mode { Read, Write, Create };

  static llvm::Expected<std::unique_ptr<Database>> open(llvm::StringRef path,
                                                        Mode mode);

  llvm::Expected<Statement> prepare(llvm::StringRef text);
  /// Runs statements that return nothing.
  llvm::Error execute(const char *text);
  /// The first column of the only row of "PRAGMA name".
  llvm::Expected<int64_t> getPragma(llvm::StringRef name);

  /// Runs `body` as one transaction that writes: all of it or, when it or the
  /// commit fails, none.
  llvm::Error transact(llvm::function_ref<llvm::Error()> body);

  /// The last error, as one about the file.
  llvm::Error makeError(int code);
  llvm::StringRef getPath() const { return path; }

private:
  explicit Database(llvm::StringRef path) : path(path.str()) {}

  struct Close {
    void operator()(sqlite3 *handle) const;
  };
  std::string path;
  std::unique_ptr<sqlite3, Close> handle;
};

} // namespace mlir::conv

#endif // CONV_LIB_DECIDE_DATABASE_H
