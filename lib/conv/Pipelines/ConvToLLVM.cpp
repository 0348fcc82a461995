//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Pipelines/Pipelines.h"

using namespace mlir;
using namespace mlir::conv;

void mlir::conv::buildConvToLLVMPipeline(OpPassManager &,
                                         const ConvToLLVMOptions &) {}
void mlir::conv::buildLoopsToLLVMPipeline(OpPassManager &,
                                          const ConvToLLVMOptions &) {}
void mlir::conv::registerPipelines() {}
