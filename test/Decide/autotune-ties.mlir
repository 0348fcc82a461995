// RUN: conv-opt %s --conv-autotune="n-fma=2 l-fma=4 n-vec=8 n-reg=16 loads=2 l1=32768 l1-ways=8 l2=262144" | FileCheck %s

// 8 columns by at most 4, 5 or 6 are two tiles of 4 each time and cost the same;
// the smallest tile says what is done.
// CHECK-LABEL: func.func @tie(
// CHECK:         schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4,
func.func @tie(%x: memref<1x3x10x16xf32>, %w: memref<3x3x16x16xf32>, %o: memref<1x1x8x16xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x3x10x16xf32>, memref<3x3x16x16xf32>) outs(%o : memref<1x1x8x16xf32>)
  return
}

// A single vector of channels leaves registers for broadcasts.
// CHECK-LABEL: @one_vector
// CHECK:       c_ob = 8, w_ob = 10
func.func @one_vector(%x: memref<1x32x62x16xf32>, %w: memref<3x3x16x8xf32>, %o: memref<1x30x60x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x32x62x16xf32>, memref<3x3x16x8xf32>) outs(%o : memref<1x30x60x8xf32>)
  return
}
