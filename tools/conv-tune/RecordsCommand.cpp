//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RecordsCommand.h"

#include "common/Messages.h"
#include "conv/Decide/RecordStore.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

#include <map>

using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace cl = llvm::cl;

static constexpr Messages recordMessages("conv-tune records");

/// Records per transaction of an import: the writers of a fleet wait for one of
/// them, and each costs one synchronisation.
static constexpr size_t kBatch = 5000;

namespace {
struct RecordsOptions {
  cl::SubCommand command{
      "records",
      "Look after files of records\n\n"
      "  conv-tune records import STORE FILE...   add JSON lines ('-': input)\n"
      "  conv-tune records merge STORE FILE...    add stores or JSON lines\n"
      "  conv-tune records export STORE           print as JSON lines\n"
      "  conv-tune records show STORE             say what is there\n"
      "  conv-tune records prune STORE            remove what this build "
      "cannot "
      "use\n\n"
      "  Of records of the same convolution, machine, code generator and "
      "limits\n"
      "  the newer is kept, whatever the order they come in."};
  cl::opt<std::string> action{cl::Positional, cl::Required,
                              cl::desc("import|merge|export|show|prune"),
                              cl::sub(command)};
  cl::opt<std::string> store{cl::Positional, cl::Required, cl::desc("<store>"),
                             cl::sub(command)};
  cl::list<std::string> files{cl::Positional, cl::desc("<file>..."),
                              cl::sub(command)};
  cl::opt<std::string> output{
      "o", cl::desc("Where to export to (default '-': output)"), cl::init("-"),
      cl::value_desc("file"), cl::sub(command)};
  cl::opt<std::string> name{
      "name", cl::desc("Show each record whose name or machine has this text"),
      cl::value_desc("text"), cl::sub(command)};
  cl::opt<std::string> before{
      "before",
      cl::desc("Prune what was measured before this date, too, and what has no "
               "date, such as 2026-01-31 or 2026-01-31T12:00"),
      cl::value_desc("date"), cl::sub(command)};
  cl::opt<bool> dryRun{"dry-run", cl::desc("Only say what would be pruned"),
                       cl::sub(command)};
};
} // namespace

static RecordsOptions &recordsOptions() {
  static RecordsOptions all;
  return all;
}

void bench::registerRecordsCommand() { recordsOptions(); }

bool bench::wantsRecordsCommand() { return bool(recordsOptions().command); }

//===----------------------------------------------------------------------===//
// Adding
//===----------------------------------------------------------------------===//

namespace {
/// Adds records of many sources to a store, and counts.
class Adding {
public:
  explicit Adding(RecordStore &store) : store(store) {}

  llvm::Error add(TuningRecord record);
  llvm::Error finish();
  void print() const;

private:
  void note(const TuningRecord &record, Addition what,
            const TuningRecord *other);

  RecordStore &store;
  std::vector<TuningRecord> waiting;
  std::map<Addition, size_t> counts;
};
} // namespace

/// "direct, 98.1 % of peak, 2026-01-31T12:00:00.000Z on host".
static std::string describe(const TuningRecord &record) {
  const Provenance &p = record.provenance;
  return llvm::formatv("{0} at {1:F1} % of the FMA peak, {2}{3}",
                       record.schedule, 100 * record.peakFraction,
                       p.date.empty() ? "without a date" : p.date,
                       p.host.empty() ? "" : " on " + p.host);
}

void Adding::note(const TuningRecord &record, Addition what,
                  const TuningRecord *other) {
  ++counts[what];
  if (!other)
    return;
  llvm::outs() << "conflict: " << record.name << ": "
               << (what == Addition::Replaced ? "kept the added one, "
                                              : "refused the added one, ")
               << describe(record)
               << (what == Addition::Replaced ? ", instead of " : "")
               << (what == Addition::Replaced ? describe(*other)
                                              : ": the store has a newer one")
               << "\n";
}

llvm::Error Adding::add(TuningRecord record) {
  waiting.push_back(std::move(record));
  return waiting.size() < kBatch ? llvm::Error::success() : finish();
}

llvm::Error Adding::finish() {
  if (waiting.empty())
    return llvm::Error::success();
  std::vector<TuningRecord> batch = std::move(waiting);
  waiting.clear();
  return store.add(
      batch, [&](const TuningRecord &record, Addition what,
                 const TuningRecord *other) { note(record, what, other); });
}

void Adding::print() const {
  auto count = [&](Addition what) {
    auto found = counts.find(what);
    return found == counts.end() ? 0 : found->second;
  };
  llvm::outs() << count(Addition::New) << " added, " << count(Addition::Equal)
               << " known already, "
               << count(Addition::Replaced) + count(Addition::Refused)
               << " in conflict, " << count(Addition::Replaced)
               << " of them replaced\n";
}

/// All of standard input: nothing is added unless all of it is right.
static llvm::Error addInput(Adding &adding) {
  auto text = llvm::MemoryBuffer::getSTDIN();
  if (!text)
    return llvm::createStringError("cannot read the input: " +
                                   text.getError().message());
  auto records = TuningRecords::parse((*text)->getBuffer(), "<stdin>");
  if (!records)
    return records.takeError();
  for (const TuningRecord &record : records->get())
    if (auto error = adding.add(record))
      return error;
  return llvm::Error::success();
}

static llvm::Error addFiles(Adding &adding) {
  for (const std::string &file : recordsOptions().files) {
    if (file == "-") {
      if (auto error = addInput(adding))
        return error;
      continue;
    }
    auto from = RecordStore::open(file);
    if (!from)
      return from.takeError();
    if (auto error = (*from)->visit(
            [&](const TuningRecord &record) { return adding.add(record); }))
      return error;
  }
  return adding.finish();
}

static int addAll() {
  if (recordsOptions().files.empty())
    return recordMessages.reportError("nothing to add: name the files");
  auto store = RecordStore::create(recordsOptions().store);
  if (!store)
    return recordMessages.reportError(store.takeError());
  Adding adding(**store);
  if (auto error = addFiles(adding))
    return recordMessages.reportError(std::move(error));
  adding.print();
  return 0;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static int exportAll(RecordStore &store) {
  std::error_code code;
  llvm::ToolOutputFile out(recordsOptions().output, code,
                           llvm::sys::fs::OF_None);
  auto fail = [&](std::error_code why) {
    out.os().clear_error();
    return recordMessages.reportError(
        "cannot write " + recordsOptions().output + ": " + why.message());
  };
  if (code)
    return fail(code);
  out.os() << getRecordsHeader() << "\n";
  if (auto error = store.visit([&](const TuningRecord &record) {
        out.os() << print(record) << "\n";
        return llvm::Error::success();
      }))
    return recordMessages.reportError(std::move(error));
  out.os().flush();
  if (std::error_code error = out.os().error())
    return fail(error);
  out.keep();
  return 0;
}

static std::string describeMachineText(llvm::StringRef text) {
  auto value = llvm::json::parse(text);
  if (!value) {
    llvm::consumeError(value.takeError());
    return text.str();
  }
  const llvm::json::Object &machine = *value->getAsObject();
  auto integer = [&](llvm::StringRef name) {
    return machine.getInteger(name).value_or(0);
  };
  return llvm::formatv("{0}, {1}, n_fma = {2}, l2 = {3} KiB, l3 = {4} KiB, "
                       "threads = {5}",
                       machine.getString("cpu").value_or("?"),
                       machine.getString("triple").value_or("?"),
                       integer("n_fma"), integer("l2") / 1024,
                       integer("l3") / 1024, integer("threads"));
}

static void showRecord(const TuningRecord &record) {
  const Provenance &p = record.provenance;
  llvm::outs() << record.name << ": " << describe(record)
               << llvm::formatv(", {0:F4} ms, {1:F2} times the model's pick",
                                record.ms, record.speedup);
  if (!record.limits.empty())
    llvm::outs() << ", " << record.limits;
  if (p.clockGHz > 0)
    llvm::outs() << llvm::formatv(", noise {0:F1} %, busy {1:F1} %, {2:F2} GHz",
                                  100 * p.noise, 100 * p.busy, p.clockGHz);
  llvm::outs() << "\n";
}

/// What a machine has of one revision of the code generator.
namespace {
struct Group {
  size_t count = 0, improved = 0;
  std::string oldest, newest;
};
} // namespace

static int show(RecordStore &store) {
  std::map<std::tuple<std::string, int64_t, int64_t>, Group> groups;
  llvm::StringRef wanted = recordsOptions().name;
  if (auto error = store.visit([&](const TuningRecord &record) {
        if (!wanted.empty()) {
          if (llvm::StringRef(record.name).contains(wanted) ||
              llvm::StringRef(record.key.machine).contains(wanted))
            showRecord(record);
          return llvm::Error::success();
        }
        Group &group = groups[{record.key.machine, record.key.revision,
                               record.key.llvmVersion}];
        const std::string &date = record.provenance.date;
        if (!group.count++)
          group.oldest = group.newest = date;
        group.oldest = std::min(group.oldest, date);
        group.newest = std::max(group.newest, date);
        group.improved += record.speedup > 1;
        return llvm::Error::success();
      }))
    return recordMessages.reportError(std::move(error));
  for (const auto &[key, group] : groups) {
    const auto &[machine, revision, version] = key;
    llvm::outs() << llvm::formatv(
        "{0}: {1} records, {2} faster than the model's pick; code generator "
        "{3}, LLVM {4}{5}",
        describeMachineText(machine), group.count, group.improved, revision,
        version,
        revision == kCodegenRevision && version == LLVM_VERSION_MAJOR
            ? ""
            : " (not used by this build)");
    if (!group.newest.empty())
      llvm::outs() << "; " << (group.oldest.empty() ? "?" : group.oldest)
                   << " to " << group.newest;
    llvm::outs() << "\n";
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// Removing
//===----------------------------------------------------------------------===//

static bool isToBePruned(const TuningRecord &record) {
  return record.key.revision != kCodegenRevision ||
         record.key.llvmVersion != LLVM_VERSION_MAJOR ||
         record.provenance.date < recordsOptions().before.getValue();
}

static int prune() {
  auto store =
      RecordStore::open(recordsOptions().store,
                        recordsOptions().dryRun ? RecordStore::Access::Read
                                                : RecordStore::Access::Write);
  if (!store)
    return recordMessages.reportError(store.takeError());
  size_t count = 0;
  if (recordsOptions().dryRun) {
    if (auto error = (*store)->visit([&](const TuningRecord &record) {
          count += isToBePruned(record);
          return llvm::Error::success();
        }))
      return recordMessages.reportError(std::move(error));
  } else {
    auto removed = (*store)->remove(isToBePruned);
    if (!removed)
      return recordMessages.reportError(removed.takeError());
    count = *removed;
  }
  llvm::outs() << count
               << (recordsOptions().dryRun ? " to be removed\n" : " removed\n");
  return 0;
}

int bench::runRecordsCommand() {
  llvm::StringRef action = recordsOptions().action;
  if (action == "import" || action == "merge")
    return addAll();
  if (!recordsOptions().files.empty())
    return recordMessages.reportError("'" + action + "' takes one file, not '" +
                                      recordsOptions().files.front() + "'");
  if (action == "prune")
    return prune();
  if (action != "export" && action != "show")
    return recordMessages.reportError(
        "unknown command '" + action +
        "' (known: import, merge, export, show, prune)");
  auto store = RecordStore::open(recordsOptions().store);
  if (!store)
    return recordMessages.reportError(store.takeError());
  return action == "export" ? exportAll(**store) : show(**store);
}
