//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Kernels.h"

#include "conv/Execution/Context.h"
#include "conv/Execution/Emit.h"
#include "conv/IR/Conv.h"
#include "conv/Memory/Passes.h"
#include "conv/Pipelines/Pipelines.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

using namespace mlir;
using namespace mlir::conv;

std::vector<KernelSource> conv::takeKernels(ModuleOp module) {
  std::vector<KernelSource> kernels;
  Attribute machine = module->getAttr("conv.machine");
  for (auto func : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    if (!func->hasAttr(kKernelAttrName) || func.isDeclaration())
      continue;
    KernelSource kernel;
    kernel.name = func.getSymName().str();
    kernel.loops = func->hasAttr(kLoopKernelAttrName);
    OwningOpRef<ModuleOp> alone = ModuleOp::create(func.getLoc());
    if (machine)
      (*alone)->setAttr("conv.machine", machine);
    alone->getBody()->push_back(func->clone());
    llvm::raw_string_ostream text(kernel.text), bytes(kernel.bytecode);
    (*alone)->print(text, OpPrintingFlags().useLocalScope());
    // A stream in memory does not fail.
    (void)writeBytecodeToFile(*alone, bytes);
    func.getBody().getBlocks().clear();
    kernels.push_back(std::move(kernel));
  }
  return kernels;
}

/// The dialects a kernel passes through, and nothing else: a context is made
/// for each.
static const DialectRegistry &getKernelRegistry() {
  static const DialectRegistry *registry = [] {
    auto *registry = new DialectRegistry;
    registry
        ->insert<affine::AffineDialect, arith::ArithDialect,
                 cf::ControlFlowDialect, ConvDialect, func::FuncDialect,
                 index::IndexDialect, linalg::LinalgDialect, LLVM::LLVMDialect,
                 memref::MemRefDialect, math::MathDialect, scf::SCFDialect,
                 ub::UBDialect, vector::VectorDialect>();
    registerToLLVMInterfaces(*registry);
    registerBuiltinDialectTranslation(*registry);
    registerLLVMDialectTranslation(*registry);
    return registry;
  }();
  return *registry;
}

llvm::Expected<std::unique_ptr<KernelCompiler>>
KernelCompiler::create(const ResolvedTarget &target, MLIRContext *context) {
  auto machine = createTargetMachine(target, /*jit=*/false);
  if (!machine)
    return machine.takeError();
  std::unique_ptr<MLIRContext> own;
  if (!context) {
    own = std::make_unique<MLIRContext>(getKernelRegistry(),
                                        MLIRContext::Threading::DISABLED);
    context = own.get();
  }
  return std::unique_ptr<KernelCompiler>(
      new KernelCompiler(target, std::move(*machine), std::move(own), context));
}

KernelCompiler::KernelCompiler(const ResolvedTarget &target,
                               std::unique_ptr<llvm::TargetMachine> machine,
                               std::unique_ptr<MLIRContext> own,
                               MLIRContext *context)
    : machine(std::move(machine)), own(std::move(own)), context(*context),
      passes(context, ModuleOp::getOperationName()),
      loopPasses(context, ModuleOp::getOperationName()) {
  ConvToLLVMOptions options;
  options.cpu = target.cpu;
  options.triple = target.triple;
  options.features = target.features;
  buildKernelToLLVMPipeline(passes, options);
  buildKernelsToLLVMPipeline(loopPasses, options);
#ifdef NDEBUG
  // The tools that run passes one by one verify, and so do the tests.
  passes.enableVerifier(false);
  loopPasses.enableVerifier(false);
#endif
}

KernelCompiler::~KernelCompiler() = default;

/// Optimises functions of which nothing in `module` says that they are called.
static llvm::Error optimizeAlone(llvm::Module &module,
                                 llvm::TargetMachine &machine) {
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && function.hasLinkOnceLinkage())
      function.setLinkage(llvm::GlobalValue::WeakODRLinkage);
  return optimize(module, machine);
}

llvm::Expected<std::unique_ptr<llvm::Module>>
KernelCompiler::compile(const KernelSource &kernel,
                        llvm::LLVMContext &llvmContext) {
  DiagnosticLog log(&context);
  auto fail = [&]() -> llvm::Error {
    std::string said;
    for (const LoggedDiagnostic &entry : log.get())
      if (entry.severity == DiagnosticSeverity::Error)
        said += (said.empty() ? "" : "\n") + entry.str();
    return llvm::createStringError(
        "kernel '" + kernel.name +
        "': " + (said.empty() ? "cannot be compiled" : said));
  };
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      kernel.bytecode, ParserConfig(&context), kernel.name);
  PassManager &lower = kernel.loops ? loopPasses : passes;
  if (!module || failed(lower.run(*module)))
    return fail();
  auto translated = translate(*module, *machine, llvmContext);
  if (!translated)
    return translated.takeError();
  llvm::Error error = kernel.loops ? optimizeAlone(**translated, *machine)
                                   : optimizeKernels(**translated, *machine);
  if (error)
    return std::move(error);
  return translated;
}
