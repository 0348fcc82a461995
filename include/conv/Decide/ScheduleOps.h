//===- ScheduleOps.h - Schedules from transform scripts ---------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Operations of the transform dialect that write schedules.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_SCHEDULEOPS_H
#define CONV_DECIDE_SCHEDULEOPS_H

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Transform/IR/TransformAttrs.h"
#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/Dialect/Transform/IR/TransformTypes.h"
#include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.h"

#define GET_OP_CLASSES
#include "conv/Decide/ScheduleOps.h.inc"

namespace mlir::conv {

/// Adds the operations to the transform dialect.
void registerTransformDialectExtension(DialectRegistry &registry);

} // namespace mlir::conv

#endif // CONV_DECIDE_SCHEDULEOPS_H
