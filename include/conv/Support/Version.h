//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which build this is. All strings live as long as the program.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SUPPORT_VERSION_H
#define CONV_SUPPORT_VERSION_H

namespace mlir::conv {

/// "MAJOR.MINOR.PATCH".
const char *getVersion();

/// What `git describe --always --dirty` said when the project was built;
/// "unknown" when the sources were no checkout.
const char *getRevision();

/// Of the LLVM that is loaded. A distribution may have updated it since the
/// build.
const char *getLLVMVersion();

/// "conv-opt VERSION (revision REVISION, LLVM VERSION)".
const char *getFullVersion();

} // namespace mlir::conv

#endif // CONV_SUPPORT_VERSION_H
