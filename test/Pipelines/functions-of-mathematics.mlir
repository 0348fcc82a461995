// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s --implicit-check-not=math. --implicit-check-not=erff
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=ASM

// What LLVM has no intrinsic for becomes a call of the C library, and stays
// outside of the convolution's epilogue.
// CHECK-DAG: llvm.func @erfcf(f32) -> f32
// CHECK-DAG: llvm.func @cbrtf(f32) -> f32
// CHECK-DAG: llvm.func @asinhf(f32) -> f32
// CHECK-DAG: llvm.func @acoshf(f32) -> f32
// CHECK-DAG: llvm.func @atanhf(f32) -> f32
// CHECK-LABEL: llvm.func @all(
// CHECK: llvm.call @erfcf
// ASM: call{{q?}} erfcf
func.func @all(%x: tensor<1x4x4x8xf32>, %w: tensor<1x1x8x8xf32>) -> tensor<1x4x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>)
    outs(%f : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %0 = math.erfc %r : tensor<1x4x4x8xf32>
  %1 = math.erf %0 : tensor<1x4x4x8xf32>
  %2 = math.cbrt %1 : tensor<1x4x4x8xf32>
  %3 = math.asinh %2 : tensor<1x4x4x8xf32>
  %4 = math.acosh %3 : tensor<1x4x4x8xf32>
  %5 = math.atanh %4 : tensor<1x4x4x8xf32>
  return %5 : tensor<1x4x4x8xf32>
}
