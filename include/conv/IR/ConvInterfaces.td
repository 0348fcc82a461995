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
                    /*methodBody=*/"return $_op.getDims();">,
    InterfaceMethod<"Elements of the vectors that copy.", "int64_t",
                    "getCopyLanes", (ins),
                    /*methodBody=*/"return $_op.getLanes();">];
}

def Conv_EpilogueOpInterface : OpInterface<"EpilogueOpInterface"> {
  let cppNamespace = "::mlir::conv";
  let description = [{
    An operation whose sums pass through an epilogue on their way to the output:

    ```mlir
    outs(%o : tensor<1x56x56x64xf32>)
    epilogue(%s by affine_map<(n, h, w, k) -> (k)> : tensor<64xf32>) {
    ^bb0(%acc: f32, %scale: f32):
      %scaled = arith.mulf %acc, %scale : f32
      conv.yield %scaled : f32
    }
    ```

    The region computes one element of the output from the finished sum, its
    first argument, and one element of each operand: the one that the operand's
    map gives for the dimensions of the output. A result of a map is a
    dimension, the constant 0 in a dimension of one element, or, for channels
    of an output with blocks, `block * size + channel`. Scalars and operands of
    rank 0 have the map to nothing. The region is isolated and holds
    elementwise operations on scalars and constants. Its first argument has the
    accumulator's type, the yielded value the output's element type.

    Without a region the sums are the result. The epilogue that adds a bias, a
    residual and clamps, in this order, each optional, has a short form:

    ```mlir
    bias(%b : tensor<64xf32>) residual(%x : tensor<1x56x56x64xf32>)
    outs(%o : tensor<1x56x56x64xf32>) clamp<lower = 0.0 : f32>
    ```
  }];
  let methods = [
    InterfaceMethod<"What the region reads besides the sum.",
                    "::mlir::OperandRange", "getEpilogueOperands">,
    InterfaceMethod<"The same, to be changed.",
                    "::mlir::MutableOperandRange",
                    "getEpilogueOperandsMutable">,
    InterfaceMethod<"From dimensions of the output to those of each operand.",
                    "::mlir::ArrayAttr", "getEpilogueMaps">,
    InterfaceMethod<"The region; empty when there is no epilogue.",
                    "::mlir::Region &", "getEpilogue">,
    InterfaceMethod<"The map of an operand that varies with the channels only.",
                    "::mlir::AffineMap", "getChannelMap">,
    InterfaceMethod<"Type of the output.", "::mlir::ShapedType",
                    "getOutputType", (ins), /*methodBody=*/[{
      return ::mlir::cast<::mlir::ShapedType>($_op.getInit().getType());
    }]>,
    InterfaceMethod<"Type of the sums.", "::mlir::Type", "getAccumulatorType",
                    (ins), /*methodBody=*/[{
      ::mlir::Region &body = $_op.getEpilogue();
      if (!body.empty() && body.getNumArguments() != 0)
        return body.getArgument(0).getType();
      return ::mlir::cast<::mlir::ShapedType>($_op.getInit().getType())
          .getElementType();
    }]>];
}

#endif // CONV_IR_CONVINTERFACES_TD
