//===- Passes.h - Passes between linalg and conv.conv -----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_RECOGNITION_PASSES_H
#define CONV_RECOGNITION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::conv {

#define GEN_PASS_DECL
#include "conv/Recognition/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Recognition/Passes.h.inc"

} // namespace mlir::conv

#endif // CONV_RECOGNITION_PASSES_H
