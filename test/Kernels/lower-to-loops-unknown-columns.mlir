// Columns that only the program knows: a loop over the tiles inside, and a case
// for each number of columns that may be left behind them.
// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r - 1, w + s - 1, c)>
#point = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Tiles of three columns; without padding, one or two may be left.
// CHECK-LABEL: func.func @point(
// CHECK-DAG:     %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG:     %[[WO:.*]] = memref.dim %arg2, %c2
// CHECK:         %[[TILES:.*]] = arith.divui %[[WO]], %[[C3]]
// CHECK:         scf.for %{{.*}} = %c0 to %[[TILES]] step
// CHECK-COUNT-3:   conv.fma
// CHECK-COUNT-3:   vector.store
// CHECK:         scf.index_switch
// CHECK-NEXT:    case 1 {
// CHECK-COUNT-1:   conv.fma
// CHECK-NOT:       conv.fma
// CHECK:         case 2 {
// CHECK-COUNT-2:   conv.fma
// CHECK-NOT:       conv.fma
// CHECK:         default {
// CHECK-NEXT:    }
func.func @point(%x: memref<1x4x?x1xf32>, %w: memref<1x1x1x1x1x8xf32>, %o: memref<1x4x?x8xf32>) {
  conv.contract maps = [#point, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x?x1xf32>, memref<1x1x1x1x1x8xf32>) outs(%o : memref<1x4x?x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 3, unroll = 1>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r - 1, w + s - 1, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Padded: rows are found at run time, the first tile lacks a tap in its first
// column, the last columns one in their last; a row of one or two columns has
// cases of its own.
// CHECK-LABEL: func.func @padded(
// CHECK:         scf.if
// CHECK-COUNT-3:   conv.fma
// CHECK-COUNT-2:   vector.store
// CHECK:           scf.for
// CHECK:             vector.store
// CHECK:           scf.index_switch
// CHECK:           case [[#%u,ONE:]] {
// CHECK:             vector.store
// CHECK:           case [[#ONE+1]] {
// CHECK-COUNT-2:     vector.store
// CHECK:           default {
// CHECK:             scf.for
// CHECK:         } else {
// CHECK:           scf.index_switch
// CHECK:           case [[#ONE]] {
// CHECK:             vector.store
// CHECK:           case [[#ONE+1]] {
// CHECK-COUNT-2:     vector.store
// CHECK:           default {
func.func @padded(%x: memref<1x?x?x1xf32>, %w: memref<1x1x3x3x1x8xf32>, %o: memref<1x?x?x8xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [1, 1] store = k_contiguous
    ins(%x, %w : memref<1x?x?x1xf32>, memref<1x1x3x3x1x8xf32>) outs(%o : memref<1x?x?x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, unroll = 1>
  return
}

// -----

#long = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w + s - 900, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Too many cases: all at the padding is bounded at run time.
// CHECK-LABEL: func.func @long(
// CHECK-NOT:     scf.index_switch
// CHECK:         return
func.func @long(%x: memref<1x4x?x1xf32>, %w: memref<1x1x1x999x1x8xf32>, %o: memref<1x4x?x8xf32>) {
  conv.contract maps = [#long, #packed, #out] high = [0, 99] store = k_contiguous
    ins(%x, %w : memref<1x4x?x1xf32>, memref<1x1x1x999x1x8xf32>) outs(%o : memref<1x4x?x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, unroll = 1>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h, w + s - 1)>
#plain = affine_map<(n, g, h, w, k, r, s, c) -> (g, k, r, s)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h, w)>

// Vectors of four columns, of which the first lacks a tap in its first lane: the
// cases behind whole vectors differ in the lanes that are there.
// CHECK-LABEL: func.func @columns(
// CHECK:         scf.if
// CHECK:           vector.maskedload
// CHECK:           vector.store %{{.*}}, vector<4xf32>
// CHECK:           scf.for
// CHECK-COUNT-3:     conv.fma f32 %{{.*}} : vector<4xf32>, vector<4xf32>
// CHECK-NOT:         maskedstore
// CHECK:             vector.store %{{.*}}, vector<4xf32>
// CHECK:           scf.index_switch
// CHECK:           case [[#%u,ONE:]] {
// CHECK:             vector.maskedstore
// CHECK:           case [[#ONE+1]] {
// CHECK:             vector.maskedstore
// CHECK:           case [[#ONE+2]] {
// CHECK:             vector.maskedstore
// CHECK:           case [[#ONE+3]] {
// CHECK:             vector.store
// CHECK:           default {
func.func @columns(%x: memref<1x2x4x?xf32>, %w: memref<2x1x1x3xf32>, %o: memref<1x2x4x?xf32>) {
  conv.contract maps = [#image, #plain, #out] high = [0, 1] store = w_contiguous
    ins(%x, %w : memref<1x2x4x?xf32>, memref<2x1x1x3xf32>) outs(%o : memref<1x2x4x?xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 1, w_ob = 4, unroll = 1, filter = plain>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h, 2 * w + s)>
#plain = affine_map<(n, g, h, w, k, r, s, c) -> (g, k, r, s)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h, w)>

// Every second column: two loads, of which even and odd lanes are taken.
// CHECK-LABEL: func.func @second(
// CHECK:         scf.for
// CHECK:           vector.load
// CHECK:           vector.load
// CHECK:           vector.shuffle %{{.*}}, %{{.*}} [0, 2, 4, 6]
func.func @second(%x: memref<1x2x4x?xf32>, %w: memref<2x1x1x3xf32>, %o: memref<1x2x4x?xf32>) {
  conv.contract maps = [#image, #plain, #out] store = w_contiguous
    ins(%x, %w : memref<1x2x4x?xf32>, memref<2x1x1x3xf32>) outs(%o : memref<1x2x4x?xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 1, w_ob = 4, unroll = 1, filter = plain>
  return
}
