//===- MachineFile.cpp - A machine described in a file --------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Machine/MachineFile.h"

#include "conv/Machine/MachineFields.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir::conv;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;
using llvm::StringRef;
namespace json = llvm::json;

static constexpr int64_t kVersion = 1;

json::Object mlir::conv::toJSON(const MachineFile &file) {
  json::Object object{{"conv_machine", kVersion}};
  if (!file.cpu.empty())
    object["cpu"] = file.cpu;
  if (!file.source.empty())
    object["source"] = file.source;
  for (const auto &[name, value] : file.fields)
    object[name] = value;
  json::Object rates;
  for (auto [info, value] : llvm::zip(getRateInfos(), file.rates))
    if (value)
      rates[info.name] = *value;
  object["rates"] = std::move(rates);
  return object;
}

namespace {
/// Reads one file; errors begin with its name.
class MachineFileReader {
public:
  explicit MachineFileReader(StringRef name) : name(name) {}

  Expected<MachineFile> read(const json::Value &value);

private:
  template <typename... ArgsT>
  Error makeError(const char *format, ArgsT &&...args) const {
    return llvm::createStringError(
        "machine file '" + name.str() +
        "': " + formatv(format, std::forward<ArgsT>(args)...).str());
  }
  Error readField(StringRef key, const json::Value &value);
  Error readText(StringRef key, const json::Value &value, std::string &text);
  Error readRates(const json::Value &value);

  StringRef name;
  MachineFile file;
};
} // namespace

Error MachineFileReader::readText(StringRef key, const json::Value &value,
                                  std::string &text) {
  std::optional<StringRef> string = value.getAsString();
  if (!string)
    return makeError("'{0}' must be a string", key);
  text = string->str();
  return Error::success();
}

Error MachineFileReader::readRates(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return makeError("'rates' must be an object");
  for (const auto &[key, entry] : *object) {
    StringRef rateName = key;
    if (isRetiredRate(rateName))
      continue;
    std::optional<Rate> rate = findRate(rateName);
    if (!rate)
      return makeError("unknown rate '{0}'", rateName);
    const RateInfo &info = getRateInfo(*rate);
    std::optional<double> number = entry.getAsNumber();
    if (!number)
      return makeError("rate '{0}' must be a number", rateName);
    if (!info.isSane(*number))
      return makeError("rate '{0}' = {1} is outside [{2}, {3}] {4}", rateName,
                       *number, info.low, info.high, info.unit);
    file.rates[size_t(*rate)] = *number;
  }
  return Error::success();
}

Error MachineFileReader::readField(StringRef key, const json::Value &value) {
  if (key == "conv_machine")
    return Error::success();
  if (key == "cpu")
    return readText(key, value, file.cpu);
  if (key == "source")
    return readText(key, value, file.source);
  if (key == "rates")
    return readRates(value);
  auto names =
      llvm::map_range(getHardwareFields(), [](const MachineFieldInfo &info) {
        return StringRef(info.name);
      });
  if (!llvm::is_contained(names, key))
    return makeError("unknown field '{0}' (known: cpu, source, rates, {1})",
                     key, llvm::join(names, ", "));
  std::optional<int64_t> number = value.getAsInteger();
  if (!number)
    return makeError("'{0}' must be an integer", key);
  file.fields[key.str()] = *number;
  return Error::success();
}

Expected<MachineFile> MachineFileReader::read(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  std::optional<int64_t> version =
      object ? object->getInteger("conv_machine") : std::nullopt;
  if (!version)
    return makeError("it is no machine file: \"conv_machine\": {0} is missing",
                     kVersion);
  if (*version != kVersion)
    return makeError("its version is {0}, known is {1}", *version, kVersion);
  for (const auto &[key, entry] : *object)
    if (Error error = readField(key, entry))
      return std::move(error);
  return std::move(file);
}

Expected<MachineFile> mlir::conv::parseMachineFile(StringRef text,
                                                   StringRef name) {
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return llvm::createStringError("machine file '" + name.str() +
                                   "': " + llvm::toString(value.takeError()));
  return MachineFileReader(name).read(*value);
}

Expected<MachineFile> mlir::conv::readMachineFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError("cannot read the machine file '" +
                                   path.str() +
                                   "': " + buffer.getError().message());
  return parseMachineFile((*buffer)->getBuffer(), path);
}

Error mlir::conv::writeMachineFile(const MachineFile &file, StringRef path) {
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << formatv("{0:2}\n", json::Value(toJSON(file)));
    return Error::success();
  });
}
