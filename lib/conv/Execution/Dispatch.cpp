//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/Dispatch.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace mlir;
using namespace mlir::conv;

namespace {
/// A variant and the bits its CPU needs to be set.
struct Candidate {
  const CpuVariant *variant;
  std::array<uint32_t, 4> mask;
  size_t numFeatures;
};

/// Writes functions that choose.
class Dispatcher {
public:
  Dispatcher(llvm::Module &module, ArrayRef<Candidate> candidates)
      : module(module), candidates(candidates), b(module.getContext()) {
    llvm::Type *i32 = b.getInt32Ty();
    llvm::Type *modelType =
        llvm::StructType::get(i32, i32, i32, llvm::ArrayType::get(i32, 1));
    model = declare("__cpu_model", modelType);
    moreFeatures = declare("__cpu_features2", llvm::ArrayType::get(i32, 3));
  }

  llvm::Error addFunction(llvm::StringRef symbol);
  void addSupported(llvm::StringRef symbol);

private:
  llvm::GlobalVariable *declare(llvm::StringRef name, llvm::Type *type) {
    auto *global =
        llvm::cast<llvm::GlobalVariable>(module.getOrInsertGlobal(name, type));
    global->setDSOLocal(true);
    return global;
  }

  /// True when the machine has what `mask` asks for.
  llvm::Value *createTest(const std::array<uint32_t, 4> &mask) {
    llvm::Value *all = b.getTrue();
    for (unsigned i = 0; i < 4; ++i) {
      if (!mask[i])
        continue;
      llvm::Value *address =
          i == 0 ? b.CreateConstInBoundsGEP1_32(b.getInt32Ty(), model, 3)
                 : b.CreateConstInBoundsGEP1_32(b.getInt32Ty(), moreFeatures,
                                                i - 1);
      llvm::Value *bits =
          b.CreateAlignedLoad(b.getInt32Ty(), address, llvm::Align(4));
      llvm::Value *wanted = b.getInt32(mask[i]);
      all = b.CreateAnd(all, b.CreateICmpEQ(b.CreateAnd(bits, wanted), wanted));
    }
    return all;
  }

  llvm::Module &module;
  ArrayRef<Candidate> candidates;
  llvm::IRBuilder<> b;
  llvm::GlobalVariable *model, *moreFeatures;
};
} // namespace

llvm::Error Dispatcher::addFunction(llvm::StringRef symbol) {
  llvm::Function *function = nullptr;
  for (const Candidate &candidate : candidates) {
    llvm::Function *target =
        module.getFunction((symbol + candidate.variant->suffix).str());
    if (!target)
      return llvm::createStringError("no '" + symbol.str() + "' for " +
                                     candidate.variant->cpu);
    target->setLinkage(llvm::GlobalValue::InternalLinkage);
    if (!function) {
      function = llvm::Function::Create(target->getFunctionType(),
                                        llvm::GlobalValue::ExternalLinkage,
                                        symbol, module);
      b.SetInsertPoint(
          llvm::BasicBlock::Create(module.getContext(), "entry", function));
    }
    auto *run = llvm::BasicBlock::Create(module.getContext(),
                                         candidate.variant->cpu, function);
    auto *next =
        llvm::BasicBlock::Create(module.getContext(), "next", function);
    b.CreateCondBr(createTest(candidate.mask), run, next);
    b.SetInsertPoint(run);
    SmallVector<llvm::Value *> arguments(
        llvm::make_pointer_range(function->args()));
    llvm::CallInst *call = b.CreateCall(target, arguments);
    if (call->getType()->isVoidTy())
      b.CreateRetVoid();
    else
      b.CreateRet(call);
    b.SetInsertPoint(next);
  }
  b.CreateIntrinsic(b.getVoidTy(), llvm::Intrinsic::trap, {});
  b.CreateUnreachable();
  return llvm::Error::success();
}

void Dispatcher::addSupported(llvm::StringRef symbol) {
  auto *function = llvm::Function::Create(
      llvm::FunctionType::get(b.getInt32Ty(), false),
      llvm::GlobalValue::ExternalLinkage, symbol, module);
  b.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "entry", function));
  llvm::Value *any = b.getFalse();
  for (const Candidate &candidate : candidates)
    any = b.CreateOr(any, createTest(candidate.mask));
  b.CreateRet(b.CreateZExt(any, b.getInt32Ty()));
}

llvm::Error conv::checkDispatchable(llvm::StringRef cpu) {
  if (llvm::X86::parseArchX86(cpu) == llvm::X86::CK_None)
    return llvm::createStringError("cannot tell whether a machine is a '" +
                                   cpu + "'");
  return llvm::Error::success();
}

llvm::Error conv::addDispatch(llvm::Module &module,
                              ArrayRef<std::string> symbols,
                              ArrayRef<CpuVariant> variants,
                              llvm::StringRef supportedSymbol) {
  // Those that code for numbers uses and every compiler's runtime knows; a CPU
  // that has them has the small ones beside them as well.
  static constexpr llvm::StringLiteral known[] = {
      "sse3",       "ssse3",        "sse4.1",
      "sse4.2",     "popcnt",       "avx",
      "avx2",       "fma",          "bmi",
      "bmi2",       "avx512f",      "avx512cd",
      "avx512dq",   "avx512bw",     "avx512vl",
      "avx512vbmi", "avx512ifma",   "avx512vbmi2",
      "avx512vnni", "avx512bitalg", "avx512vpopcntdq",
      "avx512bf16"};
  SmallVector<Candidate> candidates;
  for (const CpuVariant &variant : variants) {
    if (llvm::Error error = checkDispatchable(variant.cpu))
      return error;
    SmallVector<llvm::StringRef> features;
    llvm::X86::getFeaturesForCPU(variant.cpu, features);
    llvm::erase_if(features, [](llvm::StringRef feature) {
      return !llvm::is_contained(known, feature);
    });
    candidates.push_back(
        {&variant, llvm::X86::getCpuSupportsMask(features), features.size()});
  }
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    return a.numFeatures != b.numFeatures ? a.numFeatures > b.numFeatures
                                          : a.variant < b.variant;
  });
  Dispatcher dispatcher(module, candidates);
  for (const std::string &symbol : symbols)
    if (llvm::Error error = dispatcher.addFunction(symbol))
      return error;
  dispatcher.addSupported(supportedSymbol);
  return llvm::Error::success();
}
