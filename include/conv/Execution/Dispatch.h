//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One module with code for several x86-64 CPUs that chooses at run time.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_DISPATCH_H
#define CONV_EXECUTION_DISPATCH_H

#include "mlir/Support/LLVM.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::conv {

/// Code for one CPU: its functions are called symbol + suffix.
struct CpuVariant {
  std::string cpu, suffix;
};

/// Fails on a CPU of which nobody can tell whether a machine is one: it is not
/// LLVM's name of an x86-64 CPU.
llvm::Error checkDispatchable(llvm::StringRef cpu);

/// Defines each of `symbols` in `module`, which holds them for all `variants`:
/// calls the variant for the CPU with most features among those the machine
/// has, asking the variables of the compiler's runtime library that
/// __builtin_cpu_supports reads; traps when there is none. `supportedSymbol`
/// becomes a function that says whether there is one. Fails on a CPU that is
/// not dispatchable and on a missing function.
llvm::Error addDispatch(llvm::Module &module, ArrayRef<std::string> symbols,
                        ArrayRef<CpuVariant> variants,
                        llvm::StringRef supportedSymbol);

} // namespace mlir::conv

#endif // CONV_EXECUTION_DISPATCH_H
