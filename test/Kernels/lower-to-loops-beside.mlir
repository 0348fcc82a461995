// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope

// Columns that lie two elements apart, stored with those between them: a vector
// of each becomes two of the output.

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h, w)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// Seven columns of two channels: whole vectors, then three columns, of which
// the last vector holds half.
// CHECK-LABEL: func.func @pixels(
// CHECK-DAG:     %[[TWO:.*]] = arith.constant dense<[true, true, false, false]> : vector<4xi1>
// CHECK-DAG:     %[[THREE:.*]] = arith.constant dense<[true, true, true, false]> : vector<4xi1>
// CHECK-COUNT-2: memref.prefetch %{{.*}}, read
// CHECK:         %[[A:.*]] = conv.fma
// CHECK:         %[[B:.*]] = conv.fma
// CHECK:         %[[X:.*]] = vector.load %{{.*}}, vector<4xf32>
// CHECK-NEXT:    %[[LOW:.*]] = vector.shuffle %[[X]], %[[A]] [0, 4, 1, 5]
// CHECK-NEXT:    vector.store %[[LOW]]
// CHECK-NEXT:    %[[HIGH:.*]] = vector.shuffle %[[X]], %[[A]] [2, 6, 3, 7]
// CHECK-NEXT:    vector.store %[[HIGH]]
// CHECK:         %[[Y:.*]] = vector.maskedload %{{.*}}, %[[THREE]]
// CHECK-NEXT:    %[[FIRST:.*]] = vector.shuffle %[[Y]], %[[B]] [0, 4, 1, 5]
// CHECK-NEXT:    vector.store %[[FIRST]]
// CHECK-NEXT:    %[[SECOND:.*]] = vector.shuffle %[[Y]], %[[B]] [2, 6, 3, 7]
// CHECK-NEXT:    vector.maskedstore %{{.*}}, %[[TWO]], %[[SECOND]]
func.func @pixels(%x: memref<1x1x1x7xf32>, %w: memref<1x1x1x1x1x4xf32>, %even: memref<1x1x1x7xf32>, %o: memref<1x1x1x7xf32, strided<[14, 14, 14, 2], offset: 1>>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x1x7xf32>, memref<1x1x1x1x1x4xf32>) beside(%even : memref<1x1x1x7xf32>)
    outs(%o : memref<1x1x1x7xf32, strided<[14, 14, 14, 2], offset: 1>>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 4, w_ob = 8>
  return
}

// Channels are transposed first; the epilogue is the computed column's alone.
// CHECK-LABEL: func.func @channels(
// CHECK:         conv.fma
// CHECK-COUNT-8: vector.shuffle
// CHECK:         %[[C:.*]] = arith.select
// CHECK-NEXT:    %[[D:.*]] = vector.load
// CHECK-NEXT:    vector.shuffle %[[D]], %[[C]] [0, 4, 1, 5]
// CHECK-NEXT:    vector.store
// CHECK-NEXT:    vector.shuffle %[[D]], %[[C]] [2, 6, 3, 7]
// CHECK-NEXT:    vector.store
// CHECK-COUNT-6: vector.store
// CHECK-NOT:     vector.store
func.func @channels(%x: memref<1x1x1x4xf32>, %w: memref<1x1x1x1x1x4xf32>, %even: memref<1x4x1x4xf32>, %o: memref<1x4x1x4xf32, strided<[32, 8, 8, 2], offset: 1>>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x1x4xf32>, memref<1x1x1x1x1x4xf32>) beside(%even : memref<1x4x1x4xf32>)
    outs(%o : memref<1x4x1x4xf32, strided<[32, 8, 8, 2], offset: 1>>) clamp<lower = 0.0 : f32>
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 4>
  return
}

// A single column goes element by element: that of the third channel, 8
// elements behind the first, has its neighbour before it.
// CHECK-LABEL: func.func @single(
// CHECK:         %[[SUM:.*]] = vector.extract %{{.*}}[2]
// CHECK:         memref.store %[[SUM]], %[[O:.*]][%[[AT:.*]]] :
// CHECK-NEXT:    %[[OTHER:.*]] = memref.load
// CHECK:         memref.store %[[OTHER]], %[[O]][
func.func @single(%x: memref<1x1x1x2xf32>, %w: memref<1x1x1x1x1x4xf32>, %even: memref<1x4x1x2xf32>, %o: memref<1x4x1x2xf32, strided<[16, 4, 4, 2], offset: 1>>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x1x2xf32>, memref<1x1x1x1x1x4xf32>) beside(%even : memref<1x4x1x2xf32>)
    outs(%o : memref<1x4x1x2xf32, strided<[16, 4, 4, 2], offset: 1>>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 1>
  return
}

// -----

// Of the output's lines those of a whole tile are fetched, two columns apart.
#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h, w)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 16, r, s, c, k mod 16)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// CHECK-LABEL: func.func @ahead(
// CHECK-COUNT-2: memref.prefetch %{{.*}}, read
// CHECK-COUNT-3: memref.prefetch %{{.*}}, write
// CHECK-NOT:     memref.prefetch
// CHECK:         conv.fma
func.func @ahead(%x: memref<1x1x1x32xf32>, %w: memref<1x1x1x1x1x16xf32>, %even: memref<1x1x1x32xf32>, %o: memref<1x1x1x32xf32, strided<[64, 64, 64, 2], offset: 1>>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x1x32xf32>, memref<1x1x1x1x1x16xf32>) beside(%even : memref<1x1x1x32xf32>)
    outs(%o : memref<1x1x1x32xf32, strided<[64, 64, 64, 2], offset: 1>>)
    schedule<algorithm = direct, n_vec = 16, vector = w, c_ob = 16, w_ob = 16, prefetch_output = 1>
  return
}
