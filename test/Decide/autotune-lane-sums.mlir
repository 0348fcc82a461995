// RUN: conv-opt %s --conv-autotune=cpu=haswell | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: conv-opt %s --conv-autotune=cpu=znver5 | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: conv-opt %s --conv-autotune=cpu=cortex-a76 | FileCheck %s --check-prefixes=CHECK,NEON

// Output channels that do not fill a vector leave the lanes to input channels.

// CHECK-LABEL: @one
// AVX2:        n_vec = 8, vector = c, c_ob = 1, {{.*}}share = true
// AVX512:      n_vec = 16, vector = c, c_ob = 1, {{.*}}share = true
// NEON:        n_vec = 4, vector = c, c_ob = 1, {{.*}}share = true
func.func @one(%x: memref<1x56x56x64xf32>, %w: memref<3x3x64x1xf32>, %o: memref<1x56x56x1xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x64xf32>, memref<3x3x64x1xf32>) outs(%o : memref<1x56x56x1xf32>)
  return
}

// An image beyond L2 has too little work for a line: the next row is fetched.
// CHECK-LABEL: @image
// CHECK:       vector = c, c_ob = 3
// CHECK-SAME:  prefetch_input = 1
func.func @image(%x: memref<1x224x224x64xf32>, %w: memref<3x3x64x3xf32>, %o: memref<1x224x224x3xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x224x224x64xf32>, memref<3x3x64x3xf32>) outs(%o : memref<1x224x224x3xf32>)
  return
}

// Channels that lie apart are columns in the lanes.
// CHECK-LABEL: @apart
// CHECK:       vector = w
func.func @apart(%x: memref<1x64x56x56xf32>, %w: memref<1x64x3x3xf32>, %o: memref<1x1x54x54xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x64x56x56xf32>, memref<1x64x3x3xf32>) outs(%o : memref<1x1x54x54xf32>)
  return
}
