//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Database.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <sqlite3.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::conv;

/// Microseconds between two attempts at what another process has locked, and
/// attempts before it fails: a minute. A transaction takes well below a
/// millisecond, so that SQLite's own waiting, up to 100 ms a step, would be
/// most of the time.
static constexpr unsigned kWaitMicroseconds = 200;
static constexpr int kMostWaits = 60'000'000 / kWaitMicroseconds;

static int waitForOthers(void *, int numWaits) {
  ::usleep(kWaitMicroseconds);
  return numWaits < kMostWaits;
}

//===----------------------------------------------------------------------===//
// Statement
//===----------------------------------------------------------------------===//

Statement::Statement(Database &database, sqlite3_stmt *statement)
    : database(&database), statement(statement) {}

void Statement::Finalize::operator()(sqlite3_stmt *statement) const {
  sqlite3_finalize(statement);
}

Statement &Statement::bind(int index, StringRef text) {
  sqlite3_bind_text(statement.get(), index, text.empty() ? "" : text.data(),
                    text.size(), SQLITE_STATIC);
  return *this;
}

Statement &Statement::bind(int index, int64_t number) {
  sqlite3_bind_int64(statement.get(), index, number);
  return *this;
}

Statement &Statement::bind(int index, double number) {
  sqlite3_bind_double(statement.get(), index, number);
  return *this;
}

llvm::Expected<bool> Statement::step() {
  int code = sqlite3_step(statement.get());
  if (code == SQLITE_ROW)
    return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  llvm::Error error = database->makeError(code);
  reset();
  return std::move(error);
}

llvm::Error Statement::run() {
  while (true) {
    llvm::Expected<bool> more = step();
    if (!more)
      return more.takeError();
    if (!*more)
      return llvm::Error::success();
  }
}

void Statement::reset() { sqlite3_reset(statement.get()); }

StringRef Statement::getText(int column) const {
  auto *text = sqlite3_column_text(statement.get(), column);
  size_t size = sqlite3_column_bytes(statement.get(), column);
  return StringRef(reinterpret_cast<const char *>(text), size);
}

int64_t Statement::getInteger(int column) const {
  return sqlite3_column_int64(statement.get(), column);
}

double Statement::getReal(int column) const {
  return sqlite3_column_double(statement.get(), column);
}

//===----------------------------------------------------------------------===//
// Database
//===----------------------------------------------------------------------===//

void Database::Close::operator()(sqlite3 *handle) const {
  sqlite3_close(handle);
}

/// The path as a URI, which takes options.
static std::string makeURI(StringRef path, StringRef option) {
  std::string text = "file:";
  for (unsigned char c : path)
    if (llvm::isAlnum(c) || StringRef("/._-").contains(c))
      text += c;
    else
      text += "%" + llvm::toHex(StringRef(reinterpret_cast<char *>(&c), 1));
  return text + option.str();
}

llvm::Expected<std::unique_ptr<Database>> Database::open(StringRef path,
                                                         Mode mode) {
  std::unique_ptr<Database> database(new Database(path));
  auto tryOpen = [&](StringRef option) -> llvm::Error {
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    flags |= mode == Mode::Read    ? SQLITE_OPEN_READONLY
             : mode == Mode::Write ? SQLITE_OPEN_READWRITE
                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3 *opened = nullptr;
    int code =
        sqlite3_open_v2(makeURI(path, option).c_str(), &opened, flags, nullptr);
    database->handle.reset(opened);
    if (code != SQLITE_OK)
      return database->makeError(code);
    sqlite3_busy_handler(opened, waitForOthers, nullptr);
    // Only a first question opens the file in truth.
    return database->getPragma("schema_version").takeError();
  };
  llvm::Error error = tryOpen("");
  if (!error)
    return std::move(database);
  // Readers note themselves in a file beside it. Where none can be made, nobody
  // writes, unless there is a log of someone who did.
  std::string log = (path + "-wal").str();
  uint64_t size = 0;
  bool hasLog = !llvm::sys::fs::file_size(log, size) && size != 0;
  if (mode != Mode::Read || hasLog)
    return std::move(error);
  if (llvm::Error again = tryOpen("?immutable=1")) {
    llvm::consumeError(std::move(again));
    return std::move(error);
  }
  llvm::consumeError(std::move(error));
  return std::move(database);
}

llvm::Expected<Statement> Database::prepare(StringRef text) {
  sqlite3_stmt *statement = nullptr;
  int code = sqlite3_prepare_v2(handle.get(), text.data(), text.size(),
                                &statement, nullptr);
  if (code != SQLITE_OK)
    return makeError(code);
  return Statement(*this, statement);
}

llvm::Error Database::execute(const char *text) {
  int code = sqlite3_exec(handle.get(), text, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? llvm::Error::success() : makeError(code);
}

llvm::Expected<int64_t> Database::getPragma(StringRef name) {
  llvm::Expected<Statement> statement = prepare(("PRAGMA " + name).str());
  if (!statement)
    return statement.takeError();
  llvm::Expected<bool> row = statement->step();
  if (!row)
    return row.takeError();
  return *row ? statement->getInteger(0) : 0;
}

llvm::Error Database::transact(llvm::function_ref<llvm::Error()> body) {
  // Who begins to read cannot always go on to write.
  if (auto error = execute("BEGIN IMMEDIATE"))
    return error;
  llvm::Error error = body();
  if (!error)
    error = execute("COMMIT");
  if (error && !sqlite3_get_autocommit(handle.get()))
    llvm::consumeError(execute("ROLLBACK"));
  return error;
}

llvm::Error Database::makeError(int code) {
  // The message first: naming the error must not ask for another.
  std::string message = sqlite3_errmsg(handle.get());
  switch (code & 0xff) {
  case SQLITE_BUSY:
    return llvm::createStringError("another process does not release " + path);
  case SQLITE_FULL:
    return llvm::createStringError("cannot write " + path +
                                   ": No space left on device");
  case SQLITE_READONLY:
    return llvm::createStringError("cannot write " + path +
                                   ": it, or its folder, is read-only");
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return llvm::createStringError(path + ": damaged: " + message);
  default:
    return llvm::createStringError(path + ": " + message);
  }
}
