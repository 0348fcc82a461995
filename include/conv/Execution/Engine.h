//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiled code that can be called in this process.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_ENGINE_H
#define CONV_EXECUTION_ENGINE_H

#include "conv/Execution/Driver.h"
#include "conv/Machine/MachineModel.h"

#include "mlir/Support/LLVM.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace mlir::conv {

/// A function or object of this process that compiled code names.
struct HostSymbol {
  const char *name;
  void *address;
};

/// Objects linked into this process. Libraries they need are loaded so that
/// nobody else sees their symbols: another copy of LLVM may follow us.
class Engine {
public:
  /// Functions take pointers to their arguments and, last, to room for the
  /// result.
  using Function = void (*)(void **);

  /// Links `objects`, which were compiled with packed interfaces for `target`.
  /// Those that hold nothing but constants are kept, and not copied.
  /// With `openMP` the OpenMP runtime is loaded. `symbols` come before those of
  /// the process. Fails when the target is not of the host's architecture or a
  /// symbol is missing.
  static llvm::Expected<Engine> create(Objects objects,
                                       const ResolvedTarget &target,
                                       bool openMP,
                                       ArrayRef<HostSymbol> symbols = {});

  /// The function `name`, which had the attribute `llvm.emit_c_interface`: its
  /// arguments are pointers to descriptors.
  llvm::Expected<Function> lookup(StringRef name) const;

  /// The function `name` itself, through pointers to its arguments.
  llvm::Expected<Function> lookupPacked(StringRef name) const;

  /// Where the function `name` starts.
  llvm::Expected<void *> lookupAddress(StringRef name) const;

private:
  /// Objects that hold nothing but constants, which code reads where they lie.
  Objects data;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace mlir::conv

#endif // CONV_EXECUTION_ENGINE_H
