// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope

// Vectors of output channels of two columns.

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w + s, c)>
#padded = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w + s - 1, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 2, r, s, c, k mod 2)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
#planes = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// Four columns are two pairs, two columns apart: columns 0 and 2, 1 and 3. Two
// taps read three pairs of columns of the input, the one in the middle for both
// of them. The filter's channels stand in both halves.
// CHECK-LABEL: func.func @share(
// CHECK:         %[[F:.*]] = vector.load %{{.*}}, vector<2xf32>
// CHECK-NEXT:    vector.shuffle %[[F]], %[[F]] [0, 1, 2, 3]
// CHECK:         %[[G:.*]] = vector.load %{{.*}}, vector<2xf32>
// CHECK-NEXT:    vector.shuffle %[[G]], %[[G]] [0, 1, 2, 3]
// CHECK:         %[[A:.*]] = vector.broadcast %{{.*}} : f32 to vector<2xf32>
// CHECK:         %[[B:.*]] = vector.broadcast %{{.*}} : f32 to vector<2xf32>
// CHECK:         %[[X:.*]] = vector.shuffle %[[A]], %[[B]] [0, 1, 2, 3]
// CHECK-NEXT:    conv.fma f32 %{{.*}}, %[[X]],
// CHECK:         %[[Y:.*]] = vector.shuffle {{.*}} [0, 1, 2, 3]
// CHECK-COUNT-2: conv.fma f32 %{{.*}}, %[[Y]],
// CHECK:         %[[Z:.*]] = vector.shuffle {{.*}} [0, 1, 2, 3]
// CHECK-NEXT:    conv.fma f32 %{{.*}}, %[[Z]],
// CHECK-NOT:     conv.fma
// CHECK:         vector.extract_strided_slice {{.*}} {offsets = [0], sizes = [2]
// CHECK:         vector.store %{{.*}}, vector<2xf32>
// CHECK-COUNT-3: vector.store %{{.*}}, vector<2xf32>
// CHECK-NOT:     vector.store
func.func @share(%x: memref<1x1x5x1xf32>, %w: memref<1x1x1x2x1x2xf32>, %o: memref<1x1x4x2xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x1x5x1xf32>, memref<1x1x1x2x1x2xf32>) outs(%o : memref<1x1x4x2xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = kw, c_ob = 2, w_ob = 4, share = true>
  return
}

// Three columns are two pairs, one column apart: the one in the middle is
// computed twice and stored once. Outside of the image the half of its column
// is zero.
// CHECK-LABEL: func.func @odd(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<2xf32>
// CHECK:         %[[A:.*]] = vector.broadcast %{{.*}} : f32 to vector<2xf32>
// CHECK:         vector.shuffle %[[ZERO]], %[[A]] [0, 1, 2, 3]
// CHECK:         vector.shuffle %{{.*}}, %[[ZERO]] [0, 1, 2, 3]
// CHECK-COUNT-3: vector.store %{{.*}}, vector<2xf32>
// CHECK-NOT:     vector.store
func.func @odd(%x: memref<1x1x3x1xf32>, %w: memref<1x1x1x3x1x2xf32>, %o: memref<1x1x3x2xf32>) {
  conv.contract maps = [#padded, #packed, #out] high = [0, 1] store = k_contiguous
    ins(%x, %w : memref<1x1x3x1xf32>, memref<1x1x1x3x1x2xf32>) outs(%o : memref<1x1x3x2xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = kw, c_ob = 2, w_ob = 4, share = true>
  return
}

// Halves are transposed for an output that keeps columns together.
// CHECK-LABEL: func.func @planes(
// CHECK-COUNT-2: vector.extract_strided_slice {{.*}} {offsets = [0], sizes = [2]
// CHECK-COUNT-2: vector.extract_strided_slice {{.*}} {offsets = [2], sizes = [2]
// CHECK:         vector.shuffle {{.*}} [0, 2]
// CHECK:         vector.shuffle {{.*}} [1, 3]
// CHECK-COUNT-4: vector.store %{{.*}}, vector<2xf32>
// CHECK-NOT:     vector.store
func.func @planes(%x: memref<1x1x4x1xf32>, %w: memref<1x1x1x1x1x2xf32>, %o: memref<1x2x1x4xf32>) {
  conv.contract maps = [#image, #packed, #planes] store = w_contiguous
    ins(%x, %w : memref<1x1x4x1xf32>, memref<1x1x1x1x1x2xf32>) outs(%o : memref<1x2x1x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = kw, c_ob = 2, w_ob = 4>
  return
}
