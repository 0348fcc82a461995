// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope

// Vectors of output channels of several groups.

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w + s, k floordiv 2, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Two groups of 2 > 2 channels fill a vector: four elements of a pixel, of which
// each channel goes to two lanes. Two pixels and three taps read four columns,
// each of which is loaded once for each channel.
// CHECK-LABEL: func.func @share(
// CHECK:         scf.for {{.*}} iter_args
// CHECK-COUNT-3:   vector.load %{{.*}}, vector<4xf32>
// CHECK:           %[[A:.*]] = vector.load %{{.*}}, vector<4xf32>
// CHECK:           %[[X:.*]] = vector.shuffle %[[A]], %[[A]] [0, 0, 2, 2] : vector<4xf32>, vector<4xf32>
// CHECK-NEXT:      conv.fma f32 %{{.*}}, %[[X]],
// CHECK:           %[[Y:.*]] = vector.shuffle {{.*}} [0, 0, 2, 2]
// CHECK-COUNT-2:   conv.fma f32 %{{.*}}, %[[Y]],
// CHECK:           vector.shuffle {{.*}} [0, 0, 2, 2]
// CHECK:           vector.shuffle {{.*}} [0, 0, 2, 2]
// CHECK:           conv.opaque
// CHECK-COUNT-4:   vector.shuffle {{.*}} [1, 1, 3, 3]
// CHECK-NOT:       vector.shuffle
// CHECK:           scf.yield
// CHECK-COUNT-2: vector.store %{{.*}}, vector<4xf32>
// CHECK-NOT:     vector.store
func.func @share(%x: memref<1x3x4x4x2xf32>, %w: memref<1x2x3x3x2x4xf32>, %o: memref<1x3x2x8xf32>) {
  conv.contract maps = [affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r - 1, w + s, k floordiv 2, c)>, #packed, #out]
    high = [1, 0] store = k_contiguous
    ins(%x, %w : memref<1x3x4x4x2xf32>, memref<1x2x3x3x2x4xf32>) outs(%o : memref<1x3x2x8xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = g, c_ob = 4, w_ob = 2, unroll = 2, share = true>
  return
}

// A multiplier of two: one load of four channels serves two vectors. Six groups
// are three vectors; the last block of two reads two channels only.
#multiplied = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w + s, k floordiv 2)>
#pairs = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
// CHECK-LABEL: func.func @multiplier(
// CHECK:         vector.load
// CHECK:         vector.load
// CHECK:         %[[A:.*]] = vector.load %{{.*}}, vector<4xf32>
// CHECK-NEXT:    vector.shuffle %[[A]], %[[A]] [0, 0, 1, 1]
// CHECK-NEXT:    vector.shuffle %[[A]], %[[A]] [2, 2, 3, 3]
// CHECK:         %[[B:.*]] = vector.load %{{.*}}, vector<2xf32>
// CHECK:         vector.shuffle %[[B]], %[[B]] [0, 0, 1, 1] : vector<2xf32>, vector<2xf32>
func.func @multiplier(%x: memref<1x1x1x6xf32>, %w: memref<1x2x1x1x1x8xf32>, %o: memref<1x1x1x12xf32>) {
  conv.contract maps = [#multiplied, #pairs, #out] store = k_contiguous
    ins(%x, %w : memref<1x1x1x6xf32>, memref<1x2x1x1x1x8xf32>) outs(%o : memref<1x1x1x12xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = g, c_ob = 8, w_ob = 1>
  return
}

// Two channels in, one out: lanes come from two vectors.
#single = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w + s, k, c)>
// CHECK-LABEL: func.func @two_vectors(
// CHECK:         vector.load
// CHECK:         %[[A:.*]] = vector.load %{{.*}}, vector<4xf32>
// CHECK:         %[[B:.*]] = vector.load %{{.*}}, vector<4xf32>
// CHECK-NEXT:    vector.shuffle %[[A]], %[[B]] [0, 2, 4, 6]
// CHECK:         vector.maskedload
// CHECK:         vector.shuffle {{.*}} [0, 2, 4, 6]
func.func @two_vectors(%x: memref<1x1x1x4x2xf32>, %w: memref<1x1x1x1x2x4xf32>, %o: memref<1x1x1x4xf32>) {
  conv.contract maps = [#single, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x1x1x4x2xf32>, memref<1x1x1x1x2x4xf32>) outs(%o : memref<1x1x1x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = g, c_ob = 4, w_ob = 1, unroll = 2>
  return
}
