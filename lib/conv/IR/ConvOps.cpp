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

#include "EpilogueSyntax.h"

#include "llvm/ADT/STLExtras.h"

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

//===----------------------------------------------------------------------===//
// FmaOp
//===----------------------------------------------------------------------===//

int64_t FmaOp::getSteps() {
  return cast<VectorType>(getA().getType()).getNumElements() /
         cast<VectorType>(getAcc().getType()).getNumElements();
}

LogicalResult FmaOp::verify() {
  auto acc = cast<VectorType>(getAcc().getType());
  auto operand = cast<VectorType>(getA().getType());
  int64_t lanes = acc.getNumElements(), elements = operand.getNumElements();
  if (!llvm::is_contained({lanes, 2 * lanes, 4 * lanes}, elements))
    return emitOpError("operands of type ")
           << operand << " do not have 1, 2 or 4 elements for each lane of "
           << acc;
  if (isa<FloatType>(acc.getElementType()) !=
      isa<FloatType>(operand.getElementType()))
    return emitOpError("adds products of ")
           << operand.getElementType() << " to " << acc.getElementType();
  return success();
}

#include "conv/IR/ConvInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "conv/IR/ConvOps.cpp.inc"
