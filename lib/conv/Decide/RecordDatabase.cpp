//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Records in a database of SQLite. Problems and machines are texts of a few
/// hundred bytes that repeat: each stands once, found by its digest, and
/// records are ordered by the numbers of the two. The file is in WAL mode:
/// readers and the one writer of the moment do not wait for each other, and a
/// process that dies leaves nothing half written.
///
//===----------------------------------------------------------------------===//

#include "Database.h"
#include "RecordStores.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <unistd.h>

using namespace mlir;
using namespace mlir::conv;
namespace fs = llvm::sys::fs;

/// What SQLite writes first into each of its files.
static constexpr StringRef kMagic("SQLite format 3\0", 16);
/// "conv" in ASCII: how files of this program are told from others of SQLite.
static constexpr int64_t kApplication = 0x636f6e76;
/// Counts changes of the tables; a program reads its own version alone.
static constexpr int64_t kSchemaVersion = 1;

static constexpr char kSchema[] = R"(
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE problem(
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL);
CREATE TABLE machine(
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL);
CREATE TABLE record(
  problem INTEGER NOT NULL REFERENCES problem,
  machine INTEGER NOT NULL REFERENCES machine,
  revision INTEGER NOT NULL,
  llvm INTEGER NOT NULL,
  limits TEXT NOT NULL,
  name TEXT NOT NULL,
  schedule TEXT NOT NULL,
  ms REAL NOT NULL,
  peak_fraction REAL NOT NULL,
  model_schedule TEXT NOT NULL,
  speedup REAL NOT NULL,
  candidates INTEGER NOT NULL,
  workspace_bytes INTEGER NOT NULL,
  date TEXT NOT NULL,
  host TEXT NOT NULL,
  tool TEXT NOT NULL,
  noise REAL NOT NULL,
  busy REAL NOT NULL,
  clock_ghz REAL NOT NULL,
  PRIMARY KEY(problem, machine, revision, llvm, limits)) WITHOUT ROWID;
-- One row: which store this is, and how often it was changed.
CREATE TABLE store(id TEXT NOT NULL, changes INTEGER NOT NULL);
INSERT INTO store VALUES(hex(randomblob(16)), 0);
COMMIT;
)";

/// Of a record with its problem and its machine, as readRow() takes them.
#define CONV_RECORD_COLUMNS                                                    \
  "p.text, m.text, revision, llvm, limits, name, schedule, ms, "               \
  "peak_fraction, model_schedule, speedup, candidates, workspace_bytes, "      \
  "date, host, tool, noise, busy, clock_ghz"
#define CONV_RECORD_TABLES                                                     \
  "record r JOIN problem p ON p.id = r.problem "                               \
  "JOIN machine m ON m.id = r.machine"

/// 128 bits of BLAKE3: no two texts that anyone will measure share them.
static std::string getDigest(StringRef text) {
  llvm::BLAKE3 hasher;
  hasher.update(text);
  return llvm::toHex(hasher.final<16>(), /*LowerCase=*/true);
}

static TuningRecord readRow(const Statement &row) {
  TuningRecord r;
  int column = 0;
  auto text = [&] { return row.getText(column++).str(); };
  auto integer = [&] { return row.getInteger(column++); };
  auto real = [&] { return row.getReal(column++); };
  r.key.problem = text();
  r.key.machine = text();
  r.key.revision = integer();
  r.key.llvmVersion = integer();
  r.limits = text();
  r.name = text();
  r.schedule = text();
  r.ms = real();
  r.peakFraction = real();
  r.modelSchedule = text();
  r.speedup = real();
  r.numCandidates = integer();
  r.workspaceBytes = integer();
  r.provenance.date = text();
  r.provenance.host = text();
  r.provenance.tool = text();
  r.provenance.noise = real();
  r.provenance.busy = real();
  r.provenance.clockGHz = real();
  return r;
}

namespace {
class RecordDatabase final : public RecordStore {
public:
  RecordDatabase(StringRef path, std::unique_ptr<Database> database)
      : RecordStore(path), database(std::move(database)) {}

  /// Fails on a database of something else, or of another version.
  llvm::Error check();

  llvm::Expected<RecordMatch> find(const RecordKey &key) override;
  llvm::Error add(ArrayRef<TuningRecord> records,
                  AdditionHandler handler) override;
  llvm::Error
  visit(llvm::function_ref<llvm::Error(const TuningRecord &)> handler) override;
  llvm::Expected<size_t>
  remove(llvm::function_ref<bool(const TuningRecord &)> which) override;
  llvm::Expected<std::string> getVersion() override;

private:
  /// The statement of `text`, prepared once.
  llvm::Expected<Statement *> get(StringRef text);
  /// The number of a text in the table "problem" or "machine"; nothing when it
  /// is not there.
  llvm::Expected<std::optional<int64_t>> findText(StringRef table,
                                                  StringRef text);
  llvm::Expected<int64_t> addText(StringRef table, StringRef text);
  llvm::Expected<std::optional<TuningRecord>>
  findSame(int64_t problem, int64_t machine, const TuningRecord &record);
  llvm::Error write(int64_t problem, int64_t machine,
                    const TuningRecord &record);
  llvm::Error addOne(const TuningRecord &record, bool &changes,
                     AdditionHandler handler);
  llvm::Error countChange();

  std::unique_ptr<Database> database;
  llvm::StringMap<Statement> statements;
};
} // namespace

llvm::Error RecordDatabase::check() {
  llvm::Expected<int64_t> application = database->getPragma("application_id");
  if (!application)
    return application.takeError();
  if (*application != kApplication)
    return llvm::createStringError(path + ": not a store of tuning records: a "
                                          "database of another program");
  llvm::Expected<int64_t> version = database->getPragma("user_version");
  if (!version)
    return version.takeError();
  if (*version != kSchemaVersion)
    return llvm::createStringError(llvm::formatv(
        "{0}: version {1} of the store; this program reads version {2}", path,
        *version, kSchemaVersion));
  // Lost at the worst: what was added just before the system, not only the
  // process, ends. The file stays whole.
  return database->execute("PRAGMA synchronous = NORMAL");
}

llvm::Expected<Statement *> RecordDatabase::get(StringRef text) {
  auto found = statements.find(text);
  if (found == statements.end()) {
    llvm::Expected<Statement> prepared = database->prepare(text);
    if (!prepared)
      return prepared.takeError();
    found = statements.try_emplace(text, std::move(*prepared)).first;
  }
  return &found->second;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

llvm::Expected<std::optional<int64_t>>
RecordDatabase::findText(StringRef table, StringRef text) {
  auto statement =
      get(("SELECT id FROM " + table + " WHERE digest = ?1").str());
  if (!statement)
    return statement.takeError();
  std::string digest = getDigest(text);
  llvm::Expected<bool> row = (*statement)->bind(1, digest).step();
  if (!row)
    return row.takeError();
  if (!*row)
    return std::nullopt;
  int64_t id = (*statement)->getInteger(0);
  (*statement)->reset();
  return id;
}

llvm::Expected<RecordMatch> RecordDatabase::find(const RecordKey &key) {
  RecordMatch match;
  auto problem = findText("problem", key.problem);
  if (!problem)
    return problem.takeError();
  if (!*problem)
    return match;
  auto machine = findText("machine", key.machine);
  if (!machine)
    return machine.takeError();
  auto read = [&](StringRef text, int64_t second, auto take) -> llvm::Error {
    auto statement = get(text);
    if (!statement)
      return statement.takeError();
    (*statement)->bind(1, **problem).bind(2, second);
    llvm::Expected<bool> row = (*statement)->step();
    for (; row && *row; row = (*statement)->step())
      take(readRow(**statement));
    return row.takeError();
  };
  if (*machine)
    if (auto error =
            read("SELECT " CONV_RECORD_COLUMNS " FROM " CONV_RECORD_TABLES
                 " WHERE r.problem = ?1 AND r.machine = ?2",
                 **machine, [&](TuningRecord record) {
                   if (record.key == key)
                     match.records.push_back(std::move(record));
                   else
                     match.obstacle = describeObstacle(record.key, key);
                 }))
      return std::move(error);
  if (!match.records.empty())
    match.obstacle.clear();
  else if (match.obstacle.empty())
    // One of another machine is enough to say so.
    if (auto error =
            read("SELECT " CONV_RECORD_COLUMNS " FROM " CONV_RECORD_TABLES
                 " WHERE r.problem = ?1 LIMIT ?2",
                 1, [&](const TuningRecord &record) {
                   match.obstacle = describeObstacle(record.key, key);
                 }))
      return std::move(error);
  match.sort();
  return match;
}

llvm::Error RecordDatabase::visit(
    llvm::function_ref<llvm::Error(const TuningRecord &)> handler) {
  auto statement = database->prepare(
      "SELECT " CONV_RECORD_COLUMNS " FROM " CONV_RECORD_TABLES
      " ORDER BY p.text, m.text, revision, llvm, limits");
  if (!statement)
    return statement.takeError();
  while (true) {
    llvm::Expected<bool> row = statement->step();
    if (!row)
      return row.takeError();
    if (!*row)
      return llvm::Error::success();
    if (auto error = handler(readRow(*statement)))
      return error;
  }
}

llvm::Expected<std::string> RecordDatabase::getVersion() {
  auto statement = get("SELECT id, changes FROM store");
  if (!statement)
    return statement.takeError();
  llvm::Expected<bool> row = (*statement)->step();
  if (!row)
    return row.takeError();
  if (!*row)
    return llvm::createStringError(path + ": damaged: it does not say which "
                                          "store it is");
  std::string text = llvm::formatv("{0} {1}", (*statement)->getText(0),
                                   (*statement)->getInteger(1));
  (*statement)->reset();
  return text;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

llvm::Expected<int64_t> RecordDatabase::addText(StringRef table,
                                                StringRef text) {
  auto known = findText(table, text);
  if (!known)
    return known.takeError();
  if (*known)
    return **known;
  auto statement = get(
      ("INSERT INTO " + table + "(digest, text) VALUES(?1, ?2) RETURNING id")
          .str());
  if (!statement)
    return statement.takeError();
  std::string digest = getDigest(text);
  llvm::Expected<bool> row = (*statement)->bind(1, digest).bind(2, text).step();
  if (!row)
    return row.takeError();
  int64_t id = (*statement)->getInteger(0);
  // To its end, for the insertion to count.
  if (auto error = (*statement)->run())
    return std::move(error);
  return id;
}

llvm::Expected<std::optional<TuningRecord>>
RecordDatabase::findSame(int64_t problem, int64_t machine,
                         const TuningRecord &record) {
  auto statement = get("SELECT " CONV_RECORD_COLUMNS " FROM " CONV_RECORD_TABLES
                       " WHERE r.problem = ?1 AND r.machine = ?2 AND "
                       "revision = ?3 AND llvm = ?4 AND limits = ?5");
  if (!statement)
    return statement.takeError();
  llvm::Expected<bool> row = (*statement)
                                 ->bind(1, problem)
                                 .bind(2, machine)
                                 .bind(3, record.key.revision)
                                 .bind(4, record.key.llvmVersion)
                                 .bind(5, record.limits)
                                 .step();
  if (!row)
    return row.takeError();
  if (!*row)
    return std::nullopt;
  TuningRecord found = readRow(**statement);
  (*statement)->reset();
  return found;
}

llvm::Error RecordDatabase::write(int64_t problem, int64_t machine,
                                  const TuningRecord &r) {
  auto statement =
      get("INSERT OR REPLACE INTO record VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, "
          "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)");
  if (!statement)
    return statement.takeError();
  int index = 0;
  auto bind = [&](auto value) { (*statement)->bind(++index, value); };
  bind(problem);
  bind(machine);
  bind(r.key.revision);
  bind(r.key.llvmVersion);
  bind(StringRef(r.limits));
  bind(StringRef(r.name));
  bind(StringRef(r.schedule));
  bind(r.ms);
  bind(r.peakFraction);
  bind(StringRef(r.modelSchedule));
  bind(r.speedup);
  bind(r.numCandidates);
  bind(r.workspaceBytes);
  bind(StringRef(r.provenance.date));
  bind(StringRef(r.provenance.host));
  bind(StringRef(r.provenance.tool));
  bind(r.provenance.noise);
  bind(r.provenance.busy);
  bind(r.provenance.clockGHz);
  return (*statement)->run();
}

llvm::Error RecordDatabase::addOne(const TuningRecord &record, bool &changes,
                                   AdditionHandler handler) {
  auto problem = addText("problem", record.key.problem);
  if (!problem)
    return problem.takeError();
  auto machine = addText("machine", record.key.machine);
  if (!machine)
    return machine.takeError();
  auto known = findSame(*problem, *machine, record);
  if (!known)
    return known.takeError();
  Addition what = Addition::New;
  if (*known)
    what = record.supersedes(**known)     ? Addition::Replaced
           : (*known)->supersedes(record) ? Addition::Refused
                                          : Addition::Equal;
  if (what == Addition::New || what == Addition::Replaced) {
    changes = true;
    if (auto error = write(*problem, *machine, record))
      return error;
  }
  if (handler)
    handler(record, what,
            what == Addition::Replaced  ? &**known
            : what == Addition::Refused ? &record
                                        : nullptr);
  return llvm::Error::success();
}

llvm::Error RecordDatabase::countChange() {
  auto statement = get("UPDATE store SET changes = changes + 1");
  return statement ? (*statement)->run() : statement.takeError();
}

llvm::Error RecordDatabase::add(ArrayRef<TuningRecord> records,
                                AdditionHandler handler) {
  return database->transact([&]() -> llvm::Error {
    bool changes = false;
    for (const TuningRecord &record : records)
      if (auto error = addOne(record, changes, handler))
        return error;
    return changes ? countChange() : llvm::Error::success();
  });
}

llvm::Expected<size_t>
RecordDatabase::remove(llvm::function_ref<bool(const TuningRecord &)> which) {
  size_t count = 0;
  auto removeAll = [&]() -> llvm::Error {
    std::vector<TuningRecord> doomed;
    if (auto error = visit([&](const TuningRecord &record) {
          if (which(record))
            doomed.push_back(record);
          return llvm::Error::success();
        }))
      return error;
    auto statement =
        get("DELETE FROM record WHERE problem = ?1 AND machine = ?2 AND "
            "revision = ?3 AND llvm = ?4 AND limits = ?5");
    if (!statement)
      return statement.takeError();
    for (const TuningRecord &record : doomed) {
      auto problem = addText("problem", record.key.problem);
      if (!problem)
        return problem.takeError();
      auto machine = addText("machine", record.key.machine);
      if (!machine)
        return machine.takeError();
      (*statement)
          ->bind(1, *problem)
          .bind(2, *machine)
          .bind(3, record.key.revision)
          .bind(4, record.key.llvmVersion)
          .bind(5, record.limits);
      if (auto error = (*statement)->run())
        return error;
    }
    count = doomed.size();
    if (!count)
      return llvm::Error::success();
    if (auto error = database->execute(
            "DELETE FROM problem WHERE id NOT IN (SELECT problem FROM record);"
            "DELETE FROM machine WHERE id NOT IN (SELECT machine FROM record)"))
      return error;
    return countChange();
  };
  if (auto error = database->transact(removeAll))
    return std::move(error);
  return count;
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

llvm::Expected<bool> mlir::conv::isRecordDatabase(StringRef path) {
  llvm::Expected<fs::file_t> file = fs::openNativeFileForRead(path);
  if (!file)
    return makeFileError("cannot read the records in " + path,
                         llvm::errorToErrorCode(file.takeError()));
  char begin[kMagic.size()] = {};
  llvm::Expected<size_t> size = fs::readNativeFile(*file, begin);
  fs::closeFile(*file);
  if (!size)
    return makeFileError("cannot read the records in " + path,
                         llvm::errorToErrorCode(size.takeError()));
  return StringRef(begin, *size) == kMagic;
}

llvm::Expected<std::unique_ptr<RecordStore>>
mlir::conv::openRecordDatabase(StringRef path, RecordStore::Access access) {
  auto database = Database::open(path, access == RecordStore::Access::Read
                                           ? Database::Mode::Read
                                           : Database::Mode::Write);
  if (!database)
    return database.takeError();
  auto store = std::make_unique<RecordDatabase>(path, std::move(*database));
  if (auto error = store->check())
    return std::move(error);
  return std::unique_ptr<RecordStore>(std::move(store));
}

/// Makes the file `path`, which no one else knows of.
static llvm::Error buildDatabase(StringRef path) {
  auto database = Database::open(path, Database::Mode::Create);
  if (!database)
    return database.takeError();
  std::string marks =
      llvm::formatv("PRAGMA application_id = {0}; PRAGMA user_version = {1};",
                    kApplication, kSchemaVersion);
  if (auto error = (*database)->execute(marks.c_str()))
    return error;
  return (*database)->execute(kSchema);
}

llvm::Error mlir::conv::createRecordDatabase(StringRef path) {
  // Whole from its first moment: made beside, then given its name, which fails
  // when another process was faster.
  llvm::SmallString<128> temporary;
  int number;
  if (auto code = fs::createUniqueFile(path + ".%%%%%%%%.new", number,
                                       temporary, fs::OF_None, 0666))
    return makeFileError("cannot write " + path, code);
  ::close(number);
  llvm::Error error = buildDatabase(temporary);
  if (!error && ::link(temporary.c_str(), path.str().c_str()) < 0 &&
      errno != EEXIST)
    error = makeFileError("cannot write " + path,
                          std::error_code(errno, std::generic_category()));
  (void)fs::remove(temporary);
  return error;
}
