// RUN: conv-opt %s --conv-autotune=cpu=haswell | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: conv-opt %s --conv-autotune=cpu=znver5 | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: conv-opt %s --conv-autotune="cpu=haswell threads=2" | FileCheck %s --check-prefix=THREADS

// Groups of few channels share vectors.

// CHECK-LABEL: @four
// AVX2:        n_vec = 8, vector = g, {{.*}}share = true
// AVX512:      n_vec = 16, vector = g, {{.*}}share = true
// THREADS-LABEL: @four
// THREADS:     vector = g, {{.*}}parallel = h2
func.func @four(%x: memref<1x56x56x32x4xf32>, %w: memref<3x3x32x4x4xf32>, %o: memref<1x56x56x32x4xf32>) {
  conv.conv dims<nhwgc x rsgck -> nhwgk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x32x4xf32>, memref<3x3x32x4x4xf32>) outs(%o : memref<1x56x56x32x4xf32>)
  return
}

// A depthwise convolution with a multiplier.
// CHECK-LABEL: @multiplier
// CHECK:       vector = g
func.func @multiplier(%x: memref<1x28x28x64xf32>, %w: memref<3x3x64x2xf32>, %o: memref<1x28x28x64x2xf32>) {
  conv.conv dims<nhwg x rsgk -> nhwgk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x28x28x64xf32>, memref<3x3x64x2xf32>) outs(%o : memref<1x28x28x64x2xf32>)
  return
}

// Three channels per group: blocks of three vectors are whole groups.
// CHECK-LABEL: @three
// AVX2:        vector = g, c_ob = 24
// AVX512:      vector = g, c_ob = 48
func.func @three(%x: memref<1x28x28x48x3xf32>, %w: memref<48x3x3x3x3xf32>, %o: memref<1x28x28x48x3xf32>) {
  conv.conv dims<nhwgc x gkrsc -> nhwgk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x28x28x48x3xf32>, memref<48x3x3x3x3xf32>) outs(%o : memref<1x28x28x48x3xf32>)
  return
}

// Groups that lie apart are computed one by one.
// CHECK-LABEL: @apart
// CHECK-NOT:   vector = g
// CHECK:       return
func.func @apart(%x: memref<1x32x28x28x4xf32>, %w: memref<3x3x32x4x4xf32>, %o: memref<1x32x28x28x4xf32>) {
  conv.conv dims<nghwc x rsgck -> nghwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x32x28x28x4xf32>, memref<3x3x32x4x4xf32>) outs(%o : memref<1x32x28x28x4xf32>)
  return
}

// A vector of one group: taps share the scalars, where each has one FMA.
// CHECK-LABEL: @eight
// AVX2:        n_vec = 8, vector = g, c_ob = 8, {{.*}}share = true
// AVX512:      n_vec = 16, vector = g
func.func @eight(%x: memref<1x56x56x16x8xf32>, %w: memref<3x3x16x8x8xf32>, %o: memref<1x56x56x16x8xf32>) {
  conv.conv dims<nhwgc x rsgck -> nhwgk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x16x8xf32>, memref<3x3x16x8x8xf32>) outs(%o : memref<1x56x56x16x8xf32>)
  return
}
