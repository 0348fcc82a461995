//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Records as values and as text; RecordFile.cpp has the files.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/Records.h"

#include "conv/Schedule/ProblemJSON.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FormatVariadic.h"

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

static std::string print(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

static json::Value describeOp(ConvOp op) {
  Problem p = Problem::fromOp(op);
  DimsAttr dims = op.getDims();
  json::Object object = describeProblem(p);
  object["type"] = print(op.getOutputType().getElementType());
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

static json::Value describeMachine(const MachineModel &m) {
  return json::Object{{"cpu", m.cpu},
                      {"triple", m.triple},
                      {"features", getUnusualFeatures(m)},
                      {"n_fma", m.nFma.value},
                      {"l_fma", m.lFma.value},
                      {"n_vec", m.nVec.value},
                      {"n_reg", m.nReg.value},
                      {"loads", m.loads.value},
                      {"broadcast", stringifyBroadcast(m.broadcast)},
                      {"l1", m.l1.value},
                      {"l1_ways", m.l1Ways.value},
                      {"l2", m.l2.value},
                      {"l3", m.l3.value},
                      {"threads", m.threads.value}};
}

RecordKey mlir::conv::makeRecordKey(ConvOp op, const MachineModel &machine) {
  RecordKey key;
  key.problem = describeOp(op);
  key.machine = describeMachine(machine);
  key.llvmVersion = LLVM_VERSION_MAJOR;
  return key;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string getHeader() {
  std::string text;
  llvm::raw_string_ostream os(text);
  json::OStream out(os);
  out.object([&] {
    out.attribute("format", kFormat);
    out.attribute("version", kVersion);
  });
  return text;
}

static std::string print(const TuningRecord &record) {
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
    out.attribute("problem", record.key.problem);
    out.attribute("machine", record.key.machine);
  });
  return text;
}

static bool fromJSON(const json::Value &value, TuningRecord &r,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map || !map.map("name", r.name) || !map.map("schedule", r.schedule) ||
      !map.map("ms", r.ms) || !map.map("peak_fraction", r.peakFraction) ||
      !map.map("model_schedule", r.modelSchedule) ||
      !map.map("speedup", r.speedup) ||
      !map.map("candidates", r.numCandidates) ||
      !map.map("workspace_bytes", r.workspaceBytes) ||
      !map.map("limits", r.limits) || !map.map("revision", r.key.revision) ||
      !map.map("llvm", r.key.llvmVersion))
    return false;
  for (auto [name, part] : {std::pair("problem", &r.key.problem),
                            std::pair("machine", &r.key.machine)}) {
    const json::Value *found = value.getAsObject()->get(name);
    if (!found || !found->getAsObject()) {
      path.field(name).report("expected object");
      return false;
    }
    *part = *found;
  }
  return true;
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

llvm::Expected<TuningRecords> TuningRecords::parse(StringRef text,
                                                   StringRef name) {
  TuningRecords result;
  size_t number = 0;
  auto fail = [&](const llvm::Twine &why) {
    return llvm::createStringError(name + ":" + llvm::Twine(number) + ": " +
                                   why);
  };
  bool any = false;
  for (StringRef line : llvm::split(text, '\n')) {
    ++number;
    line = line.trim();
    if (line.empty())
      continue;
    llvm::Expected<json::Value> value = json::parse(line);
    if (!value && any)
      return fail("not a record, or cut off: " +
                  llvm::toString(value.takeError()));
    llvm::Expected<bool> header = false;
    if (value)
      header = isHeader(*value);
    else
      llvm::consumeError(value.takeError());
    if (!header)
      return fail(llvm::toString(header.takeError()));
    if (!*header && !any)
      return fail("not a file of tuning records: the first line should be " +
                  getHeader());
    any = true;
    if (*header) // Files may be joined.
      continue;
    TuningRecord record;
    json::Path::Root root("record");
    if (!fromJSON(*value, record, root))
      return fail(llvm::toString(root.getError()));
    record.line = number;
    record.text = line.str();
    result.add(std::move(record));
  }
  if (!any)
    return llvm::createStringError(
        name + ": empty; a file of tuning records starts with " + getHeader());
  return result;
}

void TuningRecords::add(TuningRecord record) {
  llvm::erase_if(records, [&](const TuningRecord &other) {
    return other.key == record.key && other.limits == record.limits;
  });
  records.push_back(std::move(record));
}

std::string TuningRecords::str() const {
  std::string text = getHeader() + "\n";
  for (const TuningRecord &record : records)
    text += (record.text.empty() ? print(record) : record.text) + "\n";
  return text;
}

//===----------------------------------------------------------------------===//
// Lookup
//===----------------------------------------------------------------------===//

/// "n_fma = 1 there, 2 here": the first field that differs.
static std::string describeDifference(const json::Value &there,
                                      const json::Value &here) {
  for (const auto &[name, value] : *here.getAsObject()) {
    const json::Value *other = there.getAsObject()->get(name);
    if (!other)
      return llvm::formatv("{0} is not recorded", StringRef(name));
    if (!(*other == value))
      return llvm::formatv("{0} = {1} there, {2} here", StringRef(name), *other,
                           value);
  }
  return "it has further fields";
}

/// Why a record of the same problem does not hold.
static std::string describeObstacle(const RecordKey &there,
                                    const RecordKey &here) {
  if (!(there.machine == here.machine))
    return "measured on another machine: " +
           describeDifference(there.machine, here.machine);
  if (there.revision != here.revision)
    return llvm::formatv(
        "measured with revision {0} of the code generator, this is {1}",
        there.revision, here.revision);
  return llvm::formatv("measured with LLVM {0}, this is {1}", there.llvmVersion,
                       here.llvmVersion);
}

RecordMatch TuningRecords::find(const RecordKey &key) const {
  RecordMatch match;
  for (const TuningRecord &record : records) {
    if (record.key == key)
      match.records.push_back(&record);
    else if (record.key.problem == key.problem)
      match.obstacle = describeObstacle(record.key, key);
  }
  if (!match.records.empty())
    match.obstacle.clear();
  // Of equals the first in the file.
  llvm::sort(match.records, [](const TuningRecord *a, const TuningRecord *b) {
    return std::pair(-a->peakFraction, a) < std::pair(-b->peakFraction, b);
  });
  return match;
}
