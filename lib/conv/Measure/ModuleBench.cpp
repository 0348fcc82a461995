//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/ModuleBench.h"

#include "conv/Measure/Diagnostics.h"

#include "conv/Execution/Compiler.h"
#include "conv/Measure/ChildProcess.h"
#include "conv/Measure/Compile.h"
#include "conv/Measure/Invocation.h"
#include "conv/Measure/Probe.h"
#include "conv/Measure/Timer.h"
#include "conv/Support/ModelFormats.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"

#include <cmath>
#include <cstdlib>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

llvm::json::Object bench::toJSON(const ModuleResult &r) {
  llvm::json::Array convolutions;
  for (const ModuleConvolution &convolution : r.convolutions)
    convolutions.push_back(llvm::json::Object{
        {"spec", toJSON(convolution.spec)}, {"count", convolution.count}});
  llvm::json::Array operations;
  for (const OperationTime &operation : r.operations)
    operations.push_back(toJSON(operation));
  llvm::json::Value peer = nullptr;
  if (r.peer)
    peer =
        llvm::json::Object{{"version", r.peer->version},
                           {"ms", r.peer->ms},
                           {"speedup", r.peer->speedup},
                           {"max_difference", r.peer->agreement.maxDifference},
                           {"max_reference", r.peer->agreement.maxReference},
                           {"mismatch", r.peer->agreement.mismatch}};
  return llvm::json::Object{{"median_ms", r.medianMs},
                            {"min_ms", r.minMs},
                            {"compile_ms", r.compileMs},
                            {"flops", r.flops},
                            {"gflops", r.gflops},
                            {"peak_gflops", r.peakGflops},
                            {"peak_fraction", r.peakFraction},
                            {"workspace_bytes", r.workspaceBytes},
                            {"packed_filters", r.numPacked},
                            {"pack_ms", r.packMs},
                            {"upstream_ms", r.upstreamMs},
                            {"max_difference", r.agreement.maxDifference},
                            {"max_reference", r.agreement.maxReference},
                            {"mismatch", r.agreement.mismatch},
                            {"peer", std::move(peer)},
                            {"unscheduled", r.numUnscheduled},
                            {"timed_ms", r.timedMs},
                            {"operations", std::move(operations)},
                            {"convolutions", std::move(convolutions)}};
}

namespace mlir::conv::bench {
static bool fromJSON(const llvm::json::Value &value,
                     ModuleConvolution &convolution, llvm::json::Path path) {
  llvm::json::ObjectMapper map(value, path);
  return map && map.map("spec", convolution.spec) &&
         map.map("count", convolution.count);
}

static bool fromJSON(const llvm::json::Value &value, ModelPeerResult &r,
                     llvm::json::Path path) {
  llvm::json::ObjectMapper map(value, path);
  return map && map.map("version", r.version) && map.map("ms", r.ms) &&
         map.map("speedup", r.speedup) &&
         map.map("max_difference", r.agreement.maxDifference) &&
         map.map("max_reference", r.agreement.maxReference) &&
         map.map("mismatch", r.agreement.mismatch);
}
} // namespace mlir::conv::bench

bool bench::fromJSON(const llvm::json::Value &value, ModuleResult &r,
                     llvm::json::Path path) {
  llvm::json::ObjectMapper map(value, path);
  return map && map.map("median_ms", r.medianMs) &&
         map.map("min_ms", r.minMs) && map.map("compile_ms", r.compileMs) &&
         map.map("flops", r.flops) && map.map("gflops", r.gflops) &&
         map.map("peak_gflops", r.peakGflops) &&
         map.map("peak_fraction", r.peakFraction) &&
         map.map("workspace_bytes", r.workspaceBytes) &&
         map.map("packed_filters", r.numPacked) &&
         map.map("pack_ms", r.packMs) && map.map("upstream_ms", r.upstreamMs) &&
         map.map("max_difference", r.agreement.maxDifference) &&
         map.map("max_reference", r.agreement.maxReference) &&
         map.map("mismatch", r.agreement.mismatch) && map.map("peer", r.peer) &&
         map.map("unscheduled", r.numUnscheduled) &&
         map.map("timed_ms", r.timedMs) &&
         map.map("operations", r.operations) &&
         map.map("convolutions", r.convolutions);
}

/// Parses the file and finds the entry; diagnostics become the error.
static llvm::Expected<OwningOpRef<ModuleOp>>
parseModule(const ModuleRequest &request, MLIRContext *context) {
  std::unique_ptr<llvm::MemoryBuffer> file;
  if (request.text.empty()) {
    if (std::string advice = describeForeignModel(request.file);
        !advice.empty())
      return llvm::createStringError(advice);
    auto text = llvm::MemoryBuffer::getFile(request.file);
    if (!text)
      return llvm::createStringError(request.file + ": " +
                                     text.getError().message());
    file = std::move(*text);
  }
  Diagnostics diagnostics(context);
  OwningOpRef<ModuleOp> module = conv::parseModule(
      file ? file->getBuffer() : llvm::StringRef(request.text), request.file,
      context);
  if (!module)
    return diagnostics.takeError("cannot read " + request.file);
  auto entry = module->lookupSymbol<func::FuncOp>(request.entry);
  if (!entry || entry.isDeclaration()) {
    std::string names;
    for (auto function : module->getOps<func::FuncOp>())
      if (!function.isDeclaration())
        names += (names.empty() ? "" : ", ") + function.getName().str();
    return llvm::createStringError(
        request.file + " defines no function '" + request.entry +
        "' (it defines: " + (names.empty() ? "none" : names) + ")");
  }
  entry->setAttr("llvm.emit_c_interface", UnitAttr::get(context));
  entry.setPublic();
  return module;
}

/// `entry` and the functions it calls, each once.
static SmallVector<func::FuncOp, 0> findReachable(ModuleOp module,
                                                  llvm::StringRef entry) {
  llvm::SetVector<func::FuncOp> functions;
  functions.insert(module.lookupSymbol<func::FuncOp>(entry));
  for (size_t i = 0; i < functions.size(); ++i) {
    func::FuncOp function = functions[i];
    function.walk([&](func::CallOp call) {
      if (auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee()))
        functions.insert(callee);
    });
  }
  return functions.takeVector();
}

/// The distinct convolutions the entry runs, in order of appearance.
static llvm::Error findConvolutions(ModuleOp module,
                                    const CompileOptions &options,
                                    const ModuleRequest &request,
                                    ModuleResult &result) {
  OwningOpRef<ModuleOp> clone = module.clone();
  if (auto error = decide(*clone, options, /*raise=*/true))
    return error;
  llvm::MapVector<llvm::StringRef, size_t> seen;
  std::vector<std::unique_ptr<std::string>> keys;
  auto add = [&](ConvOp op) {
    if (!op.getScheduleAttr()) {
      ++result.numUnscheduled;
      return;
    }
    KernelSpec spec = getKernelSpec(op, request.batch);
    spec.schedule = getScheduleText(op.getScheduleAttr());
    result.flops += spec.problem.flops();
    keys.push_back(std::make_unique<std::string>(
        llvm::formatv("{0}", toJSON(spec)).str()));
    auto [it, inserted] =
        seen.try_emplace(*keys.back(), result.convolutions.size());
    if (inserted)
      result.convolutions.push_back({std::move(spec), 1});
    else
      ++result.convolutions[it->second].count;
  };
  for (func::FuncOp function : findReachable(*clone, request.entry))
    function.walk(add);
  return llvm::Error::success();
}

/// How far results of plain sums may lie apart, relative to the largest.
static constexpr double kSumTolerance = 1e-5;

/// The same for what has errors as many times as large as is admitted.
static double getTolerance(const ModuleRequest &request) {
  double times = 1, bound;
  for (llvm::StringRef text : {request.accuracy, request.networkAccuracy})
    if (!text.getAsDouble(bound))
      times = std::max(times, bound);
  return times * kSumTolerance;
}

/// Compares all results, which may differ by `bound` times the largest.
static Agreement compare(const std::vector<double> &ours,
                         const std::vector<double> &reference, double bound,
                         llvm::StringRef who) {
  Agreement result;
  size_t differing = 0, notNumbers = 0;
  for (double value : reference)
    if (std::isfinite(value))
      result.maxReference = std::max(result.maxReference, std::abs(value));
  if (ours.size() != reference.size()) {
    result.mismatch = llvm::formatv("{0} values, {1} from {2}", ours.size(),
                                    reference.size(), who);
    return result;
  }
  for (size_t i = 0; i < ours.size(); ++i) {
    if (std::isnan(ours[i]) || std::isnan(reference[i])) {
      ++notNumbers;
      continue;
    }
    // Equal infinities differ by nothing.
    double difference =
        ours[i] == reference[i] ? 0 : std::abs(ours[i] - reference[i]);
    if (std::isfinite(difference))
      result.maxDifference = std::max(result.maxDifference, difference);
    if (!(difference <= bound * result.maxReference))
      ++differing;
  }
  if (notNumbers)
    result.mismatch =
        llvm::formatv("{0} of {1} values are NaN", notNumbers, ours.size());
  else if (differing)
    result.mismatch = llvm::formatv(
        "{0} of {1} values differ by more than {2:e1} of the largest, {3}",
        differing, ours.size(), bound, result.maxReference);
  return result;
}

namespace {
/// One lowering of the module, ready to be called.
struct Compiled {
  std::optional<Engine> engine;
  Engine::Function function = nullptr;

  llvm::Error create(llvm::Expected<Engine> created,
                     const ModuleRequest &request) {
    if (!created)
      return created.takeError();
    engine = std::move(*created);
    auto found = engine->lookup(request.entry);
    if (!found)
      return found.takeError();
    function = *found;
    return llvm::Error::success();
  }
};
} // namespace

/// How long each side rests before its samples, where both have threads: longer
/// than those of the other one look for work. ONNX Runtime's did for 40 ms of
/// an EPYC at 3.7 GHz, a number of steps and not a time.
static constexpr double kPeerRestSeconds = 1e-1;

/// What results of a peer that uses Winograd's algorithm and approximate
/// functions may differ by, relative to the largest.
static constexpr double kPeerBound = 1e-3;

/// Times `call`, in turns with a peer where the request names one.
static llvm::Error timeModule(const ModuleRequest &request,
                              llvm::function_ref<void()> call,
                              llvm::ArrayRef<Invocation::Input> inputs,
                              const std::vector<double> &values, Probe &probe,
                              ModuleResult &result) {
  TimerOptions timer;
  timer.rounds = request.rounds;
  std::optional<ModelPeer> peer;
  std::string failure;
  auto callPeer = [&](int64_t count) -> double {
    auto seconds = peer->run(count);
    if (seconds)
      return *seconds;
    failure = llvm::toString(seconds.takeError());
    return 1;
  };
  if (!request.peer.name.empty()) {
    ModelPeerRequest wanted = request.peer;
    wanted.threads = request.threads;
    auto created = ModelPeer::create(wanted, inputs);
    if (!created)
      return created.takeError();
    peer.emplace(std::move(*created));
    if (request.threads > 1)
      timer.restSeconds = kPeerRestSeconds;
  }
  Timing timing = peer ? timeCalls(call, result.flops, probe, timer, callPeer)
                       : timeCalls(call, result.flops, probe, timer);
  result.medianMs = timing.medianMs;
  result.minMs = timing.minMs;
  result.peakGflops = timing.peakGflops;
  result.peakFraction = timing.peakFraction;
  result.gflops = result.flops / timing.medianMs / 1e6;
  if (peer)
    result.peer = ModelPeerResult{
        peer->getVersion(), timing.peerMs, timing.speedup,
        compare(values, peer->getValues(), kPeerBound, request.peer.name)};
  if (!failure.empty())
    return llvm::createStringError("--peer=" + request.peer.name + ": " +
                                   failure);
  return llvm::Error::success();
}

/// Compiles `module` once more, so that it says when operations are done, and
/// times these.
static llvm::Error timeOperations(ModuleOp module, CompileOptions options,
                                  const ModuleRequest &request,
                                  const MachineModel &machine,
                                  const ResolvedTarget &target,
                                  Invocation &invocation, Probe &probe,
                                  ModuleResult &result) {
  CompileLog log;
  log.function = request.entry;
  options.timeOperations = true;
  auto objects = bench::compile(module, options, target, log);
  if (!objects)
    return objects.takeError();
  Compiled timed;
  if (auto error =
          timed.create(createCountingEngine(std::move(*objects), target,
                                            request.threads > 1),
                       request))
    return error;
  auto call = [&] { invocation.call(timed.function); };
  TimerOptions timer;
  timer.rounds = request.rounds;
  result.timedMs = timeCalls(call, result.flops, probe, timer).medianMs;
  double flopsPerCycle = 2.0 * double(machine.nFma.value * machine.nVec.value);
  result.operations = bench::timeOperations(
      call, log.operations, request.rounds,
      request.gflopsPerCore * double(request.threads) * 1e6 / flopsPerCycle);
  return llvm::Error::success();
}

/// How `module` is compiled for `request`.
static CompileOptions getCompileOptions(const ModuleRequest &request,
                                        ModuleOp module) {
  CompileOptions options;
  options.cpu = request.cpu;
  options.machine = request.machine;
  options.algorithm = request.algorithm;
  options.threads = request.threads;
  options.propagateLayouts = request.propagateLayouts;
  options.accuracy = request.accuracy;
  options.networkAccuracy = request.networkAccuracy;
  options.networkMemory = request.networkMemory;
  // Functions with callers in the module cannot take packed filters.
  bool hasCalls =
      module.walk([](func::CallOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  options.prepack = hasCalls ? "constants" : "function";
  return options;
}

/// Compiles a copy of `module` into `ours`, and says how long that took.
static llvm::Error compileModule(ModuleOp module, const CompileOptions &options,
                                 const ModuleRequest &request,
                                 const ResolvedTarget &target, CompileLog &log,
                                 Compiled &ours, ModuleResult &result) {
  double start = getSeconds();
  OwningOpRef<ModuleOp> clone = module.clone();
  log.function = request.entry;
  auto objects = bench::compile(*clone, options, target, log);
  if (!objects)
    return objects.takeError();
  if (!log.warnings.empty())
    llvm::WithColor::warning(llvm::errs(), "conv-bench")
        << log.warnings << "\n";
  if (auto error = ours.create(createCountingEngine(std::move(*objects), target,
                                                    request.threads > 1),
                               request))
    return error;
  result.compileMs = (getSeconds() - start) * 1e3;
  return llvm::Error::success();
}

/// Compiles `module` by upstream's passes, which change it.
static llvm::Error compileUpstream(ModuleOp module,
                                   const ModuleRequest &request,
                                   const ResolvedTarget &target,
                                   Compiled &upstream) {
  if (auto error = lowerUpstream(module))
    return llvm::createStringError("upstream's lowering: " +
                                   llvm::toString(std::move(error)));
  return upstream.create(createCountingEngine(module, target, /*openMP=*/false),
                         request);
}

/// Packs the filters that `log` names, and calls the function once, which says
/// what memory it takes.
static llvm::Error callOnce(Compiled &ours, const ModuleRequest &request,
                            const CompileLog &log, Invocation &invocation,
                            ModuleResult &result) {
  result.numPacked = log.packed.size();
  if (!log.packed.empty()) {
    auto pack = ours.engine->lookup(request.entry + "_pack");
    if (!pack)
      return pack.takeError();
    double start = getSeconds();
    if (auto error = invocation.pack(*pack, log.packed))
      return error;
    result.packMs = (getSeconds() - start) * 1e3;
  }
  allocation::resetPeak();
  invocation.call(ours.function);
  result.workspaceBytes = allocation::getPeakBytes();
  return llvm::Error::success();
}

/// Compares `values` with those of upstream's code, and times that.
static llvm::Error runUpstream(Compiled &upstream, FunctionType type,
                               const ModuleRequest &request,
                               const std::vector<double> &values, Probe &probe,
                               ModuleResult &result) {
  // Arguments the function writes to must start equal for both.
  auto fresh = Invocation::create(type, request.batch, request.extents);
  if (!fresh)
    return fresh.takeError();
  fresh->call(upstream.function);
  result.agreement =
      compare(values, fresh->getValues(), getTolerance(request), "upstream");
  TimerOptions timer;
  timer.rounds = request.rounds;
  result.upstreamMs = timeCalls([&] { fresh->call(upstream.function); },
                                result.flops, probe, timer)
                          .medianMs;
  fresh->release();
  return llvm::Error::success();
}

static llvm::Expected<ModuleResult> measureHere(const ModuleRequest &request,
                                                StageFunction stage) {
  stage("compile", nullptr);
  if (!request.peer.name.empty() && request.threads > 1)
    setenv("KMP_BLOCKTIME", "1", /*replace=*/0); // Milliseconds.
  auto machine = prepareMachine(request.cpu, request.machine, request.threads);
  if (!machine)
    return machine.takeError();
  ResolvedTarget target{machine->triple, machine->cpu, machine->features};
  std::unique_ptr<MLIRContext> context = createContext();
  auto module = parseModule(request, context.get());
  if (!module)
    return module.takeError();
  FunctionType type =
      (*module)->lookupSymbol<func::FuncOp>(request.entry).getFunctionType();
  auto invocation = Invocation::create(type, request.batch, request.extents);
  if (!invocation)
    return llvm::createStringError(
        "'" + request.entry + "': " + llvm::toString(invocation.takeError()));

  ModuleResult result;
  CompileOptions options = getCompileOptions(request, **module);
  if (auto error = findConvolutions(**module, options, request, result))
    return std::move(error);
  if (request.flops > 0)
    result.flops = request.flops;
  Compiled ours, upstream;
  CompileLog log;
  if (auto error =
          compileModule(**module, options, request, target, log, ours, result))
    return std::move(error);
  OwningOpRef<ModuleOp> copy = (*module)->clone();
  if (request.compareUpstream) {
    stage("compile the upstream lowering", nullptr);
    if (auto error = compileUpstream(**module, request, target, upstream))
      return std::move(error);
  }
  auto probe = Probe::create(context.get(), target, machine->nVec.value,
                             machine->nReg.value, request.threads);
  if (!probe)
    return probe.takeError();
  if (request.threads == 1)
    pinToOneCPU();

  stage("run", nullptr);
  if (auto error = callOnce(ours, request, log, *invocation, result))
    return std::move(error);
  std::vector<double> values = invocation->getValues();
  if (auto error = timeModule(
          request, [&] { invocation->call(ours.function); },
          invocation->getInputs(), values, *probe, result))
    return std::move(error);
  if (request.gflopsPerCore > 0) {
    stage("time operations", nullptr);
    if (auto error = ::timeOperations(*copy, options, request, *machine, target,
                                      *invocation, *probe, result))
      return std::move(error);
  }
  if (request.compareUpstream) {
    stage("run the upstream lowering", nullptr);
    if (auto error =
            runUpstream(upstream, type, request, values, *probe, result))
      return std::move(error);
  }
  invocation->release();
  return result;
}

llvm::Expected<ModuleResult>
bench::measureModule(const ModuleRequest &request) {
  auto outcome = runInChild([&](StageFunction stage) -> llvm::json::Value {
    auto result = ::measureHere(request, stage);
    if (result)
      return toJSON(*result);
    return llvm::toString(result.takeError());
  });
  if (!outcome)
    return outcome.takeError();
  if (!outcome->value)
    return llvm::createStringError(request.file + ": crashed in stage '" +
                                   outcome->stage + "': " + outcome->death);
  if (std::optional<llvm::StringRef> why = outcome->value->getAsString())
    return llvm::createStringError(*why);
  ModuleResult result;
  llvm::json::Path::Root root("result");
  if (!fromJSON(*outcome->value, result, root))
    return root.getError();
  return result;
}
