//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Report.h"

#include "conv/IR/Conv.h"
#include "conv/IR/NamedAlgorithm.h"
#include "conv/Layers/ElementTypes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Threading.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

llvm::json::Object bench::toJSON(const Record &record) {
  llvm::json::Object object = toJSON(record.result);
  object["name"] = record.name;
  object["net"] = record.net;
  object["layout"] = record.layout;
  object["type"] = getElementTypesName(record.request.spec.getTypes());
  object["threads"] = record.request.threads;
  object["cold"] = record.request.cold;
  object["settle"] = record.request.settle;
  object["problem"] = record.request.spec.problem.str();
  // `form` is that of the algorithm's transformation.
  object["layer_form"] = getFormName(record.form);
  object["flops"] = record.module ? record.module->flops
                                  : record.request.spec.problem.flops();
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

/// The name of the algorithm of a schedule's text whose field is `algorithm`.
static std::string getNamedAlgorithm(llvm::StringRef body,
                                     llvm::StringRef algorithm) {
  llvm::StringRef numbers =
      body.split("tile = [").second.take_until([](char c) { return c == ']'; });
  llvm::SmallVector<int64_t> tile;
  for (llvm::StringRef number : llvm::split(numbers, ','))
    if (int64_t value; !number.trim().getAsInteger(10, value))
      tile.push_back(value);
  for (const NamedAlgorithm &named : getNamedAlgorithms())
    if (named.tile &&
        llvm::ArrayRef<int64_t>(*named.tile) == llvm::ArrayRef(tile))
      return named.getName().str();
  return algorithm.str();
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
  std::string text = getNamedAlgorithm(body, fields.lookup("algorithm"));
  if (text.empty())
    return schedule.str();
  std::string pixels = fields.lookup("w_ob").str();
  if (fields.count("h_ob"))
    pixels = fields.lookup("h_ob").str() + "x" + pixels;
  text += " " + pixels + "x" + fields.lookup("c_ob").str();
  if (fields.count("vector"))
    text += " along " + fields.lookup("vector").str();
  for (llvm::StringRef key : {"form", "order"})
    if (fields.count(key))
      text += " " + fields.lookup(key).str();
  if (fields.lookup("flatten") == "true")
    text += " flat";
  for (llvm::StringRef key : {"band", "images", "parallel", "c_ib"})
    if (fields.count(key))
      text += (" " + key + "=" + fields.lookup(key)).str();
  if (fields.lookup("filter") == "plain")
    text += " plain";
  return text;
}

/// How many threads can run at a time.
static unsigned getUsableCores() {
  return llvm::hardware_concurrency().compute_thread_count();
}

/// Whether each thread had a core: else the probe's rate is no peak.
static bool hasCores(int64_t threads) {
  return threads <= int64_t(getUsableCores());
}

std::string bench::formatPercent(double fraction, int64_t threads) {
  return hasCores(threads) ? llvm::formatv("{0:f1}", 100 * fraction).str()
                           : "-";
}

int bench::getMsDigits(double ms) { return ms < 0.1 ? 6 : 3; }

Table::Table(llvm::raw_ostream &os, llvm::ArrayRef<std::string> names,
             llvm::StringRef peer)
    : os(os), nameWidth(8), peer(peer) {
  for (const std::string &name : names)
    nameWidth = std::max(nameWidth, name.size());
  // Longer ones push their own row only.
  nameWidth = std::min<size_t>(nameWidth, 60);
}

void Table::printHeader() {
  os << llvm::left_justify("name", nameWidth)
     << "  GFLOP/s  % peak        ms  workspace  "
     << (peer.empty() ? "" : "   peer ms  speed-up  ") << "check  schedule\n";
  os.flush();
}

void Table::printRow(const Record &record) {
  const MeasureResult &r = record.result;
  os << llvm::left_justify(record.name, nameWidth);
  const char *check = !r.checked ? "-" : *r.checked ? "ok" : "WRONG";
  if (r.wasTimed()) {
    os << llvm::format(
        "  %7.1f  %6s  %8.*f  %9s", r.gflops,
        formatPercent(r.peakFraction, record.request.threads).c_str(),
        getMsDigits(r.medianMs), r.medianMs,
        formatBytes(r.workspaceBytes).c_str());
  } else {
    os << llvm::format("  %7s  %6s  %8s  %9s", "-", "-", "-", "-");
  }
  if (r.peer.ms > 0)
    os << llvm::format("  %10.*f  %8.3f", getMsDigits(r.peer.ms), r.peer.ms,
                       r.peer.speedup);
  else if (!peer.empty())
    os << llvm::format("  %10s  %8s", "-", "-");
  os << llvm::format("  %-5s  ", check);
  if (!r.refused.empty())
    os << r.algorithm << " refused: " << r.refused;
  else if (!r.error.empty())
    os << r.algorithm << " error: " << r.error;
  else
    os << (r.schedule.empty() ? r.algorithm : abbreviateSchedule(r.schedule));
  if (!r.peer.refused.empty())
    os << "; " << peer << " refused: " << r.peer.refused;
  else if (r.peer.ms > 0)
    os << "; " << peer << " " << r.peer.mode
       << (r.peer.implementation.empty() ? "" : " ") << r.peer.implementation;
  os << "\n";
  os.flush();
}

void Table::printRanking(llvm::ArrayRef<Record> records) {
  // Records of a layer follow each other.
  std::vector<std::vector<const Record *>> layers;
  struct Average {
    double sum = 0;
    int64_t count = 0, bytes = 0, im2colBytes = 0;
  };
  llvm::MapVector<llvm::StringRef, Average> averages;
  for (const Record &record : records) {
    if (!record.result.wasTimed())
      continue;
    if (layers.empty() || layers.back().front()->name != record.name ||
        layers.back().front()->net != record.net)
      layers.emplace_back();
    layers.back().push_back(&record);
    if (record.result.im2colBytes == 0)
      continue;
    Average &average = averages[record.result.algorithm];
    average.sum +=
        double(record.result.workspaceBytes) / record.result.im2colBytes;
    ++average.count;
    average.bytes += record.result.workspaceBytes;
    average.im2colBytes += record.result.im2colBytes;
  }
  bool any = false;
  for (std::vector<const Record *> &ranked : layers) {
    if (ranked.size() < 2)
      continue;
    llvm::sort(ranked, [](const Record *a, const Record *b) {
      return a->result.medianMs < b->result.medianMs;
    });
    any = true;
    os << "\n"
       << llvm::left_justify("ranking of " + ranked.front()->name, 34)
       << "        ms  % peak  workspace  of im2col  transformation\n";
    for (auto [place, record] : llvm::enumerate(ranked)) {
      const MeasureResult &r = record->result;
      std::string name = r.algorithm;
      if (r.form == "banded")
        name += " banded";
      os << llvm::format("%3d. ", static_cast<int>(place + 1))
         << llvm::left_justify(name, 29)
         << llvm::format("  %8.3f  %6.1f  %9s", r.medianMs,
                         100 * r.peakFraction,
                         formatBytes(r.workspaceBytes).c_str());
      if (r.im2colBytes != 0)
        os << llvm::format("  %7.1f %%  %12.1f %%",
                           100.0 * r.workspaceBytes / r.im2colBytes,
                           100 * r.transformShare);
      os << "\n";
    }
  }
  if (!any)
    return;
  os << "\n";
  for (auto &[algorithm, average] : averages)
    os << llvm::formatv("{0}: workspace {1:f3} of im2col's on average, {2:f3} "
                        "in sum, {3} layers\n",
                        algorithm, average.sum / average.count,
                        double(average.bytes) / average.im2colBytes,
                        average.count);
}

namespace {
/// A geometric mean and the lowest of the values.
struct Mean {
  double logSum = 0, minimum = 0;
  int64_t count = 0;
  std::string worst;

  void add(double value, llvm::StringRef name) {
    if (value <= 0)
      return;
    if (!count || value < minimum) {
      minimum = value;
      worst = name.str();
    }
    logSum += std::log(value);
    ++count;
  }
  double get() const { return std::exp(logSum / count); }
};

struct Group {
  Mean fraction, speedup;
  int64_t total = 0;
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
    if (record.result.wasTimed() && hasCores(record.request.threads))
      group.fraction.add(record.result.peakFraction, record.name);
    group.speedup.add(record.result.peer.speedup, record.name);
  }
  for (auto &[key, group] : groups) {
    if (group.total < 2 || !group.fraction.count)
      continue;
    std::string name = key.first + (key.first.empty() ? "" : " ") + key.second;
    os << llvm::formatv(
        "{0}: geometric mean {1:f1} % of peak, minimum {2:f1} % ({3}), "
        "{4} of {5} layers\n",
        name, 100 * group.fraction.get(), 100 * group.fraction.minimum,
        group.fraction.worst, group.fraction.count, group.total);
    if (group.speedup.count)
      os << llvm::formatv(
          "{0}: geometric mean {1:f3} times as fast as {2}, minimum {3:f3} "
          "({4}), {5} of {6} layers\n",
          name, group.speedup.get(), peer, group.speedup.minimum,
          group.speedup.worst, group.speedup.count, group.total);
  }
}

std::string bench::getBusyWarning(llvm::ArrayRef<Record> records,
                                  double gflopsPerCore) {
  for (const Record &record : records)
    if (record.result.wasTimed() && !hasCores(record.request.threads))
      return llvm::formatv("{0} threads share {1} cores: there is no peak to "
                           "compare with",
                           record.request.threads, getUsableCores());
  size_t busy = llvm::count_if(records, [&](const Record &record) {
    return record.result.wasTimed() &&
           record.result.peakGflops <
               0.7 * gflopsPerCore * record.request.threads;
  });
  if (!busy)
    return "";
  return llvm::formatv(
      "in {0} of {1} rows the measured peak is below 70 % of that of idle "
      "cores: other work runs on this machine, do not trust their % of peak",
      busy, records.size());
}
