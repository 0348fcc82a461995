//===- Pipelines.h - The pipelines people type ------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PIPELINES_PIPELINES_H
#define CONV_PIPELINES_PIPELINES_H

#include "conv/Machine/MachineModel.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::conv {

/// On an argument or result of a function: a string, what the model that the
/// module was made from calls it.
inline constexpr llvm::StringLiteral kNameAttrName = "conv.name";

/// How functions are called.
enum class Abi { MLIR, C };

/// Options of `--conv-to-llvm`. Zero and empty mean "not given": the machine
/// model finds them (see ConvAutotunePass).
struct ConvToLLVMOptions : public PassPipelineOptions<ConvToLLVMOptions> {
  Option<std::string> cpu{*this, "cpu", llvm::cl::init("native"),
                          llvm::cl::desc("CPU to compile for, as LLVM spells "
                                         "it; 'native' is the host")};
  Option<std::string> triple{*this, "triple", llvm::cl::init(""),
                             llvm::cl::desc("Target triple")};
  Option<std::string> features{*this, "features", llvm::cl::init(""),
                               llvm::cl::desc("Further target features")};
  Option<std::string> algorithm{
      *this, "algorithm", llvm::cl::init("auto"),
      llvm::cl::desc("Force this algorithm on every convolution")};
  Option<std::string> form{
      *this, "form", llvm::cl::init(""),
      llvm::cl::desc("Extent of data transformations, 'whole' or 'banded'")};
  ListOption<std::string> exclude{*this, "exclude",
                                  llvm::cl::desc("Algorithms not to choose")};
  Option<std::string> maxWorkspace{
      *this, "max-workspace", llvm::cl::init(""),
      llvm::cl::desc("Most bytes of temporary storage per convolution, such "
                     "as 65536, 512KiB or 1MiB")};
  Option<std::string> accuracy{
      *this, "accuracy", llvm::cl::init("sum"),
      llvm::cl::desc("Largest error of an algorithm as a multiple of the plain "
                     "sum's; 'sum' reorders sums and nothing else")};
  Option<std::string> networkAccuracy{
      *this, "network-accuracy", llvm::cl::init(""),
      llvm::cl::desc("Largest error of a function's convolutions together as a "
                     "multiple of the plain sums'")};
  Option<std::string> networkMemory{
      *this, "network-memory", llvm::cl::init(""),
      llvm::cl::desc("Most bytes of a function's values and temporary storage "
                     "at once, such as 4MiB")};
  Option<std::string> report{
      *this, "report", llvm::cl::init(""),
      llvm::cl::desc("File for a report of all decisions as JSON; '-' is "
                     "standard output")};
  Option<int64_t> clockMHz{
      *this, "clock-mhz", llvm::cl::init(0),
      llvm::cl::desc("Clock of the machine, for milliseconds in the report")};
  Option<bool> products{
      *this, "products", llvm::cl::init(true),
      llvm::cl::desc("Take products of matrices for 1x1 convolutions")};
  Option<std::string> quantized{
      *this, "quantized", llvm::cl::init("integer"),
      llvm::cl::desc("Convolutions in f32 of dequantised integers: 'integer' "
                     "computes them on the integers, 'literal' as they are "
                     "written")};
  ListOption<std::string> sizes{
      *this, "sizes",
      llvm::cl::desc(
          "Rows and columns of images, such as 224x224,320x320, that "
          "functions of unknown sizes get versions for")};
  Option<std::string> records{
      *this, "records", llvm::cl::init(""),
      llvm::cl::desc("File of conv-tune's records to take schedules from")};
  Option<std::string> weights{
      *this, "weights", llvm::cl::init(""),
      llvm::cl::desc("File of weights the module names but does not hold "
                     "(default: the module's attribute conv.weights)")};
  Option<std::string> prepack{
      *this, "prepack", llvm::cl::init("constants"),
      llvm::cl::desc("'constants', or 'function' to add @NAME_pack for filters "
                     "that are arguments")};
  Option<std::string> propagateLayouts{
      *this, "propagate-layouts", llvm::cl::init("blocked"),
      llvm::cl::desc("Layout of values between convolutions: 'blocked', in "
                     "blocks of channels or with channels last where that "
                     "pays, or 'plain', as the module has it")};
  Option<Abi> abi{
      *this, "abi", llvm::cl::init(Abi::MLIR),
      llvm::cl::desc("Calling convention of the functions"),
      llvm::cl::values(
          clEnumValN(Abi::MLIR, "mlir",
                     "memref descriptors; results are allocated"),
          clEnumValN(Abi::C, "c",
                     "plain pointers to inputs, results and workspace, and "
                     "to the extents that types do not say; nothing is "
                     "allocated"))};
  Option<bool> timeOperations{
      *this, "time-operations", llvm::cl::init(false),
      llvm::cl::desc("Call @conv_operation_done, which whoever runs the code "
                     "defines, after each operation of a function")};
  Option<int64_t> threads{*this, "threads", llvm::cl::init(1),
                          llvm::cl::desc("Threads a convolution may use")};
  Option<std::string> machine{
      *this, "machine", llvm::cl::init(""),
      llvm::cl::desc(
          "Machine file, such as conv-tune --measure-machine writes: "
          "rates and caches of that CPU")};
  Option<int64_t> nFma{*this, "n-fma", llvm::cl::init(kNotGiven),
                       llvm::cl::desc("FMA instructions per cycle")};
  Option<int64_t> lFma{*this, "l-fma", llvm::cl::init(kNotGiven),
                       llvm::cl::desc("Latency of an FMA in cycles")};
  Option<int64_t> nVec{*this, "n-vec", llvm::cl::init(kNotGiven),
                       llvm::cl::desc("f32 lanes of a vector")};
  Option<int64_t> nReg{*this, "n-reg", llvm::cl::init(kNotGiven),
                       llvm::cl::desc("Vector registers")};
  Option<int64_t> loads{*this, "loads", llvm::cl::init(kNotGiven),
                        llvm::cl::desc("Vector loads per cycle")};
  Option<int64_t> l1{*this, "l1", llvm::cl::init(kNotGiven),
                     llvm::cl::desc("L1 data cache in bytes")};
  Option<int64_t> l1Ways{*this, "l1-ways", llvm::cl::init(kNotGiven),
                         llvm::cl::desc("Associativity of the L1 data cache")};
  Option<int64_t> l2{*this, "l2", llvm::cl::init(kNotGiven),
                     llvm::cl::desc("L2 cache in bytes")};
  Option<int64_t> l3{*this, "l3", llvm::cl::init(kNotGiven),
                     llvm::cl::desc("L3 cache in bytes")};
};

/// linalg (or conv) in, LLVM dialect out: raise, decide, apply, tile,
/// bufferize, lower. The rest of the module goes through upstream's passes.
void buildConvToLLVMPipeline(OpPassManager &pm,
                             const ConvToLLVMOptions &options);

/// The part before the decision: afterwards the convolutions are conv.conv, as
/// --conv-autotune finds them.
void buildConvRaisePipeline(OpPassManager &pm,
                            const ConvToLLVMOptions &options);

/// The part that decides and plans: afterwards functions have their final
/// signature, on memrefs, and call kernels (see --conv-outline-kernels). With
/// `abi=c` results are arguments marked `bufferize.result`, and the last
/// argument is the workspace (see --conv-workspace-to-argument).
void buildConvToKernelsPipeline(OpPassManager &pm,
                                const ConvToLLVMOptions &options);

/// From there to LLVM, kernels included where they are in the module.
void buildKernelsToLLVMPipeline(OpPassManager &pm,
                                const ConvToLLVMOptions &options);

/// The same for a module that holds nothing but kernels: what it does not have
/// to look for is left out.
void buildKernelToLLVMPipeline(OpPassManager &pm,
                               const ConvToLLVMOptions &options);

/// Registers `--conv-to-llvm`.
void registerPipelines();

/// Registers what the dialects that kernels pass through bring for their
/// conversion to LLVM, which the pipelines ask them for.
void registerToLLVMInterfaces(DialectRegistry &registry);

} // namespace mlir::conv

#endif // CONV_PIPELINES_PIPELINES_H
