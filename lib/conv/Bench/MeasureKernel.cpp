//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Bench/Engine.h"
#include "conv/Bench/Measurer.h"
#include "conv/Bench/Memory.h"
#include "conv/Bench/Peer.h"
#include "conv/Bench/Probe.h"
#include "conv/Bench/Reference.h"
#include "conv/Bench/Timer.h"

#include "conv/Transforms/Algorithms.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/Support/FormatVariadic.h"

#include <cstdlib>
#include <cstring>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

namespace {
/// A compiled kernel and how to call it.
class Kernel {
public:
  static llvm::Expected<Kernel> compile(const MeasureRequest &request,
                                        MLIRContext *context,
                                        const ResolvedTarget &target);

  /// Operands of one call.
  struct Operands {
    Buffer input, filter, packed, bias, residual, output;
  };
  llvm::Expected<Operands> allocate(const ReferenceData &data,
                                    Buffer::Placement placement) const;

  /// A call ready to be repeated: it points into `operands`.
  class Call {
  public:
    void operator()() { function(packedArguments.data()); }

  private:
    friend class Kernel;
    void add(Buffer &buffer, ArrayRef<int64_t> shape) {
      descriptors.push_back(std::make_unique<Descriptor>(buffer.data(), shape));
    }
    void finish();
    Engine::Function function = nullptr;
    std::vector<std::unique_ptr<Descriptor>> descriptors;
    std::vector<void *> arguments, packedArguments;
  };
  Call getCall(Operands &operands) const;
  /// Packs the filter; does nothing when the kernel takes it plain.
  Call getPackCall(Operands &operands) const;
  bool isPrepacked() const { return packFunction; }

  CompileLog log;

private:
  explicit Kernel(const KernelSpec &spec) : spec(spec) {}

  KernelSpec spec;
  std::optional<Engine> engine;
  Engine::Function function = nullptr, packFunction = nullptr;
};
} // namespace

llvm::Expected<Kernel> Kernel::compile(const MeasureRequest &request,
                                       MLIRContext *context,
                                       const ResolvedTarget &target) {
  Kernel kernel(request.spec);
  CompileOptions options;
  options.cpu = request.cpu;
  options.threads = request.threads;
  // A schedule that is given says which algorithm.
  if (request.spec.schedule.empty()) {
    options.algorithm = request.algorithm;
    options.form = request.form;
  }

  std::string why;
  FailureOr<OwningOpRef<ModuleOp>> module = failure();
  {
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      why += (why.empty() ? "" : "; ") + diagnostic.str();
    });
    module = buildKernel(kernel.spec, context);
  }
  if (failed(module))
    return llvm::createStringError(why);
  if (request.algorithm == "upstream") {
    kernel.log.algorithm = "upstream";
    if (auto error = lowerUpstream(**module))
      return std::move(error);
  } else {
    if (auto error = lowerToLLVM(**module, options, kernel.log))
      return std::move(error);
    // The pipeline took the convolution back to linalg and warned why.
    if (kernel.log.schedule.empty())
      return llvm::createStringError(kernel.log.warnings.empty()
                                         ? "conv-autotune chose no schedule"
                                         : kernel.log.warnings);
  }
  auto engine = createCountingEngine(**module, target, request.threads > 1);
  if (!engine)
    return engine.takeError();
  kernel.engine = std::move(*engine);
  auto function = kernel.engine->lookup("conv");
  if (!function)
    return function.takeError();
  kernel.function = *function;
  if (!kernel.log.packed.empty()) {
    auto pack = kernel.engine->lookup("conv_pack");
    if (!pack)
      return pack.takeError();
    kernel.packFunction = *pack;
  }
  return kernel;
}

static llvm::Expected<Buffer> copyOf(const std::vector<float> &data,
                                     Buffer::Placement placement) {
  auto buffer = Buffer::create(data.size(), placement);
  if (buffer && !data.empty())
    std::memcpy(buffer->data(), data.data(), data.size() * sizeof(float));
  return buffer;
}

llvm::Expected<Kernel::Operands>
Kernel::allocate(const ReferenceData &data, Buffer::Placement placement) const {
  Operands operands;
  for (auto [buffer, source] :
       {std::pair(&operands.input, &data.input),
        std::pair(&operands.filter, &data.filter),
        std::pair(&operands.bias, &data.bias),
        std::pair(&operands.residual, &data.residual)}) {
    auto copy = copyOf(*source, placement);
    if (!copy)
      return copy.takeError();
    *buffer = std::move(*copy);
  }
  int64_t packedSize = isPrepacked() ? log.packed.front().numElements() : 0;
  for (auto [buffer, size] :
       {std::pair(&operands.packed, packedSize),
        std::pair(&operands.output, spec.getOutput().numElements())}) {
    auto fresh = Buffer::create(size, placement);
    if (!fresh)
      return fresh.takeError();
    *buffer = std::move(*fresh);
    buffer->poison();
  }
  return operands;
}

void Kernel::Call::finish() {
  for (auto &descriptor : descriptors)
    arguments.push_back(descriptor->get());
  for (void *&argument : arguments)
    packedArguments.push_back(&argument);
}

Kernel::Call Kernel::getCall(Operands &operands) const {
  Call call;
  call.function = function;
  call.add(operands.input, spec.getInput().shape);
  if (isPrepacked())
    call.add(operands.packed, log.packed.front().shape);
  else
    call.add(operands.filter, spec.getFilter().shape);
  if (spec.problem.hasBias)
    call.add(operands.bias, spec.getBias().shape);
  if (spec.problem.hasResidual)
    call.add(operands.residual, spec.getOutput().shape);
  call.add(operands.output, spec.getOutput().shape);
  call.finish();
  return call;
}

Kernel::Call Kernel::getPackCall(Operands &operands) const {
  Call call;
  call.function = packFunction;
  call.add(operands.filter, spec.getFilter().shape);
  call.add(operands.packed, log.packed.front().shape);
  call.finish();
  return call;
}

/// Runs between guard pages, twice: pages after and pages before each buffer.
/// Returns what is wrong, empty when nothing.
static std::string check(const Kernel &kernel, const KernelSpec &spec,
                         const ReferenceData &data) {
  for (auto placement :
       {Buffer::Placement::EndsAtGuard, Buffer::Placement::StartsAtGuard}) {
    auto operands = kernel.allocate(data, placement);
    if (!operands)
      return llvm::toString(operands.takeError());
    allocation::setPoison(true);
    if (kernel.isPrepacked()) {
      Kernel::Call pack = kernel.getPackCall(*operands);
      pack();
    }
    Kernel::Call call = kernel.getCall(*operands);
    call();
    allocation::setPoison(false);
    std::string wrong =
        compareExactly(spec.getOutput(), operands->output.data(), data.output);
    if (!wrong.empty())
      return wrong;
  }
  return "";
}

static llvm::Error timeKernel(const MeasureRequest &request,
                              const Kernel &kernel,
                              std::optional<PeerKernel> &peer, Probe &probe,
                              const MachineModel &machine,
                              MeasureResult &result) {
  // Real values: zeros or denormals could be faster or slower.
  ReferenceData data(request.spec, /*withOutput=*/false);
  auto operands = kernel.allocate(data, Buffer::Placement::Aligned);
  if (!operands)
    return operands.takeError();
  data = ReferenceData(KernelSpec(), false);
  if (kernel.isPrepacked()) {
    Kernel::Call pack = kernel.getPackCall(*operands);
    std::vector<double> seconds;
    for (int i = 0; i < 3; ++i) {
      double start = getSeconds();
      pack();
      seconds.push_back(getSeconds() - start);
    }
    result.packMs = getMedian(seconds) * 1e3;
  }
  Kernel::Call call = kernel.getCall(*operands);
  allocation::resetPeak();
  call();
  result.workspaceBytes = allocation::getPeakBytes();

  TimerOptions options;
  options.rounds = request.rounds;
  if (request.cold) {
    int64_t lastCache = std::max(machine.l2.value, machine.l3.value);
    options.flushBytes = 2 * std::max<int64_t>(lastCache, 1 << 20);
  }
  double flops = request.spec.problem.flops();
  if (peer && request.peer == "openblas" && request.threads > 1)
    options.restSeconds = 3e-3; // Longer than its threads wait, and ours.
  auto callKernel = [&] { call(); };
  auto callPeer = [&] { (*peer)(); };
  Timing timing = peer ? timeCalls(callKernel, flops, probe, options, callPeer)
                       : timeCalls(callKernel, flops, probe, options);
  result.medianMs = timing.medianMs;
  result.minMs = timing.minMs;
  result.gflops = flops / timing.medianMs / 1e6;
  result.peakGflops = timing.peakGflops;
  result.peakFraction = timing.peakFraction;
  result.peer.ms = timing.peerMs;
  result.peer.speedup = timing.speedup;
  return llvm::Error::success();
}

/// What the analysis says about the schedule that was chosen.
static void analyze(const KernelSpec &spec, const MachineModel &machine,
                    MLIRContext *context, MeasureResult &result) {
  Problem problem = spec.problem;
  result.im2colBytes = 4 * problem.n * problem.g * problem.c * problem.r *
                       problem.s * problem.ho * problem.wo;
  auto schedule = dyn_cast_or_null<ScheduleAttr>(
      parseAttribute("#conv.schedule" + result.schedule, context));
  if (!schedule)
    return;
  MachineAttr attr = machine.toAttr(context);
  result.analysisBytes = getWorkspaceBytes(problem, schedule);
  double transformation = estimateTransformation(problem, attr, schedule);
  Cost cost = estimate(
      getAlgorithmInfo(schedule.getAlgorithm()).getContraction(problem), attr,
      {schedule.getHOb(), schedule.getWOb(),
       schedule.getCOb() / schedule.getNVec()});
  result.transformShare = transformation / (transformation + cost.cycles);
}

/// Fills `result`; an error returned is a refusal.
static llvm::Error measure(const MeasureRequest &request, StageFunction stage,
                           MeasureResult &result) {
  stage("compile", nullptr);
  preparePeerEnvironment(request.peer, request.threads);
  auto machine = prepareMachine(request.cpu, request.threads);
  if (!machine)
    return machine.takeError();
  ResolvedTarget target{machine->triple, machine->cpu, machine->features};
  std::unique_ptr<MLIRContext> context = createContext();

  auto kernel = Kernel::compile(request, context.get(), target);
  if (!kernel)
    return kernel.takeError();
  if (!kernel->log.algorithm.empty())
    result.algorithm = kernel->log.algorithm;
  result.form = kernel->log.form;
  result.schedule = kernel->log.schedule;
  if (!result.schedule.empty())
    analyze(request.spec, *machine, context.get(), result);
  result.prepacked = kernel->isPrepacked();
  if (result.prepacked) {
    result.packedFilterBytes =
        sizeof(float) * kernel->log.packed.front().numElements();
  }
  auto probe = Probe::create(context.get(), target, machine->nVec.value,
                             machine->nReg.value, request.threads);
  if (!probe)
    return probe.takeError();

  std::optional<PeerKernel> peer;
  if (request.check || !request.peer.empty()) {
    stage("check", toJSON(result));
    ReferenceData data(request.spec, /*withOutput=*/request.check);
    if (request.check) {
      result.error = check(*kernel, request.spec, data);
      result.checked = result.error.empty();
    }
    if (!result.error.empty())
      return llvm::Error::success(); // A wrong result's time means nothing.
    if (request.threads == 1)
      pinToOneCPU(); // Before libraries look how many CPUs there are.
    if (!request.peer.empty()) {
      // After the kernel's OpenMP runtime: a library that wants GNU's finds the
      // same functions there, so that one set of threads serves both.
      stage("peer", toJSON(result));
      peer = PeerKernel::create(request, data, result.peer);
    }
  }
  if (!peer)
    stage("time", toJSON(result));
  if (request.threads == 1)
    pinToOneCPU();
  return timeKernel(request, *kernel, peer, *probe, *machine, result);
}

MeasureResult bench::measureHere(const MeasureRequest &request,
                                 StageFunction stage) {
  MeasureResult result;
  result.algorithm = request.algorithm;
  result.form = request.form;
  result.schedule = request.spec.schedule;
  if (auto error = measure(request, stage, result))
    result.refused = llvm::toString(std::move(error));
  return result;
}
