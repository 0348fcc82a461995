//===- Enums.h - Enumerations of the conv dialect ---------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_ENUMS_H
#define CONV_IR_ENUMS_H

#include "mlir/IR/OpImplementation.h"

#include "conv/IR/ConvEnums.h.inc"

#endif // CONV_IR_ENUMS_H
