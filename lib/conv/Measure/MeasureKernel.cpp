//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/CompiledKernel.h"

#include "conv/Measure/Measurer.h"
#include "conv/Measure/Memory.h"
#include "conv/Measure/Peer.h"
#include "conv/Measure/Probe.h"
#include "conv/Measure/Reference.h"
#include "conv/Measure/Timer.h"

#include "conv/Algorithms/Algorithms.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/Support/FormatVariadic.h"

#include <cstdlib>
#include <cstring>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// Runs between guard pages, twice: pages after and pages before each buffer.
/// Returns what is wrong, empty when nothing.
static std::string check(const CompiledKernel &kernel, const KernelSpec &spec,
                         const ReferenceData &data) {
  for (auto placement :
       {Buffer::Placement::EndsAtGuard, Buffer::Placement::StartsAtGuard}) {
    auto operands = kernel.allocate(data, placement);
    if (!operands)
      return llvm::toString(operands.takeError());
    allocation::setPoison(true);
    if (kernel.isPrepacked()) {
      CompiledKernel::Call pack = kernel.getPackCall(*operands);
      pack();
    }
    CompiledKernel::Call call = kernel.getCall(*operands);
    call();
    allocation::setPoison(false);
    std::vector<float> output = kernel.readOutput(*operands);
    std::string wrong =
        compareWithin(spec.getOutput(), output.data(), data.output,
                      getErrorBound(spec, data, kernel.getTile()));
    if (!wrong.empty())
      return wrong;
  }
  return "";
}

static llvm::Error timeKernel(const MeasureRequest &request,
                              const CompiledKernel &kernel,
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
    CompiledKernel::Call pack = kernel.getPackCall(*operands);
    std::vector<double> seconds;
    for (int i = 0; i < 3; ++i) {
      double start = getSeconds();
      pack();
      seconds.push_back(getSeconds() - start);
    }
    result.packMs = getMedian(seconds) * 1e3;
  }
  CompiledKernel::Call call = kernel.getCall(*operands);
  allocation::resetPeak();
  call();
  result.workspaceBytes = allocation::getPeakBytes();

  TimerOptions options;
  options.rounds = request.rounds;
  options.settle = request.settle;
  if (request.cold) {
    int64_t lastCache = std::max(machine.l2.value, machine.l3.value);
    options.flushBytes = 2 * std::max<int64_t>(lastCache, 1 << 20);
  }
  double flops = request.spec.problem.flops();
  if (peer && request.peer == "openblas" && request.threads > 1)
    options.restSeconds = 3e-3; // Longer than its threads wait, and ours.
  auto callKernel = [&] { call(); };
  auto callPeer = [&](int64_t count) { return timeRepeated(*peer, count); };
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
  ScheduleAttr schedule = parseScheduleIfValid(result.schedule, context);
  FailureOr<Problem> known = getKernelProblem(spec, context);
  if (!schedule || failed(known))
    return;
  problem = *known;
  MachineAttr attr = machine.toAttr(context);
  result.analysisBytes = getWorkspaceBytes(problem, schedule);
  double transformation = estimateTransformation(problem, attr, schedule);
  Cost cost = estimateSchedule(problem, attr, schedule);
  result.transformShare = transformation / cost.cycles;
  result.predictedFraction = cost.fmaCycles / cost.cycles;
}

/// The row that makes the most products of `types` on `machine`; null of f32.
static const Instruction *getFastest(const FactorTypes &types,
                                     MachineAttr machine) {
  const Instruction *fastest = nullptr;
  for (const Instruction *row : getInstructionsFor(types, machine))
    if (!fastest || row->getRate() > fastest->getRate())
      fastest = row;
  return fastest;
}

/// Fills `result`; an error returned is a refusal.
static llvm::Error measure(const MeasureRequest &request, StageFunction stage,
                           MeasureResult &result) {
  stage("compile", nullptr);
  preparePeerEnvironment(request.peer, request.threads);
  auto machine = prepareMachine(request.cpu, request.machine, request.threads);
  if (!machine)
    return machine.takeError();
  ResolvedTarget target{machine->triple, machine->cpu, machine->features};
  std::unique_ptr<MLIRContext> context = createContext();

  auto kernel = CompiledKernel::compile(request, context.get(), target);
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
    result.packedFilterBytes = kernel->log.packed.front().elementBytes *
                               kernel->log.packed.front().numElements();
  }
  auto probe = Probe::create(
      context.get(), target, machine->nVec.value, machine->nReg.value,
      request.threads, /*chains=*/0,
      getFastest(request.spec.getTypes(), machine->toAttr(context.get())));
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
