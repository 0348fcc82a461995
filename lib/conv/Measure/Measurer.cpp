//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Measurer.h"

#include "conv/Machine/MachineFields.h"
#include "conv/Measure/Memory.h"
#include "conv/Measure/Probe.h"
#include "conv/Measure/Timer.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Threading.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

static llvm::json::Value textOrNull(const std::string &text) {
  return text.empty() ? llvm::json::Value(nullptr) : llvm::json::Value(text);
}

static llvm::json::Value orNull(std::optional<bool> value) {
  return value ? llvm::json::Value(*value) : llvm::json::Value(nullptr);
}

llvm::json::Object bench::toJSON(const MeasureResult &r) {
  llvm::json::Object object{{"algorithm", r.algorithm},
                            {"form", r.form},
                            {"schedule", r.schedule},
                            {"median_ms", r.medianMs},
                            {"min_ms", r.minMs},
                            {"gflops", r.gflops},
                            {"peak_gflops", r.peakGflops},
                            {"peak_fraction", r.peakFraction},
                            {"workspace_bytes", r.workspaceBytes},
                            {"workspace_analysis_bytes", r.analysisBytes},
                            {"workspace_im2col_bytes", r.im2colBytes},
                            {"transform_share", r.transformShare},
                            {"predicted_fraction", r.predictedFraction},
                            {"prepacked", r.prepacked},
                            {"packed_filter_bytes", r.packedFilterBytes},
                            {"pack_ms", r.packMs}};
  object["checked"] = orNull(r.checked);
  object["refused"] = textOrNull(r.refused);
  object["error"] = textOrNull(r.error);
  if (r.peer.name.empty())
    return object;
  object["peer"] = r.peer.name;
  object["peer_version"] = r.peer.version;
  object["peer_mode"] = r.peer.mode;
  object["peer_implementation"] = r.peer.implementation;
  object["peer_ms"] = r.peer.ms;
  object["speedup"] = r.peer.speedup;
  object["peer_checked"] = orNull(r.peer.checked);
  object["peer_refused"] = textOrNull(r.peer.refused);
  return object;
}

bool bench::fromJSON(const llvm::json::Value &value, MeasureResult &r,
                     llvm::json::Path path) {
  llvm::json::ObjectMapper map(value, path);
  std::optional<std::string> refused, error, peerRefused;
  if (!map || !map.map("algorithm", r.algorithm) || !map.map("form", r.form) ||
      !map.map("schedule", r.schedule) || !map.map("median_ms", r.medianMs) ||
      !map.map("min_ms", r.minMs) || !map.map("gflops", r.gflops) ||
      !map.map("peak_gflops", r.peakGflops) ||
      !map.map("peak_fraction", r.peakFraction) ||
      !map.map("workspace_bytes", r.workspaceBytes) ||
      !map.map("workspace_analysis_bytes", r.analysisBytes) ||
      !map.map("workspace_im2col_bytes", r.im2colBytes) ||
      !map.map("transform_share", r.transformShare) ||
      !map.map("predicted_fraction", r.predictedFraction) ||
      !map.map("prepacked", r.prepacked) ||
      !map.map("packed_filter_bytes", r.packedFilterBytes) ||
      !map.map("pack_ms", r.packMs) || !map.map("checked", r.checked) ||
      !map.map("refused", refused) || !map.map("error", error) ||
      !map.mapOptional("peer", r.peer.name) ||
      !map.mapOptional("peer_version", r.peer.version) ||
      !map.mapOptional("peer_mode", r.peer.mode) ||
      !map.mapOptional("peer_implementation", r.peer.implementation) ||
      !map.mapOptional("peer_ms", r.peer.ms) ||
      !map.mapOptional("speedup", r.peer.speedup) ||
      !map.map("peer_checked", r.peer.checked) ||
      !map.map("peer_refused", peerRefused))
    return false;
  r.peer.refused = peerRefused.value_or("");
  r.refused = refused.value_or("");
  r.error = error.value_or("");
  return true;
}

namespace {
class ForkingMeasurer : public Measurer {
public:
  MeasureResult measure(const MeasureRequest &request) override;
};
} // namespace

MeasureResult ForkingMeasurer::measure(const MeasureRequest &request) {
  MeasureResult result;
  result.algorithm = request.algorithm;
  result.form = request.form;
  result.schedule = request.spec.schedule;
  // Twice for huge pages, guard pages and the exact result of the check.
  int64_t needed = request.spec.getNumBytes();
  int64_t available = getAvailableMemory();
  double factor = request.check ? 2.5 : 1.1;
  if (!request.peer.empty()) // Its copies, and reordered ones.
    factor += 3;
  if (available && needed * factor > available) {
    result.refused = llvm::formatv(
        "needs {0:f1} GiB of memory, {1:f1} GiB are available",
        needed * factor / (1 << 30), double(available) / (1 << 30));
    return result;
  }
  auto outcome = runInChild([&](StageFunction stage) -> llvm::json::Value {
    return toJSON(measureHere(request, stage));
  });
  if (!outcome) {
    result.error = llvm::toString(outcome.takeError());
    return result;
  }
  llvm::json::Path::Root root("result");
  if (outcome->value && fromJSON(*outcome->value, result, root))
    return result;
  if (outcome->stage == "peer") {
    // Not the kernel's fault, or so it seems: it is measured alone.
    MeasureRequest alone = request;
    alone.peer.clear();
    result = measure(alone);
    result.peer.name = request.peer;
    result.peer.refused = "crashed: " + outcome->death;
    return result;
  }
  // The decision outlives the crash.
  if (outcome->partial && outcome->partial->getAsObject())
    fromJSON(*outcome->partial, result, root);
  if (outcome->stage == "compile") {
    result.error = "the compiler crashed: " + outcome->death;
    return result;
  }
  result.error =
      "the kernel crashed in stage '" + outcome->stage + "': " + outcome->death;
  if (request.check)
    result.checked = false;
  return result;
}

std::unique_ptr<Measurer> bench::createForkingMeasurer() {
  return std::make_unique<ForkingMeasurer>();
}

std::string bench::getHostModelName() {
  auto info = llvm::MemoryBuffer::getFileAsStream("/proc/cpuinfo");
  if (!info)
    return "";
  llvm::StringRef rest = (*info)->getBuffer().split("model name").second;
  return rest.split('\n').first.ltrim("\t: ").trim().str();
}

static llvm::Expected<llvm::json::Object>
describeHere(llvm::StringRef cpu, llvm::StringRef file, int64_t threads) {
  MachineOptions options;
  options.cpu = cpu.str();
  options.machine = file.str();
  options.threads = threads;
  auto machine = resolveMachine(options, ModuleOp());
  if (!machine)
    return machine.takeError();
  llvm::json::Object object = conv::describeMachine(*machine);
  object["features"] = machine->features;
  object["host"] = getHostModelName();
  object["host_cores"] = llvm::get_physical_cores();
  object["llvm_version"] = LLVM_VERSION_STRING;
  object["rates_source"] = machine->getRatesSource();
  std::unique_ptr<MLIRContext> context = createContext();
  pinToOneCPU();
  auto probe = Probe::create(
      context.get(), {machine->triple, machine->cpu, machine->features},
      machine->nVec.value, machine->nReg.value, /*threads=*/1);
  if (!probe)
    return probe.takeError();
  if (std::optional<double> rate = probe->measureFmaPerCycle())
    object["probe_fma_per_cycle"] = *rate;
  else
    object["probe_fma_per_cycle"] = nullptr;
  std::vector<double> rates;
  for (int i = 0; i < 15; ++i)
    rates.push_back(probe->run() / 1e9);
  object["probe_gflops"] = getMedian(std::move(rates));
  return object;
}

llvm::Expected<llvm::json::Object> bench::describeMachine(llvm::StringRef cpu,
                                                          llvm::StringRef file,
                                                          int64_t threads) {
  auto outcome = runInChild([&](StageFunction) -> llvm::json::Value {
    auto machine = describeHere(cpu, file, threads);
    if (machine)
      return std::move(*machine);
    return llvm::toString(machine.takeError());
  });
  if (!outcome)
    return outcome.takeError();
  if (!outcome->value)
    return llvm::createStringError("the peak probe crashed: " + outcome->death);
  if (llvm::json::Object *object = outcome->value->getAsObject())
    return std::move(*object);
  return llvm::createStringError(
      outcome->value->getAsString().value_or("").str());
}
