//===- ConvOps.td - Operations of the conv dialect ---------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_CONVOPS_TD
#define CONV_IR_CONVOPS_TD

include "conv/IR/ConvAttrs.td"
include "conv/IR/ConvInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

def Conv_Shaped : AnyTypeOf<[AnyRankedTensor, AnyNon0RankedMemRef],
                            "ranked tensor or memref">;

/// Elements of the vectors of a copy: the schedule's, so that the widest are as
/// many as those of `n_vec`.
def Conv_LanesAttr
    : ConfinedAttr<I64Attr, [IntPositivePowerOf2, IntMaxValue<256>]>;

class Conv_Op<string mnemonic, list<Trait> traits = []>
    : Op<Conv_Dialect, mnemonic, traits>;

/// A destination-passing op on tensors or on memrefs, as linalg's are.
class Conv_DpsOp<string mnemonic, list<Trait> traits = []>
    : Conv_Op<mnemonic, !listconcat(traits, [
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<ConditionallySpeculatable,
                                  ["getSpeculatability"]>])> {
  let hasVerifier = 1;
}

/// Of an epilogue: a tensor, a memref, or a scalar.
def Conv_EpilogueOperand
    : AnyTypeOf<[AnyRankedTensor, AnyMemRef, AnyFloat,
                 AnySignlessInteger],
                "ranked tensor, memref or scalar">;

def Conv_YieldOp : Conv_Op<"yield", [Pure, Terminator, ReturnLike,
    ParentOneOf<["ConvOp", "ContractOp", "ShiftAddOp", "WinogradOutputOp"]>]> {
  let summary = "The result of an epilogue";
  let description = [{
    Ends the region of an epilogue (`EpilogueOpInterface`) with the element of
    the output.

    ```mlir
    conv.yield %y : f32
    ```
  }];
  let arguments = (ins AnyType:$value);
  let assemblyFormat = "$value `:` type($value) attr-dict";
}

def Conv_ConvOp : Conv_DpsOp<"conv", [IsolatedFromAbove,
    Conv_EpilogueOpInterface,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
      "getResultTilePosition", "generateResultTileValue"]>]> {
  let summary = "One 2-D convolution with its epilogue";
  let description = [{
    For every output point

    ```
    y      = sum over c, r, s of filter[k][c][r][s] * input[n][c][h'][w']
             h' = ho * strides[0] + r * dilations[0] - low[0]
             w' = wo * strides[1] + s * dilations[1] - low[1]
    y     += init                 when `accumulate` is present
    result = epilogue(y)
    ```

    Taps with h' or w' outside the image contribute nothing; with
    `padding_value`, which is for integers, what an element of that value would.
    Which dimension of the operands is which is said by `dims`. Without
    `accumulate` the contents of `outs` are never read. The order of the sums is
    not defined.

    Input and filter may have narrower elements than the sums, floating point
    both or signless integers both: they are extended, integers as signed ones,
    and products and sums have the accumulator's type, which is the epilogue's
    first argument's, or the output's without an epilogue. With `unsigned_input`
    the elements of the input are unsigned integers.

    The epilogue is a region (`EpilogueOpInterface`); what most are has a short
    form: a bias is added that has the output's `g` and `k` dimensions, those
    present, in this order, channels whole also where the output is blocked;
    then a residual of the output's shape and layout; last a clamp.

    ```mlir
    %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]>
           ins(%x, %w : tensor<1x56x56x64xf32>, tensor<3x3x64x64xf32>)
           bias(%b : tensor<64xf32>) outs(%o : tensor<1x56x56x64xf32>)
           clamp<lower = 0.0 : f32> -> tensor<1x56x56x64xf32>
    ```

    Tiling (TilingInterface) runs over n, g, ho, wo, k; ho and wo only when the
    image is not padded, since a tile could not tell its true borders.

    Refused: shapes that contradict `dims`, an output with more rows or columns
    than the window fits, an empty window, an operand of the epilogue that does
    not fit its map, a body that is not elementwise, mixed tensors and memrefs,
    element types of input or filter that cannot be extended to the sums', an
    `unsigned_input` of floating point, a `padding_value` that is no element of
    the input, sizes whose element count overflows 63 bits.
  }];
  let arguments = (ins
    Conv_Shaped:$input, Conv_Shaped:$filter,
    Conv_Shaped:$init,
    Variadic<Conv_EpilogueOperand>:$epilogue_operands,
    Conv_DimsAttr:$dims, UnitAttr:$accumulate, UnitAttr:$unsigned_input,
    DefaultValuedAttr<I64Attr, "0">:$padding_value,
    DefaultValuedAttr<AffineMapArrayAttr, "{}">:$epilogue_maps,
    OptionalAttr<Conv_ScheduleAttr>:$schedule);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region MaxSizedRegion<1>:$epilogue);
  let builders = [
    OpBuilder<(ins "::mlir::TypeRange":$results, "::mlir::Value":$input,
      "::mlir::Value":$filter, "::mlir::Value":$init,
      "const ::mlir::conv::Epilogue &":$epilogue,
      "::mlir::conv::DimsAttr":$dims, "bool":$accumulate,
      CArg<"::mlir::conv::ScheduleAttr", "{}">:$schedule)>,
    OpBuilder<(ins "::mlir::TypeRange":$results, "::mlir::Value":$input,
      "::mlir::Value":$filter, "::mlir::Value":$init, "::mlir::Value":$bias,
      "::mlir::Value":$residual, "::mlir::conv::DimsAttr":$dims,
      "bool":$accumulate, "::mlir::conv::ClampAttr":$clamp,
      CArg<"::mlir::conv::ScheduleAttr", "{}">:$schedule)>];
  let skipDefaultBuilders = 1;
  let assemblyFormat = [{
    `dims` `` $dims `ins` `(` $input `,` $filter `:` type($input) `,`
      type($filter) `)`
    custom<Destination>($epilogue_operands, type($epilogue_operands), $init,
      type($init), $accumulate, $epilogue_maps, $epilogue, ref($dims))
    (`schedule` `` $schedule^)?
    attr-dict (`->` type($results)^)?
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// The map of an operand of the epilogue that varies with channels only.
    ::mlir::AffineMap getChannelMap();
    /// Iterators of TilingInterface; reductions are not exposed.
    enum Iterator { N, G, Ho, Wo, K, NumIterators };
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    /// Extent of `letter`, searched in filter, input, output; 1 when absent,
    /// ShapedType::kDynamic when dynamic. Channels are whole, not blocks.
    int64_t getExtent(char letter);
    ::mlir::ShapedType getInputType();
    ::mlir::ShapedType getFilterType();
    ::mlir::ShapedType getOutputType();
    /// Takes over what the elements of the input of `op` stand for, and those
    /// outside of it.
    void setInputMeaning(::mlir::conv::ConvOp op);
    /// The convolution without its schedule for `count` output channels of
    /// each group from `first` on, on slices of filter, epilogue and output.
    ConvOp createChannelTile(::mlir::OpBuilder &b, int64_t first, int64_t count);
  }];
}

def Conv_PackFilterOp : Conv_DpsOp<"pack_filter"> {
  let summary = "Bring a filter into the order the micro-kernel consumes it";
  let description = [{
    `packed[g][k / c_ob][r][s][c / c_pack][k % c_ob][c % c_pack] = filter[...]`,
    zero where k or c run past their extent (Zhang, Franchetti, Low 2018,
    section 4: the weights' blocked layout). Where the destination has one g and
    the filter several, k counts the output channels of all groups, those of a
    group side by side. Where the destination has wider
    elements, those of the filter are extended, integers as signed ones. `layout` names the dimensions of
    the source by the letters of `#conv.dims`; absent ones have extent 1. The
    last dimension exists only when `c_pack` is larger than 1.

    With `winograd = [m, n]` the 3x3 windows are transformed for tiles of m x n
    outputs on the way, in f64 and rounded once:
    `packed[g][k / c_ob][i * (n + 2) + j][1][1][1][c][k % c_ob] =
    (G_m filter[k][c] G_n^T)[i][j]`, so that what one g and block of k has is
    the packed filter of a contraction with a group per point.

    ```mlir
    %p = conv.pack_filter rsck ins(%w : tensor<3x3x64x50xf32>)
           outs(%e : tensor<1x2x3x3x64x32xf32>) -> tensor<1x2x3x3x64x32xf32>
    %q = conv.pack_filter rsck winograd = [4, 4] ins(%w : tensor<3x3x64x50xf32>)
           outs(%e : tensor<1x2x36x1x1x1x64x32xf32>) -> tensor<1x2x36x1x1x1x64x32xf32>
    ```

    Refused: a filter without a static shape, a `layout` that does not name its
    dimensions by distinct letters, a `c_pack` that is no power of two up to 256,
    a destination whose shape is not the packed shape of the source or whose
    elements are no extension of the filter's; with
    `winograd` a tile without a table of matrices, a window other than 3x3,
    elements other than f32 and a `c_pack` other than 1.
  }];
  let arguments = (ins
    Conv_Shaped:$filter, Conv_Shaped:$init,
    StrAttr:$layout, DefaultValuedAttr<I64Attr, "1">:$c_pack,
    DefaultValuedAttr<Conv_LanesAttr, "16">:$lanes,
    OptionalAttr<DenseI64ArrayAttr>:$winograd);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    custom<Letters>($layout) (`c_pack` `=` $c_pack^)?
    (`winograd` `=` $winograd^)?
    `ins` `(` $filter `:` type($filter) `)`
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    ::mlir::ShapedType getFilterType();
    ::mlir::ShapedType getPackedType();
    /// Channels of a block: c_ob.
    int64_t getBlock() {
      return getPackedType().getDimSize(getWinograd() ? 7 : 5);
    }
    /// Output channels of a group of the filter, where the channels of all
    /// groups are one dimension of the destination; 0 where they are not.
    int64_t getMergedGroup();
    /// The packed shape of a filter of shape `shape` named by `layout`; with
    /// `winograd`, the outputs of a tile, that of its transformation.
    static ::llvm::SmallVector<int64_t>
    getPackedShape(::llvm::ArrayRef<int64_t> shape, ::llvm::StringRef layout,
                   int64_t cOb, int64_t cPack,
                   ::llvm::ArrayRef<int64_t> winograd = {});
    /// The same with the channels of all groups in one dimension.
    static ::llvm::SmallVector<int64_t>
    getMergedShape(::llvm::ArrayRef<int64_t> shape, ::llvm::StringRef layout,
                   int64_t cOb);
  }];
}

def Conv_ContractOp : Conv_DpsOp<"contract", [AttrSizedOperandSegments,
    IsolatedFromAbove, Conv_EpilogueOpInterface,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
      "getResultTilePosition", "generateResultTileValue"]>]> {
  let summary = "The contraction every convolution algorithm ends in";
  let description = [{
    Iterates over (n, g, ho, wo, k | r, s, c): five parallel dimensions, then
    three reductions.

    ```
    for n, g, ho, wo, k:
      y = 0
      for r, s, c:
        i = maps[0](n, g, ho + row_origin, wo, k, r, s, c)
        if i lies inside a:  y += a[i] * b[maps[1](...)]
      out[maps[2](...)] = epilogue(y (+ out when `accumulate`))
    ```

    **A point whose index into `a` is out of bounds contributes nothing**: this
    is padding, and it costs nothing. With `padding_value` it contributes what an
    element of that value would. The map of `a` is linear in the iterators
    with constant coefficients, but for a blocked input, two of whose results are
    `c floordiv block` and `c mod block`; `k` appears in it for depthwise convolutions,
    whose vectors run over the channels of `a`, and as `k floordiv m` where k
    counts the m output channels of each of several groups. `b` is a packed filter
    `[g][k floordiv c_ob][r][s][c][k mod c_ob]`, with `c_pack` larger than 1
    `[g][k floordiv c_ob][r][s][c floordiv c_pack][k mod c_ob][c mod c_pack]`, or
    a plain one, which `--conv-lower-to-loops` wants contiguous along k.
    `row_origin` is added to ho before the map of `a`: a tile of rows sees the
    whole of `a` with its true borders.

    `high` counts the zero rows and columns behind the end of `a`, as in
    `#conv.dims`; absent, there are none. Those before its beginning stand in
    its map, as a negative constant.

    `store` says how finished accumulators leave the registers: vectors along k,
    vectors along wo after a register transpose, or element by element. The
    `schedule` gives the register tile and the loop order. `c_pack` is the
    number of reduction steps that lie side by side in the filter: those one
    lane takes at once (1 for f32), or with `vector = c` those of a vector. `a`
    and `b` may have narrower elements than the output, as in `conv.conv`, and a
    packed `b` wider ones than the filter had (`conv.pack_filter`). With
    `unsigned_input` the elements of `a` are unsigned integers. With
    `rebased_input`, which is for signed i8, 128 is added to each of them and to
    the `padding_value`, as instructions want that multiply unsigned bytes: it
    is for the epilogue to take 128 times the sum of the filter off again.

    `beside` is for outputs, in memory, whose columns lie two elements apart, and
    has their shape: each of its elements is written before the one that is
    computed. Where results alternate along rows, as those of two phases of a
    transposed convolution do, both are then stored at once, in vectors
    (`--conv-copy-strided`).

    ```mlir
    conv.contract maps = [#a, #b, #o] store = k_contiguous
      ins(%x, %p : memref<1x56x56x64xf32>, memref<1x2x3x3x64x32xf32>)
      outs(%o : memref<1x56x56x64xf32>) schedule<algorithm = direct, ...>
    ```

    Tiling (TilingInterface) runs over n, g, ho, wo and k. Slices hold what the
    tile reads; along ho a padded input is kept whole and `row_origin` shifts it.
    wo cannot be tiled where it reaches the padding, k only by multiples of
    `c_ob`, and r, s, c not at all.

    Refused: maps that are not of these forms, coefficients beyond 2^31, extents
    that leave `a` behind its end by more than `high`, extents
    of k, r, s or c that are not static, shapes that contradict the maps,
    a `c_pack` that is no power of two up to 256 or on a plain filter, a store
    mode the output's layout does not have, a `padding_value` that is no element
    of `a`, a `rebased_input` of other elements than signed i8, a `beside` with
    `accumulate`, of another shape than the output, or where vectors are not
    stored along wo.
  }];
  let arguments = (ins
    Conv_Shaped:$a, Conv_Shaped:$b,
    Conv_Shaped:$init,
    Variadic<Conv_EpilogueOperand>:$epilogue_operands,
    Optional<Index>:$row_origin,
    Optional<AnyNon0RankedMemRef>:$beside,
    AffineMapArrayAttr:$indexing_maps,
    Conv_StoreModeAttr:$store,
    DefaultValuedAttr<I64Attr, "1">:$c_pack,
    UnitAttr:$accumulate, UnitAttr:$unsigned_input, UnitAttr:$rebased_input,
    DefaultValuedAttr<I64Attr, "0">:$padding_value,
    DefaultValuedAttr<AffineMapArrayAttr, "{}">:$epilogue_maps,
    Conv_ScheduleAttr:$schedule,
    OptionalAttr<DenseI64ArrayAttr>:$high);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region MaxSizedRegion<1>:$epilogue);
  let builders = [
    OpBuilder<(ins "::mlir::TypeRange":$results, "::mlir::Value":$a,
      "::mlir::Value":$b, "::mlir::Value":$init,
      "const ::mlir::conv::Epilogue &":$epilogue, "::mlir::Value":$row_origin,
      "::mlir::ArrayAttr":$indexing_maps, "::mlir::conv::StoreMode":$store,
      "int64_t":$c_pack, "bool":$accumulate,
      "::mlir::conv::ScheduleAttr":$schedule,
      CArg<"::mlir::DenseI64ArrayAttr", "{}">:$high)>];
  let skipDefaultBuilders = 1;
  let assemblyFormat = [{
    `maps` `=` $indexing_maps (`high` `=` $high^)?
    `store` `=` `` $store (`c_pack` `=` $c_pack^)?
    `ins` `(` $a `,` $b `:` type($a) `,` type($b) `)`
    (`row_origin` `(` $row_origin^ `)`)?
    (`beside` `(` $beside^ `:` type($beside) `)`)?
    custom<Destination>($epilogue_operands, type($epilogue_operands), $init,
      type($init), $accumulate, $epilogue_maps, $epilogue,
      ref($indexing_maps))
    `schedule` `` $schedule
    attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    /// The map of an operand of the epilogue that varies with channels only.
    ::mlir::AffineMap getChannelMap();
    /// Iterators in the order of the indexing maps.
    enum Iterator { N, G, Ho, Wo, K, R, S, C, NumIterators };
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    ::mlir::ShapedType getAType();
    ::mlir::ShapedType getBType();
    ::mlir::ShapedType getOutType();
    ::mlir::AffineMap getMap(unsigned i);
    /// Channels per block of `a`; 0 when its layout is not blocked.
    int64_t getChannelBlock();
    /// The m of `k floordiv m`, 1 for `k` itself: output channels that read the
    /// same dimension of `a`; 0 when k does not choose what is read.
    int64_t getGroupOutputs();
    /// Extents of the eight iterators; 1 for those that appear nowhere,
    /// ShapedType::kDynamic where a shape is dynamic.
    ::llvm::SmallVector<int64_t> getExtents();
    /// True when no point of the iteration space can leave `a` along its
    /// dimension `dim`, whatever `row_origin` is within the image.
    bool isInBounds(unsigned dim);
    /// Takes over what the elements of the input of `op` stand for, and those
    /// outside of it.
    void setInputMeaning(::mlir::conv::ConvOp op);
  }];
}

def Conv_FmaOp : Conv_Op<"fma", [Pure, AllTypesMatch<["acc", "result"]>,
    AllTypesMatch<["a", "b"]>]> {
  let summary = "One instruction that multiplies and adds";
  let description = [{
    For n lanes of k steps

    ```
    result[j] = acc[j] + sum over l < k of a[k * j + l] * b[k * j + l]
    ```

    by `instruction`, a row of the project's table
    (include/conv/Machine/Instructions.h). `a` is the side whose k elements are
    the same in all lanes, or the vectors of the image where both sides differ.
    The order of the sums, and whether products are rounded, are the
    instruction's.

    Becomes the target's intrinsic, or `llvm.intr.fmuladd`, in
    `--conv-finalize-llvm`, which refuses an instruction that the function's
    target does not have.

    ```mlir
    %1 = conv.fma f32 %0, %a, %b : vector<16xf32>, vector<16xf32>
    %2 = conv.fma avx512_bf16 %1, %x, %y : vector<16xf32>, vector<32xbf16>
    ```

    Refused: vectors of more than one dimension, of which the operands' do not
    have 1, 2 or 4 elements for each of the accumulator's.
  }];
  let arguments = (ins StrAttr:$instruction,
    FixedVectorOfRankAndType<[1], [AnyFloat, AnySignlessInteger]>:$acc,
    FixedVectorOfRankAndType<[1], [AnyFloat, AnySignlessInteger]>:$a,
    FixedVectorOfRankAndType<[1], [AnyFloat, AnySignlessInteger]>:$b);
  let results = (outs
    FixedVectorOfRankAndType<[1], [AnyFloat, AnySignlessInteger]>:$result);
  let assemblyFormat = [{
    custom<Letters>($instruction) $acc `,` $a `,` $b attr-dict `:` type($acc) `,`
      type($a)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Reduction steps of one lane: the k of the instruction's shape.
    int64_t getSteps();
  }];
}

/// A scalar of one of `types`, or a vector of them.
class Conv_ScalarOrVectorOf<list<Type> types>
    : AnyTypeOf<!listconcat(types, [VectorOfAnyRankOf<types>])>;

def Conv_RequantizeOp
    : Conv_Op<"requantize", [Pure] # ElementwiseMappable.traits> {
  let summary = "Round to an integer of fewer bits";
  let description = [{
    `f32_even` rounds an f32 to the nearest integer, ties to even:

    ```
    result = clamp(round(input) + zero_point, lower, upper)
    ```

    NaN becomes `lower`. Scales, and whatever else is added in f32, stand before
    it: with input = f32(sum) * scale it is what ONNX's QLinearConv is computed
    by. The others multiply an i32 by 2^-shift * multiplier on integers, as
    `tosa.apply_scale` does, with 2 <= shift <= 62. `scale` is the multiplier, an
    i32, and the shift, an i8:

    ```
    round  = 2^(shift - 1)
    round += input >= 0 ? 2^30 : -2^30     tosa_double, where shift > 31
    result = clamp(((i64) input * multiplier + round) >> shift + zero_point, lower, upper)
    ```

    The shift is arithmetic, and of its result the low 32 bits count. The bounds
    belong together; without them the result is an i32. It has the low bits,
    so that [0, 255] in i8 is an unsigned number. `large_shifts` says that every
    shift is above 31, which saves the question.

    ```mlir
    %1 = conv.requantize f32_even(%0) zero_point = 3 range = [-128, 127] : (f32) -> i8
    %2 = conv.requantize tosa_double(%0, %m, %s) large_shifts : (i32, i32, i8) -> i32
    ```

    Refused: other types, a range that is empty or does not fit the result, and
    bounds and zero points of `f32_even` beyond 2^20.
  }];
  let arguments = (ins
    Conv_RequantizeKindAttr:$kind,
    Conv_ScalarOrVectorOf<[F32, I32]>:$input,
    Variadic<Conv_ScalarOrVectorOf<[I8, I32]>>:$scale,
    UnitAttr:$large_shifts,
    DefaultValuedAttr<I32Attr, "0">:$zero_point,
    OptionalAttr<I32Attr>:$lower, OptionalAttr<I32Attr>:$upper);
  let results = (outs Conv_ScalarOrVectorOf<[I8, I16, I32]>:$result);
  let assemblyFormat = [{
    `` $kind `(` operands `)`
    (`large_shifts` $large_shifts^)? (`zero_point` `=` $zero_point^)?
    (`range` `=` `[` $lower^ `,` $upper `]`)?
    attr-dict `:` functional-type(operands, $result)
  }];
  let hasVerifier = 1;
}

def Conv_OpaqueOp : Conv_Op<"opaque", [Pure, SameOperandsAndResultType]> {
  let summary = "An index whose value the optimiser may not see through";
  let description = [{
    Yields its operand. Becomes an empty `llvm.inline_asm`, which keeps LLVM
    from sharing loads between neighbouring taps: sharing keeps the loaded
    scalars alive across taps and spills accumulators.

    ```mlir
    %b = conv.opaque %base
    ```
  }];
  let arguments = (ins Index:$value);
  let results = (outs Index:$result);
  let assemblyFormat = "$value attr-dict";
}

include "conv/IR/ConvTransformOps.td"

#endif // CONV_IR_CONVOPS_TD
