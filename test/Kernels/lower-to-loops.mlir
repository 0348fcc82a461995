// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope --implicit-check-not=conv.contract

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r - 1, w + s - 1, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// 8 columns by at most 3 are tiles of 3, 3 and 2; 12 channels are a vector of 8
// and one of 4.
// CHECK-LABEL: func.func @padded(
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG:     %[[C6:.*]] = arith.constant 6 : index
// CHECK-DAG:     %[[C7:.*]] = arith.constant 7 : index
// CHECK-DAG:     %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[MASK:.*]] = arith.constant dense<[true, true, true, true, false, false, false, false]> : vector<8xi1>
// CHECK:         scf.for %[[H:.*]] = %[[C0]] to %[[C6]] step %[[C1]] {

// The tile at the left border: accumulators begin as the bias and are carried
// by the loops; rows outside of the image are not in the bounds of the taps.
// CHECK:           %[[BIAS:.*]] = vector.load
// CHECK-DAG:       %[[ABOVE:.*]] = arith.subi %[[C1]], %[[H]]
// CHECK-DAG:       %[[FIRST:.*]] = arith.maxsi %[[ABOVE]], %[[C0]]
// CHECK-DAG:       %[[BELOW:.*]] = arith.subi %[[C7]], %[[H]]
// CHECK-DAG:       %[[COUNT:.*]] = arith.maxsi %[[BELOW]], %[[C0]]
// CHECK-DAG:       %[[LAST:.*]] = arith.minsi %[[COUNT]], %[[C3]]
// CHECK:           scf.for %[[R:.*]] = %[[FIRST]] to %[[LAST]] step %[[C1]] iter_args(%[[A0:.*]] = %[[BIAS]], %[[A1:.*]] = %[[BIAS]], %[[A2:.*]] = %[[BIAS]])

// Tap 0 of the first pixel is outside: two FMAs per channel, two channels per
// iteration, the filter fetched ahead.
// CHECK:             %[[TAP0:.*]]:2 = scf.for %{{.*}} = %[[C0]] to %[[C8]] step %[[C2]] iter_args(%[[B1:.*]] = %[[A1]], %[[B2:.*]] = %[[A2]])
// CHECK:               vector.load
// CHECK:               memref.prefetch {{.*}}, read, locality<3>, data
// CHECK-COUNT-4:       conv.fma f32
// CHECK-NOT:           conv.fma f32
// CHECK:               scf.yield

// The others touch all three; where they read is hidden from the optimiser.
// CHECK:             scf.for %{{.*}} = %[[C0]] to %[[C2]] step %[[C1]] iter_args(%{{.*}} = %[[A0]], %{{.*}} = %[[TAP0]]#0, %{{.*}} = %[[TAP0]]#1)
// CHECK:               %[[BASE:.*]] = conv.opaque
// CHECK:               scf.for %[[C:.*]] = %[[C0]] to %[[C8]] step %[[C2]]
// CHECK:                 arith.addi %[[BASE]], %[[C]]
// CHECK:                 %[[X:.*]] = memref.load
// CHECK:                 %[[S:.*]] = vector.broadcast %[[X]] : f32 to vector<8xf32>
// CHECK:                 conv.fma f32 %{{.*}}, %[[S]],
// CHECK-COUNT-5:         conv.fma f32
// CHECK-NOT:             conv.fma f32
// CHECK:                 scf.yield
// CHECK:           arith.cmpf ugt
// CHECK:           arith.select
// CHECK-COUNT-3:   vector.store

// The tile in the middle has one loop over the columns of the window.
// CHECK:           scf.for
// CHECK:             scf.for %{{.*}} = %[[C0]] to %[[C3]] step %[[C1]]
// CHECK:               conv.opaque
// CHECK:               scf.for
// CHECK-COUNT-6:         conv.fma f32
// CHECK-NOT:             conv.fma f32
// CHECK:                 scf.yield
// CHECK-COUNT-3:   vector.store

// At the right border the last tap leaves one pixel.
// CHECK:           scf.for
// CHECK:             scf.for %{{.*}} = %[[C0]] to %[[C2]] step %[[C1]]
// CHECK:               conv.opaque
// CHECK:               scf.for
// CHECK-COUNT-4:         conv.fma f32
// CHECK-NOT:             conv.fma f32
// CHECK:                 scf.yield
// CHECK:               scf.for
// CHECK-COUNT-2:         conv.fma f32
// CHECK-NOT:             conv.fma f32
// CHECK:                 scf.yield
// CHECK-COUNT-2:   vector.store
// CHECK-NOT:       vector.store

// The last channels: nothing past them is read or written, except in the packed
// filter, which is padded.
// CHECK:         scf.for
// CHECK:           vector.maskedload {{.*}}, %[[MASK]],
// CHECK-NOT:       vector.store
// CHECK-COUNT-8:   vector.maskedstore {{.*}}, %[[MASK]],
// CHECK-NOT:       vector.maskedstore
func.func @padded(%x: memref<1x6x8x8xf32>, %w: memref<1x2x3x3x8x8xf32>, %b: memref<12xf32>, %o: memref<1x6x8x12xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [1, 1] store = k_contiguous
    ins(%x, %w : memref<1x6x8x8xf32>, memref<1x2x3x3x8x8xf32>) bias(%b : memref<12xf32>) outs(%o : memref<1x6x8x12xf32>)
    clamp<lower = 0.0 : f32>
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 3, unroll = 2, prefetch = 64>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// Four pixels by four channels are transposed by interleaving lanes one by one,
// then two by two, and stored along the columns.
// CHECK-LABEL: func.func @transposed(
// CHECK-COUNT-8: conv.fma f32
// CHECK-COUNT-4: vector.shuffle {{.*}} {{\[(0, 4, 1, 5|2, 6, 3, 7)\]}}
// CHECK-COUNT-4: vector.shuffle {{.*}} {{\[(0, 1, 4, 5|2, 3, 6, 7)\]}}
// CHECK-COUNT-4: vector.store
// CHECK-NOT:     vector.store
func.func @transposed(%x: memref<1x2x1x4xf32>, %w: memref<1x1x1x1x2x4xf32>, %o: memref<1x4x1x4xf32>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x2x1x4xf32>, memref<1x1x1x1x2x4xf32>) outs(%o : memref<1x4x1x4xf32>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 4>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Equal tiles are a loop; with hkw the rows are outside of the channels. Without
// padding every bound is a number.
// CHECK-LABEL: func.func @order(
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG:     %[[C5:.*]] = arith.constant 5 : index
// CHECK-NOT:     arith.maxsi
// CHECK:         scf.for %{{.*}} = %[[C0]] to %[[C5]] step %[[C1]] {
// CHECK:           scf.for %{{.*}} = %[[C0]] to %[[C3]] step %[[C1]] {
// CHECK:             scf.for %{{.*}} = %[[C0]] to %[[C2]] step %[[C1]] {
// CHECK-COUNT-2:       conv.fma f32
// CHECK-NOT:           conv.fma f32
// CHECK-COUNT-2:       vector.store
func.func @order(%x: memref<1x5x4x1xf32>, %w: memref<1x3x1x1x1x4xf32>, %o: memref<1x5x4x12xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x5x4x1xf32>, memref<1x3x1x1x1x4xf32>) outs(%o : memref<1x5x4x12xf32>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 2, order = hkw>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r - 1, w, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Two rows at once: tiles at the border are peeled, each tap updates the rows it
// is inside of. 3 taps are 1 + 2 + 2 rows above, 6 inside, 2 + 2 + 1 below.
// CHECK-LABEL: func.func @rows(
// CHECK-COUNT-5: conv.fma f32
// CHECK-NOT:     conv.fma f32
// CHECK-COUNT-2: vector.store
// CHECK:         scf.for
// CHECK-COUNT-2: conv.fma f32
// CHECK-NOT:     conv.fma f32
// CHECK-COUNT-2: vector.store
// CHECK-COUNT-5: conv.fma f32
// CHECK-NOT:     conv.fma f32
// CHECK-COUNT-2: vector.store
func.func @rows(%x: memref<1x6x1x1xf32>, %w: memref<1x1x3x1x1x4xf32>, %o: memref<1x6x1x4xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [1, 0] store = k_contiguous
    ins(%x, %w : memref<1x6x1x1xf32>, memref<1x1x3x1x1x4xf32>) outs(%o : memref<1x6x1x4xf32>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 1, h_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// Rows of a single column follow each other in a plane: they are transposed
// and stored like columns.
// CHECK-LABEL: func.func @one_column(
// CHECK-NOT:     memref.store
// CHECK-COUNT-4: vector.maskedstore
// CHECK-NOT:     vector.maskedstore
// CHECK-NOT:     memref.store
// CHECK:         return
func.func @one_column(%x: memref<1x2x5x1xf32>, %w: memref<1x1x3x1x2x4xf32>, %o: memref<1x4x3x1xf32>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x2x5x1xf32>, memref<1x1x3x1x2x4xf32>) outs(%o : memref<1x4x3x1xf32>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 1, h_ob = 3>
  return
}
