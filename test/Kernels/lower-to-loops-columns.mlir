// vector = w: the lanes of a vector are neighbouring columns of the output.
// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope --implicit-check-not=conv.contract

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w + s - 1)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 2, r, s, c, k mod 2)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// 18 columns are five vectors of 4, in tiles of 2, 2 and 1; 3 channels are a
// tile of 2 and one of 1. With hwk the channels are the innermost loop.
// CHECK-LABEL: func.func @borders(
// CHECK-DAG:     %[[LEFT:.*]] = arith.constant dense<[false, true, true, true]> : vector<4xi1>
// CHECK-DAG:     %[[ONE:.*]] = arith.constant dense<[true, false, false, false]> : vector<4xi1>
// CHECK-DAG:     %[[TWO:.*]] = arith.constant dense<[true, true, false, false]> : vector<4xi1>
// CHECK:         scf.for %[[H:.*]] =

// The bias is a scalar per channel; accumulators of a vector of columns follow
// each other.
// CHECK:           %[[B0:.*]] = memref.load
// CHECK:           %[[V0:.*]] = vector.broadcast %[[B0]] : f32 to vector<4xf32>
// CHECK:           %[[B1:.*]] = memref.load
// CHECK:           %[[V1:.*]] = vector.broadcast %[[B1]] : f32 to vector<4xf32>

// Tap 0 of the first column is outside: its lane is not read and counts zero.
// CHECK:             %[[X0:.*]] = vector.maskedload {{.*}}, %[[LEFT]],
// CHECK:             %[[X1:.*]] = vector.load
// CHECK:             %[[F0:.*]] = memref.load
// CHECK:             %[[S0:.*]] = vector.broadcast %[[F0]] : f32 to vector<4xf32>
// CHECK:             conv.fma f32 %[[V0]], %[[X0]], %[[S0]]
// CHECK:             conv.fma f32 %[[V0]], %[[X1]], %[[S0]]
// CHECK:             %[[F1:.*]] = memref.load
// CHECK:             %[[S1:.*]] = vector.broadcast %[[F1]] : f32 to vector<4xf32>
// CHECK:             conv.fma f32 %[[V1]], %[[X0]], %[[S1]]
// CHECK:             conv.fma f32 %[[V1]], %[[X1]], %[[S1]]

// The other taps are whole vectors.
// CHECK:             scf.for
// CHECK-NOT:           vector.maskedload
// CHECK-COUNT-4:       conv.fma f32
// CHECK-NOT:           conv.fma f32
// CHECK:           arith.cmpf ugt
// CHECK-COUNT-4:   vector.store
// The one channel that is left.
// CHECK:             vector.maskedload {{.*}}, %[[LEFT]],
// CHECK-COUNT-2:     conv.fma f32
// CHECK-NOT:         conv.fma f32
// CHECK:             scf.for
// CHECK-COUNT-2:   vector.store
// The tile in the middle has no border.
// CHECK-NOT:       vector.maskedload
// CHECK-COUNT-6:   vector.store
// The last vector holds two columns, of which tap 2 leaves one.
// CHECK:           vector.maskedload {{.*}}, %[[TWO]],
// CHECK:           vector.maskedload {{.*}}, %[[ONE]],
// CHECK-COUNT-2:   vector.maskedstore {{.*}}, %[[TWO]],
// CHECK-NOT:       vector.store
// CHECK:           vector.maskedstore {{.*}}, %[[TWO]],
// CHECK-NOT:       vector.maskedstore
func.func @borders(%x: memref<1x1x4x18xf32>, %w: memref<1x2x1x3x1x2xf32>, %b: memref<3xf32>, %o: memref<1x3x4x18xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [0, 1] store = w_contiguous
    ins(%x, %w : memref<1x1x4x18xf32>, memref<1x2x1x3x1x2xf32>) bias(%b : memref<3xf32>) outs(%o : memref<1x3x4x18xf32>)
    clamp<lower = 0.0 : f32>
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 2, w_ob = 8, order = hwk>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w * 2 + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 1, r, s, c, k mod 1)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// Every second column: elements 0 to 3 and 3 to 6 make one vector, and element 7
// is not read, as the row may end there.
// CHECK-LABEL: func.func @strided(
// CHECK:         %[[LOW:.*]] = vector.load
// CHECK:         %[[HIGH:.*]] = vector.load
// CHECK:         %[[X:.*]] = vector.shuffle %[[LOW]], %[[HIGH]] [0, 2, 5, 7] : vector<4xf32>, vector<4xf32>
// CHECK:         conv.fma f32 %{{.*}}, %[[X]],
// CHECK-NOT:     conv.fma f32
func.func @strided(%x: memref<1x1x1x7xf32>, %w: memref<1x1x1x1x1x1xf32>, %o: memref<1x1x1x4xf32>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x1x7xf32>, memref<1x1x1x1x1x1xf32>) outs(%o : memref<1x1x1x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 1, w_ob = 4>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h + r - 1, w + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 1, r, s, c, k mod 1)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h, w)>

// Depthwise: taps are unrolled in rows and columns, so that the rows of a tile
// share what they read. 3 taps of 2 rows are 1 + 2 + 2 above and 2 + 2 + 1
// below, inside 2 + 2 + 2, each in 2 columns of taps.
// CHECK-LABEL: func.func @depthwise(
// CHECK:         scf.for
// CHECK-COUNT-10: conv.fma f32
// CHECK-NOT:     conv.fma f32
// CHECK-COUNT-2: vector.store
// CHECK-COUNT-12: conv.fma f32
// CHECK-NOT:     conv.fma f32
// CHECK-COUNT-2: vector.store
// CHECK-COUNT-10: conv.fma f32
// CHECK-NOT:     conv.fma f32
// CHECK-COUNT-2: vector.store
// CHECK-NOT:     vector.store
func.func @depthwise(%x: memref<1x8x6x5xf32>, %w: memref<8x1x3x2x1x1xf32>, %o: memref<1x8x6x4xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [1, 0] store = w_contiguous
    ins(%x, %w : memref<1x8x6x5xf32>, memref<8x1x3x2x1x1xf32>) outs(%o : memref<1x8x6x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 1, w_ob = 4, h_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h, w)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// FMAs that take a lane read a vector of the filter; its block is whole where
// the channels end.
// CHECK-LABEL: func.func @lanes(
// CHECK:         %[[X:.*]] = vector.load
// CHECK:         %[[F:.*]] = vector.load
// CHECK:         %[[L0:.*]] = vector.extract %[[F]][0]
// CHECK:         %[[S0:.*]] = vector.broadcast %[[L0]]
// CHECK:         conv.fma f32 %{{.*}}, %[[X]], %[[S0]]
// CHECK:         %[[L1:.*]] = vector.extract %[[F]][1]
// CHECK:         vector.extract %[[F]][2]
// CHECK-NOT:     vector.extract
func.func @lanes(%x: memref<1x1x1x4xf32>, %w: memref<1x1x1x1x1x4xf32>, %o: memref<1x3x1x4xf32>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x1x4xf32>, memref<1x1x1x1x1x4xf32>) outs(%o : memref<1x3x1x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 4, w_ob = 4, broadcast = lane>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h, w)>
#plain = affine_map<(n, g, h, w, k, r, s, c) -> (k, c, r, s)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// A plain filter is read where it is, whatever the distance between channels;
// residual and output are added as vectors of columns.
// CHECK-LABEL: func.func @plain(
// CHECK-SAME:      %[[OUT:[a-z0-9]+]]: memref<1x2x1x4xf32>, %[[RES:[a-z0-9]+]]: memref<1x2x1x4xf32>
// CHECK-DAG:     %[[O:.*]] = memref.reinterpret_cast %[[OUT]]
// CHECK-DAG:     %[[R:.*]] = memref.reinterpret_cast %[[RES]]
// CHECK-COUNT-2: conv.fma f32
// CHECK:         vector.load %[[O]]
// CHECK:         arith.addf
// CHECK:         vector.load %[[R]]
// CHECK:         arith.addf
// CHECK:         vector.store {{.*}}, %[[O]]
func.func @plain(%x: memref<1x1x1x4xf32>, %w: memref<2x1x1x1xf32>, %o: memref<1x2x1x4xf32>, %res: memref<1x2x1x4xf32>) {
  conv.contract maps = [#image, #plain, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x1x4xf32>, memref<2x1x1x1xf32>) residual(%res : memref<1x2x1x4xf32>) outs(%o : memref<1x2x1x4xf32>) accumulate
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 2, w_ob = 4, filter = plain>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h + r, w + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 1, r, s, c, k mod 1)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h, w)>

// Depthwise: columns of the window outside of its rows, of which the second
// finds what the first has read for the row below.
// CHECK-LABEL: func.func @shared(
// CHECK:         %[[ROW0:.*]] = vector.load
// CHECK-NEXT:    arith.addi
// CHECK-NEXT:    %[[ROW1:.*]] = vector.load
// CHECK-NEXT:    %[[F00:.*]] = memref.load
// CHECK-NEXT:    %[[W00:.*]] = vector.broadcast %[[F00]]
// CHECK-NEXT:    %[[A0:.*]] = conv.fma f32 %{{.*}}, %[[ROW0]], %[[W00]]
// CHECK-NEXT:    %[[B0:.*]] = conv.fma f32 %{{.*}}, %[[ROW1]], %[[W00]]
// CHECK-NEXT:    arith.addi
// CHECK-NEXT:    %[[ROW2:.*]] = vector.load
// CHECK-NEXT:    arith.addi
// CHECK-NEXT:    %[[F10:.*]] = memref.load
// CHECK-NEXT:    %[[W10:.*]] = vector.broadcast %[[F10]]
// CHECK-NEXT:    conv.fma f32 %[[A0]], %[[ROW1]], %[[W10]]
// CHECK-NEXT:    conv.fma f32 %[[B0]], %[[ROW2]], %[[W10]]
// CHECK-COUNT-3: vector.load
// CHECK-NOT:     vector.load
// CHECK-COUNT-2: vector.store
func.func @shared(%x: memref<1x8x3x5xf32>, %w: memref<8x1x2x2x1x1xf32>, %o: memref<1x8x2x4xf32>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x8x3x5xf32>, memref<8x1x2x2x1x1xf32>) outs(%o : memref<1x8x2x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 1, w_ob = 4, h_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 1, r, s, c, k mod 1)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// share: all taps in one step, inside of a loop over channels. Of each column of
// the window two rows of a tile and two of the window read three rows, each of
// which is loaded once.
// CHECK-LABEL: func.func @share_rows(
// CHECK:         scf.for {{.*}} iter_args(%[[C0:.*]] = %{{.*}}, %[[C1:.*]] = %{{.*}}) -> (vector<4xf32>, vector<4xf32>)
// CHECK:           %[[ROW0:.*]] = vector.load
// CHECK:           %[[F0:.*]] = vector.broadcast
// CHECK:           %[[A0:.*]] = conv.fma f32 %[[C0]], %[[ROW0]], %[[F0]]
// CHECK:           %[[ROW1:.*]] = vector.load
// CHECK:           %[[F1:.*]] = vector.broadcast
// CHECK:           conv.fma f32 %[[A0]], %[[ROW1]], %[[F1]]
// CHECK:           %[[B0:.*]] = conv.fma f32 %[[C1]], %[[ROW1]], %[[F0]]
// CHECK:           %[[ROW2:.*]] = vector.load
// CHECK:           conv.fma f32 %[[B0]], %[[ROW2]], %[[F1]]
// CHECK-COUNT-3:   vector.load
// CHECK-COUNT-3:   vector.load
// CHECK-NOT:       vector.load
// CHECK:         vector.store
// CHECK:         vector.store
// CHECK-NOT:     vector.store
func.func @share_rows(%x: memref<1x3x3x6xf32>, %w: memref<1x1x2x3x3x1xf32>, %o: memref<1x1x2x4xf32>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x3x3x6xf32>, memref<1x1x2x3x3x1xf32>) outs(%o : memref<1x1x2x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 1, w_ob = 4, h_ob = 2, unroll = 1, share = true>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r - 1, w + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 1, r, s, c, k mod 1)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// Rows that are outside are left out: three taps of two rows are five products
// above, and five below. 200 columns of a window are more code than a step
// may be: there is a loop.
// CHECK-LABEL: func.func @share_border(
// CHECK:         scf.for
// CHECK:         conv.opaque
// CHECK:         scf.for {{.*}} iter_args
// CHECK-COUNT-5:   conv.fma f32
// CHECK-NOT:     conv.fma f32
// CHECK-COUNT-2: vector.store
// CHECK:         conv.opaque
// CHECK:         scf.for {{.*}} iter_args
// CHECK-COUNT-5:   conv.fma f32
// CHECK-NOT:     conv.fma f32
// CHECK-COUNT-2: vector.store
func.func @share_border(%x: memref<1x3x4x203xf32>, %w: memref<1x1x3x200x3x1xf32>, %o: memref<1x1x4x4xf32>) {
  conv.contract maps = [#image, #packed, #out] high = [1, 0] store = w_contiguous
    ins(%x, %w : memref<1x3x4x203xf32>, memref<1x1x3x200x3x1xf32>) outs(%o : memref<1x1x4x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 1, w_ob = 4, h_ob = 2, unroll = 1, share = true>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h + r, 2 * w + s - 1)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 1, r, s, c, k mod 1)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, h, w)>

// Depthwise with columns two apart: a row is loaded once, where it begins, and
// split into even and odd columns, of which the latter serve two taps. What is
// beside the first column is outside, beside the others one element.
// CHECK-LABEL: func.func @split(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<4xf32>
// CHECK:         %[[LOW:.*]] = vector.load
// CHECK:         %[[HIGH:.*]] = vector.load
// CHECK:         %[[ODD:.*]] = vector.shuffle %[[LOW]], %[[HIGH]] [1, 3, 5, 7]
// CHECK:         %[[BEFORE:.*]] = vector.shuffle %[[ZERO]], %[[ODD]] [3, 4, 5, 6]
// CHECK:         conv.fma f32 %{{.*}}, %[[BEFORE]], %{{.*}}
// CHECK:         %[[EVEN:.*]] = vector.shuffle %[[LOW]], %[[HIGH]] [0, 2, 4, 6]
// CHECK:         conv.fma f32 %{{.*}}, %[[EVEN]], %{{.*}}
// CHECK:         conv.fma f32 %{{.*}}, %[[ODD]], %{{.*}}
// CHECK-NOT:     vector.load
// CHECK:         vector.store
// CHECK:         vector.load
// CHECK:         vector.load
// CHECK:         vector.shuffle {{.*}} [1, 3, 5, 7]
// CHECK:         %[[ELEMENT:.*]] = memref.load
// CHECK:         %[[BESIDE:.*]] = vector.broadcast %[[ELEMENT]]
// CHECK:         vector.shuffle %[[BESIDE]], %{{.*}} [3, 4, 5, 6]
// CHECK-COUNT-3: conv.fma f32
// CHECK-NOT:     conv.fma f32
// CHECK:         vector.store
func.func @split(%x: memref<1x8x1x16xf32>, %w: memref<8x1x1x3x1x1xf32>, %o: memref<1x8x1x8xf32>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x8x1x16xf32>, memref<8x1x1x3x1x1xf32>) outs(%o : memref<1x8x1x8xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 1, w_ob = 4>
  return
}

// -----

#gathered = affine_map<(n, g, h, w, k, r, s, c) -> (n, g, r, h, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 1, r, s, c, k mod 1)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, w)>

// A gathered image may have its channels in the place of the window's rows: no
// two of them read the same.
// CHECK-LABEL: func.func @gathered(
// CHECK:         %[[FIVE:.*]] = arith.constant 5 : index
// CHECK:         scf.for %[[S:[a-z0-9]+]] =
// CHECK:           %[[X:.*]] = vector.load %[[A:[a-z_0-9]+]][%[[S]]] : {{.*}}, vector<4xf32>
// CHECK:           conv.fma f32 %{{.*}}, %[[X]],
// CHECK:           %[[NEXT:.*]] = arith.addi %[[S]], %[[FIVE]]
// CHECK:           %[[Y:.*]] = vector.load %[[A]][%[[NEXT]]] : {{.*}}, vector<4xf32>
// CHECK:           conv.fma f32 %{{.*}}, %[[Y]],
// CHECK:           scf.yield
func.func @gathered(%x: memref<1x1x2x1x5x1xf32>, %w: memref<1x1x2x2x1x1xf32>, %o: memref<1x1x4xf32>) {
  conv.contract maps = [#gathered, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x2x1x5x1xf32>, memref<1x1x2x2x1x1xf32>) outs(%o : memref<1x1x4xf32>)
    schedule<algorithm = im2win, n_vec = 4, vector = w, c_ob = 1, w_ob = 4, share = true>
  return
}
