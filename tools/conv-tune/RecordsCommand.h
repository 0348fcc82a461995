//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// "conv-tune records": looking after files of records.
///
//===----------------------------------------------------------------------===//

#ifndef TOOLS_CONV_TUNE_RECORDSCOMMAND_H
#define TOOLS_CONV_TUNE_RECORDSCOMMAND_H

namespace mlir::conv::bench {

/// Makes its options known to the command line; before that is parsed.
void registerRecordsCommand();

/// Whether the command line asks for it.
bool wantsRecordsCommand();

/// Does what the command line says; the exit code.
int runRecordsCommand();

} // namespace mlir::conv::bench

#endif // TOOLS_CONV_TUNE_RECORDSCOMMAND_H
