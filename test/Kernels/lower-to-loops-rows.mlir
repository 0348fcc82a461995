// Tiles of several rows in a share of the rows: which of them are inside of the
// image is found at run time. Two rows inside, one row around them.
// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope --implicit-check-not=conv.fma

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r - 1, w, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// 10 rows of an image of 20, 3 taps, from a row that is not known: rows 1 to 18
// of the image are inside.
// CHECK-LABEL: func.func @share(
// CHECK-SAME:    %[[ORIGIN:[a-z0-9]+]]: index
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG:     %[[C10:.*]] = arith.constant 10 : index
// CHECK-DAG:     %[[C19:.*]] = arith.constant 19 : index
// CHECK:         %[[TOP:.*]] = arith.subi %[[C1]], %[[ORIGIN]]
// CHECK:         %[[TOP0:.*]] = arith.maxsi %[[TOP]], %[[C0]]
// CHECK:         %[[FIRST:.*]] = arith.minsi %[[TOP0]], %[[C10]]
// CHECK:         %[[BOTTOM:.*]] = arith.subi %[[C19]], %[[ORIGIN]]
// CHECK:         %[[BOTTOM0:.*]] = arith.maxsi %[[BOTTOM]], %[[C0]]
// CHECK:         %[[BOTTOM1:.*]] = arith.minsi %[[BOTTOM0]], %[[C10]]
// CHECK:         %[[LAST:.*]] = arith.maxsi %[[BOTTOM1]], %[[FIRST]]
// CHECK:         %[[INSIDE:.*]] = arith.subi %[[LAST]], %[[FIRST]]
// CHECK:         %[[TILES:.*]] = arith.divui %[[INSIDE]], %[[C2]]
// CHECK:         %[[SKIPPED:.*]] = arith.muli %[[TILES]], %[[C2]]
// CHECK:         scf.for %{{.*}} = %[[C0]] to %[[TILES]] step %[[C1]]
// CHECK:           scf.for %{{.*}} = %[[C0]] to %[[C3]] step %[[C1]]
// CHECK-COUNT-8:     conv.fma f32
// CHECK-COUNT-8:   vector.store
// CHECK:         %[[SINGLE:.*]] = arith.subi %[[C10]], %[[SKIPPED]]
// CHECK:         scf.for %[[I:.*]] = %[[C0]] to %[[SINGLE]] step %[[C1]]
// CHECK:           %[[BELOW:.*]] = arith.addi %[[I]], %[[SKIPPED]]
// CHECK:           %[[ABOVE:.*]] = arith.cmpi slt, %[[I]], %[[FIRST]]
// CHECK:           %[[ROW:.*]] = arith.select %[[ABOVE]], %[[I]], %[[BELOW]]
// CHECK:           %[[PLACE:.*]] = arith.addi %[[ROW]], %[[ORIGIN]]
// CHECK:           scf.for
// CHECK-COUNT-4:     conv.fma f32
// CHECK-COUNT-4:   vector.store
func.func @share(%row: index, %x: memref<1x20x4x1xf32>, %w: memref<1x1x3x1x1x8xf32>, %o: memref<1x10x4x8xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [1, 0] store = k_contiguous
    ins(%x, %w : memref<1x20x4x1xf32>, memref<1x1x3x1x1x8xf32>) row_origin(%row) outs(%o : memref<1x10x4x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, h_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// No border, but rows of unknown number: pairs, and one row where they are odd.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<1x?x4x1xf32>
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK:         %[[ROWS:.*]] = memref.dim
// CHECK:         %[[TILES:.*]] = arith.divui %[[ROWS]], %[[C2]]
// CHECK:         scf.for %{{.*}} to %[[TILES]] step %[[C1]]
// CHECK-COUNT-8:   conv.fma f32
// CHECK:         %[[SINGLE:.*]] = arith.subi %[[ROWS]]
// CHECK:         scf.for %{{.*}} to %[[SINGLE]] step %[[C1]]
// CHECK-COUNT-4:   conv.fma f32
func.func @rows(%x: memref<1x?x4x1xf32>, %w: memref<1x1x1x1x1x8xf32>, %o: memref<1x?x4x8xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x?x4x1xf32>, memref<1x1x1x1x1x8xf32>) outs(%o : memref<1x?x4x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, h_ob = 2>
  return
}
