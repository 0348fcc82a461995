// Borders that would be too much code are loops whose taps are bounded at run
// time.
// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope --implicit-check-not=conv.contract

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w + s - 100000, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// 50 columns, 3 taps, 100000 columns of padding on the left and 70001 on the
// right: 48 columns are inside.
// CHECK-LABEL: func.func @columns(
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG:     %[[INSIDE:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[BORDER:.*]] = arith.constant 42500 : index
// Tiles of 6 columns inside.
// CHECK:         scf.for %{{.*}} = %[[C0]] to %[[INSIDE]] step %[[C1]]
// CHECK:           scf.for %{{.*}} = %[[C0]] to %[[C3]] step %[[C1]]
// CHECK-COUNT-6:     conv.fma f32
// CHECK-NOT:         conv.fma f32
// CHECK-COUNT-6:   vector.store
// Tiles of 4 columns left and right of them: each column alone, all, each alone.
// CHECK:         scf.for %[[I:.*]] = %[[C0]] to %[[BORDER]] step %[[C1]]
// CHECK:           %[[LEFT:.*]] = arith.cmpi slt
// CHECK:           arith.select %[[LEFT]]
// CHECK:           arith.minsi
// CHECK:           scf.for
// CHECK-COUNT-1:     conv.fma f32
// CHECK:           scf.for
// CHECK-COUNT-1:     conv.fma f32
// CHECK:           scf.for
// CHECK-COUNT-1:     conv.fma f32
// CHECK:           scf.for
// CHECK-COUNT-1:     conv.fma f32
// CHECK:           scf.for
// CHECK-COUNT-4:     conv.fma f32
// CHECK:           scf.for
// CHECK-COUNT-1:     conv.fma f32
// CHECK:           scf.for
// CHECK-COUNT-1:     conv.fma f32
// CHECK:           scf.for
// CHECK-COUNT-1:     conv.fma f32
// CHECK:           scf.for
// CHECK-COUNT-1:     conv.fma f32
// CHECK-NOT:         conv.fma f32
// CHECK-COUNT-4:   vector.store
// The column that is left over on the right is known, and that no tap is inside.
// CHECK-NOT:     conv.fma f32
// CHECK:         vector.store %cst{{.*}}, %{{.*}}[%c1360384]
// CHECK-NOT:     vector.store
func.func @columns(%x: memref<1x1x50x1xf32>, %w: memref<1x1x1x3x1x8xf32>, %o: memref<1x1x170049x8xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [0, 70001] store = k_contiguous
    ins(%x, %w : memref<1x1x50x1xf32>, memref<1x1x1x3x1x8xf32>) outs(%o : memref<1x1x170049x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 6>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h, w * 2 + s - 5000)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 2, r, s, c, k mod 2)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// With vectors along columns the lanes outside are masked, at run time. Strided
// columns are two loads.
// CHECK-LABEL: func.func @masked(
// CHECK:         scf.for
// CHECK-NOT:       vector.create_mask
// CHECK:           scf.for
// CHECK-COUNT-8:     conv.fma f32
// CHECK-NOT:         conv.fma f32
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK-COUNT-2:     vector.create_mask
// CHECK:             vector.maskedload
// CHECK-COUNT-2:     vector.create_mask
// CHECK:             vector.maskedload
// CHECK:             vector.shuffle
// CHECK:             scf.yield
// CHECK:           scf.for
// CHECK-NOT:         vector.create_mask
// CHECK:             scf.yield
// CHECK:           scf.for
// CHECK-COUNT-4:     vector.create_mask
func.func @masked(%x: memref<1x1x1x400xf32>, %w: memref<1x1x1x3x1x2xf32>, %o: memref<1x2x1x5000xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [0, 4601] store = w_contiguous
    ins(%x, %w : memref<1x1x1x400xf32>, memref<1x1x1x3x1x2xf32>) outs(%o : memref<1x2x1x5000xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 2, w_ob = 16>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r - 100000, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Tiles of several rows inside; above and below them a loop over single rows.
// CHECK-LABEL: func.func @rows(
// CHECK:         scf.for
// CHECK-COUNT-4:   conv.fma f32
// CHECK-NOT:       conv.fma f32
// CHECK-COUNT-4: vector.store
// CHECK:         scf.for
// CHECK:           %[[ABOVE:.*]] = arith.cmpi slt
// CHECK:           arith.select %[[ABOVE]]
// CHECK:           scf.for
// CHECK-COUNT-2:     conv.fma f32
// CHECK-NOT:         conv.fma f32
// CHECK-COUNT-2: vector.store
// CHECK-NOT:     conv.fma f32
func.func @rows(%x: memref<1x9x2x1xf32>, %w: memref<1x1x3x1x1x8xf32>, %o: memref<1x100009x2x8xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [2, 0] store = k_contiguous
    ins(%x, %w : memref<1x9x2x1xf32>, memref<1x1x3x1x1x8xf32>) outs(%o : memref<1x100009x2x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, h_ob = 2>
  return
}

// -----

// A gather with a long window has one run for all places, which finds out what
// of it is inside.
// CHECK-LABEL: func.func @gather(
// CHECK-COUNT-2: arith.maxsi
// CHECK:         scf.if
// CHECK:         } else {
// CHECK-COUNT-3:   scf.for
// CHECK-NOT:       scf.for
// CHECK:         return
func.func @gather(%x: memref<1x1x300x4xf32>, %o: memref<1x1x1x300x1x255x4xf32>) {
  conv.im2row dims<nhwc x rsck -> nhwk, low = [0, 127], high = [0, 127]>
    ins(%x : memref<1x1x300x4xf32>) outs(%o : memref<1x1x1x300x1x255x4xf32>)
  return
}
