// RUN: conv-opt %s --conv-autotune=cpu=znver4 | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: conv-opt %s --conv-autotune=cpu=haswell | FileCheck %s --check-prefixes=CHECK,AVX2

// Channels for half a vector are those of two columns.

// CHECK-LABEL: @eight
// AVX512:      n_vec = 16, vector = kw, c_ob = 8, {{.*}}share = true
// AVX2-NOT:    vector = kw
// AVX2:        return
func.func @eight(%x: memref<1x14x14x8xf32>, %w: memref<3x3x8x8xf32>, %o: memref<1x14x14x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x14x14x8xf32>, memref<3x3x8x8xf32>) outs(%o : memref<1x14x14x8xf32>)
  return
}

// Five input channels leave most lanes of vectors of them empty.
// CHECK-LABEL: @seven
// AVX512:      n_vec = 16, vector = kw, c_ob = 8
func.func @seven(%x: memref<1x31x31x5xf32>, %w: memref<3x3x5x7xf32>, %o: memref<1x31x31x7xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x31x31x5xf32>, memref<3x3x5x7xf32>) outs(%o : memref<1x31x31x7xf32>)
  return
}

// One that fills its vectors has no pairs.
// CHECK-LABEL: @whole
// CHECK-NOT:   vector = kw
// CHECK:       return
func.func @whole(%x: memref<1x14x14x8xf32>, %w: memref<3x3x8x32xf32>, %o: memref<1x14x14x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x14x14x8xf32>, memref<3x3x8x32xf32>) outs(%o : memref<1x14x14x32xf32>)
  return
}
