//===- LowerHalves.h - Vectors of two scalars for x86 -----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_PIPELINES_LOWERHALVES_H
#define LIB_CONV_PIPELINES_LOWERHALVES_H

#include "conv/Machine/MachineModel.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::conv {

/// Makes blends of broadcasts of the vectors of `func` whose halves are a
/// scalar each, or zeros, where `target` is of x86.
void lowerHalves(LLVM::LLVMFuncOp func, const ResolvedTarget &target);

} // namespace mlir::conv

#endif // LIB_CONV_PIPELINES_LOWERHALVES_H
