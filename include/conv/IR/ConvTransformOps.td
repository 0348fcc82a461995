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

def Conv_WinogradInputOp : Conv_DpsOp<"winograd_input"> {
  let summary = "Tiles of an image at the points of Winograd's algorithm";
  let description = [{
    For every tile (t, u) of `tiles` = [rows, columns], which begins at output
    row `row_origin + t * tile[0]` and column `u * tile[1]` (Lavin and Gray
    2016):

    ```
    d[p][q]                                = input[row + p - low_h][column + q - low_w][c]
    result[i * q_points + j][t * columns + u][c] = (B_h d B_w^T)[i][j]
    ```

    with `tile[0] + 2` points i along the rows and `q_points = tile[1] + 2`
    points j along the columns, each a plane of the result. Elements outside of
    the image are zero, whatever lies there. `dims` is the convolution's; the
    image has one element along n and g. The matrices B stand in
    include/conv/IR/Winograd.h.

    The result may have more tiles and more channels than there are; those tiles
    are not written, and channels up to the next multiple of `lanes`, the f32
    elements of a vector, are zero.

    ```mlir
    %v = conv.winograd_input dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]>
           tile = [4, 4] tiles = [1, 14] lanes = 16
           ins(%x : tensor<1x56x56x64xf32>) row_origin(%h)
           outs(%e : tensor<36x14x64xf32>) -> tensor<36x14x64xf32>
    ```

    Refused: a tile without a table of matrices, a window other than 3x3 with
    strides and dilations of 1 as far as `dims` says, elements other than f32,
    blocks of channels that are not whole vectors, a result of another number of
    points, of fewer tiles or channels.
  }];
  let arguments = (ins
    Conv_Shaped:$input, Conv_Shaped:$init,
    Optional<Index>:$row_origin, Conv_DimsAttr:$dims,
    DenseI64ArrayAttr:$tile, DenseI64ArrayAttr:$tiles, I64Attr:$lanes);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `dims` `` $dims `tile` `=` $tile `tiles` `=` $tiles `lanes` `=` $lanes
    `ins` `(` $input `:` type($input) `)`
    (`row_origin` `(` $row_origin^ `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
}

def Conv_WinogradOutputOp : Conv_DpsOp<"winograd_output", [IsolatedFromAbove,
    Conv_EpilogueOpInterface]> {
  let summary = "Outputs of Winograd's algorithm from the products at its points";
  let description = [{
    For every tile (t, u) of `tiles` = [rows, columns] and every output (p, q)
    of it that lies in the result

    ```
    y = (A_h m A_w^T)[p][q]      m[i][j] = product[i * q_points + j][t * columns + u][k]
    result[t * tile[0] + p][u * tile[1] + q][k] = epilogue(y (+ init when `accumulate`))
    ```

    The result is that of one image and one group, its first row that of the
    first tile; its last rows and columns may be fewer than the tiles hold.
    `lanes` are the f32 elements of a vector. With `stored` the epilogue runs
    over the sums once all are in the result, as `epilogue = output` of
    `#conv.schedule` says.

    ```mlir
    %r = conv.winograd_output dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]>
           tile = [4, 4] tiles = [1, 14] lanes = 16
           ins(%m : tensor<36x14x32xf32>) bias(%b : tensor<32xf32>)
           outs(%o : tensor<1x4x56x32xf32>) clamp<lower = 0.0 : f32>
           -> tensor<1x4x56x32xf32>
    ```

    Refused: a tile without a table of matrices, a product of another number of
    points or channels, of fewer tiles, a result that the tiles do not cover or
    whose last tiles would be empty, sums other than f32, `stored` where the
    sums cannot lie in the result.
  }];
  let arguments = (ins
    Conv_Shaped:$product, Conv_Shaped:$init,
    Variadic<Conv_EpilogueOperand>:$epilogue_operands,
    Conv_DimsAttr:$dims,
    DenseI64ArrayAttr:$tile, DenseI64ArrayAttr:$tiles, I64Attr:$lanes,
    UnitAttr:$stored, UnitAttr:$accumulate,
    DefaultValuedAttr<AffineMapArrayAttr, "{}">:$epilogue_maps);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region MaxSizedRegion<1>:$epilogue);
  let builders = [
    OpBuilder<(ins "::mlir::TypeRange":$results, "::mlir::Value":$product,
      "::mlir::Value":$init, "const ::mlir::conv::Epilogue &":$epilogue,
      "::mlir::conv::DimsAttr":$dims, "::llvm::ArrayRef<int64_t>":$tile,
      "::llvm::ArrayRef<int64_t>":$tiles, "int64_t":$lanes, "bool":$stored,
      "bool":$accumulate)>];
  let skipDefaultBuilders = 1;
  let assemblyFormat = [{
    `dims` `` $dims `tile` `=` $tile `tiles` `=` $tiles `lanes` `=` $lanes
    (`stored` $stored^)?
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
