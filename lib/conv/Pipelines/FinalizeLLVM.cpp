//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The code-generation settings of the project, written into the LLVM dialect
/// module so that every later tool sees them without command line options.
///
//===----------------------------------------------------------------------===//

#include "conv/Pipelines/Passes.h"

#include "LowerFma.h"
#include "LowerHalves.h"
#include "conv/IR/Arithmetic.h"
#include "conv/IR/Conv.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Memory/Passes.h"
#include "conv/Pipelines/Pipelines.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Dominance.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVFINALIZELLVMPASS
#include "conv/Pipelines/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// What the module and its functions say about their target.
struct TargetSettings {
  std::string triple, dataLayout, cpu;
  LLVM::TargetFeaturesAttr features;
  bool isELF = false;
};

/// Asks LLVM for the data layout of `target`, whose resolution registered the
/// back ends.
llvm::Expected<std::string> getDataLayout(const ResolvedTarget &target) {
  llvm::Triple triple(target.triple);
  std::string error;
  const llvm::Target *backend =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return llvm::createStringError(error);
  std::unique_ptr<llvm::TargetMachine> machine(
      backend->createTargetMachine(triple, target.cpu, target.features,
                                   llvm::TargetOptions(), llvm::Reloc::PIC_));
  if (!machine)
    return llvm::createStringError("LLVM cannot generate code for '" +
                                   target.triple + "'");
  return machine->createDataLayout().getStringRepresentation();
}

/// True when `root` holds a micro-kernel: loops LLVM must not unroll.
bool holdsMicroKernel(Operation *root) {
  return root
      ->walk([](Operation *op) {
        if (isa<OpaqueOp, FmaOp>(op))
          return WalkResult::interrupt();
        if (isa<LLVM::FMAOp, LLVM::FMulAddOp>(op) &&
            isa<VectorType>(op->getResult(0).getType()))
          return WalkResult::interrupt();
        return WalkResult::advance();
      })
      .wasInterrupted();
}

/// Removes what upstream's conversion of `arith.extf` and `arith.truncf` leaves
/// of their flags, an attribute of a dialect that translations do not know.
void dropForeignFlags(Operation *op) {
  constexpr StringLiteral kFlags = "fastmath";
  if (isa_and_present<arith::FastMathFlagsAttr>(op->getDiscardableAttr(kFlags)))
    op->removeDiscardableAttr(kFlags);
}

/// Launders an index through an empty inline assembly. `reconcile-unrealized-
/// casts` removes the casts around it.
void lowerOpaque(OpaqueOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  // Where the operand was converted already, its width is known.
  Type integer = b.getI64Type();
  if (auto cast = op.getValue().getDefiningOp<UnrealizedConversionCastOp>())
    if (cast.getNumOperands() == 1 &&
        isa<IntegerType>(cast.getOperand(0).getType()))
      integer = cast.getOperand(0).getType();
  Value in = UnrealizedConversionCastOp::create(b, loc, integer, op.getValue())
                 .getResult(0);
  Value laundered =
      LLVM::InlineAsmOp::create(
          b, loc, TypeRange(integer), ValueRange(in), /*asm_string=*/"",
          /*constraints=*/"=r,0", /*has_side_effects=*/false,
          /*is_align_stack=*/false, LLVM::TailCallKind::None,
          /*asm_dialect=*/LLVM::AsmDialectAttr(), /*operand_attrs=*/ArrayAttr())
          .getResult(0);
  auto out =
      UnrealizedConversionCastOp::create(b, loc, op.getType(), laundered);
  op.getResult().replaceAllUsesWith(out.getResult(0));
  op.erase();
}

/// Forbids unrolling of every loop in `region`. The annotation goes to the
/// branches that close a loop, where LLVM looks for it; loop rotation keeps it.
void annotateLoops(Region &region, DominanceInfo &dominance,
                   LLVM::LoopUnrollAttr noUnroll) {
  MLIRContext *ctx = region.getContext();
  auto annotate = [&](LLVM::LoopAnnotationAttr old) {
    if (!old)
      return LLVM::LoopAnnotationAttr::get(ctx, {}, {}, {}, noUnroll, {}, {},
                                           {}, {}, {}, {}, {}, {}, {}, {}, {});
    return LLVM::LoopAnnotationAttr::get(
        ctx, old.getDisableNonforced(), old.getVectorize(), old.getInterleave(),
        noUnroll, old.getUnrollAndJam(), old.getLicm(), old.getDistribute(),
        old.getPipeline(), old.getPeeled(), old.getUnswitch(),
        old.getMustProgress(), old.getIsVectorized(), old.getStartLoc(),
        old.getEndLoc(), old.getParallelAccesses());
  };
  for (Block &block : region) {
    if (!block.mightHaveTerminator())
      continue;
    Operation *terminator = block.getTerminator();
    if (llvm::none_of(terminator->getSuccessors(), [&](Block *header) {
          return dominance.dominates(header, &block);
        }))
      continue;
    if (auto br = dyn_cast<LLVM::BrOp>(terminator))
      br.setLoopAnnotationAttr(annotate(br.getLoopAnnotationAttr()));
    else if (auto condBr = dyn_cast<LLVM::CondBrOp>(terminator))
      condBr.setLoopAnnotationAttr(annotate(condBr.getLoopAnnotationAttr()));
  }
}

/// Adds the attributes that keep copy loops loops to those `func` has.
void addNoBuiltins(LLVM::LLVMFuncOp func) {
  Builder b(func.getContext());
  llvm::SetVector<Attribute> passthrough;
  if (ArrayAttr old = func.getPassthroughAttr())
    passthrough.insert(old.begin(), old.end());
  for (StringRef name :
       {"no-builtin-memcpy", "no-builtin-memset", "no-builtin-memmove"})
    passthrough.insert(b.getStringAttr(name));
  func.setPassthroughAttr(b.getArrayAttr(passthrough.getArrayRef()));
}

/// Makes a kernel one that several modules may define and none inlines: equal
/// names are equal code. Linkers keep one of each group of a COMDAT.
void shareKernel(LLVM::LLVMFuncOp func, bool isELF) {
  func.setNoInline(true);
  func.setVisibility_(LLVM::Visibility::Hidden);
  if (func.isExternal()) {
    func.setLinkage(LLVM::Linkage::External);
    return;
  }
  func.setLinkage(LLVM::Linkage::LinkonceODR);
  if (!isELF)
    return;
  constexpr StringLiteral kGroups = "conv_kernels";
  auto module = func->getParentOfType<ModuleOp>();
  auto groups = module.lookupSymbol<LLVM::ComdatOp>(kGroups);
  OpBuilder b(module.getBodyRegion());
  if (!groups)
    groups = LLVM::ComdatOp::create(b, func.getLoc(), kGroups);
  b.setInsertionPointToEnd(&groups.getBody().front());
  auto selector = LLVM::ComdatSelectorOp::create(
      b, func.getLoc(), func.getSymName(), LLVM::comdat::Comdat::Any);
  func.setComdatAttr(SymbolRefAttr::get(groups.getSymNameAttr(),
                                        {FlatSymbolRefAttr::get(selector)}));
}

/// Whether LLVM's x86 back end ends the process on vectors of `type` where the
/// CPU has instructions for bf16.
bool isFatalBF16Vector(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.getElementType().isBF16() && vector.getRank() == 1 &&
         !vector.isScalable() && breaksBF16(vector.getNumElements());
}

struct ConvFinalizeLLVMPass
    : conv::impl::ConvFinalizeLLVMPassBase<ConvFinalizeLLVMPass> {
  using ConvFinalizeLLVMPassBase::ConvFinalizeLLVMPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    MLIRContext *ctx = &getContext();
    std::optional<TargetSettings> target;
    if (failed(findTarget(target)))
      return signalPassFailure();
    if (target) {
      module->setAttr(LLVM::LLVMDialect::getTargetTripleAttrName(),
                      StringAttr::get(ctx, target->triple));
      module->setAttr(LLVM::LLVMDialect::getDataLayoutAttrName(),
                      StringAttr::get(ctx, target->dataLayout));
    }

    // What only this project's passes understand would stop the translation.
    module->removeAttr("conv.machine");

    auto noUnroll = LLVM::LoopUnrollAttr::get(
        ctx, /*disable=*/BoolAttr::get(ctx, true), {}, {}, {}, {}, {}, {});
    module.walk([&](LLVM::LLVMFuncOp func) {
      // What the project's own passes noted means nothing to later tools.
      bool kernel = func->hasAttr(kKernelAttrName);
      bool loops = func->hasAttr(kLoopKernelAttrName);
      for (StringRef mark :
           {StringRef("conv.workspace"), StringRef(kKernelAttrName),
            StringRef(kLoopKernelAttrName), StringRef(kSizesOfAttrName),
            StringRef("llvm.bareptr")})
        func->removeAttr(mark);
      for (unsigned i = 0, e = func.getNumArguments(); i < e; ++i)
        for (StringRef mark :
             {StringRef("conv.workspace"), StringRef("bufferize.result"),
              StringRef(kNameAttrName), StringRef(kSizesAttrName),
              StringRef(kTypeAttrName)})
          func.removeArgAttr(i, mark);
      for (unsigned i = 0, e = func.getNumResults(); i < e; ++i)
        func.removeResultAttr(
            i, StringAttr::get(func.getContext(), kNameAttrName));
      if (kernel)
        shareKernel(func, target && target->isELF);
      if (func.isExternal())
        return;
      // The features of one CPU say nothing about another.
      if (target && !func.getTargetCpuAttr()) {
        func.setTargetCpu(target->cpu);
        if (target->features && !func.getTargetFeaturesAttr())
          func.setTargetFeaturesAttr(target->features);
      }
      // Without outlining the micro-kernels stand in the module's functions.
      if (loops || (!kernel && !holdsMicroKernel(func)))
        return;
      addNoBuiltins(func);
      // Loops of threads are regions of operations inside the function.
      DominanceInfo dominance(func);
      auto annotate = [&](Operation *op) {
        for (Region &region : op->getRegions())
          annotateLoops(region, dominance, noUnroll);
      };
      func->walk(annotate);
    });
    module.walk(lowerOpaque);
    module.walk(dropForeignFlags);
    if (failed(lowerFmas(target)) || failed(refuseFatalVectors(target)))
      return signalPassFailure();
    module.walk([&](LLVM::LLVMFuncOp func) {
      if (std::optional<ResolvedTarget> found = getTarget(func, target))
        lowerHalves(func, *found);
    });
  }

private:
  /// Stops before LLVM does, and says where.
  LogicalResult
  refuseFatalVectors(const std::optional<TargetSettings> &settings) {
    auto isFatal = [](Operation *op) {
      return llvm::any_of(op->getResultTypes(), isFatalBF16Vector);
    };
    Operation *found = nullptr;
    getOperation()->walk([&](LLVM::LLVMFuncOp func) {
      func->walk([&](Operation *op) {
        found = isFatal(op) ? op : nullptr;
        return found ? WalkResult::interrupt() : WalkResult::advance();
      });
      if (!found)
        return WalkResult::advance();
      std::optional<ResolvedTarget> target = getTarget(func, settings);
      if (!target || !llvm::Triple(target->triple).isX86() ||
          !hasBF16Rounding(*target))
        found = nullptr;
      return found ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (!found)
      return success();
    return found->emitError("LLVM cannot compile vectors of bf16 that hold an "
                            "element more than eights (")
           << *llvm::find_if(found->getResultTypes(), isFatalBF16Vector)
           << ") for a CPU with instructions for bf16; "
              "'features=-avx512bf16,-avxneconvert' does without those";
  }

  /// Lowers each `conv.fma` for the target of its function.
  LogicalResult lowerFmas(const std::optional<TargetSettings> &settings) {
    return failure(getOperation()
                       ->walk([&](LLVM::LLVMFuncOp func) {
                         std::optional<ResolvedTarget> target =
                             getTarget(func, settings);
                         return func->walk([&](FmaOp op) {
                           return failed(lowerFma(op, target))
                                      ? WalkResult::interrupt()
                                      : WalkResult::advance();
                         });
                       })
                       .wasInterrupted());
  }

  /// The target `func` names, of which `settings` may know the triple.
  std::optional<ResolvedTarget>
  getTarget(LLVM::LLVMFuncOp func,
            const std::optional<TargetSettings> &settings) {
    StringAttr cpu = func.getTargetCpuAttr();
    if (!cpu)
      return std::nullopt;
    ResolvedTarget target;
    target.cpu = cpu.str();
    auto triple = getOperation()->getAttrOfType<StringAttr>(
        LLVM::LLVMDialect::getTargetTripleAttrName());
    target.triple = settings ? settings->triple : triple ? triple.str() : "";
    if (LLVM::TargetFeaturesAttr features = func.getTargetFeaturesAttr())
      target.features = features.getFeaturesString();
    return target;
  }

  /// Finds what the options mean; nothing when they leave the target open.
  LogicalResult findTarget(std::optional<TargetSettings> &settings) {
    ModuleOp module = getOperation();
    if (cpu.empty()) {
      if (!triple.empty() || !features.empty())
        return module.emitError(
            "options 'triple' and 'features' need 'cpu' as well");
      return success();
    }
    std::string wantedTriple = triple;
    // A module that says where it runs is asked before the host is.
    if (wantedTriple.empty())
      if (auto attr = module->getAttrOfType<StringAttr>(
              LLVM::LLVMDialect::getTargetTripleAttrName()))
        wantedTriple = attr.getValue();
    llvm::Expected<ResolvedTarget> target =
        resolveTarget(cpu, wantedTriple, features);
    if (!target)
      return module.emitError(llvm::toString(target.takeError()));
    llvm::Expected<std::string> dataLayout = getDataLayout(*target);
    if (!dataLayout)
      return module.emitError(llvm::toString(dataLayout.takeError()));
    SmallVector<StringRef> featureList;
    StringRef(target->features)
        .split(featureList, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
    settings = TargetSettings{target->triple,
                              *dataLayout,
                              target->cpu,
                              {},
                              llvm::Triple(target->triple).isOSBinFormatELF()};
    if (!featureList.empty())
      settings->features =
          LLVM::TargetFeaturesAttr::get(&getContext(), featureList);
    return success();
  }
};

} // namespace
