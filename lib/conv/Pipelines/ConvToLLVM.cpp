//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pipelines. Each line is a pass a user can run alone.
///
//===----------------------------------------------------------------------===//

#include "conv/Pipelines/Pipelines.h"

#include "conv/Algorithms/Passes.h"
#include "conv/Decide/Passes.h"
#include "conv/Kernels/Passes.h"
#include "conv/Memory/Passes.h"
#include "conv/Pipelines/Passes.h"
#include "conv/Recognition/Passes.h"
#include "conv/Rest/Passes.h"
#include "conv/Schedule/AlgorithmTraits.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::conv;

/// A pass's options that describe the machine.
template <typename PassOptionsT>
static PassOptionsT getMachineOptions(const ConvToLLVMOptions &options) {
  PassOptionsT result;
  result.cpu = options.cpu;
  result.triple = options.triple;
  result.features = options.features;
  result.machine = options.machine;
  result.nFma = options.nFma;
  result.lFma = options.lFma;
  result.nVec = options.nVec;
  result.nReg = options.nReg;
  result.loads = options.loads;
  result.l1 = options.l1;
  result.l1Ways = options.l1Ways;
  result.l2 = options.l2;
  result.l3 = options.l3;
  result.threads = options.threads;
  return result;
}

/// What `--conv-autotune` needs of the pipeline's options.
static ConvAutotunePassOptions
getAutotuneOptions(const ConvToLLVMOptions &options) {
  auto result = getMachineOptions<ConvAutotunePassOptions>(options);
  result.algorithm = options.algorithm;
  result.form = options.form;
  result.exclude.assign(options.exclude.begin(), options.exclude.end());
  result.maxWorkspace = options.maxWorkspace;
  result.accuracy = options.accuracy;
  result.networkAccuracy = options.networkAccuracy;
  result.networkMemory = options.networkMemory;
  result.records = options.records;
  return result;
}

/// Whether an algorithm may be chosen that saves more products of a 3x3 window
/// than the phases of an upsampled image, which have 4 for each output.
static bool mayTileWidely(const ConvToLLVMOptions &options) {
  constexpr int64_t kProductsOfPhases = 4;
  double bound = 0;
  bool isBounded = !StringRef(options.accuracy).getAsDouble(bound);
  return llvm::any_of(getNamedAlgorithms(), [&](const NamedAlgorithm &named) {
    std::optional<double> error = getRounding(named);
    if (!error)
      return false;
    int64_t outputs = (*named.tile)[0] * (*named.tile)[1];
    if (getWinogradPoints(*named.tile) >= kProductsOfPhases * outputs)
      return false;
    if (options.algorithm != "auto")
      return isCalled(named, options.algorithm);
    return isBounded ? *error <= bound : !options.networkAccuracy.empty();
  });
}

void mlir::conv::buildConvToLLVMPipeline(OpPassManager &pm,
                                         const ConvToLLVMOptions &options) {
  buildConvToKernelsPipeline(pm, options);
  buildKernelsToLLVMPipeline(pm, options);
}

void mlir::conv::buildConvRaisePipeline(OpPassManager &pm,
                                        const ConvToLLVMOptions &options) {
  pm.addPass(createConvFlattenModulesPass());
  pm.addPass(createConvLoadWeightsPass({options.weights}));
  pm.addPass(createConvLowerTosaPass());
  pm.addPass(createConvDecomposePass());
  // Elementwise operations of arith and math on tensors become linalg's: they
  // may be a convolution's epilogue, and nothing else bufferizes them. A forced
  // algorithm must not be passed over in silence.
  pm.addPass(createConvertElementwiseToLinalgPass());
  pm.addPass(createConvRaisePass(
      {/*require=*/options.algorithm != "auto", options.products,
       /*packsArguments=*/options.prepack == "function", options.quantized,
       /*keepUpsampled=*/mayTileWidely(options)}));
  // Functions of C know the sizes of results before they have them.
  if (options.abi == Abi::C)
    pm.addPass(createConvResultSizesPass());
  ConvVersionShapesPassOptions versions;
  versions.sizes.assign(options.sizes.begin(), options.sizes.end());
  pm.addPass(createConvVersionShapesPass(versions));
  pm.addPass(createConvVersionStridesPass());
  auto layouts = getMachineOptions<ConvPropagateLayoutsPassOptions>(options);
  layouts.layout = options.propagateLayouts;
  layouts.algorithm = options.algorithm;
  layouts.form = options.form;
  layouts.exclude.assign(options.exclude.begin(), options.exclude.end());
  layouts.maxWorkspace = options.maxWorkspace;
  layouts.accuracy = options.accuracy;
  layouts.networkAccuracy = options.networkAccuracy;
  layouts.networkMemory = options.networkMemory;
  pm.addPass(createConvPropagateLayoutsPass(layouts));
  pm.addPass(createConvLowerPackPass());
}

void mlir::conv::buildConvToKernelsPipeline(OpPassManager &pm,
                                            const ConvToLLVMOptions &options) {
  // Decide.
  buildConvRaisePipeline(pm, options);
  pm.addPass(createConvAutotunePass(getAutotuneOptions(options)));
  if (!options.report.empty()) {
    auto report = getMachineOptions<ConvReportPassOptions>(options);
    report.file = options.report;
    report.maxWorkspace = options.maxWorkspace;
    report.accuracy = options.accuracy;
    report.networkAccuracy = options.networkAccuracy;
    report.clockMHz = options.clockMHz;
    report.records = options.records;
    pm.addPass(createConvReportPass(report));
  }
  // Apply. What has no schedule goes the plain way.
  pm.addPass(createConvToLinalgPass({/*unscheduledOnly=*/true}));
  pm.addPass(createConvApplySchedulePass());
  pm.addPass(createConvPrepackPass({options.prepack}));
  pm.addPass(createConvTilePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createConvVectorizeRestPass(
      getMachineOptions<ConvVectorizeRestPassOptions>(options)));
  // A bound each convolution keeps is kept by the function, too. What lives no
  // longer than it must is placed better; on the heap one buffer that stays in
  // the caches is better. What is computed in parts is not copied.
  bool pointers = options.abi == Abi::C;
  bool isBounded =
      !options.maxWorkspace.empty() || !options.networkMemory.empty();
  pm.addNestedPass<func::FuncOp>(
      createConvUnshareWorkspacePass({/*transformations=*/isBounded,
                                      /*empties=*/isBounded || pointers}));
  // Memory that the caller provides is not freed; who owns what need not be
  // found out, which control flow can make a matter of run time.
  pm.addPass(createConvBufferizePass({/*deallocate=*/!pointers}));
  pm.addPass(createConvCopyStridedPass());
  if (pointers) {
    pm.addNestedPass<func::FuncOp>(createConvSeparateResultsPass());
    pm.addPass(createConvResultsToArgumentsPass());
  }
  pm.addPass(createConvDivideCopiesPass(
      getMachineOptions<ConvDivideCopiesPassOptions>(options)));
  pm.addNestedPass<func::FuncOp>(
      createConvPlanWorkspacePass({/*apart=*/pointers}));
  if (pointers) {
    pm.addPass(createConvSizesToArgumentsPass());
    pm.addPass(createConvWorkspaceToArgumentPass());
    pm.addPass(createConvDeallocatePass());
  }
  if (options.timeOperations)
    pm.addPass(createConvTimeOperationsPass());
  pm.addPass(createConvOutlineKernelsPass(
      {options.cpu, options.triple, options.features}));
}

/// The settings of the target, last of all.
static void addFinalization(OpPassManager &pm,
                            const ConvToLLVMOptions &options) {
  ConvFinalizeLLVMPassOptions finalize;
  finalize.cpu = options.cpu;
  finalize.triple = options.triple;
  finalize.features = options.features;
  pm.addPass(createConvFinalizeLLVMPass(finalize));
  pm.addPass(createReconcileUnrealizedCastsPass());
}

/// From scf, vector and memref to control flow and whatever else one conversion
/// takes to LLVM.
static void addLoopsToControlFlow(OpPassManager &pm,
                                  const ConvToLLVMOptions &options) {
  pm.addPass(createConvExpandBF16Pass(
      {options.cpu, options.triple, options.features}));
  pm.addPass(createConvSplitMaskedStoresPass(
      {options.cpu, options.triple, options.features}));
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createConvertVectorToLLVMPass());
}

/// Simplification of loops as the lowerings of this project leave them. They
/// are long and nearly in normal form: what stands first is visited last.
static std::unique_ptr<Pass> createLoopCanonicalizer() {
  GreedyRewriteConfig config;
  config.setUseTopDownTraversal(false);
  return createCanonicalizerPass(config);
}

void mlir::conv::buildKernelsToLLVMPipeline(OpPassManager &pm,
                                            const ConvToLLVMOptions &options) {
  if (options.abi == Abi::C)
    pm.addPass(createConvPlainPointersPass());
  pm.addPass(createConvLowerToLoopsPass());
  pm.addPass(createConvVectorizeElementwisePass(
      getMachineOptions<ConvVectorizeElementwisePassOptions>(options)));
  pm.addNestedPass<func::FuncOp>(createConvExpandFunctionsPass());
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  pm.addPass(createLoopCanonicalizer());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createConvertVectorToSCFPass());
  if (options.threads > 1) {
    pm.addNestedPass<func::FuncOp>(createForallToParallelLoopPass());
    ConvertSCFToOpenMPPassOptions openMP;
    openMP.numThreads = options.threads;
    pm.addPass(createConvertSCFToOpenMPPass(openMP));
    pm.addPass(createConvFormTeamsPass());
    // Without this the regions keep scopes that cannot hold control flow.
    pm.addPass(createCanonicalizerPass());
  }
  addLoopsToControlFlow(pm, options);
  if (options.threads > 1)
    pm.addPass(createConvertOpenMPToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  // Functions LLVM has no intrinsic for are the C library's.
  pm.addPass(createConvertMathToLibmPass());
  // Without it every allocation has bytes more than it needs.
  pm.addPass(
      createFinalizeMemRefToLLVMConversionPass({/*useAlignedAlloc=*/true}));
  // One conversion, which walks the module once, takes what is left.
  ConvertToLLVMPassOptions rest;
  rest.filterDialects = {"arith", "cf", "func", "index", "ub"};
  pm.addPass(createConvertToLLVMPass(rest));
  addFinalization(pm, options);
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createConvCheckLLVMPass());
}

void mlir::conv::buildKernelToLLVMPipeline(OpPassManager &pm,
                                           const ConvToLLVMOptions &options) {
  pm.addPass(createConvLowerToLoopsPass());
  pm.addPass(createLoopCanonicalizer());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  addLoopsToControlFlow(pm, options);
  pm.addPass(createConvertToLLVMPass());
  addFinalization(pm, options);
  pm.addPass(createConvCheckLLVMPass());
}

void mlir::conv::registerPipelines() {
  PassPipelineRegistration<ConvToLLVMOptions>(
      "conv-to-llvm",
      "Compile convolutions, and the rest of the module, to the LLVM dialect",
      buildConvToLLVMPipeline);
}

void mlir::conv::registerToLLVMInterfaces(DialectRegistry &registry) {
  arith::registerConvertArithToLLVMInterface(registry);
  cf::registerConvertControlFlowToLLVMInterface(registry);
  registerConvertFuncToLLVMInterface(registry);
  index::registerConvertIndexToLLVMInterface(registry);
  registerConvertMathToLLVMInterface(registry);
  registerConvertMemRefToLLVMInterface(registry);
  ub::registerConvertUBToLLVMInterface(registry);
  vector::registerConvertVectorToLLVMInterface(registry);
}
