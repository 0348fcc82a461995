//===- Passes.td - Passes for what is no convolution -------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_REST_PASSES_TD
#define CONV_REST_PASSES_TD

include "mlir/Pass/PassBase.td"

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
    f32, and of narrower types by way of f32, by upstream's polynomials, in bodies
    of linalg's operations and on vectors: LLVM vectorises such a loop, and cannot
    vectorise calls of the C library. `docs/numerics.md` has the accuracy. Other
    functions, and these of f64, are left; `--convert-math-to-llvm` and
    `--convert-math-to-libm` take them. What the epilogue of a convolution computes
    is its lowering's.

    ```mlir
    %1 = math.tanh %0 : f32
    // becomes arith.minimumf, maximumf, a polynomial of math.fma, one division
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"];
}

#endif // CONV_REST_PASSES_TD
