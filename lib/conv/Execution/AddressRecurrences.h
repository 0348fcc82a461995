//===- AddressRecurrences.h - Pointers that advance -------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a kernel needs of loop strength reduction. LLVM's pass looks at each of
/// the hundreds of accesses in an unrolled loop and weighs every way to write
/// them, which takes half of the time of code generation. Here their addresses
/// are few pointers and constant distances from them already: it is enough that
/// these pointers advance with the loop.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_EXECUTION_ADDRESSRECURRENCES_H
#define LIB_CONV_EXECUTION_ADDRESSRECURRENCES_H

#include "llvm/IR/Module.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::conv {

/// Turns the address a loop computes from its counter into one that it adds to:
///
/// ```
/// for (i = 0; i < n; i += step)        p = &x[a]
///   use(x[a + i])                 ->   for (i = 0; i < n; i += step)
///   use(x[a + i + 1])                    use(p[0]), use(p[1]), p += step
/// ```
///
/// Addresses at a constant distance share a pointer. A loop that would need
/// more pointers than there are registers to spare is left as it is, and so is
/// all on machines whose accesses hold short distances only.
class AddressRecurrencesPass
    : public llvm::PassInfoMixin<AddressRecurrencesPass> {
public:
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &analyses);
};

/// Keeps LLVM's loop strength reduction from what the pass above was run on.
class NoStrengthReduction : public llvm::OptPassGate {
public:
  /// Has to outlive the code generation for `kernels`, whose context asks it
  /// from now on. Does nothing where the pass did nothing.
  void guard(llvm::Module &kernels, const llvm::TargetMachine &machine);

  bool shouldRunPass(llvm::StringRef pass, llvm::StringRef unit) const override;
  bool isEnabled() const override { return true; }
};

} // namespace mlir::conv

#endif // LIB_CONV_EXECUTION_ADDRESSRECURRENCES_H
