//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Probe.h"

#include "conv/Measure/Memory.h"
#include "conv/Measure/Timer.h"

#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <chrono>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// `chains` accumulators, twice each per trip: short bodies would measure the
/// loop's own instructions.
static constexpr int64_t kRepeat = 2;
static constexpr double kSampleSeconds = 3e-4;

namespace {
/// The operation of the chains.
struct ProbeStep {
  const Instruction *row; ///< Null: the multiplication and addition of f32.
  int64_t lanes;
  std::string sum, factor; ///< Types of elements.
  int64_t sumBytes = sizeof(float);

  int64_t getSteps() const { return row ? row->k : 1; }
  /// Whether products are made by an instruction of their own: were they the
  /// same in every trip, they would be made once.
  bool addsApart() const {
    return row && (row->form == InstructionForm::IntrinsicThenAdd ||
                   (row->form == InstructionForm::Generic &&
                    !isFloat(row->types.acc)));
  }
  std::string getSumType() const {
    return llvm::formatv("vector<{0}x{1}>", lanes, sum);
  }
  std::string getFactorType() const {
    return llvm::formatv("vector<{0}x{1}>", lanes * getSteps(), factor);
  }
  /// `source`, which has the type of sums, as a factor.
  std::string castFactor(const std::string &source) const;
  std::string multiplyAdd(const std::string &x, const std::string &y,
                          const std::string &acc) const;
};
} // namespace

static ProbeStep makeStep(MLIRContext *context, const Instruction *row,
                          int64_t nVec) {
  ProbeStep step{row, nVec, "f32", "f32"};
  if (!row)
    return step;
  auto print = [&](ElementKind kind) {
    std::string text;
    llvm::raw_string_ostream(text) << getElementType(kind, context);
    return text;
  };
  step.sum = print(row->types.acc);
  step.factor = print(row->multiplied);
  step.sumBytes = getBits(row->types.acc) / 8;
  int64_t bytes = nVec * static_cast<int64_t>(sizeof(float));
  step.lanes = row->n != 0 ? row->n : bytes / step.sumBytes;
  return step;
}

std::string ProbeStep::castFactor(const std::string &source) const {
  bool sameWidth =
      !row || row->k * getBits(row->multiplied) == getBits(row->types.acc);
  return llvm::formatv("{0} {1} : {2} to {3}",
                       sameWidth ? "vector.bitcast" : "arith.trunci", source,
                       getSumType(), getFactorType());
}

std::string ProbeStep::multiplyAdd(const std::string &x, const std::string &y,
                                   const std::string &acc) const {
  if (!row)
    return llvm::formatv("vector.fma {0}, {1}, {2} : {3}", x, y, acc,
                         getSumType());
  return llvm::formatv("conv.fma {0} {1}, {2}, {3} : {4}, {5}", row->name, acc,
                       x, y, getSumType(), getFactorType());
}

/// Each chain starts from memory: equal chains would be merged into one.
static std::string getProbeText(int64_t chains, const ProbeStep &step,
                                int64_t threads) {
  std::string text;
  llvm::raw_string_ostream os(text);
  std::string vec = step.getSumType();
  std::string mem = llvm::formatv("memref<{0}x{1}x{2}x{3}>", threads,
                                  chains + 2, step.lanes, step.sum);
  os << "func.func @probe(%n: memref<1xindex>, %m: " << mem
     << ") attributes {llvm.emit_c_interface} {\n"
     << "  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n"
     << "  %threads = arith.constant " << threads << " : index\n"
     << "  %trips = memref.load %n[%c0] : memref<1xindex>\n"
     << (threads > 1 ? "  scf.parallel (%t) = (%c0) to (%threads) step (%c1)"
                     : "  scf.for %t = %c0 to %threads step %c1")
     << " {\n";
  for (int64_t i = 0; i < chains + 2; ++i)
    os << "    %i" << i << " = arith.constant " << i << " : index\n"
       << "    %v" << i << " = vector.load %m[%t, %i" << i << ", %c0] : " << mem
       << ", " << vec << "\n";
  for (int64_t i = 0; i < 2; ++i)
    os << "    %f" << i << " = "
       << step.castFactor(llvm::formatv("%v{0}", chains + i)) << "\n";
  os << "    %r:" << chains
     << " = scf.for %j = %c0 to %trips step %c1 iter_args(";
  for (int64_t i = 0; i < chains; ++i)
    os << (i ? ", " : "") << "%x0_" << i << " = %v" << i;
  os << ") -> (";
  for (int64_t i = 0; i < chains; ++i)
    os << (i ? ", " : "") << vec;
  os << ") {\n";
  for (int64_t repeat = 0; repeat < kRepeat; ++repeat)
    for (int64_t i = 0; i < chains; ++i) {
      std::string acc = llvm::formatv("%x{0}_{1}", repeat, i), x = "%f0";
      if (step.addsApart()) {
        x = llvm::formatv("%y{0}_{1}", repeat, i);
        os << "      " << x << " = " << step.castFactor(acc) << "\n";
      }
      os << llvm::formatv("      %x{0}_{1} = {2}\n", repeat + 1, i,
                          step.multiplyAdd(x, "%f1", acc));
    }
  os << "      scf.yield ";
  for (int64_t i = 0; i < chains; ++i)
    os << (i ? ", " : "") << "%x" << kRepeat << "_" << i;
  os << " : ";
  for (int64_t i = 0; i < chains; ++i)
    os << (i ? ", " : "") << vec;
  os << "\n    }\n";
  for (int64_t i = 0; i < chains; ++i)
    os << "    vector.store %r#" << i << ", %m[%t, %i" << i
       << ", %c0] : " << mem << ", " << vec << "\n";
  os << "  }\n  return\n}\n";
  return text;
}

/// Enough for any latency times throughput, few enough not to spill: two
/// registers hold the factors.
static int64_t getNumChains(int64_t nReg) {
  return nReg >= 32 ? 24 : std::max<int64_t>(nReg - 4, 1);
}

/// The probe in the LLVM dialect.
static llvm::Expected<OwningOpRef<ModuleOp>>
buildProbe(MLIRContext *context, const ResolvedTarget &target,
           const ProbeStep &step, int64_t threads, int64_t chains) {
  auto module =
      parseSourceString<ModuleOp>(getProbeText(chains, step, threads), context);
  if (!module)
    return llvm::createStringError("the peak probe does not parse");
  std::string pipeline;
  if (threads > 1)
    pipeline += llvm::formatv("convert-scf-to-openmp{{num-threads={0}},"
                              "canonicalize,",
                              threads);
  pipeline += "convert-scf-to-cf,convert-vector-to-llvm,";
  if (threads > 1)
    pipeline += "convert-openmp-to-llvm,";
  pipeline += "finalize-memref-to-llvm,convert-func-to-llvm,"
              "convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,";
  if (step.row)
    pipeline +=
        llvm::formatv("conv-finalize-llvm{{cpu={0} triple={1} features={2}},",
                      target.cpu, target.triple, target.features);
  pipeline += "reconcile-unrealized-casts";
  if (auto error = runPipeline(*module, pipeline))
    return std::move(error);
  return std::move(module);
}

llvm::Expected<ProbeCode> bench::compileProbe(MLIRContext *context,
                                              const ResolvedTarget &target,
                                              int64_t nVec, int64_t nReg) {
  int64_t chains = getNumChains(nReg);
  auto module = buildProbe(context, target, makeStep(context, nullptr, nVec),
                           /*threads=*/1, chains);
  if (!module)
    return module.takeError();
  auto objects = compilePlain(**module, target);
  if (!objects)
    return objects.takeError();
  return ProbeCode{std::move(*objects),
                   {1, chains + 2, nVec},
                   2.0 * chains * kRepeat * nVec};
}

llvm::Expected<Probe> Probe::create(MLIRContext *context,
                                    const ResolvedTarget &target, int64_t nVec,
                                    int64_t nReg, int64_t threads,
                                    int64_t chains, const Instruction *row) {
  if (chains == 0)
    chains = getNumChains(nReg);
  if (row && row->isPlainF32())
    row = nullptr;
  ProbeStep step = makeStep(context, row, nVec);
  auto module = buildProbe(context, target, step, threads, chains);
  if (!module)
    return module.takeError();
  auto engine = createCountingEngine(**module, target, threads > 1);
  if (!engine)
    return engine.takeError();
  Probe probe(std::move(*engine));
  auto function = probe.engine.lookup("probe");
  if (!function)
    return function.takeError();
  probe.function = *function;
  probe.productsPerFma = step.lanes * step.getSteps();
  probe.threads = threads;
  probe.fmasPerTrip = chains * kRepeat;
  probe.shape = {threads, chains + 2, step.lanes};
  // Elements of other types have these bits.
  probe.data.assign(threads * (chains + 2) * step.lanes * step.sumBytes /
                        static_cast<int64_t>(sizeof(float)),
                    0.5f);

  // The fastest of a few: the first calls start threads and wake the vector
  // units up.
  auto fastest = [&] {
    double seconds = probe.time(probe.trips);
    for (int i = 0; i < 4; ++i)
      seconds = std::min(seconds, probe.time(probe.trips));
    return seconds;
  };
  probe.trips = 1000;
  double seconds = fastest();
  while (seconds < kSampleSeconds / 4 && probe.trips < (int64_t(1) << 40)) {
    probe.trips *= 4;
    seconds = fastest();
  }
  probe.trips = std::max<int64_t>(1, probe.trips * kSampleSeconds / seconds);
  return probe;
}

double Probe::time(int64_t count) {
  Descriptor n(&count, {1}), m(data.data(), shape);
  void *arguments[] = {n.get(), m.get()};
  void *packed[] = {&arguments[0], &arguments[1]};
  double start = getSeconds();
  function(packed);
  return getSeconds() - start;
}

double Probe::run() {
  double flops = 2.0 * fmasPerTrip * productsPerFma * threads * trips;
  return flops / time(trips);
}

/// Seconds per clock cycle, from a chain of known latency; 0 when there is
/// none.
static double measureCycle() {
#if defined(__x86_64__)
  // Multiplication 3 cycles, addition 1, on every x86 with AVX2; additions
  // alone can be fused by renaming.
  constexpr int64_t steps = 16, rounds = 2000, cyclesPerStep = 4;
  uint64_t value = 3;
  double start = getSeconds();
  for (int64_t i = 0; i < rounds; ++i)
    asm volatile(".rept 16\n\timul %0, %0\n\tadd $1, %0\n\t.endr"
                 : "+r"(value)
                 :
                 : "cc");
  return (getSeconds() - start) / (steps * rounds * cyclesPerStep);
#else
  return 0;
#endif
}

std::optional<double> Probe::measureFmaPerCycle() {
  std::vector<double> steady, all;
  for (int i = 0; i < 60; ++i) {
    double before = measureCycle();
    if (before == 0)
      return std::nullopt;
    double seconds = time(trips);
    double after = measureCycle();
    double cycle = (before + after) / 2;
    double rate = fmasPerTrip * trips * cycle / seconds;
    all.push_back(rate);
    if (std::abs(before - after) < 0.03 * cycle)
      steady.push_back(rate);
  }
  return getMedian(steady.size() >= 5 ? steady : all);
}
