//===- conv-bench.cpp - Measures convolutions -----------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Times layers, or the functions of a module, as a fraction of the machine's
/// peak measured in the same minute. Wiring; the work is in lib/conv/Measure.
///
//===----------------------------------------------------------------------===//

#include "Measure.h"
#include "Options.h"
#include "common/Progress.h"
#include "conv/Measure/MachineReport.h"
#include "conv/Measure/ModuleReport.h"
#include "conv/Measure/Peer.h"
#include "conv/Support/Tool.h"
#include "conv/Tune/SearchReport.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace cl = llvm::cl;
namespace json = llvm::json;

static constexpr Messages messages("conv-bench");

/// The probe's rate in the report's machine.
static double getGflopsPerCore(const json::Object &report) {
  const json::Object *machine = report.getObject("machine");
  return machine ? machine->getNumber("probe_gflops").value_or(0) : 0;
}

static json::Array toArray(llvm::ArrayRef<Record> records) {
  json::Array array;
  for (const Record &record : records)
    array.push_back(toJSON(record));
  return array;
}

/// Times a module and each of its convolutions alone.
static int benchModule(const std::string &file, json::Object &report) {
  auto chosen = options().getAlgorithms();
  if (!chosen)
    return messages.reportError(chosen.takeError());
  if (chosen->size() != 1 || chosen->front() == "upstream")
    return messages.reportError("a module takes one --algorithm");
  if (options().hasSearch() || !options().maxWorkspace.empty())
    return messages.reportError("--search and --max-workspace are for layers");
  ModuleRequest request;
  request.file = file;
  request.entry = options().entry;
  request.cpu = options().cpu;
  request.machine = options().machine;
  request.algorithm = chosen->front();
  request.accuracy = options().accuracy;
  request.networkAccuracy = options().networkAccuracy;
  request.networkMemory = options().networkMemory;
  request.threads = options().threads;
  request.rounds = options().rounds;
  request.batch = std::max<int64_t>(options().batch, 1);
  request.compareUpstream = options().compareUpstream;
  request.gflopsPerCore = getGflopsPerCore(report);
  request.propagateLayouts = options().propagateLayouts;
  request.peer.name = options().peer;
  request.peer.model = options().peerModel;
  request.peer.python = options().peerPython;
  auto result = measureModule(request);
  if (!result)
    return messages.reportError(result.takeError());
  printModule(llvm::outs(), request, *result);
  printOperations(llvm::outs(), *result);

  std::vector<Record> records;
  if (options().moduleOnly)
    result->convolutions.clear();
  for (const ModuleConvolution &convolution : result->convolutions) {
    Record record;
    record.name = getName(convolution);
    record.net = llvm::StringRef(file).rsplit('/').second.str();
    record.layout = convolution.spec.letters.input;
    record.request = makeRequest(convolution.spec, request.algorithm);
    records.push_back(std::move(record));
  }
  bool good = result->agreement.mismatch.empty() &&
              (!result->peer || result->peer->agreement.mismatch.empty());
  if (!records.empty())
    good &= measureAll(records, getGflopsPerCore(report), messages);

  json::Object module = toJSON(*result);
  module.erase("convolutions");
  module["file"] = file;
  module["entry"] = options().entry.getValue();
  module["compared"] = options().compareUpstream.getValue();
  if (json::Object *peer = module.getObject("peer"))
    peer->insert({"name", options().peer.getValue()});
  report["module"] = std::move(module);
  report["records"] = toArray(records);
  return good ? 0 : 1;
}

static int benchLayers(const std::vector<Layer> &layers,
                       const std::vector<std::string> &chosen,
                       json::Object &report) {
  std::vector<Record> records = makeRecords(layers, chosen);
  std::string title;
  if (const json::Object *peer = report.getObject("peer")) {
    title = getPeerTitle(*peer);
    for (Record &record : records) {
      // A library that cannot show what it can do is not timed.
      record.result.peer.name = options().peer;
      record.result.peer.version = peer->getString("version").value_or("");
      record.result.peer.refused = peer->getString("refused").value_or("");
      if (record.result.peer.refused.empty())
        record.request.peer = options().peer;
    }
  }
  bool good = measureAll(records, getGflopsPerCore(report), messages, title);
  report["records"] = toArray(records);
  return good ? 0 : 1;
}

/// Searches layer by layer. Fails when one has no candidates.
static int searchLayers(const std::vector<Layer> &layers,
                        const std::string &algorithm, json::Object &report) {
  std::vector<Record> records = makeRecords(layers, {algorithm});
  Progress progress(records.size(), options().progress, Progress::Number);
  json::Array array;
  std::vector<double> qualities;
  for (Record &record : records) {
    progress.announce(record.name);
    SearchResult result;
    result.refused = record.result.refused;
    if (result.refused.empty())
      result = search(record.request, options().search);
    progress.clear();
    printSearch(llvm::outs(), record, result, options().printSchedule);
    if (result.refused.empty())
      qualities.push_back(result.getQuality());
    array.push_back(toJSON(record, result));
  }
  report["searches"] = std::move(array);
  printSearchSummary(llvm::outs(), qualities, records.size());
  return qualities.size() == records.size() ? 0 : 1;
}

static int listNets() {
  for (llvm::StringRef name : getNetNames()) {
    auto layers = getNet(name);
    if (!layers)
      return messages.reportError(layers.takeError());
    llvm::outs() << llvm::format("%-14s %3zu layers\n", name.str().c_str(),
                                 layers->size());
  }
  return 0;
}

/// The layers and algorithms that were asked for. Fails when there are none.
static llvm::Error collect(std::vector<Layer> &layers,
                           std::vector<std::string> &chosen) {
  auto collected = options().collectLayers(options().inputs);
  if (!collected)
    return collected.takeError();
  layers = std::move(*collected);
  if (layers.empty())
    return llvm::createStringError(
        "nothing to measure: give problem strings, --net, --layers or a .mlir "
        "file (see --help)");
  auto names = options().getAlgorithms();
  if (!names)
    return names.takeError();
  chosen = std::move(*names);
  if (options().hasSearch() && chosen.size() != 1)
    return llvm::createStringError(
        "--search starts from the pick of one --algorithm");
  return llvm::Error::success();
}

/// Says what the machine and the peer are, and remembers it in `report`.
static llvm::Error describe(json::Object &report) {
  auto machine =
      describeMachine(options().cpu, options().machine, options().threads);
  if (!machine)
    return machine.takeError();
  printMachine(llvm::outs(), *machine);
  if (std::string warning = getProbeWarning(*machine); !warning.empty())
    messages.warn() << warning << "\n";
  report["machine"] = std::move(*machine);
  if (options().peer.empty() || options().hasModule())
    return llvm::Error::success();
  auto peer = describePeer(options().peer, options().cpu, options().threads);
  if (!peer)
    return peer.takeError();
  printPeer(llvm::outs(), *peer);
  if (auto refused = peer->getString("refused"))
    messages.warn() << "no comparison: " << *refused << "\n";
  report["peer"] = std::move(*peer);
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  initTool();
  cl::HideUnrelatedOptions(options().category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Times convolutions as a fraction of the machine's peak\n\n"
      "  conv-bench --net resnet50 --check\n"
      "  conv-bench mb1_ic64oc64_ih56oh56kh3sh1ph1 --algorithm direct\n"
      "  conv-bench model.mlir --entry main --compare-upstream\n"
      "  conv-bench model.mlir --peer onnxruntime --peer-model model.onnx\n");
  if (options().listNets)
    return listNets();
  if (auto error = options().validate())
    return messages.reportError(std::move(error));
  std::vector<Layer> layers;
  std::vector<std::string> chosen;
  if (!options().hasModule())
    if (auto error = collect(layers, chosen))
      return messages.reportError(std::move(error));

  // Opened first: a typo should not cost an hour of measurements.
  auto out = options().openJSON();
  if (!out)
    return messages.reportError(out.takeError());
  json::Object report;
  if (auto error = describe(report))
    return messages.reportError(std::move(error));
  int status = 0;
  if (options().hasModule())
    status = benchModule(options().inputs.front(), report);
  else if (options().hasSearch())
    status = searchLayers(layers, chosen.front(), report);
  else
    status = benchLayers(layers, chosen, report);
  if (*out)
    **out << llvm::formatv("{0:2}\n", json::Value(std::move(report)));
  return status;
}
