//===- Passes.td - Passes that write kernels ---------------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_KERNELS_PASSES_TD
#define CONV_KERNELS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvPrepackPass : Pass<"conv-prepack", "::mlir::ModuleOp"> {
  let summary = "Pack filters ahead of the call";
  let description = [{
    A `conv.pack_filter` of a constant becomes a constant in packed order
    (a resource blob). With `mode=function` filters that are function arguments
    and used only by their packing, and by sums of their elements of i8 that
    belong to the packed form, become arguments in packed order: the function's
    signature changes, and a new function `@NAME_pack` takes the
    plain filters and returns (tensors) or fills (memrefs) the packed ones, in
    the order of the arguments it replaces. `mode=constants` leaves arguments to
    be packed on every call.

    ```mlir
    func.func @f(%x: tensor<...>, %w: tensor<3x3x64x50xf32>) -> tensor<...> {
      %p = conv.pack_filter rsck ins(%w : ...) outs(%e : ...) -> tensor<1x2x3x3x64x32xf32>
    // becomes
    func.func @f(%x: tensor<...>, %p: tensor<1x2x3x3x64x32xf32>) -> tensor<...>
    func.func @f_pack(%w: tensor<3x3x64x50xf32>) -> tensor<1x2x3x3x64x32xf32>
    ```

    On memrefs the constant is a `memref.global`, and the buffer that is packed
    into must be a `memref.alloc` nothing else writes: it is replaced, and
    @NAME_pack takes the buffers to fill after the plain filters. Slices of a
    constant are packed as constants of their own; those of an argument lie one
    after the other, each at a cache line, in one argument without shape, and so
    do a packed filter and sums of it. Other packings stay, and so does an
    argument packed whole in two different ways. A filter that is there before a
    loop is packed before it.

    Fails when weights were elided from the module or have another size than
    their type, when a function to be changed has callers in the module, or when
    `@NAME_pack` already exists.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::conv::ConvDialect",
    "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"mode", "mode", "std::string", /*default=*/"\"constants\"",
           "'constants', or 'function' to add @NAME_pack for arguments">];
}

def ConvLowerToLoopsPass : Pass<"conv-lower-to-loops"> {
  let summary = "Turn conv.contract and conv.pack_filter into loops and FMAs";
  let description = [{
    Writes the micro-kernel of each `conv.contract` on memrefs as `scf.for` nests
    over a register tile of h_ob x w_ob x (c_ob / n_vec) 1-D vector accumulators,
    and `conv.pack_filter` as a vectorised copy.

    ```
    for n, g
      for k by c_ob  /  for ho by h_ob          order khw | hkw | hwk
        for wo by w_ob, in balanced tiles; tiles at the border apart
          acc = 0                               h_ob * w_ob * c_ob / n_vec vectors
          for r, clipped to the image
            for s
              for c by unroll
                b = load of c_ob / n_vec filter vectors, prefetch
                prefetch a of the tiles ahead     once per line
                acc += broadcast(a) * b         conv.fma
          out = epilogue(acc)
    ```

    With `epilogue = output` the sums are stored first and the epilogue runs in
    loops over the tile just written. `exp`, `erf`, `tanh`, `expm1` and `log1p`
    in an epilogue become polynomials on vectors.

    Tiles at the border are code of their own, in which every tap updates the
    pixels it is inside of. Where that would be more code than a limit, because
    the padding or the window is long, they are loops whose taps are bounded at
    run time instead:

    ```
    for wo in the columns left and right of those inside, by up to 4
      for p                                     before all pixels have the tap
        for s in begin(p) .. begin(0)
          acc[p] += ...
      for s in begin(0) .. end(last)
        acc += ...
      for p
        for s in end(last) .. end(p)
          acc[p] += ...
    ```

    so that the size of the code depends on neither. With `vector = w` lanes are
    masked in place of the loops over p. Rows above and below the image become
    tiles of one row. Gathers copy runs at the border in loops likewise where the
    window is long.

    Where only the program knows the columns, tiles inside are a loop over as many
    as there are; the tile at the padding before them is peeled, and so is what is
    left behind them, for each number of columns and each way the last window may
    leave the image; rows that are too short for that have a case for each length.
    What has no case, or would be too much code, are narrow tiles bounded at run
    time.

    An instruction that takes several channels at once (`c_pack`) gets them from
    one load of neighbours, or one by one where they are none; behind the last
    channel are zeros.

    Fails, naming the reason, on tensors (bufferize first), on element types or a
    `c_pack` that are not those of the schedule's `fma`, on such a c_pack with
    `vector = w` or `broadcast = lane`, on `vector = w` with a dynamic extent of
    wo, on `h_ob` above 1 with a dynamic number of padded rows, and on operands that are not contiguous where vectors have to be loaded or stored.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

#endif // CONV_KERNELS_PASSES_TD
