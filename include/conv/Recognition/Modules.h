//===- Modules.h - Modules in modules ---------------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_RECOGNITION_MODULES_H
#define CONV_RECOGNITION_MODULES_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::conv {

/// Moves what is in modules inside of `module`, at any depth, to `module`: the
/// passes compile one. Private symbols get other names where two have one.
/// Fails, at the second, on two public ones, and on attributes that tell the
/// compiler two things.
LogicalResult flattenModules(ModuleOp module);

} // namespace mlir::conv

#endif // CONV_RECOGNITION_MODULES_H
