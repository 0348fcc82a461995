//===- EpilogueSyntax.h - Text and checks of epilogues ----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How the operations with an epilogue read, print and verify it.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_IR_EPILOGUESYNTAX_H
#define LIB_CONV_IR_EPILOGUESYNTAX_H

#include "conv/IR/Conv.h"

namespace mlir::conv {

/// The operands fit their maps, and the body computes elements of the output.
LogicalResult verifyEpilogue(EpilogueOpInterface op);

/// From `bias` or `outs` to `clamp` or the end of an `epilogue`. `dims`, or the
/// maps of a contraction, say which dimensions of the output are channels.
ParseResult
parseDestination(OpAsmParser &parser,
                 SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
                 SmallVectorImpl<Type> &types,
                 OpAsmParser::UnresolvedOperand &init, Type &initType,
                 UnitAttr &accumulate, ArrayAttr &maps, Region &body,
                 DimsAttr dims);
ParseResult
parseDestination(OpAsmParser &parser,
                 SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
                 SmallVectorImpl<Type> &types,
                 OpAsmParser::UnresolvedOperand &init, Type &initType,
                 UnitAttr &accumulate, ArrayAttr &maps, Region &body,
                 ArrayAttr indexingMaps);
/// The opposite. What the operation says by itself is not taken from the
/// arguments.
void printDestination(OpAsmPrinter &printer, Operation *op, OperandRange,
                      TypeRange, Value init, Type initType, UnitAttr accumulate,
                      ArrayAttr, Region &, Attribute);

} // namespace mlir::conv

#endif // LIB_CONV_IR_EPILOGUESYNTAX_H
