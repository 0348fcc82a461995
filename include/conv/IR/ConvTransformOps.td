//===- ConvTransformOps.td - Data transformations ----------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operations that rearrange an image before a conv.contract, or partial
// products after it. Included by ConvOps.td.
//
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_CONVTRANSFORMOPS_TD
#define CONV_IR_CONVTRANSFORMOPS_TD

include "conv/IR/ConvAttrs.td"
include "conv/IR/ConvInterfaces.td"

/// A transformation that gathers (GatherOpInterface) by vectors of `lanes`
/// elements, those of the schedule it was made for.
class Conv_GatherOp<string mnemonic> : Conv_DpsOp<mnemonic, [
    DeclareOpInterfaceMethods<Conv_GatherOpInterface, ["getOrder"]>,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
      "getResultTilePosition", "generateResultTileValue"]>]> {
  dag common = (ins Conv_Shaped:$input, Conv_Shaped:$init,
                    Optional<Index>:$row_origin, Conv_DimsAttr:$dims);
  dag width = (ins DefaultValuedAttr<Conv_LanesAttr, "16">:$lanes);
  let arguments = !con(common, width);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `dims` `` $dims `ins` `(` $input `:` type($input) `)`
    (`row_origin` `(` $row_origin^ `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
}

def Conv_Im2rowOp : Conv_GatherOp<"im2row"> {
  let summary = "Patches of an image as rows of a matrix";
  let description = [{
    `result[n][g][ho][wo][r][s][c] = input[n][g][ho * sh + r * dh - low_h]
    [wo * sw + s * dw - low_w][c]`, zero in the padding: the (Ho Wo) x (R S C)
    patch matrix with its dimensions kept apart. `dims` is the convolution's;
    the result's shape says how many windows and taps are taken, and
    `row_origin` is added to ho.

    ```mlir
    %p = conv.im2row dims<nhwc x rsck -> nhwk>
           ins(%x : tensor<1x4x4x1xf32>)
           outs(%e : tensor<1x1x2x2x3x3x1xf32>) -> tensor<1x1x2x2x3x3x1xf32>
    ```

    Tiling runs over n, g and ho. Refused: a result whose rank, or whose n, g or
    c, contradict the image.
  }];
}

def Conv_Im2colOp : Conv_GatherOp<"im2col"> {
  let summary = "Patches of an image as columns of a matrix";
  let description = [{
    `result[n][g][c][r][s][ho][wo] = input[n][g][c][ho * sh + r * dh - low_h]
    [wo * sw + s * dw - low_w]`, zero in the padding: the (C R S) x (Ho Wo)
    patch matrix with its dimensions kept apart. Otherwise as `conv.im2row`.

    ```mlir
    %p = conv.im2col dims<nchw x kcrs -> nkhw>
           ins(%x : tensor<1x1x4x4xf32>)
           outs(%e : tensor<1x1x1x3x3x2x2xf32>) -> tensor<1x1x1x3x3x2x2xf32>
    ```

    Refused: a result whose rank, or whose n, g or c, contradict the image.
  }];
}

def Conv_MecLowerOp : Conv_GatherOp<"mec_lower"> {
  let summary = "Column strips of an image (MEC)";
  let description = [{
    `result[n][g][wo][h][s][c] = input[n][g][h - low_h][wo * sw + s * dw - low_w]
    [c]`, zero in the padding: one strip of the window's width per output column
    over the full height of the padded image (Cho and Brand 2017). The window of
    output row ho starts at row `ho * sh` of its strip and overlaps the next
    one. `row_origin` is added to h.

    ```mlir
    %l = conv.mec_lower dims<nhwc x rsck -> nhwk>
           ins(%x : tensor<1x4x4x1xf32>)
           outs(%e : tensor<1x1x2x4x3x1xf32>) -> tensor<1x1x2x4x3x1xf32>
    ```

    Tiling runs over n, g and h. Refused: a result whose rank, or whose n, g or
    c, contradict the image.
  }];
}

def Conv_Im2winOp : Conv_GatherOp<"im2win"> {
  let summary = "Row bands of an image, stored column by column (im2win)";
  let description = [{
    `result[n][g][ho][w][r][c] = input[n][g][ho * sh + r * dh - low_h][w - low_w]
    [c]`, zero in the padding, so that each window is one contiguous run and
    overlaps the next one (Lu, Chu, Liu 2023). With `channels_first` the result
    is `[n][g][c][ho][w][r]`. `row_origin` is added to ho.

    ```mlir
    %t = conv.im2win dims<nchw x kcrs -> nkhw> channels_first
           ins(%x : tensor<1x1x4x4xf32>)
           outs(%e : tensor<1x1x1x2x4x3xf32>) -> tensor<1x1x1x2x4x3xf32>
    ```

    Tiling runs over n, g and ho. Refused: a result whose rank, or whose n, g or
    c, contradict the image.
  }];
  let arguments = !con(common, (ins UnitAttr:$channels_first), width);
  let assemblyFormat = [{
    `dims` `` $dims (`channels_first` $channels_first^)?
    `ins` `(` $input `:` type($input) `)`
    (`row_origin` `(` $row_origin^ `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
}

def Conv_ShiftAddOp : Conv_DpsOp<"shift_add", [IsolatedFromAbove,
    Conv_EpilogueOpInterface]> {
  let summary = "Sum of shifted partial products (kn2row, kn2col)";
  let description = [{
    For every output point (Anderson, Vasudevan, Keane, Gregg 2017)

    ```
    y      = sum over r, s of product[n][g][r][s][k][p][q]
             p = ho * sh + (r + taps[0]) * dh - low_h
             q = wo * sw + (s + taps[1]) * dw - low_w
    result = epilogue(y (+ init when `accumulate`))
    ```

    where products outside of the image count as zero. `order`
    names the product's dimensions, slowest first: `n g r s k`, with the image's
    rows and columns `p q`, or `h w` when each product was computed at the
    output's own points.

    ```mlir
    %r = conv.shift_add dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]>
           order = ngpqrsk taps = [0, 2]
           ins(%t : tensor<1x1x4x4x1x1x8xf32>) outs(%o : tensor<1x4x4x8xf32>)
           accumulate -> tensor<1x4x4x8xf32>
    ```

    The sums are kept in the result: the epilogue may not change their type.

    Refused: an order that does not name each dimension once, shapes of product,
    operands of the epilogue and result that contradict each other.
  }];
  let arguments = (ins
    Conv_Shaped:$product, Conv_Shaped:$init,
    Variadic<Conv_EpilogueOperand>:$epilogue_operands,
    Conv_DimsAttr:$dims, StrAttr:$order,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0}">:$taps,
    UnitAttr:$accumulate,
    DefaultValuedAttr<AffineMapArrayAttr, "{}">:$epilogue_maps,
    DefaultValuedAttr<Conv_LanesAttr, "16">:$lanes);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region MaxSizedRegion<1>:$epilogue);
  let builders = [
    OpBuilder<(ins "::mlir::TypeRange":$results, "::mlir::Value":$product,
      "::mlir::Value":$init, "const ::mlir::conv::Epilogue &":$epilogue,
      "::mlir::conv::DimsAttr":$dims, "::llvm::StringRef":$order,
      "::llvm::ArrayRef<int64_t>":$taps, "bool":$accumulate,
      "int64_t":$lanes)>];
  let skipDefaultBuilders = 1;
  let assemblyFormat = [{
    `dims` `` $dims `order` `=` custom<Letters>($order) (`taps` `=` $taps^)?
    `ins` `(` $product `:` type($product) `)`
    custom<Destination>($epilogue_operands, type($epilogue_operands), $init,
      type($init), $accumulate, $epilogue_maps, $epilogue, ref($dims))
    attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    /// The map of an operand of the epilogue that varies with channels only.
    ::mlir::AffineMap getChannelMap();
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
}

#endif // CONV_IR_CONVTRANSFORMOPS_TD
