//===- Passes.td - Passes between linalg, conv and LLVM ----*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_CONVERSION_PASSES_TD
#define CONV_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvRaisePass : Pass<"conv-raise"> {
  let summary = "Recognise convolutions and turn them into conv.conv";
  let description = [{
    Recognises `linalg` 2-D and 1-D convolutions: the named operations and every
    `linalg.generic` whose maps and body say the same, with the operands in
    either order and in any layout. A 1x1 window may have been folded away: a
    generic of a rank 4 input and a rank 2 filter is a convolution as well. With
    `products` every product of matrices is (`linalg.matmul`, `batch_matmul`,
    `vecmat` and generics that say the same): a 1x1 convolution whose pixels are
    the rows of the input, which is also what is left of a 1x1 convolution once
    its unit dimensions are folded. The body must be the multiplication of input
    and filter, the addition to the accumulator and nothing else.

    Folds into the convolution
    - a `linalg.transpose` of the filter;
    - a `tensor.pad` of constant zero on rows and columns that feeds the input;
    - the init: `linalg.fill` of zero or an undefined tensor leaves no
      accumulation, a broadcast of a per-channel vector becomes the bias,
      anything else is accumulated;
    - after the convolution, when each result has one use: a bias added per
      channel, a residual added elementwise, ReLU and clamps in every form front
      ends write (`cmpf` + `select`, `maximumf`, `maxnumf`, `minimumf`, ...),
      also behind the `tensor.collapse_shape` that joins groups and channels.

    On memrefs only the operation itself is replaced, and a zero fill of the
    same memref right before it.

    ```mlir
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x56x56x64xf32>) -> ...
    %r = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : vector<2xi64>}
           ins(%x, %w : ...) outs(%f : ...) -> ...
    // becomes
    %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : ...) outs(%e : ...) -> ...
    ```

    Leaves a convolution as it is, with a warning and a `missed` remark that say
    why, when the element type is not f32, a dimension is empty or, other than
    the batch, dynamic, it is more than two-dimensional, its window leaves the
    input, its output is one of its inputs, or its body does something else.
    With `require` that is an error. The attribute `conv.keep` on the linalg
    operation keeps it without a word.
  }];
  let dependentDialects = ["::mlir::conv::ConvDialect",
                           "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"require", "require", "bool", /*default=*/"false",
           "Fail on a convolution that cannot be raised">,
    Option<"products", "products", "bool", /*default=*/"false",
           "Take products of matrices for 1x1 convolutions">];
}

def ConvLowerTosaPass : Pass<"conv-lower-tosa", "::mlir::ModuleOp"> {
  let summary = "Turn TOSA into linalg on tensors";
  let description = [{
    Runs upstream's decompositions and conversions of TOSA to linalg, arith and
    tensor in the order they need, then `--canonicalize --cse`. A module without
    TOSA is not touched.

    ```mlir
    %r = tosa.conv2d %x, %w, %b, %zx, %zw {...} : ...
    // becomes
    %r = linalg.conv_2d_nhwc_fhwc ins(%padded, %w : ...) outs(%bias : ...) -> ...
    ```
  }];
}

def ConvCheckLLVMPass : Pass<"conv-check-llvm", "::mlir::ModuleOp"> {
  let summary = "Refuse a module that is not all LLVM dialect";
  let description = [{
    Run last. Fails, at the operation's location, on what no conversion took,
    and on casts between types of which only one side was converted. OpenMP is
    LLVM's to translate and stays.

    ```mlir
    %0 = linalg.softmax dimension(1) ins(%x : ...) outs(%y : ...)
    // error: 'linalg.softmax' cannot be lowered to LLVM: no conversion of the
    // pipeline takes it
    ```
  }];
}

def ConvToLinalgPass : Pass<"conv-to-linalg"> {
  let summary = "Turn conv.conv back into linalg";
  let description = [{
    The inverse of `--conv-raise` in meaning: padding becomes `tensor.pad`, the
    contraction a `linalg.generic`, the epilogue elementwise operations. On
    memrefs the padded input is a temporary allocation. Convolutions nothing
    else can handle take this way to the plain upstream lowering.

    With `unscheduled-only` convolutions that carry a schedule stay. Fails on
    elements that are not floating point.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"unscheduledOnly", "unscheduled-only", "bool", /*default=*/"false",
           "Convert only convolutions without a schedule">];
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
          out = clamp(acc + bias + residual)
    ```

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

    Fails, naming the reason, on tensors (bufferize first), on `c_pack` other
    than 1, on element types other than f32, on a dynamic extent of wo, and on
    operands that are not contiguous where vectors have to be loaded or stored.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def ConvCopyStridedPass : Pass<"conv-copy-strided"> {
  let summary = "Copy operands of conv.contract that vectors cannot reach";
  let description = [{
    Runs after `--conv-bufferize`. A schedule is chosen on tensors. Where
    bufferization then has a contraction read or write a strided slice of another
    buffer, such as one into which its result is inserted with gaps, and the
    schedule needs vectors along the dimension with the gaps, the operand becomes
    a dense buffer and is copied.

    ```mlir
    conv.contract ... store = w_contiguous ins(...)
      outs(%y : memref<1x8x4x4xf32, strided<[512, 64, 16, 2], offset: 9>>)
    // becomes
    %t = memref.alloc() : memref<1x8x4x4xf32>
    conv.contract ... store = w_contiguous ins(...) outs(%t : memref<1x8x4x4xf32>)
    linalg.copy ins(%t : ...) outs(%y : ...)
    memref.dealloc %t : memref<1x8x4x4xf32>
    ```

    Slices whose vectors lie in one piece stay where they are, and so do operands
    that a dense buffer would not help.
  }];
  let dependentDialects = [
    "::mlir::conv::ConvDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect"];
}

def ConvExpandFmaPass : Pass<"conv-expand-fma"> {
  let summary = "Spell conv.fma as operations that every target has";
  let description = [{
    Extends the operands to the accumulator's type, multiplies and adds, one of
    the instruction's steps after the other, in the LLVM dialect, whatever the
    instruction is and whatever the target has: to run a kernel where its
    instruction does not exist. Without this pass `--conv-finalize-llvm` says
    what becomes of `conv.fma`.

    ```mlir
    %1 = conv.fma f32 %0, %a, %b : vector<16xf32>, vector<16xf32>
    // becomes
    %1 = llvm.intr.fma(%a, %b, %0) : (vector<16xf32>, ...) -> vector<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def ConvFinalizeLLVMPass
    : Pass<"conv-finalize-llvm", "::mlir::ModuleOp"> {
  let summary = "Carry the code-generation settings in the LLVM dialect module";
  let description = [{
    Run last, before `reconcile-unrealized-casts`. Turns `conv.opaque` into an
    empty `llvm.inline_asm`, `conv.fma` into its instruction, and makes the module independent of command lines:
    the target triple and data layout on the module; `target_cpu` and
    `target_features` on every function. Kernels (see `--conv-outline-kernels`),
    and functions that hold micro-kernels because nobody outlined them, get
    `no-builtin-{memcpy,memset,memmove}` (copy loops stay loops) and a
    `loop_annotation` without unrolling on every loop (LLVM's unrolling of the
    short tap loops spills); what else stands in the module is LLVM's to unroll.
    Kernels become hidden `linkonce_odr` functions that are not inlined, on ELF
    in groups of a COMDAT. Plain
    `mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3` then yields the code
    the project measures. `llc` without `opt` is not supported.

    A function that names its own `target_cpu` keeps it and its features, and a
    module that names its triple is asked before the host is. Without `cpu` the
    target is left open.

    ```mlir
    %1 = conv.opaque %0
    llvm.br ^loop(%i : i64)                         // closes a loop
    // becomes
    %1 = llvm.inline_asm "", "=r,0" %0 : (i64) -> i64   // casts aside
    llvm.br ^loop(%i : i64) {loop_annotation = #llvm.loop_annotation<unroll = <disable = true>>}
    ```

    Fails when `cpu`, `triple` or `features` name something LLVM does not know,
    when `triple` or `features` are given without `cpu`, and on a `conv.fma`
    whose instruction is unknown, has another shape or types, or needs features
    that its function's target does not have.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
  let options = [
    Option<"cpu", "cpu", "std::string", /*default=*/"\"\"",
           "CPU to generate code for; 'native' is the host; empty: leave the "
           "target to later tools">,
    Option<"triple", "triple", "std::string", /*default=*/"\"\"",
           "Target triple; empty: the host's">,
    Option<"features", "features", "std::string", /*default=*/"\"\"",
           "Further target features, such as +avx2,-avx512f">];
}

#endif // CONV_CONVERSION_PASSES_TD
