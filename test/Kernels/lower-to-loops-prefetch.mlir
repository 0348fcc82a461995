// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope --implicit-check-not=conv.contract

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#wide = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 24, r, s, c, k mod 24)>
#planes = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w + s)>
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
// CHECK-COUNT-32:  conv.fma f32
// CHECK:           memref.prefetch %[[A]]
// CHECK:           memref.prefetch %[[A]]
// CHECK-NOT:       memref.prefetch
// CHECK-COUNT-16:  conv.fma f32
// CHECK-NOT:       conv.fma f32
func.func @ahead(%x: memref<1x1x8x24xf32>, %w: memref<1x1x1x1x24x8xf32>, %o: memref<1x1x8x8xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x1x8x24xf32>, memref<1x1x1x1x24x8xf32>) outs(%o : memref<1x1x8x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, unroll = 16, prefetch_input = 2>
  return
}

// Planes of 4 rows of 24 columns: the 20 columns of a tile are two lines, which
// are fetched a row ahead.
// CHECK-LABEL: func.func @planes(
// CHECK-SAME:    %[[X:.*]]: memref<1x2x4x24xf32>
// CHECK:         %[[A:.*]] = memref.reinterpret_cast %[[X]]
// CHECK:         scf.for %[[H:.*]] = %{{.*}} to %c4 step
// CHECK-DAG:       %[[ROW:.*]] = arith.muli %[[H]], %c24
// CHECK-DAG:       %[[AHEAD0:.*]] = arith.addi %[[ROW]], %c24
// CHECK-DAG:       memref.prefetch %[[A]][%[[AHEAD0]]], read, locality<3>, data
// CHECK-DAG:       %[[AHEAD1:.*]] = arith.addi %[[ROW]], %c40
// CHECK-DAG:       memref.prefetch %[[A]][%[[AHEAD1]]], read, locality<3>, data
// CHECK-DAG:       %[[AHEAD2:.*]] = arith.addi %[[ROW]], %c43
// CHECK-DAG:       memref.prefetch %[[A]][%[[AHEAD2]]], read, locality<3>, data
// CHECK-COUNT-20:  conv.fma f32
// CHECK-COUNT-3:   memref.prefetch %[[A]]
// CHECK-COUNT-20:  conv.fma f32
// CHECK-NOT:       memref.prefetch
func.func @planes(%x: memref<1x2x4x24xf32>, %w: memref<1x1x1x1x2x8xf32>, %o: memref<1x4x20x8xf32>) {
  conv.contract maps = [#planes, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x2x4x24xf32>, memref<1x1x1x1x2x8xf32>) outs(%o : memref<1x4x20x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 20, unroll = 2, prefetch_input = 1>
  return
}

// The output of two tiles, or four columns of 24 channels, further is fetched
// for writing: a line and what is left of the next one per column.
// CHECK-LABEL: func.func @output(
// CHECK-SAME:    %[[O:[a-z0-9]+]]: memref<1x1x8x24xf32>)
// CHECK:         %[[Y:.*]] = memref.reinterpret_cast %[[O]]
// CHECK:         scf.for %[[T:.*]] = %{{.*}} to %c4 step
// CHECK-DAG:       %[[TILE:.*]] = arith.muli %[[T]], %c48
// CHECK-DAG:       %[[AHEAD:.*]] = arith.addi %[[TILE]], %c96
// CHECK-DAG:       memref.prefetch %[[Y]][%[[AHEAD]]], write, locality<3>, data
// CHECK-COUNT-5:   memref.prefetch %[[Y]]
// CHECK-NOT:       memref.prefetch
// CHECK:           conv.fma f32
func.func @output(%x: memref<1x1x8x8xf32>, %w: memref<1x1x1x1x8x24xf32>, %o: memref<1x1x8x24xf32>) {
  conv.contract maps = [#image, #wide, #out] store = k_contiguous
    ins(%x, %w : memref<1x1x8x8xf32>, memref<1x1x1x1x8x24xf32>) outs(%o : memref<1x1x8x24xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 24, w_ob = 2, prefetch_output = 2>
  return
}

// The residual of a tile is fetched while its sum is computed, whatever is
// fetched of the filter.
// CHECK-LABEL: func.func @residual(
// CHECK-SAME:    %[[R:[a-z0-9]+]]: memref<1x1x2x8xf32>, %[[O:[a-z0-9]+]]: memref<1x1x2x8xf32>
// CHECK:         %[[FLAT:.*]] = memref.reinterpret_cast %[[R]]
// CHECK-COUNT-4: memref.prefetch %[[FLAT]]{{.*}}, read, locality<3>, data
// CHECK-NOT:     memref.prefetch
func.func @residual(%x: memref<1x1x2x1xf32>, %w: memref<1x1x1x1x1x8xf32>, %r: memref<1x1x2x8xf32>, %o: memref<1x1x2x8xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x1x2x1xf32>, memref<1x1x1x1x1x8xf32>) residual(%r : memref<1x1x2x8xf32>)
    outs(%o : memref<1x1x2x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2>
  return
}
