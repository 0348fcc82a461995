//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"
#include "Options.h"
#include "common/Progress.h"
#include "conv/Layers/ElementTypes.h"
#include "conv/Layers/LayerModule.h"
#include "conv/Measure/ModuleBench.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;

MeasureRequest bench::makeRequest(KernelSpec spec,
                                  const std::string &algorithm) {
  MeasureRequest request;
  request.spec = std::move(spec);
  request.algorithm = algorithm;
  request.form = options().form;
  request.maxWorkspace = options().maxWorkspace;
  request.accuracy = options().accuracy;
  request.cpu = options().cpu;
  request.machine = options().machine;
  request.threads = options().threads;
  request.rounds = options().rounds;
  request.cold = options().cold;
  request.settle = options().settle;
  request.check = options().check;
  return request;
}

/// Why a layer of another form than an image's cannot be measured as the
/// options say; empty when it can.
static std::string refuseOptions(const std::string &algorithm) {
  if (algorithm == "upstream" || algorithm == "naive")
    return "--check compares it with upstream's lowering, which is not timed";
  if (options().type != "f32")
    return "it is measured in f32";
  if (!options().peer.empty() || options().hasSearch() ||
      !options().schedule.empty() || !options().form.empty() ||
      !options().maxWorkspace.empty() || options().cold || options().settle)
    return "--peer, --search, --schedule, --form, --max-workspace, --cold and "
           "--settle are for convolutions of images of known size";
  return "";
}

/// Puts the module that computes `layer` into `record`.
static void addModule(const Layer &layer, const std::string &algorithm,
                      Record &record) {
  record.form = layer.form;
  record.result.refused = refuseOptions(algorithm);
  if (!record.result.refused.empty())
    return;
  auto module = buildLayerModule(layer, options().layout);
  if (!module) {
    record.result.refused = llvm::toString(module.takeError());
    return;
  }
  ModuleRequest request;
  request.file = layer.name;
  request.text = std::move(module->text);
  request.extents = std::move(module->extents);
  request.flops = layer.flops();
  request.cpu = options().cpu;
  request.machine = options().machine;
  request.algorithm = algorithm;
  request.accuracy = options().accuracy;
  request.threads = options().threads;
  request.rounds = options().rounds;
  request.compareUpstream = options().check;
  record.module = std::move(request);
}

/// Measures a module as a row of the table.
static MeasureResult measureRow(const ModuleRequest &request) {
  MeasureResult row;
  row.algorithm = request.algorithm;
  auto result = measureModule(request);
  if (!result) {
    row.error = llvm::toString(result.takeError());
    return row;
  }
  if (result->numUnscheduled > 0) {
    row.refused = "it is left to the plain lowering";
    return row;
  }
  row.medianMs = result->medianMs;
  row.minMs = result->minMs;
  row.gflops = result->gflops;
  row.peakGflops = result->peakGflops;
  row.peakFraction = result->peakFraction;
  row.workspaceBytes = result->workspaceBytes;
  row.prepacked = result->numPacked > 0;
  row.packMs = result->packMs;
  if (request.compareUpstream)
    row.checked = result->agreement.mismatch.empty();
  // Of several convolutions the schedule of the first stands for all.
  if (!result->convolutions.empty())
    row.schedule = result->convolutions.front().spec.schedule;
  return row;
}

std::vector<Record> bench::makeRecords(const std::vector<Layer> &layers,
                                       const std::vector<std::string> &chosen) {
  std::vector<Record> records;
  for (const Layer &layer : layers)
    for (const std::string &algorithm : chosen) {
      Record record;
      record.name = layer.name;
      record.net = layer.net;
      record.layout = options().layout;
      KernelSpec spec;
      spec.problem = layer.problem;
      // Options were validated.
      setElementTypes(spec.problem,
                      llvm::cantFail(parseElementTypes(options().type)));
      spec.schedule = options().schedule;
      auto letters = getLetters(layer.problem, options().layout);
      if (letters)
        spec.letters = *letters;
      else
        record.result.refused = llvm::toString(letters.takeError());
      record.result.algorithm = algorithm;
      if (layer.form != LayerForm::Image)
        addModule(layer, algorithm, record);
      record.request = makeRequest(std::move(spec), algorithm);
      records.push_back(std::move(record));
    }
  return records;
}

bool bench::measureAll(std::vector<Record> &records, double gflopsPerCore,
                       const Messages &messages, llvm::StringRef peer) {
  std::vector<std::string> names;
  for (const Record &record : records)
    names.push_back(record.name);
  Table table(llvm::outs(), names, peer);
  table.printHeader();
  std::unique_ptr<Measurer> measurer = createForkingMeasurer();
  Progress progress(records.size(), options().progress, Progress::Number);
  bool good = true;
  for (Record &record : records) {
    progress.announce(record.name + " " + record.request.algorithm);
    PeerResult notCompared = record.result.peer;
    if (record.result.refused.empty())
      record.result = record.module ? measureRow(*record.module)
                                    : measurer->measure(record.request);
    if (record.request.peer.empty())
      record.result.peer = notCompared;
    record.result.peer.version = notCompared.version; // Unknown after a crash.
    good &= record.result.error.empty() && record.result.checked != false &&
            record.result.peer.checked != false;
    progress.clear();
    table.printRow(record);
    if (options().printSchedule && !record.result.schedule.empty())
      llvm::outs() << "    " << record.result.schedule << "\n";
  }
  table.printRanking(records);
  table.printSummary(records);
  if (std::string busy = getBusyWarning(records, gflopsPerCore); !busy.empty())
    messages.warn() << busy << "\n";
  // One refusal among many rows is a row of the table; only refusals are a
  // question that has no answer.
  if (llvm::all_of(records, [](const Record &record) {
        return !record.result.refused.empty();
      })) {
    messages.reportError(
        "nothing was measured: every row was refused" +
        (records.empty() ? "" : ", the first: " + records[0].result.refused));
    return false;
  }
  return good;
}
