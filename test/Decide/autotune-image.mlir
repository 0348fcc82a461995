// Images of unknown size: decided as for one that stands for all.
// RUN: conv-opt %s --conv-autotune=cpu=skylake-avx512 | FileCheck %s
// RUN: conv-opt %s --conv-autotune="cpu=skylake-avx512 accuracy=10 algorithm=auto threads=2" | FileCheck %s --check-prefix=THREADS
// RUN: not conv-opt %s --conv-autotune="cpu=skylake-avx512 algorithm=im2col" 2>&1 | FileCheck %s --check-prefix=FORCED

// No tile is wide or of several rows, and nothing else than direct computes it.
// CHECK-LABEL: func.func @image(
// CHECK:         conv.conv {{.*}} schedule<algorithm = direct, n_vec = 16, c_ob = {{[0-9]+}}, w_ob = {{[4-8]}},
// CHECK-NOT:     h_ob
// Rows of unknown number are not divided.
// THREADS-LABEL: func.func @image(
// THREADS:         parallel = k2
// FORCED: error: 'conv.conv' op algorithm 'im2col' cannot compute mb1_ic64oc64_ih?oh?kh3sh1ph1: algorithm 'im2col' needs to know the size of the image
func.func @image(%x: tensor<1x?x?x64xf32>, %w: tensor<3x3x64x64xf32>, %o: tensor<1x?x?x64xf32>) -> tensor<1x?x?x64xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x?x?x64xf32>, tensor<3x3x64x64xf32>) outs(%o : tensor<1x?x?x64xf32>) -> tensor<1x?x?x64xf32>
  return %r : tensor<1x?x?x64xf32>
}

// The columns of the image that is declared.
// CHECK-LABEL: func.func @declared(
// CHECK:         w_ob = 5,
func.func @declared(%x: tensor<1x?x?x64xf32>, %w: tensor<3x3x64x64xf32>, %o: tensor<1x?x?x64xf32>) -> tensor<1x?x?x64xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x?x?x64xf32>, tensor<3x3x64x64xf32>) outs(%o : tensor<1x?x?x64xf32>) {conv.image = array<i64: 5, 5>} -> tensor<1x?x?x64xf32>
  return %r : tensor<1x?x?x64xf32>
}

// Depthwise, of columns that are neighbours in memory: they are the lanes.
// CHECK-LABEL: func.func @columns(
// CHECK:         n_vec = 16, vector = w, c_ob = 1, w_ob = {{16|32}}
// CHECK-NOT:     h_ob
// CHECK:         return
func.func @columns(%x: tensor<1x96x?x?xf32>, %w: tensor<96x3x3xf32>, %o: tensor<1x96x?x?xf32>) -> tensor<1x96x?x?xf32> {
  %r = conv.conv dims<nghw x grs -> nghw, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x96x?x?xf32>, tensor<96x3x3xf32>) outs(%o : tensor<1x96x?x?xf32>) -> tensor<1x96x?x?xf32>
  return %r : tensor<1x96x?x?xf32>
}

// Few channels of several groups: they are.
// CHECK-LABEL: func.func @groups(
// CHECK:         vector = g
func.func @groups(%x: tensor<1x?x?x32x4xf32>, %w: tensor<3x3x32x4x4xf32>, %o: tensor<1x?x?x32x4xf32>) -> tensor<1x?x?x32x4xf32> {
  %r = conv.conv dims<nhwgc x rsgck -> nhwgk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x?x?x32x4xf32>, tensor<3x3x32x4x4xf32>) outs(%o : tensor<1x?x?x32x4xf32>) -> tensor<1x?x?x32x4xf32>
  return %r : tensor<1x?x?x32x4xf32>
}
