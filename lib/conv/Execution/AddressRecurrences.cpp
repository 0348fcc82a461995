//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AddressRecurrences.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"

#include <limits>

using namespace mlir::conv;

/// How many pointers a loop may advance: half of the general registers of the
/// smallest machine, the 16 of x86-64, whose other half holds counters, bounds
/// and what surrounds the loop.
static constexpr size_t kMostPointers = 8;

/// Whether an access of `target` holds each distance of 32 bits from a
/// register. Where it does not, many distances need registers of their own, and
/// which is a question for LLVM.
static bool holdsAnyDistance(const llvm::TargetTransformInfo &target,
                             llvm::LLVMContext &context) {
  return target.isLegalAddressingMode(
      llvm::Type::getInt8Ty(context), /*BaseGV=*/nullptr,
      std::numeric_limits<int32_t>::max(), /*HasBaseReg=*/true, /*Scale=*/0);
}

namespace {
/// An address of a loop, and where it is computed.
struct Recurrence {
  llvm::GetElementPtrInst *address;
  const llvm::SCEVAddRecExpr *value;
  /// Of the recurrences of the loop before this one, that at a constant
  /// distance; its own place where there is none.
  size_t base;
  /// Bytes from the base.
  int64_t distance;
};
} // namespace

/// The addresses that `loop`, without the loops in it, computes anew in each
/// iteration.
static llvm::SmallVector<Recurrence>
findRecurrences(llvm::Loop &loop, llvm::LoopInfo &loops,
                llvm::ScalarEvolution &evolution) {
  llvm::SmallVector<Recurrence> found;
  for (llvm::BasicBlock *block : loop.blocks()) {
    if (loops.getLoopFor(block) != &loop)
      continue;
    for (llvm::Instruction &instruction : *block) {
      auto *address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction);
      if (!address || address->hasAllConstantIndices() ||
          !address->getType()->isPointerTy())
        continue;
      auto *value =
          llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution.getSCEV(address));
      if (!value || value->getLoop() != &loop || !value->isAffine() ||
          !llvm::isa<llvm::SCEVConstant>(value->getStepRecurrence(evolution)))
        continue;
      Recurrence recurrence = {address, value, found.size(), 0};
      for (auto [i, other] : llvm::enumerate(found)) {
        if (other.base != i)
          continue;
        auto *distance = llvm::dyn_cast<llvm::SCEVConstant>(
            evolution.getMinusSCEV(value, other.value));
        if (!distance || !distance->getAPInt().isSignedIntN(32))
          continue;
        recurrence.base = i;
        recurrence.distance = distance->getAPInt().getSExtValue();
        break;
      }
      found.push_back(recurrence);
    }
  }
  return found;
}

/// Makes the recurrences of `loop` pointers that advance. Returns whether it
/// did.
static bool advancePointers(llvm::Loop &loop, llvm::LoopInfo &loops,
                            llvm::ScalarEvolution &evolution) {
  if (!loop.isLoopSimplifyForm())
    return false;
  llvm::SmallVector<Recurrence> recurrences =
      findRecurrences(loop, loops, evolution);
  size_t pointers = llvm::count_if(llvm::enumerate(recurrences), [](auto it) {
    return it.value().base == it.index();
  });
  llvm::SCEVExpander expander(evolution, "address");
  // Additions to what the loop carries, not multiples of a counter.
  expander.disableCanonicalMode();
  if (pointers == 0 || pointers > kMostPointers ||
      !llvm::all_of(recurrences, [&](const Recurrence &recurrence) {
        return expander.isSafeToExpand(recurrence.value);
      }))
    return false;
  llvm::SmallVector<llvm::Value *> values;
  llvm::SmallVector<llvm::WeakTrackingVH> replaced;
  for (auto [i, recurrence] : llvm::enumerate(recurrences)) {
    llvm::GetElementPtrInst *address = recurrence.address;
    llvm::IRBuilder<> builder(address);
    llvm::Value *value =
        recurrence.base == i
            ? expander.expandCodeFor(recurrence.value, address->getType(),
                                     address->getIterator())
            : builder.CreatePtrAdd(
                  values[recurrence.base],
                  llvm::ConstantInt::getSigned(builder.getInt64Ty(),
                                               recurrence.distance));
    values.push_back(value);
    if (value == address)
      continue;
    address->replaceAllUsesWith(value);
    replaced.push_back(address);
  }
  llvm::RecursivelyDeleteTriviallyDeadInstructionsPermissive(replaced);
  return true;
}

llvm::PreservedAnalyses
AddressRecurrencesPass::run(llvm::Function &function,
                            llvm::FunctionAnalysisManager &analyses) {
  auto &loops = analyses.getResult<llvm::LoopAnalysis>(function);
  auto &evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  if (!holdsAnyDistance(analyses.getResult<llvm::TargetIRAnalysis>(function),
                        function.getContext()))
    return llvm::PreservedAnalyses::all();
  bool changed = false;
  // What an inner loop begins with may advance with the outer one.
  llvm::SmallVector<llvm::Loop *, 4> order = loops.getLoopsInPreorder();
  for (llvm::Loop *loop : llvm::reverse(order))
    changed |= advancePointers(*loop, loops, evolution);
  if (!changed)
    return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

void NoStrengthReduction::guard(llvm::Module &kernels,
                                const llvm::TargetMachine &machine) {
  for (llvm::Function &function : kernels)
    if (!function.isDeclaration() &&
        !holdsAnyDistance(machine.getTargetTransformInfo(function),
                          kernels.getContext()))
      return;
  kernels.getContext().setOptPassGate(*this);
}

bool NoStrengthReduction::shouldRunPass(llvm::StringRef pass,
                                        llvm::StringRef unit) const {
  // The name by which the pass calls itself.
  return pass != "Loop Strength Reduction";
}
