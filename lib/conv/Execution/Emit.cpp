//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Emit.h"

#include "AddressRecurrences.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;
using namespace mlir::conv;

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
conv::createTargetMachine(const ResolvedTarget &resolved, bool jit) {
  static bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
    return true;
  }();
  (void)initialized;

  llvm::Triple triple(resolved.triple);
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError(error);
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, resolved.cpu, resolved.features, llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive, jit));
  if (!machine)
    return llvm::createStringError("LLVM has no code generator for " +
                                   resolved.triple);
  return machine;
}

/// Makes one row of each constant of several dimensions. Upstream translates
/// every innermost row to a constant of its own, which LLVM keeps in several
/// times the memory of its elements; addresses are offsets in either case.
static void flattenConstants(ModuleOp module) {
  for (auto global : module.getOps<LLVM::GlobalOp>()) {
    auto value = dyn_cast_if_present<ElementsAttr>(global.getValueAttr());
    if (!value || value.getShapedType().getRank() < 2 || value.empty())
      continue;
    Type element = global.getGlobalType();
    while (auto array = dyn_cast<LLVM::LLVMArrayType>(element))
      element = array.getElementType();
    if (isa<VectorType>(element))
      continue;
    int64_t count = value.getNumElements();
    auto type = RankedTensorType::get(count, value.getElementType());
    if (auto dense = dyn_cast<DenseElementsAttr>(value))
      global.setValueAttr(dense.reshape(type));
    else if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
      global.setValueAttr(
          DenseResourceElementsAttr::get(type, resource.getRawHandle()));
    else
      continue;
    global.setGlobalType(LLVM::LLVMArrayType::get(element, count));
  }
}

/// Constants of one value are short in any module, and take this much of an
/// object at most: LLVM needs four times as much memory to write them.
static constexpr int64_t kMostBytesOfSplat = int64_t(1) << 29;

/// Fails where a constant of one value would become most of the memory.
static LogicalResult refuseEndlessConstants(ModuleOp module) {
  for (auto global : module.getOps<LLVM::GlobalOp>()) {
    auto value = dyn_cast_if_present<DenseElementsAttr>(global.getValueAttr());
    if (!value || !value.isSplat() || !value.getElementType().isIntOrFloat())
      continue;
    int64_t bits = value.getElementType().getIntOrFloatBitWidth();
    if (value.getNumElements() <=
        kMostBytesOfSplat / llvm::divideCeilSigned(bits, 8))
      continue;
    return global.emitError("constant has ")
           << value.getNumElements()
           << " equal elements, which objects do not hold; fill a tensor "
              "(linalg.fill) instead";
  }
  return success();
}

llvm::Expected<std::unique_ptr<llvm::Module>>
conv::translate(ModuleOp module, const llvm::TargetMachine &machine,
                llvm::LLVMContext &context) {
  if (failed(refuseEndlessConstants(module)))
    return llvm::createStringError("the module cannot be translated");
  flattenConstants(module);
  std::unique_ptr<llvm::Module> result =
      translateModuleToLLVMIR(module, context);
  if (!result)
    return llvm::createStringError("cannot translate the module to LLVM IR");
  // Functions carry their target; the module's helps tools that look there.
  result->setTargetTriple(machine.getTargetTriple());
  result->setDataLayout(machine.createDataLayout());
  // Functions of the project's pipeline carry their target already.
  for (llvm::Function &function : *result) {
    if (function.isDeclaration() || function.hasFnAttribute("target-cpu"))
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
  }
  return result;
}

llvm::Error conv::optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  return makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0,
                                   &machine)(&module);
}

llvm::Error conv::optimizeKernels(llvm::Module &module,
                                  llvm::TargetMachine &machine) {
  static constexpr llvm::StringLiteral kPipeline =
      "function(sroa,early-cse,simplifycfg,instcombine<no-verify-fixpoint>,"
      "loop-simplify,lcssa,"
      "loop-mssa(loop-rotate,licm),early-cse,simplifycfg,loop-simplify)";
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  llvm::ModulePassManager passes;
  if (llvm::Error error = builder.parsePassPipeline(passes, kPipeline))
    return error;
  passes.addPass(
      llvm::createModuleToFunctionPassAdaptor(AddressRecurrencesPass()));
  passes.run(module, modules);
  return llvm::Error::success();
}

llvm::Error conv::emitModule(llvm::Module &module, llvm::TargetMachine &machine,
                             OutputKind kind, llvm::raw_pwrite_stream &os) {
  if (kind == OutputKind::LLVMIR) {
    module.print(os, nullptr);
    return llvm::Error::success();
  }
  llvm::legacy::PassManager manager;
  if (machine.addPassesToEmitFile(manager, os, nullptr,
                                  kind == OutputKind::Object
                                      ? llvm::CodeGenFileType::ObjectFile
                                      : llvm::CodeGenFileType::AssemblyFile))
    return llvm::createStringError("LLVM cannot write such a file for " +
                                   machine.getTargetTriple().str());
  manager.run(module);
  return llvm::Error::success();
}
