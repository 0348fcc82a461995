//===- ConvInterfaces.td - Interfaces of the conv dialect --*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_CONVINTERFACES_TD
#define CONV_IR_CONVINTERFACES_TD

include "mlir/IR/Interfaces.td"

def Conv_GatherOpInterface : OpInterface<"GatherOpInterface"> {
  let cppNamespace = "::mlir::conv";
  let description = [{
    A data transformation that copies every element of its result from one
    element of an image, or writes zero where that lies in the padding. Which
    element is said by the letters of the result's dimensions, slowest first:

    - `n g c`: batch, group, channel;
    - `h w`: output row and column; `r s`: window row and column. Element
      (h, r) comes from image row `h * stride + r * dilation - low`;
    - `p q`: row and column of the padded image.

    Rows and columns are each named by `h r` (`w s`) or by `p` (`q`) alone.
    Verification, tiling and lowering need nothing else.
  }];
  let methods = [
    InterfaceMethod<"Letters of the result's dimensions.",
                    "::llvm::StringRef", "getOrder">,
    InterfaceMethod<"The image.", "::mlir::Value", "getImage", (ins),
                    /*methodBody=*/"return $_op.getInput();">,
    InterfaceMethod<"Where the result is written.", "::mlir::Value",
                    "getTarget", (ins),
                    /*methodBody=*/"return $_op.getInit();">,
    InterfaceMethod<"Added to the row of the result (`h` or `p`); may be null.",
                    "::mlir::Value", "getOrigin", (ins),
                    /*methodBody=*/"return $_op.getRowOrigin();">,
    InterfaceMethod<"The convolution's dimensions.", "::mlir::conv::DimsAttr",
                    "getConvDims", (ins),
                    /*methodBody=*/"return $_op.getDims();">];
}

#endif // CONV_IR_CONVINTERFACES_TD
