//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the command line tools say of themselves.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SUPPORT_TOOL_H
#define CONV_SUPPORT_TOOL_H

namespace mlir::conv {

/// Lets --version print the project's version, and a crash ask for a report to
/// the project; without it both name LLVM alone. Call it before the command
/// line is parsed but after llvm::cl::ResetCommandLineParser, which would lose
/// --version.
void initTool();

} // namespace mlir::conv

#endif // CONV_SUPPORT_TOOL_H
