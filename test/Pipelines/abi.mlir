// RUN: conv-opt %s --conv-to-llvm="cpu=haswell abi=c" | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell abi=c threads=2" | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell abi=c" | mlir-translate --mlir-to-llvmir | opt -O3 -S | FileCheck %s --check-prefix=O3
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell" | FileCheck %s --check-prefix=MLIR
// RUN: not conv-opt %s --conv-to-llvm="abi=fortran" 2>&1 | FileCheck %s --check-prefix=ERROR

// Plain pointers: input, filter, result, workspace; no allocation is left.
// CHECK-NOT: @{{malloc|aligned_alloc}}
// CHECK: llvm.func @main(%{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr, %{{[a-z0-9]+}}: !llvm.ptr) attributes
// CHECK: llvm.func @main_workspace_size() -> i64

// The packed filter, 3 * 3 * 16 * 32 floats, is all there is.
// O3-NOT: @{{malloc|aligned_alloc}}
// O3-LABEL: define {{.*}}i64 @main_workspace_size()
// O3: ret i64 18432

// MLIR: llvm.func @aligned_alloc
// MLIR: llvm.func @main({{.*}}) -> !llvm.struct<(ptr, ptr, i64, array<4 x i64>, array<4 x i64>)>

// ERROR: abi

func.func @main(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x16x32xf32>) -> tensor<1x6x6x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x6x6x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>)
    outs(%f : tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}
