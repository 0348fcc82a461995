//===- Passes.td - Passes for what is no convolution -------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_REST_PASSES_TD
#define CONV_REST_PASSES_TD

include "conv/Machine/MachineOptions.td"
include "mlir/Pass/PassBase.td"

def ConvLowerTosaPass : Pass<"conv-lower-tosa", "::mlir::ModuleOp"> {
  let summary = "Turn TOSA into linalg on tensors";
  let description = [{
    Runs upstream's decompositions and conversions of TOSA to linalg, arith and
    tensor in the order they need, then `--canonicalize --cse`. A module without
    TOSA is not touched. Transposed convolutions in f32 of known shapes become the
    convolution of the image with zeros between its elements, which `--conv-raise`
    knows. `tosa.apply_scale` of i32 becomes `conv.requantize`.

    ```mlir
    %r = tosa.conv2d %x, %w, %b, %zx, %zw {...} : ...
    // becomes
    %r = linalg.conv_2d_nhwc_fhwc ins(%padded, %w : ...) outs(%bias : ...) -> ...
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def ConvDecomposePass : Pass<"conv-decompose"> {
  let summary = "Write softmax as the operations it consists of";
  let description = [{
    Replaces operations of linalg on tensors that upstream can decompose, but
    neither bufferizes nor turns into loops, by what they consist of.

    ```mlir
    %s = linalg.softmax dimension(1) ins(%x : tensor<1x10xf32>) outs(%e : ...)
    // becomes
    %max = linalg.generic ... arith.maxnumf       // over dimension 1
    %exp = linalg.generic ... math.exp(%x - %max)
    %sum = linalg.generic ... arith.addf
    %s   = linalg.generic ... arith.divf %exp, %sum
    ```

    What upstream cannot decompose is left as it is.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def ConvLowerPackPass : Pass<"conv-lower-pack"> {
  let summary = "Turn linalg.pack and linalg.unpack into reshape and transposition";
  let description = [{
    Upstream has these as patterns, but bufferizes neither operation.

    ```mlir
    %p = linalg.pack %x inner_dims_pos = [1] inner_tiles = [32] into %e
      : tensor<1x64x8x8xf32> -> tensor<1x2x8x8x32xf32>
    // becomes
    %s = tensor.expand_shape %x [[0], [1, 2], [3], [4]] ... into tensor<1x2x32x8x8xf32>
    %p = linalg.transpose ins(%s : ...) outs(%e : ...) permutation = [0, 1, 3, 4, 2]
    ```

    Fails on tiles of unknown size.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def ConvExpandFunctionsPass
    : Pass<"conv-expand-functions", "::mlir::func::FuncOp"> {
  let summary = "Write functions outside of convolutions as polynomials";
  let description = [{
    Replaces `math.exp`, `math.erf`, `math.tanh`, `math.expm1` and `math.log1p` of
    f32, and of narrower types by way of f32, by polynomials, in bodies
    of linalg's operations and on vectors: LLVM vectorises such a loop, and cannot
    vectorise calls of the C library. `docs/numerics.md` has the accuracy. Other
    functions, and these of f64, are left; `--convert-math-to-llvm` and
    `--convert-math-to-libm` take them. `conv.requantize` becomes what it consists
    of. What the epilogue of a convolution computes is its lowering's.

    ```mlir
    %1 = math.tanh %0 : f32
    // becomes arith.minimumf, maximumf, a polynomial of math.fma, one division
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"];
}

def ConvVectorizeRestPass : Pass<"conv-vectorize-rest", "::mlir::ModuleOp">,
                            Conv_MachineOptions {
  let summary = "Make vector code of what is no convolution";
  let description = [{
    Works on tensors, on what no convolution took:

    - elementwise operations that follow each other become one, unless that would
      compute something twice or read it transposed. LLVM vectorises them;
    - what sums (or takes the maximum, or multiplies) becomes loops over vectors
      with accumulators in registers: along the last dimension of the output, as
      in pooling of NHWC images, or along rows of the inputs, as in a mean;
    - padding of a pooling by a constant is not written: indices are moved into the image, or
      what was read outside is replaced;

    - what takes elements from computed places, such as a resize, reads rows of
      channels, or gathers columns;
    - what looks bytes up in a table of bytes, such as `tosa.table`, shuffles its
      rows of 16, where the target has such shuffles (SSSE3, NEON), and gathers
      elsewhere;
    - a transposition turns squares of vectors in registers;
    - with `threads` an outer loop of each of these is divided among them where
      that pays.

    Vectors have the machine's lanes; sums may be reordered. A remark says what stays
    a scalar loop and why.

    ```mlir
    %r = linalg.generic ... iterator_types = ["parallel", "reduction"]
      ins(%x : tensor<64x1000xf32>) outs(%zeros : tensor<64xf32>)
    // becomes
    %r = scf.for %i = %c0 to %c64 step %c1 iter_args(%o = %empty) {
      %s = scf.for %j = %c0 to %c960 step %c64 iter_args(%acc = %zero) -> vector<64xf32> {
        %v = vector.transfer_read %x[%i, %j] : tensor<64x1000xf32>, vector<64xf32>
        ...
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::conv::ConvDialect", "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::ub::UBDialect",
    "::mlir::vector::VectorDialect"];
  let options = machineOptions;
}

def ConvVectorizeElementwisePass
    : Pass<"conv-vectorize-elementwise", "::mlir::ModuleOp">,
      Conv_MachineOptions {
  let summary = "Write elementwise operations on buffers as loops over vectors";
  let description = [{
    Works on `linalg.generic` on memrefs, where all elements have 4 bytes or all
    have 8, and nothing in the body is a function that only the C library has.
    Loops whose elements lie behind each other in all operands become one, then the
    last one takes the machine's lanes at a time, and shorter vectors at its end;
    what is the same for all of them is a scalar outside of that loop. Rows that are
    shorter than a vector, or not contiguous, are left to LLVM, as is what has
    elements of other sizes.

    LLVM vectorises loops, too, but only where it pays to compare the addresses of all
    buffers first: not in rows of 56 elements that are scaled by one number each.

    ```mlir
    linalg.generic ... ins(%x, %gate : memref<1x96x56x56xf32>, memref<1x96x1x1xf32>) ...
    // becomes
    scf.for %c = %c0 to %c96 step %c1 {
      %g = memref.load %gate1[%c]
      scf.for %p = %c0 to %c3136 step %c16 {
        %v = vector.load %x1[%c, %p] : memref<96x3136xf32, ...>, vector<16xf32>
        ...
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
  let options = machineOptions;
}

#endif // CONV_REST_PASSES_TD
