//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Records as values and as text; RecordFile.cpp and RecordDatabase.cpp have
/// the files.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/Records.h"

#include "conv/Machine/MachineFields.h"
#include "conv/Schedule/ProblemJSON.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/ThreadPool.h"

#include <chrono>
#include <ctime>
#include <tuple>
#include <unistd.h>

using namespace mlir;
using namespace mlir::conv;
namespace json = llvm::json;

static constexpr StringLiteral kFormat = "conv-opt tuning records";
static constexpr int64_t kVersion = 1;

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

bool RecordKey::operator==(const RecordKey &o) const {
  return revision == o.revision && llvmVersion == o.llvmVersion &&
         problem == o.problem && machine == o.machine;
}

static std::string printType(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Without spaces, fields sorted.
static std::string printCanonically(const json::Value &value) {
  // JSON is written in pieces of a few characters: they go through a buffer
  // that most texts fit into.
  constexpr size_t bufferBytes = 1024;
  std::string text;
  llvm::raw_string_ostream os(text);
  os.SetBufferSize(bufferBytes);
  os << value;
  os.flush();
  return text;
}

static json::Value describeOp(ConvOp op) {
  Problem p = Problem::fromOp(op);
  DimsAttr dims = op.getDims();
  json::Object object = describeProblem(p);
  object["type"] = printType(op.getOutputType().getElementType());
  // Of f32 the output says it all.
  if (!p.isF32())
    object["factors"] = p.types ? p.types->str() : "unknown";
  object["input"] = dims.getInput();
  object["filter"] = dims.getFilter();
  object["output"] = dims.getOutput();
  object["blocks"] = json::Array{p.inputBlock, p.outputBlock};
  object["accumulate"] = p.accumulates;
  object["flattenable"] = p.flattenable;
  // Column, row and channel of the input, column and channel of the output.
  object["distances"] = json::Array{
      describeExtent(p.inputColumn), describeExtent(p.inputRow),
      describeExtent(p.inputChannel), describeExtent(p.outputColumn),
      describeExtent(p.outputChannel)};
  return object;
}

std::string mlir::conv::getMachineText(const MachineModel &machine) {
  json::Object object = describeMachine(machine);
  object["features"] = getUnusualFeatures(machine);
  return printCanonically(std::move(object));
}

RecordKey mlir::conv::makeRecordKey(ConvOp op, const MachineModel &machine) {
  RecordKey key;
  key.problem = printCanonically(describeOp(op));
  key.machine = getMachineText(machine);
  key.llvmVersion = LLVM_VERSION_MAJOR;
  return key;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

std::string mlir::conv::getRecordsHeader() {
  std::string text;
  llvm::raw_string_ostream os(text);
  json::OStream out(os);
  out.object([&] {
    out.attribute("format", kFormat);
    out.attribute("version", kVersion);
  });
  return text;
}

static void printProvenance(json::OStream &out, const Provenance &p) {
  if (p.date.empty() && p.host.empty() && p.tool.empty())
    return;
  out.attributeObject("measured", [&] {
    out.attribute("date", p.date);
    out.attribute("host", p.host);
    out.attribute("tool", p.tool);
    out.attribute("noise", p.noise);
    out.attribute("busy", p.busy);
    out.attribute("clock_ghz", p.clockGHz);
  });
}

std::string mlir::conv::print(const TuningRecord &record) {
  std::string text;
  llvm::raw_string_ostream os(text);
  json::OStream out(os);
  out.object([&] {
    out.attribute("name", record.name);
    out.attribute("schedule", record.schedule);
    out.attribute("ms", record.ms);
    out.attribute("peak_fraction", record.peakFraction);
    out.attribute("model_schedule", record.modelSchedule);
    out.attribute("speedup", record.speedup);
    out.attribute("candidates", record.numCandidates);
    out.attribute("workspace_bytes", record.workspaceBytes);
    out.attribute("limits", record.limits);
    out.attribute("revision", record.key.revision);
    out.attribute("llvm", record.key.llvmVersion);
    printProvenance(out, record.provenance);
    // Both are JSON already.
    out.attributeBegin("problem");
    out.rawValue(record.key.problem);
    out.attributeEnd();
    out.attributeBegin("machine");
    out.rawValue(record.key.machine);
    out.attributeEnd();
  });
  return text;
}

namespace mlir::conv {
static bool fromJSON(const json::Value &value, Provenance &p, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("date", p.date) && map.map("host", p.host) &&
         map.map("tool", p.tool) && map.map("noise", p.noise) &&
         map.map("busy", p.busy) && map.map("clock_ghz", p.clockGHz);
}
} // namespace mlir::conv

namespace {
/// The text of a machine, which most records of a file share with the one
/// before: comparing is cheaper than printing.
class MachineTexts {
public:
  const std::string &get(const json::Value &machine) {
    if (text.empty() || !(machine == last)) {
      last = machine;
      text = printCanonically(machine);
    }
    return text;
  }

private:
  json::Value last = nullptr;
  std::string text;
};
} // namespace

/// The object `name` of a record; null, with what is wrong in `path`, without.
static const json::Value *findObject(const json::Value &value, StringRef name,
                                     json::Path path) {
  const json::Value *found = value.getAsObject()->get(name);
  if (found && found->getAsObject())
    return found;
  path.field(name).report("expected object");
  return nullptr;
}

static bool readRecord(const json::Value &value, TuningRecord &r,
                       MachineTexts &machines, json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map || !map.map("name", r.name) || !map.map("schedule", r.schedule) ||
      !map.map("ms", r.ms) || !map.map("peak_fraction", r.peakFraction) ||
      !map.map("model_schedule", r.modelSchedule) ||
      !map.map("speedup", r.speedup) ||
      !map.map("candidates", r.numCandidates) ||
      !map.map("workspace_bytes", r.workspaceBytes) ||
      !map.map("limits", r.limits) || !map.map("revision", r.key.revision) ||
      !map.map("llvm", r.key.llvmVersion) ||
      !map.mapOptional("measured", r.provenance))
    return false;
  const json::Value *problem = findObject(value, "problem", path);
  const json::Value *machine =
      problem ? findObject(value, "machine", path) : nullptr;
  if (!machine)
    return false;
  r.key.problem = printCanonically(*problem);
  r.key.machine = machines.get(*machine);
  return true;
}

static llvm::Expected<TuningRecord> makeRecord(const json::Value &value,
                                               MachineTexts &machines) {
  TuningRecord record;
  json::Path::Root root("record");
  if (!readRecord(value, record, machines, root))
    return root.getError();
  return record;
}

llvm::Expected<TuningRecord> mlir::conv::parseRecord(StringRef line) {
  llvm::Expected<json::Value> value = json::parse(line);
  if (!value)
    return value.takeError();
  MachineTexts machines;
  return makeRecord(*value, machines);
}

/// Whether `value` is a header; fails on one of another version.
static llvm::Expected<bool> isHeader(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  if (!object || object->getString("format") != kFormat)
    return false;
  std::optional<int64_t> version = object->getInteger("version");
  if (version == kVersion)
    return true;
  return llvm::createStringError(
      llvm::formatv("version {0} of the format; this program reads version {1}",
                    version ? std::to_string(*version) : "?", kVersion));
}

namespace {
/// Lines of a file that one thread reads, and what they say.
struct LineBlock {
  ArrayRef<StringRef> lines;
  size_t number; ///< Of the line before.
  std::vector<TuningRecord> records;
  std::string error; ///< Of the first line that is not a record.
  size_t wrong = 0;  ///< Its number.
};
} // namespace

static void parseLineBlock(LineBlock &block) {
  MachineTexts machines;
  size_t number = block.number;
  auto fail = [&](const llvm::Twine &why) {
    block.error = why.str();
    block.wrong = number;
  };
  for (StringRef line : block.lines) {
    ++number;
    line = line.trim();
    if (line.empty())
      continue;
    llvm::Expected<json::Value> value = json::parse(line);
    if (!value)
      return fail("not a record, or cut off: " +
                  llvm::toString(value.takeError()));
    llvm::Expected<bool> header = isHeader(*value);
    if (!header)
      return fail(llvm::toString(header.takeError()));
    if (*header) // Files may be joined.
      continue;
    llvm::Expected<TuningRecord> record = makeRecord(*value, machines);
    if (!record)
      return fail(llvm::toString(record.takeError()));
    record->line = number;
    record->text = line.str();
    block.records.push_back(std::move(*record));
  }
}

/// Lines that a thread takes at a time: some milliseconds' worth.
static constexpr size_t kBlockLines = 1024;

/// Reads `lines` on all cores. The threads end with it: a caller may fork.
static std::vector<LineBlock> parseLines(ArrayRef<StringRef> lines) {
  std::vector<LineBlock> blocks;
  for (size_t i = 0; i < lines.size(); i += kBlockLines)
    blocks.push_back({lines.slice(i, std::min(kBlockLines, lines.size() - i)),
                      i,
                      {},
                      "",
                      0});
  if (blocks.size() == 1) {
    parseLineBlock(blocks.front());
    return blocks;
  }
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency());
  for (LineBlock &block : blocks)
    pool.async([&block] { parseLineBlock(block); });
  pool.wait();
  return blocks;
}

/// Fails unless the first line that says anything is a header.
static llvm::Error checkHeader(ArrayRef<StringRef> lines, StringRef name) {
  const auto *first =
      llvm::find_if(lines, [](StringRef line) { return !line.trim().empty(); });
  if (first == lines.end())
    return llvm::createStringError(
        name + ": empty; a file of tuning records starts with " +
        getRecordsHeader());
  std::string place =
      llvm::formatv("{0}:{1}: ", name, first - lines.begin() + 1);
  llvm::Expected<bool> header = false;
  llvm::Expected<json::Value> value = json::parse(first->trim());
  if (value)
    header = isHeader(*value);
  else
    llvm::consumeError(value.takeError());
  if (!header)
    return llvm::createStringError(place + llvm::toString(header.takeError()));
  if (!*header)
    return llvm::createStringError(
        place + "not a file of tuning records: the first line should be " +
        getRecordsHeader());
  return llvm::Error::success();
}

llvm::Expected<TuningRecords> TuningRecords::parse(StringRef text,
                                                   StringRef name) {
  SmallVector<StringRef, 0> lines;
  text.split(lines, '\n');
  if (auto error = checkHeader(lines, name))
    return std::move(error);
  TuningRecords result;
  for (LineBlock &block : parseLines(lines)) {
    if (!block.error.empty())
      return llvm::createStringError(
          llvm::formatv("{0}:{1}: {2}", name, block.wrong, block.error));
    for (TuningRecord &record : block.records)
      result.add(std::move(record));
  }
  return result;
}

std::string TuningRecords::str() const {
  std::string text = getRecordsHeader() + "\n";
  for (const TuningRecord &record : records)
    text += (record.text.empty() ? print(record) : record.text) + "\n";
  return text;
}

//===----------------------------------------------------------------------===//
// Which one is kept
//===----------------------------------------------------------------------===//

std::string mlir::conv::getCurrentDate() {
  using namespace std::chrono;
  auto now = system_clock::now().time_since_epoch();
  std::time_t seconds = duration_cast<std::chrono::seconds>(now).count();
  std::tm utc;
  ::gmtime_r(&seconds, &utc);
  char text[sizeof "2026-01-31T12:00:00"];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  return llvm::formatv("{0}.{1,0+3}Z", StringRef(text),
                       duration_cast<milliseconds>(now).count() % 1000);
}

std::string mlir::conv::getHostName() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

bool TuningRecord::supersedes(const TuningRecord &o) const {
  auto order = std::tie(provenance.date, peakFraction);
  auto other = std::tie(o.provenance.date, o.peakFraction);
  if (order != other)
    return order > other;
  return print(*this) > print(o);
}

bool mlir::conv::isBefore(const TuningRecord &a, const TuningRecord &b) {
  auto order = [](const TuningRecord &r) {
    return std::tie(r.key.problem, r.key.machine, r.key.revision,
                    r.key.llvmVersion, r.limits);
  };
  return order(a) < order(b);
}

Addition TuningRecords::add(TuningRecord record, TuningRecord *conflict) {
  std::vector<size_t> &same = places[record.key.problem];
  for (size_t place : same) {
    TuningRecord &known = records[place];
    if (!known.isAboutSameAs(record))
      continue;
    bool replace = record.supersedes(known);
    if (!replace && !known.supersedes(record))
      return Addition::Equal;
    if (replace)
      std::swap(known, record);
    if (conflict)
      *conflict = std::move(record);
    return replace ? Addition::Replaced : Addition::Refused;
  }
  same.push_back(records.size());
  records.push_back(std::move(record));
  return Addition::New;
}

size_t
TuningRecords::remove(llvm::function_ref<bool(const TuningRecord &)> which) {
  std::vector<TuningRecord> all = std::move(records);
  size_t before = all.size();
  records.clear();
  places.clear();
  for (TuningRecord &record : all)
    if (!which(record))
      add(std::move(record));
  return before - records.size();
}

//===----------------------------------------------------------------------===//
// Lookup
//===----------------------------------------------------------------------===//

std::string mlir::conv::describeMachineDifference(StringRef thereText,
                                                  StringRef hereText) {
  llvm::Expected<json::Value> there = json::parse(thereText);
  llvm::Expected<json::Value> here = json::parse(hereText);
  if (!there || !here) {
    llvm::consumeError(there.takeError());
    llvm::consumeError(here.takeError());
    return "it cannot be read";
  }
  // The name of the CPU says most, where it differs.
  SmallVector<StringRef> names{"cpu"};
  for (const auto &[name, value] : *here->getAsObject())
    names.push_back(name);
  llvm::sort(names.begin() + 1, names.end());
  for (StringRef name : names) {
    const json::Value *value = here->getAsObject()->get(name);
    const json::Value *other = there->getAsObject()->get(name);
    if (!other)
      return llvm::formatv("{0} is not recorded", name);
    if (value && !(*other == *value))
      return llvm::formatv("{0} = {1} there, {2} here", name, *other, *value);
  }
  return "it has further fields";
}

std::string mlir::conv::describeObstacle(const RecordKey &there,
                                         const RecordKey &here) {
  if (there.machine != here.machine)
    return "measured on another machine: " +
           describeMachineDifference(there.machine, here.machine);
  if (there.revision != here.revision)
    return llvm::formatv(
        "measured with revision {0} of the code generator, this is {1}",
        there.revision, here.revision);
  return llvm::formatv("measured with LLVM {0}, this is {1}", there.llvmVersion,
                       here.llvmVersion);
}

void RecordMatch::sort() {
  llvm::sort(records, [](const TuningRecord &a, const TuningRecord &b) {
    return std::tie(b.peakFraction, a.limits) <
           std::tie(a.peakFraction, b.limits);
  });
}

RecordMatch TuningRecords::find(const RecordKey &key) const {
  RecordMatch match;
  auto found = places.find(key.problem);
  if (found == places.end())
    return match;
  for (size_t place : found->second) {
    const TuningRecord &record = records[place];
    if (record.key == key)
      match.records.push_back(record);
    else
      match.obstacle = describeObstacle(record.key, key);
  }
  if (!match.records.empty())
    match.obstacle.clear();
  match.sort();
  return match;
}
