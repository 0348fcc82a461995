//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Driver.h"

#include "AddressRecurrences.h"
#include "DataObject.h"

#include "conv/Execution/Emit.h"
#include "conv/Execution/Kernels.h"
#include "conv/Execution/ObjectCache.h"
#include "conv/Execution/PackedInterface.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/ThreadPool.h"

#include <atomic>

using namespace mlir;
using namespace mlir::conv;

namespace {
/// A kernel and what became of it.
struct Job {
  KernelSource source;
  std::unique_ptr<llvm::MemoryBuffer> result;
  std::string error;
};
} // namespace

static std::unique_ptr<llvm::MemoryBuffer>
makeBuffer(llvm::SmallVector<char, 0> bytes, StringRef name) {
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), name, /*RequiresNullTerminator=*/false);
}

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
emitObject(llvm::Module &module, llvm::TargetMachine &machine, StringRef name) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream os(bytes);
  if (llvm::Error error = emitModule(module, machine, OutputKind::Object, os))
    return std::move(error);
  return makeBuffer(std::move(bytes), name);
}

static void compileJob(Job &job, KernelCompiler &compiler, bool bitcode) {
  llvm::LLVMContext context;
  auto module = compiler.compile(job.source, context);
  if (!module) {
    job.error = llvm::toString(module.takeError());
    return;
  }
  if (bitcode) {
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream os(bytes);
    llvm::WriteBitcodeToFile(**module, os);
    job.result = makeBuffer(std::move(bytes), job.source.name);
    return;
  }
  NoStrengthReduction gate;
  if (!job.source.loops)
    gate.guard(**module, compiler.getMachine());
  auto object = emitObject(**module, compiler.getMachine(), job.source.name);
  if (!object)
    job.error = llvm::toString(object.takeError());
  else
    job.result = std::move(*object);
}

/// Compiles `jobs`, each taken by whoever is free, on all cores while `other`
/// runs on this thread, which then helps in its `context`.
static void runJobs(ArrayRef<Job *> jobs, const ResolvedTarget &target,
                    bool bitcode, MLIRContext *context,
                    function_ref<void()> other) {
  // The longest first: none is left for the end alone.
  SmallVector<Job *> order(jobs);
  llvm::sort(order, [](const Job *a, const Job *b) {
    size_t sizeA = a->source.text.size(), sizeB = b->source.text.size();
    return sizeA != sizeB ? sizeA > sizeB : a->source.name < b->source.name;
  });
  std::atomic<size_t> next = 0;
  auto work = [&](MLIRContext *context) {
    size_t i = next++;
    if (i >= order.size())
      return;
    auto compiler = KernelCompiler::create(target, context);
    std::string obstacle;
    if (!compiler)
      obstacle = llvm::toString(compiler.takeError());
    for (; i < order.size(); i = next++) {
      if (obstacle.empty())
        compileJob(*order[i], **compiler, bitcode);
      else
        order[i]->error = obstacle;
    }
  };
  // A thread costs more than it saves where there is little to share out.
  llvm::ThreadPoolStrategy strategy = llvm::hardware_concurrency();
  size_t helpers =
      std::min<size_t>(strategy.compute_thread_count() - 1, jobs.size() / 3);
  if (helpers == 0) {
    other();
    return work(context);
  }
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(helpers));
  for (size_t i = 0; i < helpers; ++i)
    pool.async([&] { work(/*context=*/nullptr); });
  other();
  work(context);
  pool.wait();
}

/// Lowers what is left of `module` after its kernels were taken out. Large
/// constants are put to `constants`, where that is given.
static llvm::Expected<std::unique_ptr<llvm::Module>>
translateRest(ModuleOp module, const ConvToLLVMOptions &options,
              llvm::TargetMachine &machine, llvm::LLVMContext &context,
              bool packedInterfaces, const ResolvedTarget &target,
              std::vector<DataConstant> *constants) {
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
  buildKernelsToLLVMPipeline(manager, options);
#ifdef NDEBUG
  // The tools that run passes one by one verify, and so do the tests.
  manager.enableVerifier(false);
#endif
  if (failed(manager.run(module)))
    return llvm::createStringError("compilation failed");
  if (constants)
    *constants = takeConstants(module, target);
  auto translated = translate(module, machine, context);
  if (!translated)
    return translated.takeError();
  if (packedInterfaces)
    addPackedInterfaces(**translated);
  return translated;
}

/// The key of the object of `module`, which is LLVM's before it is optimised.
static std::string getRestKey(const llvm::Module &module,
                              const ResolvedTarget &target) {
  llvm::SmallString<0> bitcode;
  llvm::raw_svector_ostream os(bitcode);
  llvm::WriteBitcodeToFile(module, os);
  return getCacheKey(
      {"rest", bitcode, target.triple, target.cpu, target.features});
}

/// Emits the object of a module's own code, unless `cache` has it, and, where
/// it has large constants, that of these. Returns whether the cache had it.
static llvm::Expected<bool>
emitRest(ModuleOp module, const ConvToLLVMOptions &options,
         const ResolvedTarget &target, llvm::TargetMachine &machine,
         bool packedInterfaces, const ObjectCache &cache, Objects &objects) {
  std::vector<DataConstant> constants;
  bool isKnown = false;
  {
    llvm::LLVMContext context;
    auto rest = translateRest(module, options, machine, context,
                              packedInterfaces, target, &constants);
    if (!rest)
      return rest.takeError();
    std::string key = cache.isOn() ? getRestKey(**rest, target) : "";
    std::unique_ptr<llvm::MemoryBuffer> known = cache.lookup(key);
    isKnown = known != nullptr;
    if (isKnown) {
      objects.push_back(std::move(known));
    } else {
      if (llvm::Error error = optimize(**rest, machine))
        return std::move(error);
      auto object = emitObject(**rest, machine, "main");
      if (!object)
        return object.takeError();
      cache.store(key, (*object)->getBuffer());
      objects.push_back(std::move(*object));
    }
  }
  if (constants.empty())
    return isKnown;
  auto data = makeDataObject(constants, objects.front()->getMemBufferRef());
  if (!data)
    return data.takeError();
  objects.push_back(std::move(*data));
  return isKnown;
}

static std::vector<Job> takeJobs(ModuleOp module) {
  std::vector<Job> jobs;
  for (KernelSource &kernel : takeKernels(module))
    jobs.push_back({std::move(kernel), nullptr, ""});
  return jobs;
}

/// The first error of `jobs`.
static llvm::Error findError(ArrayRef<Job> jobs) {
  for (const Job &job : jobs)
    if (!job.error.empty())
      return llvm::createStringError(job.error);
  return llvm::Error::success();
}

/// Remarks what came from the cache.
static void sayWhatWasKnown(ModuleOp module, const ObjectCache &cache,
                            size_t kernels, size_t known, bool knowsRest) {
  std::string text =
      llvm::formatv("{0} kernels, {1} from the cache", kernels, known);
  if (knowsRest)
    text += "; the rest, too";
  if (!cache.getObstacle().empty())
    text += "; no cache: " + cache.getObstacle().str();
  remark::analysis(module.getLoc(),
                   remark::RemarkOpts::name("compile").category("conv"))
      << text;
}

llvm::Expected<Objects> conv::compileToObjects(ModuleOp module,
                                               const ConvToLLVMOptions &options,
                                               const ResolvedTarget &target,
                                               bool packedInterfaces) {
  std::vector<Job> jobs = takeJobs(module);
  ObjectCache cache = ObjectCache::open();
  SmallVector<std::string> keys;
  SmallVector<Job *> missing;
  for (Job &job : jobs) {
    keys.push_back(getCacheKey({"kernel", job.source.text, target.triple,
                                target.cpu, target.features}));
    job.result = cache.lookup(keys.back());
    if (!job.result)
      missing.push_back(&job);
  }
  auto machine = createTargetMachine(target, /*jit=*/false);
  if (!machine)
    return machine.takeError();
  Objects objects;
  llvm::Error error = llvm::Error::success();
  bool knowsRest = false;
  runJobs(missing, target, /*bitcode=*/false, module.getContext(), [&] {
    auto known = emitRest(module, options, target, **machine, packedInterfaces,
                          cache, objects);
    if (known)
      knowsRest = *known;
    else
      error = llvm::joinErrors(std::move(error), known.takeError());
  });
  error = llvm::joinErrors(std::move(error), findError(jobs));
  if (error)
    return std::move(error);
  for (auto [job, key] : llvm::zip_equal(jobs, keys)) {
    if (llvm::is_contained(missing, &job))
      cache.store(key, job.result->getBuffer());
    objects.push_back(std::move(job.result));
  }
  if (!missing.empty() || !knowsRest)
    cache.prune();
  sayWhatWasKnown(module, cache, jobs.size(), jobs.size() - missing.size(),
                  knowsRest);
  return objects;
}

llvm::Expected<std::unique_ptr<llvm::Module>>
conv::compileToIR(ModuleOp module, const ConvToLLVMOptions &options,
                  const ResolvedTarget &target, llvm::LLVMContext &context) {
  std::vector<Job> jobs = takeJobs(module);
  SmallVector<Job *> all;
  for (Job &job : jobs)
    all.push_back(&job);
  auto machine = createTargetMachine(target, /*jit=*/false);
  if (!machine)
    return machine.takeError();
  std::unique_ptr<llvm::Module> result;
  llvm::Error error = llvm::Error::success();
  runJobs(all, target, /*bitcode=*/true, module.getContext(), [&] {
    auto rest = translateRest(module, options, **machine, context,
                              /*packedInterfaces=*/false, target,
                              /*constants=*/nullptr);
    if (!rest) {
      error = llvm::joinErrors(std::move(error), rest.takeError());
      return;
    }
    error = llvm::joinErrors(std::move(error), optimize(**rest, **machine));
    result = std::move(*rest);
  });
  error = llvm::joinErrors(std::move(error), findError(jobs));
  if (error)
    return std::move(error);
  for (Job &job : jobs) {
    auto kernel =
        llvm::parseBitcodeFile(job.result->getMemBufferRef(), context);
    if (!kernel)
      return kernel.takeError();
    if (llvm::Linker::linkModules(*result, std::move(*kernel)))
      return llvm::createStringError("cannot join the kernel '" +
                                     job.source.name + "'");
  }
  return result;
}

llvm::Expected<Objects> conv::compilePlain(ModuleOp module,
                                           const ResolvedTarget &target) {
  auto machine = createTargetMachine(target, /*jit=*/false);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  auto translated = translate(module, **machine, context);
  if (!translated)
    return translated.takeError();
  addPackedInterfaces(**translated);
  if (llvm::Error error = optimize(**translated, **machine))
    return std::move(error);
  auto object = emitObject(**translated, **machine, "main");
  if (!object)
    return object.takeError();
  Objects objects;
  objects.push_back(std::move(*object));
  return objects;
}
