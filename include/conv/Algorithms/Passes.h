//===- Passes.h - Passes that apply a schedule ------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_ALGORITHMS_PASSES_H
#define CONV_ALGORITHMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::conv {

#define GEN_PASS_DECL
#include "conv/Algorithms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Algorithms/Passes.h.inc"

} // namespace mlir::conv

#endif // CONV_ALGORITHMS_PASSES_H
