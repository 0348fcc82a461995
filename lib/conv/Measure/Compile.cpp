//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Compile.h"

#include "conv/Measure/Diagnostics.h"
#include "conv/Measure/Memory.h"
#include "conv/Measure/OperationTimes.h"

#include "conv/InitAll.h"
#include "conv/Support/OpenMP.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

#include <dlfcn.h>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

static llvm::Expected<MachineModel>
getMachine(llvm::StringRef cpu, llvm::StringRef file, int64_t threads) {
  MachineOptions options;
  options.cpu = cpu.str();
  options.machine = file.str();
  options.threads = threads;
  return resolveMachine(options, ModuleOp());
}

llvm::Expected<MachineModel> bench::prepareMachine(llvm::StringRef cpu,
                                                   llvm::StringRef file,
                                                   int64_t threads) {
  // Read by the OpenMP runtime when it is loaded.
  setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);
  return getMachine(cpu, file, threads);
}

int64_t PackedArgument::numElements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

llvm::Expected<Engine> bench::createCountingEngine(Objects objects,
                                                   const ResolvedTarget &target,
                                                   bool openMP) {
  // Libraries to compare with that want GNU's OpenMP runtime find the same
  // functions here, if all can see them: one set of threads serves both.
  if (openMP)
    (void)dlopen(getOpenMPRuntime().c_str(), RTLD_LAZY | RTLD_GLOBAL);
  SmallVector<HostSymbol> symbols(allocation::getSymbols());
  symbols.push_back(getOperationDoneSymbol());
  return Engine::create(std::move(objects), target, openMP, symbols);
}

llvm::Expected<Engine> bench::createCountingEngine(ModuleOp module,
                                                   const ResolvedTarget &target,
                                                   bool openMP) {
  auto objects = compilePlain(module, target);
  if (!objects)
    return objects.takeError();
  return createCountingEngine(std::move(*objects), target, openMP);
}

namespace {
/// Reads the decisions off the module between the passes.
class DecisionReader : public PassInstrumentation {
public:
  DecisionReader(ModuleOp module, MachineAttr machine, CompileLog &log)
      : log(log), origins(module), machine(machine) {}

  void runBeforePass(Pass *pass, Operation *op) override {
    auto module = dyn_cast<ModuleOp>(op);
    if (!module || pass->getArgument() != "conv-prepack")
      return;
    if (auto function = module.lookupSymbol<func::FuncOp>(log.function))
      plainTypes.assign(function.getArgumentTypes().begin(),
                        function.getArgumentTypes().end());
  }

  void runAfterPass(Pass *pass, Operation *op) override {
    auto module = dyn_cast<ModuleOp>(op);
    if (module && pass->getArgument() == "conv-autotune")
      readSchedule(module);
    if (module && pass->getArgument() == "conv-prepack")
      readPacking(module);
    if (module && pass->getArgument() == "conv-time-operations")
      log.operations = findOperationCosts(module, origins, machine);
  }

private:
  void readSchedule(ModuleOp module) {
    module.walk([&](ConvOp conv) {
      ScheduleAttr schedule = conv.getScheduleAttr();
      if (!schedule)
        return WalkResult::advance();
      log.schedule = getScheduleText(schedule);
      log.algorithm = schedule.getAlgorithmName().str();
      log.form = stringifyForm(schedule.getForm()).str();
      return WalkResult::interrupt();
    });
  }

  void readPacking(ModuleOp module) {
    auto function = module.lookupSymbol<func::FuncOp>(log.function);
    if (!function || function.getNumArguments() != plainTypes.size())
      return;
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
      if (type != plainTypes[i]) {
        auto shaped = cast<ShapedType>(type);
        log.packed.push_back(
            {static_cast<unsigned>(i), SmallVector<int64_t>(shaped.getShape()),
             shaped.getElementTypeBitWidth() / 8, isa<TensorType>(type)});
      }
  }

  CompileLog &log;
  Origins origins;
  MachineAttr machine;
  SmallVector<Type> plainTypes;
};
} // namespace

/// The options of the pipeline that `options` say.
static void setPipelineOptions(ConvToLLVMOptions &pipeline,
                               const CompileOptions &options) {
  pipeline.cpu = options.cpu;
  pipeline.machine = options.machine;
  pipeline.algorithm = options.algorithm;
  pipeline.form = options.form;
  pipeline.prepack = options.prepack;
  pipeline.maxWorkspace = options.maxWorkspace;
  pipeline.accuracy = options.accuracy;
  pipeline.networkAccuracy = options.networkAccuracy;
  pipeline.networkMemory = options.networkMemory;
  pipeline.threads = options.threads;
  if (!options.propagateLayouts.empty())
    pipeline.propagateLayouts = options.propagateLayouts;
  pipeline.timeOperations = options.timeOperations;
}

llvm::Expected<Objects> bench::compile(ModuleOp module,
                                       const CompileOptions &options,
                                       const ResolvedTarget &target,
                                       CompileLog &log) {
  auto machine = getMachine(options.cpu, options.machine, options.threads);
  if (!machine)
    return machine.takeError();
  Diagnostics diagnostics(module.getContext());
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
  ConvToLLVMOptions pipeline;
  setPipelineOptions(pipeline, options);
  buildConvToKernelsPipeline(manager, pipeline);
  manager.addInstrumentation(std::make_unique<DecisionReader>(
      module, machine->toAttr(module.getContext()), log));
  if (failed(manager.run(module)))
    return diagnostics.takeError("conv-to-llvm failed without a message");
  auto objects =
      compileToObjects(module, pipeline, target, /*packedInterfaces=*/true);
  if (!objects) {
    llvm::Error said = objects.takeError();
    return llvm::createStringError(
        llvm::toString(diagnostics.takeError(llvm::toString(std::move(said)))));
  }
  log.warnings = diagnostics.getWarnings();
  return objects;
}

llvm::Error bench::decide(ModuleOp module, const CompileOptions &options,
                          bool raise) {
  Diagnostics diagnostics(module.getContext());
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
  ConvToLLVMOptions pipeline;
  setPipelineOptions(pipeline, options);
  // As the pipeline reads the module, weights in files included.
  if (raise)
    buildConvRaisePipeline(manager, pipeline);
  ConvAutotunePassOptions autotune;
  autotune.cpu = options.cpu;
  autotune.machine = options.machine;
  autotune.algorithm = options.algorithm;
  autotune.form = options.form;
  autotune.maxWorkspace = options.maxWorkspace;
  autotune.accuracy = options.accuracy;
  autotune.networkAccuracy = options.networkAccuracy;
  autotune.networkMemory = options.networkMemory;
  autotune.threads = options.threads;
  manager.addPass(createConvAutotunePass(autotune));
  if (failed(manager.run(module)))
    return diagnostics.takeError("conv-autotune failed without a message");
  return llvm::Error::success();
}

llvm::Error bench::runPipeline(ModuleOp module, StringRef pipeline) {
  Diagnostics diagnostics(module.getContext());
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
  std::string text;
  llvm::raw_string_ostream os(text);
  if (failed(parsePassPipeline(pipeline, manager, os)))
    return llvm::createStringError(text);
  if (failed(manager.run(module)))
    return diagnostics.takeError("lowering failed without a message");
  return llvm::Error::success();
}

llvm::Error bench::lowerUpstream(ModuleOp module) {
  bool hasTensors = false, ownsBuffers = false, hasConv = false;
  module.walk([&](Operation *op) {
    hasConv |= isa<ConvOp>(op);
    ownsBuffers |= isa<memref::DeallocOp>(op);
    for (Type type : op->getOperandTypes())
      hasTensors |= isa<TensorType>(type);
  });
  std::string pipeline;
  if (hasConv)
    pipeline += "conv-to-linalg,";
  if (hasTensors)
    pipeline += "one-shot-bufferize{bufferize-function-boundaries=true "
                "function-boundary-type-conversion=identity-layout-map},";
  // Upstream's deallocation refuses functions that free what they allocate.
  if (hasTensors && !ownsBuffers)
    pipeline += "buffer-deallocation-pipeline,";
  pipeline +=
      "convert-bufferization-to-memref,convert-linalg-to-loops,"
      "convert-vector-to-scf,convert-scf-to-cf,expand-strided-metadata,"
      "lower-affine,convert-math-to-llvm,convert-vector-to-llvm,"
      "convert-arith-to-llvm,convert-index-to-llvm,finalize-memref-to-llvm,"
      "convert-func-to-llvm,convert-cf-to-llvm,convert-ub-to-llvm,"
      "reconcile-unrealized-casts";
  return runPipeline(module, pipeline);
}
