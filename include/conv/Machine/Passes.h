//===- Passes.h - Passes about the machine ----------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_MACHINE_PASSES_H
#define CONV_MACHINE_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::conv {

#define GEN_PASS_DECL
#include "conv/Machine/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "conv/Machine/Passes.h.inc"

} // namespace mlir::conv

#endif // CONV_MACHINE_PASSES_H
