//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Calls of functions whose signature is known at run time only.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_PACKEDINTERFACE_H
#define CONV_EXECUTION_PACKEDINTERFACE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/IR/Module.h"

#include <string>

namespace mlir::conv {

/// Defines, for each function of `module` that others may call, one that takes
/// an array of pointers: to its arguments, and last to room for its result.
///
///   void _convopt_packed_f(void **p) { *(R *)p[n] = f(*(A *)p[0], ...); }
void addPackedInterfaces(llvm::Module &module);

/// What addPackedInterfaces calls the function of `name`.
std::string getPackedName(llvm::StringRef name);

} // namespace mlir::conv

#endif // CONV_EXECUTION_PACKEDINTERFACE_H
