//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Files of models that are not MLIR, and what to do with them.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SUPPORT_MODELFORMATS_H
#define CONV_SUPPORT_MODELFORMATS_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir::conv {

/// When the file called `name` is a model of another program, by its ending or
/// by how `contents` begin: an error message that names the command that turns
/// it into MLIR. Otherwise empty.
std::string describeForeignModel(llvm::StringRef name,
                                 llvm::StringRef contents = "");

} // namespace mlir::conv

#endif // CONV_SUPPORT_MODELFORMATS_H
