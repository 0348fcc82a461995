// RUN: conv-opt %s --conv-autotune=cpu=haswell | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: conv-opt %s --conv-autotune=cpu=znver5 | FileCheck %s --check-prefixes=CHECK,AVX512

// Output channels that do not fill vectors are divided where the rest is faster
// by input channels in the lanes.

// CHECK-LABEL: @seventeen
// AVX2:        n_vec = 8, c_ob = 16, {{.*}}parts = [1: <algorithm = direct, n_vec = 8, vector = c, c_ob = 1, {{.*}}share = true>]
// AVX512:      n_vec = 16, c_ob = 16, {{.*}}parts = [1: <algorithm = direct, n_vec = 16, vector = c, c_ob = 1, {{.*}}share = true>]
func.func @seventeen(%x: memref<1x31x31x13xf32>, %w: memref<3x3x13x17xf32>, %o: memref<1x31x31x17xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x31x31x13xf32>, memref<3x3x13x17xf32>) outs(%o : memref<1x31x31x17xf32>)
  return
}

// Channels of each group, in batches of any size.
// CHECK-LABEL: @groups
// CHECK:       parts = [1: <
func.func @groups(%x: memref<?x30x30x2x32xf32>, %w: memref<2x3x3x32x33xf32>, %o: memref<?x28x28x2x33xf32>) {
  conv.conv dims<nhwgc x grsck -> nhwgk> ins(%x, %w : memref<?x30x30x2x32xf32>, memref<2x3x3x32x33xf32>) outs(%o : memref<?x28x28x2x33xf32>)
  return
}

// Columns in the lanes of the rest, where they are neighbours in memory.
// CHECK-LABEL: @apart
// AVX2:        n_vec = 8, c_ob = 16, {{.*}}parts = [1: <algorithm = direct, n_vec = 8, vector = w,
func.func @apart(%x: memref<1x13x56x56xf32>, %w: memref<17x13x3x3xf32>, %o: memref<1x17x54x54xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x13x56x56xf32>, memref<17x13x3x3xf32>) outs(%o : memref<1x17x54x54xf32>)
  return
}

// Whole vectors have no parts, nor have few channels or a rest that has the lanes
// of the others.
// CHECK-LABEL: @whole
// CHECK-NOT:   parts
func.func @whole(%x: memref<1x31x31x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x31x31x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x31x31x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x31x31x32xf32>)
  return
}

func.func @few(%x: memref<1x31x31x64xf32>, %w: memref<3x3x64x5xf32>, %o: memref<1x31x31x5xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x31x31x64xf32>, memref<3x3x64x5xf32>) outs(%o : memref<1x31x31x5xf32>)
  return
}

func.func @almost(%x: memref<1x31x31x13xf32>, %w: memref<3x3x13x31xf32>, %o: memref<1x31x31x31xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x31x31x13xf32>, memref<3x3x13x31xf32>) outs(%o : memref<1x31x31x31xf32>)
  return
}
