//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Peer.h"

#include "conv/Measure/Memory.h"
#include "conv/Measure/Probe.h"
#include "conv/Measure/Timer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"

#include <cstdlib>
#include <dlfcn.h>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// A BLAS below this fraction of the peak runs kernels of another CPU.
static constexpr double kLeastFraction = 0.8;
static constexpr const char *kCoreVariable = "OPENBLAS_CORETYPE";

ArrayRef<llvm::StringRef> bench::getPeerNames() {
  static const llvm::StringRef names[] = {"onednn", "openblas", "naive"};
  return names;
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// Where the build puts the module, next to the tool's own folder.
static std::string getModulePath(llvm::StringRef name) {
  std::string tool = llvm::sys::fs::getMainExecutable(nullptr, nullptr);
  llvm::SmallString<256> path(
      llvm::sys::path::parent_path(llvm::sys::path::parent_path(tool)));
  llvm::sys::path::append(path, "lib", "ConvBenchPeer_" + name + ".so");
  return path.str().str();
}

/// Fails with how to get it when the build has no such peer.
static llvm::Error checkBuilt(llvm::StringRef name) {
  if (llvm::sys::fs::exists(getModulePath(name)))
    return llvm::Error::success();
  if (name == "naive")
    return llvm::createStringError(getModulePath(name) +
                                   " is missing: build 'conv-bench-peers', "
                                   "or install all of the project");
  auto [library, package, variable] =
      llvm::StringSwitch<std::array<const char *, 3>>(name)
          .Case("onednn", {"oneDNN", "libdnnl-dev", "-Ddnnl_ROOT"})
          .Default({"OpenBLAS", "libopenblas-dev", "-DOpenBLAS_ROOT"});
  return llvm::createStringError(llvm::formatv(
      "this build has no {0}: install {1}, or give CMake a prefix that holds "
      "it by {2}=DIR, then configure and build again",
      library, package, variable));
}

static llvm::Expected<PeerLibrary *> loadPeer(llvm::StringRef name) {
  if (auto error = checkBuilt(name))
    return std::move(error);
  // Its own scope: its symbols must not replace ours. Never closed: threads of
  // the library may run.
  void *module = dlopen(getModulePath(name).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!module)
    return llvm::createStringError(dlerror());
  auto *get =
      reinterpret_cast<PeerLibrary *(*)()>(dlsym(module, "convBenchGetPeer"));
  PeerLibrary *library = get ? get() : nullptr;
  if (!library)
    return llvm::createStringError(getModulePath(name) + " does not start");
  return library;
}

void bench::preparePeerEnvironment(llvm::StringRef name, int64_t threads) {
  std::string count = std::to_string(threads);
  setenv("OMP_NUM_THREADS", count.c_str(), 1);
  if (name != "openblas")
    return;
  setenv("OPENBLAS_NUM_THREADS", count.c_str(), 1);
  if (threads == 1)
    return;
  // Its threads are not OpenMP's: whoever waits for work in a loop takes the
  // other's cores. Both give up within the pause between their samples.
  setenv("OPENBLAS_THREAD_TIMEOUT", "20", 0); // 2^20 cycles.
  setenv("KMP_BLOCKTIME", "1", 0);            // Milliseconds.
}

//===----------------------------------------------------------------------===//
// PeerKernel
//===----------------------------------------------------------------------===//

struct PeerKernel::Memory : PeerMemory {
  std::vector<Buffer> buffers;

  float *allocate(int64_t numFloats) override {
    auto buffer = Buffer::create(numFloats, Buffer::Placement::Aligned);
    if (!buffer) {
      llvm::consumeError(buffer.takeError());
      return nullptr;
    }
    buffers.push_back(std::move(*buffer));
    return buffers.back().data();
  }
};

static bool hasLayout(const KernelSpec &spec, llvm::StringRef layout) {
  auto letters = getLetters(spec.problem, layout);
  if (letters)
    return letters->input == spec.letters.input &&
           letters->output == spec.letters.output;
  llvm::consumeError(letters.takeError());
  return false;
}

static PeerProblem getPeerProblem(const MeasureRequest &request,
                                  bool channelsLast) {
  const Problem &p = request.spec.problem;
  return {p.n,       p.g,       p.c,         p.h,          p.w,
          p.k,       p.r,       p.s,         p.ho,         p.wo,
          p.strideH, p.strideW, p.dilationH, p.dilationW,  p.lowH,
          p.lowW,    p.highH,   p.highW,     channelsLast, request.threads};
}

/// The filter as [g][k][c][r][s].
static std::vector<float> transposeFilter(const KernelSpec &spec,
                                          const std::vector<float> &filter) {
  const Problem &p = spec.problem;
  Operand operand = spec.getFilter();
  int64_t g = operand.getStride('g'), k = operand.getStride('k'),
          c = operand.getStride('c'), r = operand.getStride('r'),
          s = operand.getStride('s');
  std::vector<float> result;
  result.reserve(filter.size());
  for (int64_t ig = 0; ig < p.g; ++ig)
    for (int64_t ik = 0; ik < p.k; ++ik)
      for (int64_t ic = 0; ic < p.c; ++ic)
        for (int64_t ir = 0; ir < p.r; ++ir)
          for (int64_t is = 0; is < p.s; ++is)
            result.push_back(
                filter[ig * g + ik * k + ic * c + ir * r + is * s]);
  return result;
}

/// Removes the ways whose result is wrong. Returns what was wrong.
static std::string
dropWrong(std::vector<std::unique_ptr<PeerConvolution>> &ways,
          const KernelSpec &spec, const ReferenceData &data) {
  std::string wrong;
  std::vector<float> output(data.output.size());
  llvm::erase_if(ways, [&](std::unique_ptr<PeerConvolution> &way) {
    way->run();
    way->readOutput(output.data());
    std::string message =
        compareExactly(spec.getOutput(), output.data(), data.output);
    if (message.empty())
      return false;
    wrong += (wrong.empty() ? "" : "; ") + way->getMode() + ": " + message;
    return true;
  });
  return wrong;
}

/// The position of the fastest way, by samples taken in turns.
static size_t
findFastest(llvm::ArrayRef<std::unique_ptr<PeerConvolution>> ways) {
  constexpr int rounds = 7;
  if (ways.size() < 2)
    return 0;
  std::vector<int64_t> repeat(ways.size());
  std::vector<std::vector<double>> seconds(ways.size());
  for (int round = -1; round < rounds; ++round)
    for (auto [i, way] : llvm::enumerate(ways)) {
      int64_t count = std::max<int64_t>(repeat[i], 1);
      double start = getSeconds();
      for (int64_t j = 0; j < count; ++j)
        way->run();
      double each = (getSeconds() - start) / count;
      if (round < 0) // The first call has run already, when it was built.
        repeat[i] = std::clamp<int64_t>(1e-3 / std::max(each, 1e-9), 1, 100000);
      else
        seconds[i].push_back(each);
    }
  std::vector<double> medians;
  for (std::vector<double> &values : seconds)
    medians.push_back(getMedian(std::move(values)));
  return llvm::min_element(medians) - medians.begin();
}

std::optional<PeerKernel> PeerKernel::create(const MeasureRequest &request,
                                             const ReferenceData &given,
                                             PeerResult &result) {
  KernelSpec spec = request.spec;
  result.name = request.peer;
  auto library = loadPeer(request.peer);
  if (!library) {
    result.refused = llvm::toString(library.takeError());
    return std::nullopt;
  }
  result.version = (*library)->getVersion();
  if (spec.problem.hasBias || spec.problem.hasResidual ||
      spec.problem.hasClamp) {
    result.refused = "only plain convolutions are compared";
    return std::nullopt;
  }
  // A layout of the kernel's own choice is compared with the library's best
  // one, for which it starts from the one that libraries like.
  if (!(spec.getTypes() == FactorTypes())) {
    result.refused = "libraries are compared with in f32";
    return std::nullopt;
  }
  bool channelsFirst = hasLayout(spec, "nchw");
  std::optional<ReferenceData> other;
  if (!channelsFirst && !hasLayout(spec, "nhwc")) {
    auto letters = getLetters(spec.problem, "nhwc");
    if (!letters) {
      result.refused = llvm::toString(letters.takeError());
      return std::nullopt;
    }
    spec.letters = *letters;
    other.emplace(spec, /*withOutput=*/!given.output.empty());
  }
  const ReferenceData &data = other ? *other : given;
  PeerKernel kernel;
  kernel.memory = std::make_shared<Memory>();
  std::vector<float> filter = transposeFilter(spec, data.filter);
  std::vector<std::unique_ptr<PeerConvolution>> ways = (*library)->create(
      getPeerProblem(request, !channelsFirst), data.input.data(), filter.data(),
      *kernel.memory, result.refused);
  if (ways.empty()) {
    if (result.refused.empty())
      result.refused = "not supported";
    return std::nullopt;
  }
  result.refused.clear(); // Another way was refused.
  if (!data.output.empty()) {
    std::string wrong = dropWrong(ways, spec, data);
    result.checked = wrong.empty();
    if (!wrong.empty()) {
      result.refused = "wrong result: " + wrong;
      return std::nullopt;
    }
  }
  kernel.way = std::move(ways[findFastest(ways)]);
  result.mode = kernel.way->getMode();
  result.implementation = kernel.way->getImplementation();
  return kernel;
}

//===----------------------------------------------------------------------===//
// describePeer
//===----------------------------------------------------------------------===//

/// The library's matrix multiplication as a fraction of the peak; nothing when
/// it is not to be judged by that.
static llvm::Expected<std::optional<double>>
measureMultiply(PeerLibrary &library, llvm::StringRef cpu, int64_t threads) {
  constexpr int64_t n = 1024;
  constexpr int attempts = 3, rounds = 11;
  MachineOptions options;
  options.cpu = cpu.str();
  options.threads = threads;
  auto machine = resolveMachine(options, ModuleOp());
  if (!machine)
    return machine.takeError();
  std::unique_ptr<MLIRContext> context = createContext();
  auto probe = Probe::create(context.get(),
                             {machine->triple, machine->cpu, machine->features},
                             machine->nVec.value, machine->nReg.value, threads);
  if (!probe)
    return probe.takeError();
  auto a = Buffer::create(3 * n * n, Buffer::Placement::Aligned);
  if (!a)
    return a.takeError();
  float *b = a->data() + n * n, *c = b + n * n;
  std::fill(a->data(), c, 1.0f);
  if (!library.multiply(n, a->data(), b, c, threads))
    return std::nullopt;
  // A busy machine is no reason to call a library slow.
  double best = 0;
  for (int attempt = 0; attempt < attempts && best < kLeastFraction;
       ++attempt) {
    std::vector<double> fractions;
    for (int i = 0; i < rounds; ++i) {
      double before = probe->run();
      double start = getSeconds();
      library.multiply(n, a->data(), b, c, threads);
      double seconds = getSeconds() - start;
      fractions.push_back(2.0 * n * n * n / seconds /
                          ((before + probe->run()) / 2));
    }
    best = std::max(best, getMedian(std::move(fractions)));
  }
  return best;
}

static llvm::json::Object describeLoaded(llvm::StringRef name,
                                         llvm::StringRef cpu, int64_t threads) {
  preparePeerEnvironment(name, threads);
  if (threads == 1)
    pinToOneCPU();
  auto library = loadPeer(name);
  if (!library)
    return llvm::json::Object{{"error", llvm::toString(library.takeError())}};
  auto fraction = measureMultiply(**library, cpu, threads);
  if (!fraction)
    return llvm::json::Object{{"error", llvm::toString(fraction.takeError())}};
  llvm::json::Object object{{"name", (*library)->getName()},
                            {"version", (*library)->getVersion()}};
  std::string core = (*library)->getCore();
  object["core"] =
      core.empty() ? llvm::json::Value(nullptr) : llvm::json::Value(core);
  object["core_forced"] = nullptr;
  object["sgemm_fraction"] =
      *fraction ? llvm::json::Value(**fraction) : llvm::json::Value(nullptr);
  object["refused"] = nullptr;
  if (*fraction && **fraction < kLeastFraction)
    object["refused"] =
        llvm::formatv("its own sgemm(1024) is below {0:f0} % of the peak",
                      100 * kLeastFraction);
  return object;
}

static llvm::Expected<llvm::json::Object>
describeInChild(llvm::StringRef name, llvm::StringRef cpu, int64_t threads) {
  auto outcome = runInChild([&](StageFunction) -> llvm::json::Value {
    return describeLoaded(name, cpu, threads);
  });
  if (!outcome)
    return outcome.takeError();
  if (!outcome->value || !outcome->value->getAsObject())
    return llvm::createStringError("--peer=" + name +
                                   " crashed: " + outcome->death);
  llvm::json::Object *object = outcome->value->getAsObject();
  if (auto error = object->getString("error"))
    return llvm::createStringError(*error);
  return std::move(*object);
}

llvm::Expected<llvm::json::Object> bench::describePeer(llvm::StringRef name,
                                                       llvm::StringRef cpu,
                                                       int64_t threads) {
  if (auto error = checkBuilt(name))
    return std::move(error);
  auto described = describeInChild(name, cpu, threads);
  if (!described || name != "openblas")
    return described;
  if (const char *chosen = std::getenv(kCoreVariable)) {
    (*described)["core_forced"] =
        llvm::formatv("{0}={1}", kCoreVariable, chosen);
    return described;
  }
  // Older releases do not know newer CPUs and fall back to AVX2 kernels.
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  llvm::StringRef core = described->getString("core").value_or("");
  bool isNarrow = llvm::is_contained(
      {"Haswell", "Zen", "Sandybridge", "Nehalem", "Prescott"}, core);
  if (!isNarrow || !features.lookup("avx512f") || !features.lookup("avx512vl"))
    return described;
  std::string own = core.str();
  setenv(kCoreVariable, "SkylakeX", 1);
  auto forced = describeInChild(name, cpu, threads);
  if (forced && forced->getNumber("sgemm_fraction") >
                    described->getNumber("sgemm_fraction")) {
    (*forced)["core_forced"] = llvm::formatv(
        "{0}=SkylakeX, its own choice is {1}", kCoreVariable, own);
    return forced;
  }
  if (!forced)
    llvm::consumeError(forced.takeError());
  unsetenv(kCoreVariable);
  return described;
}
