//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Bench/Report.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

llvm::json::Object bench::toJSON(const Record &record) {
  llvm::json::Object object = toJSON(record.result);
  object["name"] = record.name;
  object["net"] = record.net;
  object["layout"] = record.layout;
  object["threads"] = record.request.threads;
  object["cold"] = record.request.cold;
  object["problem"] = record.request.spec.problem.str();
  object["flops"] = record.request.spec.problem.flops();
  return object;
}

std::string bench::formatBytes(int64_t bytes) {
  if (bytes == 0)
    return "0";
  if (bytes < 1024)
    return llvm::formatv("{0} B", bytes);
  if (bytes < (1 << 20))
    return llvm::formatv("{0:f1} KiB", bytes / 1024.0);
  return llvm::formatv("{0:f1} MiB", bytes / 1048576.0);
}

std::string bench::abbreviateSchedule(llvm::StringRef schedule) {
  llvm::StringRef body = schedule.trim();
  body.consume_front("#conv.schedule");
  body.consume_front("<");
  body.consume_back(">");
  llvm::MapVector<llvm::StringRef, llvm::StringRef> fields;
  for (llvm::StringRef entry : llvm::split(body, ',')) {
    auto [key, value] = entry.split('=');
    fields[key.trim()] = value.trim();
  }
  std::string text = fields.lookup("algorithm").str();
  if (text.empty())
    return schedule.str();
  std::string pixels = fields.lookup("w_ob").str();
  if (fields.count("h_ob"))
    pixels = fields.lookup("h_ob").str() + "x" + pixels;
  text += " " + pixels + "x" + fields.lookup("c_ob").str();
  for (llvm::StringRef key : {"form", "order"})
    if (fields.count(key))
      text += " " + fields.lookup(key).str();
  if (fields.lookup("flatten") == "true")
    text += " flat";
  for (llvm::StringRef key : {"band", "parallel", "c_ib"})
    if (fields.count(key))
      text += (" " + key + "=" + fields.lookup(key)).str();
  if (fields.lookup("filter") == "plain")
    text += " plain";
  return text;
}

Table::Table(llvm::raw_ostream &os, llvm::ArrayRef<std::string> names)
    : os(os), nameWidth(8) {
  for (const std::string &name : names)
    nameWidth = std::max(nameWidth, name.size());
  // Longer ones push their own row only.
  nameWidth = std::min<size_t>(nameWidth, 60);
}

void Table::printHeader() {
  os << llvm::left_justify("name", nameWidth)
     << "  GFLOP/s  % peak        ms  workspace  check  schedule\n";
  os.flush();
}

void Table::printRow(const Record &record) {
  const MeasureResult &r = record.result;
  os << llvm::left_justify(record.name, nameWidth);
  const char *check = !r.checked ? "-" : *r.checked ? "ok" : "WRONG";
  if (r.wasTimed())
    // Six digits after the point of a fast kernel: nanoseconds.
    os << llvm::format("  %7.1f  %6.1f  %8.*f  %9s", r.gflops,
                       r.peakFraction * 100, r.medianMs < 0.1 ? 6 : 3,
                       r.medianMs, formatBytes(r.workspaceBytes).c_str());
  else
    os << llvm::format("  %7s  %6s  %8s  %9s", "-", "-", "-", "-");
  os << llvm::format("  %-5s  ", check);
  if (!r.refused.empty())
    os << r.algorithm << " refused: " << r.refused;
  else if (!r.error.empty())
    os << r.algorithm << " error: " << r.error;
  else
    os << (r.schedule.empty() ? r.algorithm : abbreviateSchedule(r.schedule));
  os << "\n";
  os.flush();
}

namespace {
struct Group {
  double logSum = 0, minimum = 0;
  int64_t count = 0, total = 0;
  std::string worst;
};
} // namespace

void Table::printSummary(llvm::ArrayRef<Record> records) {
  std::vector<std::pair<std::pair<std::string, std::string>, Group>> groups;
  for (const Record &record : records) {
    // By what was asked for: "auto" may choose different algorithms.
    std::pair key(record.net, record.request.algorithm);
    auto it = llvm::find_if(
        groups, [&](const auto &entry) { return entry.first == key; });
    if (it == groups.end())
      it = groups.insert(it, {key, Group()});
    Group &group = it->second;
    ++group.total;
    if (!record.result.wasTimed() || record.result.peakFraction <= 0)
      continue;
    double fraction = record.result.peakFraction;
    if (!group.count || fraction < group.minimum) {
      group.minimum = fraction;
      group.worst = record.name;
    }
    group.logSum += std::log(fraction);
    ++group.count;
  }
  for (auto &[key, group] : groups) {
    if (group.total < 2 || !group.count)
      continue;
    os << llvm::formatv(
        "{0}{1}{2}: geometric mean {3:f1} % of peak, minimum {4:f1} % ({5}), "
        "{6} of {7} layers\n",
        key.first, key.first.empty() ? "" : " ", key.second,
        100 * std::exp(group.logSum / group.count), 100 * group.minimum,
        group.worst, group.count, group.total);
  }
}
