// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope

// Vectors along input channels.

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 2, r, s, c floordiv 4, k mod 2, c mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
#channels = affine_map<(n, h, w, k) -> (k)>

// Two pixels and three taps read four columns, each of which is loaded once.
// The last two of the ten channels are masked. The bias stands in one lane.
// CHECK-LABEL: func.func @share(
// CHECK:         vector.insert %{{.*}}, %{{.*}} [0] : f32 into vector<4xf32>
// CHECK:         scf.for {{.*}} iter_args
// CHECK-COUNT-6:   vector.load %{{.*}}, vector<4xf32>
// CHECK:           %[[A:.*]] = vector.load
// CHECK-COUNT-2:   conv.fma f32 %{{.*}}, %[[A]], %{{.*}} : vector<4xf32>, vector<4xf32>
// CHECK:           %[[B:.*]] = vector.load
// CHECK-COUNT-4:   conv.fma f32 %{{.*}}, %[[B]],
// CHECK:           %[[C:.*]] = vector.load
// CHECK-COUNT-4:   conv.fma f32 %{{.*}}, %[[C]],
// CHECK:           %[[D:.*]] = vector.load
// CHECK-COUNT-2:   conv.fma f32 %{{.*}}, %[[D]],
// CHECK-NOT:       vector.load
// CHECK:           scf.yield
// CHECK-COUNT-4: vector.maskedload
// CHECK-NOT:     vector.maskedload
// The lanes of four sums are added and stored at once.
// CHECK:         vector.shuffle %[[X:.*]], %[[Y:.*]] [0, 2, 4, 6] : vector<4xf32>, vector<4xf32>
// CHECK:         vector.shuffle %[[X]], %[[Y]] [1, 3, 5, 7]
// CHECK:         arith.addf
// CHECK-COUNT-4: vector.shuffle
// CHECK-NOT:     vector.shuffle
// CHECK:         vector.store %{{.*}}, vector<4xf32>
// CHECK-NOT:     store
func.func @share(%x: memref<1x1x4x10xf32>, %w: memref<1x1x1x3x3x2x4xf32>, %bias: memref<2xf32>,
                 %o: memref<1x1x2x2xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous c_pack = 4
    ins(%x, %w : memref<1x1x4x10xf32>, memref<1x1x1x3x3x2x4xf32>) bias(%bias : memref<2xf32>)
    outs(%o : memref<1x1x2x2xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = c, c_ob = 2, w_ob = 2, unroll = 1, share = true>
  return
}

// Tap by tap, one channel of three pixels of a wider output: element by element.
#wide = affine_map<(n, g, h, w, k, r, s, c) -> (g, k, r, s, c floordiv 4, k mod 1, c mod 4)>
// CHECK-LABEL: func.func @taps(
// CHECK:         scf.for
// CHECK:           scf.for {{.*}} iter_args
// CHECK-COUNT-3:   conv.fma
// CHECK-NOT:       conv.fma
// CHECK:         arith.addf
// CHECK-COUNT-3: memref.store
// CHECK-NOT:     memref.store
func.func @taps(%x: memref<1x1x5x4xf32>, %w: memref<1x2x1x3x1x1x4xf32>, %o: memref<1x1x3x2xf32>) {
  conv.contract maps = [#image, #wide, #out] store = k_contiguous c_pack = 4
    ins(%x, %w : memref<1x1x5x4xf32>, memref<1x2x1x3x1x1x4xf32>) outs(%o : memref<1x1x3x2xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = c, c_ob = 1, w_ob = 3>
  return
}
