//===- Passes.h - Passes for what is no convolution -------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_REST_PASSES_H
#define CONV_REST_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::conv {

#define GEN_PASS_DECL
#include "conv/Rest/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Rest/Passes.h.inc"

} // namespace mlir::conv

#endif // CONV_REST_PASSES_H
