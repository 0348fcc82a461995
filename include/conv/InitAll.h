//===- InitAll.h - Registers the dialect and every pass ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_INITALL_H
#define CONV_INITALL_H

#include "conv/Algorithms/Passes.h"
#include "conv/Decide/Passes.h"
#include "conv/Decide/ScheduleOps.h"
#include "conv/IR/Conv.h"
#include "conv/Kernels/Passes.h"
#include "conv/Machine/Passes.h"
#include "conv/Memory/Passes.h"
#include "conv/Pipelines/Passes.h"
#include "conv/Pipelines/Pipelines.h"
#include "conv/Recognition/Passes.h"
#include "conv/Rest/Passes.h"

namespace mlir::conv {

/// Registers the dialect, its external interface models and its operations in
/// the transform dialect, and the conversions that the pipelines use.
inline void registerDialect(DialectRegistry &registry) {
  registry.insert<ConvDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  registerTransformDialectExtension(registry);
  registerToLLVMInterfaces(registry);
}

/// Registers every pass and pipeline of the project. Do not call it in a
/// process that also loads the plugin: registering a pass twice aborts.
inline void registerAllPasses() {
  registerConvAlgorithmsPasses();
  registerConvDecidePasses();
  registerConvKernelsPasses();
  registerConvMachinePasses();
  registerConvMemoryPasses();
  registerConvPipelinesPasses();
  registerConvRecognitionPasses();
  registerConvRestPasses();
  registerPipelines();
}

} // namespace mlir::conv

#endif // CONV_INITALL_H
