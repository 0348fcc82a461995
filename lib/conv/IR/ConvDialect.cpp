//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The dialect's registration.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Conv.h"

using namespace mlir;
using namespace mlir::conv;

#include "conv/IR/ConvDialect.cpp.inc"

void ConvDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "conv/IR/ConvOps.cpp.inc"
      >();
}
