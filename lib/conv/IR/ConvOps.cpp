//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What TableGen generates of the operations.
///
//===----------------------------------------------------------------------===//

#include "conv/IR/Conv.h"

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Assembly helper: letters without quotes
//===----------------------------------------------------------------------===//

static ParseResult parseLetters(OpAsmParser &parser, StringAttr &attr) {
  StringRef letters;
  if (parser.parseKeyword(&letters))
    return failure();
  attr = parser.getBuilder().getStringAttr(letters);
  return success();
}
static void printLetters(OpAsmPrinter &printer, Operation *, StringAttr attr) {
  printer << attr.getValue();
}

#include "conv/IR/ConvInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "conv/IR/ConvOps.cpp.inc"
