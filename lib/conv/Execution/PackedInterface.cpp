//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Execution/PackedInterface.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"

using namespace mlir;

std::string conv::getPackedName(llvm::StringRef name) {
  return "_convopt_packed_" + name.str();
}

static void addPackedInterface(llvm::Function &function) {
  llvm::Module &module = *function.getParent();
  llvm::IRBuilder<> b(module.getContext());
  llvm::Type *pointer = b.getPtrTy();
  auto *packed = llvm::Function::Create(
      llvm::FunctionType::get(b.getVoidTy(), {pointer}, /*isVarArg=*/false),
      llvm::GlobalValue::ExternalLinkage,
      conv::getPackedName(function.getName()), module);
  for (llvm::StringRef name : {"target-cpu", "target-features"})
    if (function.hasFnAttribute(name))
      packed->addFnAttr(function.getFnAttribute(name));
  b.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "entry", packed));
  llvm::Argument *array = packed->getArg(0);
  auto getAddress = [&](unsigned i) {
    return b.CreateLoad(pointer, b.CreateConstGEP1_64(pointer, array, i));
  };
  llvm::SmallVector<llvm::Value *> arguments;
  for (llvm::Argument &argument : function.args())
    arguments.push_back(
        b.CreateLoad(argument.getType(), getAddress(argument.getArgNo())));
  llvm::CallInst *call = b.CreateCall(&function, arguments);
  if (!call->getType()->isVoidTy())
    b.CreateStore(call, getAddress(function.arg_size()));
  b.CreateRetVoid();
}

void conv::addPackedInterfaces(llvm::Module &module) {
  llvm::SmallVector<llvm::Function *> functions;
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && function.hasExternalLinkage() &&
        !function.hasHiddenVisibility())
      functions.push_back(&function);
  for (llvm::Function *function : functions)
    addPackedInterface(*function);
}
