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
#include "conv/Machine/MachineModel.h"

#include "llvm/Support/Error.h"
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
  /// Bytes of the vectors that code for RISC-V counts on, see
  /// getRISCVVectorBytes; PREFIXsupported() asks the machine. Else 0.
  int64_t vectorBytes = 0;
};

/// Bytes of the shortest vector register that `target`, a RISC-V, promises:
/// code for it is wrong where they are shorter. 0 without vectors and
/// elsewhere.
llvm::Expected<int64_t> getRISCVVectorBytes(const ResolvedTarget &target);

/// Writes declarations of `functions` for C and C++.
void writeHeader(llvm::raw_ostream &os, ArrayRef<FunctionInfo> functions,
                 const HeaderOptions &options);

} // namespace mlir::conv

#endif // CONV_EXECUTION_HEADER_H
