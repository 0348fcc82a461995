//===- InitAll.h - Registers the dialect and every pass ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_INITALL_H
#define CONV_INITALL_H

#include "conv/Conversion/Passes.h"
#include "conv/IR/Conv.h"
#include "conv/Pipelines/Pipelines.h"
#include "conv/TransformOps/ScheduleOps.h"
#include "conv/Transforms/Passes.h"

namespace mlir::conv {

/// Registers the dialect, its external interface models and its operations in
/// the transform dialect.
inline void registerDialect(DialectRegistry &registry) {
  registry.insert<ConvDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  registerTransformDialectExtension(registry);
}

/// Registers every pass and pipeline of the project. Do not call it in a
/// process that also loads the plugin: registering a pass twice aborts.
inline void registerAllPasses() {
  registerConvConversionPasses();
  registerConvTransformsPasses();
  registerPipelines();
}

} // namespace mlir::conv

#endif // CONV_INITALL_H
