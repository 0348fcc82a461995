//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Tune/TaskText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace json = llvm::json;
using llvm::StringRef;

/// The first `numBytes` bytes of BLAKE3 of texts that none contains a 0.
static std::string getTextDigest(llvm::ArrayRef<StringRef> texts,
                                 size_t numBytes) {
  llvm::BLAKE3 hasher;
  for (StringRef text : texts) {
    hasher.update(text);
    hasher.update(StringRef("\0", 1));
  }
  auto digest = hasher.final<32>();
  return llvm::toHex(llvm::ArrayRef(digest).take_front(numBytes),
                     /*LowerCase=*/true);
}

static json::Object parseObject(StringRef text) {
  llvm::Expected<json::Value> value = json::parse(text);
  if (value && value->getAsObject())
    return std::move(*value->getAsObject());
  llvm::consumeError(value.takeError());
  return {};
}

//===----------------------------------------------------------------------===//
// Kinds of machines
//===----------------------------------------------------------------------===//

std::string bench::getMachineKind(StringRef machineText) {
  constexpr size_t kindBytes = 4;
  StringRef cpu = "machine";
  json::Object machine = parseObject(machineText);
  if (auto name = machine.getString("cpu"))
    cpu = *name;
  return (cpu + "-" + getTextDigest(machineText, kindBytes)).str();
}

std::string bench::printMachineKind(StringRef machineText) {
  std::string text;
  llvm::raw_string_ostream os(text);
  json::OStream out(os);
  out.object([&] {
    out.attribute("kind", getMachineKind(machineText));
    out.attributeBegin("machine");
    out.rawValue(machineText);
    out.attributeEnd();
  });
  return text;
}

static std::string printValue(const json::Value &value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text;
}

llvm::Expected<std::vector<std::string>>
bench::parseMachineKinds(StringRef text, StringRef name) {
  std::vector<std::string> machines;
  size_t number = 0;
  for (StringRef line : llvm::split(text, '\n')) {
    ++number;
    if (line.trim().empty())
      continue;
    json::Object object = parseObject(line);
    const json::Value *machine = object.get("machine");
    if (!machine || !machine->getAsObject())
      return llvm::createStringError(llvm::formatv(
          "{0}:{1}: not a kind of machine as --print-kind prints it", name,
          number));
    std::string known = printValue(*machine);
    if (!llvm::is_contained(machines, known))
      machines.push_back(std::move(known));
  }
  return machines;
}

//===----------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------===//

static std::string getTaskId(const TuneTask &task) {
  constexpr size_t idBytes = 16;
  std::string versions =
      llvm::formatv("{0} {1}", task.key.revision, task.key.llvmVersion);
  return getTextDigest(
      {task.key.problem, task.key.machine, versions, task.limits.str()},
      idBytes);
}

std::string bench::printTask(const TuneTask &task, const TaskOptions &options) {
  std::string text;
  llvm::raw_string_ostream os(text);
  json::OStream out(os);
  auto raw = [&](StringRef name, StringRef value) {
    out.attributeBegin(name);
    out.rawValue(value);
    out.attributeEnd();
  };
  out.object([&] {
    out.attribute("task", getTaskId(task));
    out.attribute("kind", getMachineKind(task.key.machine));
    out.attribute("name", task.name);
    out.attribute("count", task.count);
    out.attribute("flops", task.count * task.spec.problem.flops());
    out.attributeObject("options", [&] {
      out.attribute("budget", options.budget);
      out.attribute("top", options.top);
      out.attribute("max_candidates", options.maxCandidates);
    });
    out.attributeObject("limits", [&] {
      out.attribute("algorithm", task.limits.algorithm);
      out.attribute("form", task.limits.form);
      out.attribute("max_workspace", task.limits.maxWorkspace);
      out.attribute("accuracy", task.limits.accuracy);
      out.attribute("exclude", json::Array(task.limits.exclude));
    });
    out.attribute("revision", task.key.revision);
    out.attribute("llvm", task.key.llvmVersion);
    out.attribute("kernel", toJSON(task.spec));
    raw("problem", task.key.problem);
    raw("machine", task.key.machine);
  });
  return text;
}

namespace mlir::conv::bench {
static bool fromJSON(const json::Value &value, TaskOptions &options,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("budget", options.budget) &&
         map.map("top", options.top) &&
         map.map("max_candidates", options.maxCandidates);
}

static bool fromJSON(const json::Value &value, TuneLimits &limits,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("algorithm", limits.algorithm) &&
         map.map("form", limits.form) &&
         map.map("max_workspace", limits.maxWorkspace) &&
         map.mapOptional("accuracy", limits.accuracy) &&
         map.map("exclude", limits.exclude);
}

static bool fromJSON(const json::Value &value, PlannedTask &planned,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  TuneTask &task = planned.task;
  if (!map || !map.map("task", planned.id) || !map.map("name", task.name) ||
      !map.map("count", task.count) || !map.map("options", planned.options) ||
      !map.map("limits", task.limits) ||
      !map.map("revision", task.key.revision) ||
      !map.map("llvm", task.key.llvmVersion) || !map.map("kernel", task.spec))
    return false;
  for (auto [name, part] : {std::pair("problem", &task.key.problem),
                            std::pair("machine", &task.key.machine)}) {
    const json::Value *found = value.getAsObject()->get(name);
    if (!found || !found->getAsObject()) {
      path.field(name).report("expected object");
      return false;
    }
    *part = printValue(*found);
  }
  return true;
}
} // namespace mlir::conv::bench

llvm::Expected<PlannedTask> bench::parseTask(StringRef line) {
  llvm::Expected<json::Value> value = json::parse(line);
  if (!value)
    return value.takeError();
  PlannedTask planned;
  json::Path::Root root("task");
  if (!fromJSON(*value, planned, root))
    return root.getError();
  const RecordKey &key = planned.task.key;
  if (key.revision != kCodegenRevision || key.llvmVersion != LLVM_VERSION_MAJOR)
    return llvm::createStringError(llvm::formatv(
        "the task is for code generator {0} with LLVM {1}; this one is {2} "
        "with LLVM {3}",
        key.revision, key.llvmVersion, kCodegenRevision, LLVM_VERSION_MAJOR));
  if (planned.id != getTaskId(planned.task))
    return llvm::createStringError("the task was changed: its digest is not "
                                   "that of its key");
  return planned;
}

std::string bench::printAnswer(const PlannedTask &planned,
                               const TuneOutcome &outcome) {
  std::string text;
  llvm::raw_string_ostream os(text);
  json::OStream out(os);
  out.object([&] {
    out.attribute("task", planned.id);
    out.attribute("kind", getMachineKind(planned.task.key.machine));
    out.attribute("name", planned.task.name);
    out.attribute("status", stringifyStatus(outcome.status));
    if (!outcome.reason.empty())
      out.attribute("reason", outcome.reason);
    out.attribute("seconds", outcome.seconds);
    if (outcome.status == TuneOutcome::Tuned) {
      out.attributeBegin("record");
      out.rawValue(print(outcome.record));
      out.attributeEnd();
    }
  });
  return text;
}
