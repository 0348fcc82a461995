// Blocks of Winograd's tiles stay in L2, unless the filter, which each block
// reads again, comes from memory: then blocks are larger, as far as reading
// tiles from beyond L2 costs less. The filter is fetched 128 vectors ahead.

// RUN: conv-opt %s --conv-autotune="cpu=haswell l2=1048576 l3=33554432 algorithm=winograd_4" | FileCheck %s
// RUN: conv-opt %s --conv-autotune="cpu=znver5 algorithm=winograd_4" | FileCheck %s --check-prefix=WIDE

// CHECK-LABEL: func.func @large(
// CHECK: schedule<{{.*}}prefetch = 1024,{{.*}} band = {{4|8}}>
// WIDE-LABEL: func.func @large(
// WIDE: schedule<{{.*}}prefetch = 2048, band = {{4|8}}>
func.func @large(%x: memref<1x56x56x256xf32>, %w: memref<3x3x256x256xf32>, %o: memref<1x56x56x256xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x256xf32>, memref<3x3x256x256xf32>) outs(%o : memref<1x56x56x256xf32>)
  return
}

// CHECK-LABEL: func.func @deep(
// CHECK: schedule<{{.*}} band = 16>
func.func @deep(%x: memref<1x28x28x512xf32>, %w: memref<3x3x512x512xf32>, %o: memref<1x28x28x512xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x28x28x512xf32>, memref<3x3x512x512xf32>) outs(%o : memref<1x28x28x512xf32>)
  return
}
