// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope --implicit-check-not=conv.contract

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Tiles of two columns: the input two tiles, or four columns of 24 channels,
// further is fetched once per body of 16 channels, and of the 8 that are left.
// CHECK-LABEL: func.func @ahead(
// CHECK-SAME:    %[[X:.*]]: memref<1x1x8x24xf32>
// CHECK:         %[[A:.*]] = memref.reinterpret_cast %[[X]]
// CHECK:         scf.for %[[T:.*]] = %{{.*}} to %c4 step
// CHECK-DAG:       %[[TILE:.*]] = arith.muli %[[T]], %c48
// CHECK-DAG:       %[[AHEAD0:.*]] = arith.addi %[[TILE]], %c96
// CHECK-DAG:       memref.prefetch %[[A]][%[[AHEAD0]]], read, locality<3>, data
// CHECK-DAG:       %[[AHEAD1:.*]] = arith.addi %[[TILE]], %c120
// CHECK-DAG:       memref.prefetch %[[A]][%[[AHEAD1]]], read, locality<3>, data
// CHECK-NOT:       memref.prefetch
// CHECK-COUNT-32:  vector.fma
// CHECK:           memref.prefetch %[[A]]
// CHECK:           memref.prefetch %[[A]]
// CHECK-NOT:       memref.prefetch
// CHECK-COUNT-16:  vector.fma
// CHECK-NOT:       vector.fma
func.func @ahead(%x: memref<1x1x8x24xf32>, %w: memref<1x1x1x1x24x8xf32>, %o: memref<1x1x8x8xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x1x8x24xf32>, memref<1x1x1x1x24x8xf32>) outs(%o : memref<1x1x8x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, unroll = 16, prefetch_input = 2>
  return
}
