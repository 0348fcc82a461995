//===- ColumnPairs.h - Tiles of two columns per vector ----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_SCHEDULE_COLUMNPAIRS_H
#define LIB_CONV_SCHEDULE_COLUMNPAIRS_H

#include "conv/Schedule/KernelKinds.h"

namespace mlir::conv {

/// vector = kw.
KernelKind getColumnPairs();

} // namespace mlir::conv

#endif // LIB_CONV_SCHEDULE_COLUMNPAIRS_H
