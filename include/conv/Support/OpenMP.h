//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where the runtime of compiled code with several threads is.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SUPPORT_OPENMP_H
#define CONV_SUPPORT_OPENMP_H

#include <string>

namespace mlir::conv {

/// LLVM's OpenMP runtime: the one that lies beside this code, as in a package
/// that brings everything, or LLVM's own where this was built. Otherwise its
/// bare name, which the loader may find.
std::string getOpenMPRuntime();

} // namespace mlir::conv

#endif // CONV_SUPPORT_OPENMP_H
