//===- ConvDialect.td - The conv dialect -------------------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_CONVDIALECT_TD
#define CONV_IR_CONVDIALECT_TD

include "mlir/IR/OpBase.td"

def Conv_Dialect : Dialect {
  let name = "conv";
  let cppNamespace = "::mlir::conv";
  // Of the bodies of epilogues.
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let summary = "2-D convolutions, their schedules and their contraction";
  let description = [{
    The dialect holds a convolution at three levels:

    1. `conv.conv` states one convolution with its epilogue. The layout is an
       attribute (`#conv.dims`), not part of the op's name.
    2. `conv.conv` with a `#conv.schedule`: the decision which algorithm, loop
       order and register tile compute it.
    3. `conv.pack_filter` and `conv.contract`: the data transformation and the
       contraction every algorithm ends in.

    `conv.opaque` appears among the loops that come after them.

    Letters follow the literature: N batch, G groups, C input channels per
    group, H and W image rows and columns, K output channels per group, R and
    S filter rows and columns.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
}

#endif // CONV_IR_CONVDIALECT_TD
