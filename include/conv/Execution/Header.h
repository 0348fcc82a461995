//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The C header of compiled functions.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_HEADER_H
#define CONV_EXECUTION_HEADER_H

#include "conv/Execution/Compiler.h"

#include "llvm/Support/raw_ostream.h"

namespace mlir::conv {

/// What a header says besides signatures.
struct HeaderOptions {
  std::string source; ///< File the code was made from.
  std::string target; ///< "haswell (x86_64-pc-linux-gnu)".
  std::string prefix; ///< Of symbols; also makes the include guard.
  bool openMP = false;
  /// Code for several CPUs: the workspace is known at run time only, and
  /// PREFIXsupported() says whether one of them is there.
  bool dispatch = false;
};

/// Writes declarations of `functions` for C and C++.
void writeHeader(llvm::raw_ostream &os, ArrayRef<FunctionInfo> functions,
                 const HeaderOptions &options);

} // namespace mlir::conv

#endif // CONV_EXECUTION_HEADER_H
