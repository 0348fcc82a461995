// RUN: conv-opt %s --conv-apply-schedule --split-input-file | FileCheck %s --check-prefix=APPLY
// RUN: conv-opt %s --conv-apply-schedule --conv-tile --split-input-file | FileCheck %s --check-prefix=TILE

// The transformation stands before the contraction, whose taps and channels
// run over the rows of the patch matrix.
// APPLY-DAG:   #[[$PATCH:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1, d2, d3, d5, d6, d7)>
// APPLY-LABEL: func.func @whole(
// APPLY-SAME:    %[[X:[^:]*]]: tensor<1x8x8x16xf32>
// APPLY:         conv.pack_filter rsck
// APPLY:         %[[E:.*]] = tensor.empty() : tensor<1x1x6x6x3x3x16xf32>
// APPLY:         %[[A:.*]] = conv.im2row dims<nhwc x rsck -> nhwk> ins(%[[X]] : {{.*}}) outs(%[[E]] :
// APPLY:         conv.contract maps = [#[[$PATCH]], {{.*}}] store = k_contiguous ins(%[[A]],
// TILE-LABEL:  func.func @whole(
// TILE-NOT:      scf.for
func.func @whole(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x16x32xf32>, %o: tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>) outs(%o : tensor<1x6x6x32xf32>) schedule<algorithm = im2row, n_vec = 8, c_ob = 16, w_ob = 3> -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}

// -----

// Banded, only the rows of a band are transformed: 4, and then the 2 left over.
// TILE-LABEL: func.func @banded(
// TILE:         scf.for %[[I:[a-z0-9]*]] =
// TILE:           tensor.empty() : tensor<1x1x4x6x3x3x16xf32>
// TILE:           conv.im2row {{.*}} row_origin(%{{.*}}) outs({{.*}}) {lanes = 8 : i64} -> tensor<1x1x4x6x3x3x16xf32>
// TILE:           conv.contract {{.*}} ins({{.*}} : tensor<1x1x4x6x3x3x16xf32>,
// TILE:         tensor.empty() : tensor<1x1x2x6x3x3x16xf32>
// TILE:         conv.im2row {{.*}} -> tensor<1x1x2x6x3x3x16xf32>
func.func @banded(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x16x32xf32>, %o: tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>) outs(%o : tensor<1x6x6x32xf32>) schedule<algorithm = im2row, form = banded, n_vec = 8, c_ob = 16, w_ob = 3, band = 4> -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}

// -----

// MEC: the window of output row ho starts at row ho * sh of the strip.
// APPLY-DAG:   #[[$STRIP:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1, d3, d2 * 2 + d5, d6, d7)>
// APPLY-LABEL: func.func @mec(
// APPLY:         conv.mec_lower {{.*}} -> tensor<1x1x3x8x3x16xf32>
// APPLY:         conv.contract maps = [#[[$STRIP]],
// A band of 2 rows reads 5 rows of the strips.
// TILE-LABEL:  func.func @mec(
// TILE:          conv.mec_lower {{.*}} row_origin({{.*}}) {{.*}} -> tensor<1x1x3x5x3x16xf32>
func.func @mec(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x16x32xf32>, %o: tensor<1x3x3x32xf32>) -> tensor<1x3x3x32xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 2]> ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>) outs(%o : tensor<1x3x3x32xf32>) schedule<algorithm = mec_b, form = banded, n_vec = 8, c_ob = 16, w_ob = 3, band = 2> -> tensor<1x3x3x32xf32>
  return %r : tensor<1x3x3x32xf32>
}

// -----

// im2win: the contraction's first tap iterator runs over window columns, and
// the filter is packed in that order.
// APPLY-DAG:   #[[$WINDOW:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1, d2, d3 + d5, d6, d7)>
// APPLY-LABEL: func.func @im2win(
// APPLY:         conv.pack_filter srck
// APPLY:         conv.im2win {{.*}} -> tensor<1x1x6x8x3x16xf32>
// APPLY:         conv.contract maps = [#[[$WINDOW]],
func.func @im2win(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x16x32xf32>, %o: tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>) outs(%o : tensor<1x6x6x32xf32>) schedule<algorithm = im2win, n_vec = 8, c_ob = 16, w_ob = 3> -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}

// -----

// kn2row_aa: a contraction per tap, each of which reads the output again; a tap
// that leaves the image is clipped. Nothing is stored and the input not written.
// APPLY-DAG:   #[[$LEFT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2, d3 - 1, d7)>
// APPLY-DAG:   #[[$RIGHT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2, d3 + 1, d7)>
// APPLY-LABEL: func.func @kn2row_aa(
// APPLY:         tensor.extract_slice %{{.*}}[0, 0, 0, 0, 0, 0] [1, 2, 1, 1, 16, 16]
// APPLY:         %[[T0:.*]] = conv.contract maps = [#[[$LEFT]], {{.*}} bias({{.*}}) outs(%{{.*}} : tensor<1x6x6x32xf32>) schedule
// APPLY:         tensor.extract_slice %{{.*}}[0, 0, 0, 1, 0, 0] [1, 2, 1, 1, 16, 16]
// APPLY:         %[[T1:.*]] = conv.contract {{.*}} outs(%[[T0]] : tensor<1x6x6x32xf32>) accumulate schedule
// APPLY:         tensor.extract_slice %{{.*}}[0, 0, 0, 2, 0, 0] [1, 2, 1, 1, 16, 16]
// APPLY:         %[[T2:.*]] = conv.contract maps = [#[[$RIGHT]], {{.*}} outs(%[[T1]] : tensor<1x6x6x32xf32>) accumulate clamp<lower = 0.000000e+00 : f32> schedule
// APPLY:         return %[[T2]]
func.func @kn2row_aa(%x: tensor<1x6x6x16xf32>, %w: tensor<1x3x16x32xf32>, %b: tensor<32xf32>, %o: tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [0, 1], high = [0, 1]> ins(%x, %w : tensor<1x6x6x16xf32>, tensor<1x3x16x32xf32>) bias(%b : tensor<32xf32>) outs(%o : tensor<1x6x6x32xf32>) clamp<lower = 0.0 : f32> schedule<algorithm = kn2row_aa, n_vec = 8, c_ob = 16, w_ob = 3> -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}

// -----

// kn2row_as: one product of the whole image, used by one tap after the other.
// APPLY-LABEL: func.func @kn2row_as(
// APPLY:         %[[E:.*]] = tensor.empty() : tensor<1x1x1x1x32x6x6xf32>
// APPLY:         %[[C0:.*]] = conv.contract {{.*}} store = w_contiguous
// APPLY:         %[[P0:.*]] = tensor.insert_slice %[[C0]] into %[[E]]
// APPLY:         %[[S0:.*]] = conv.shift_add {{.*}} order = ngrskpq ins(%[[P0]] :
// APPLY:         %[[C1:.*]] = conv.contract
// APPLY:         %[[P1:.*]] = tensor.insert_slice %[[C1]] into %[[P0]]
// APPLY:         conv.shift_add {{.*}} order = ngrskpq taps = [0, 1] ins(%[[P1]] : {{.*}}) outs(%[[S0]] : {{.*}}) accumulate
func.func @kn2row_as(%x: tensor<1x16x6x6xf32>, %w: tensor<32x16x1x2xf32>, %o: tensor<1x32x6x5xf32>) -> tensor<1x32x6x5xf32> {
  %r = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x16x6x6xf32>, tensor<32x16x1x2xf32>) outs(%o : tensor<1x32x6x5xf32>) schedule<algorithm = kn2row_as, n_vec = 8, c_ob = 16, w_ob = 3> -> tensor<1x32x6x5xf32>
  return %r : tensor<1x32x6x5xf32>
}

// -----

// kn2row: the products of all taps, then one sum.
// APPLY-LABEL: func.func @kn2row(
// APPLY:         tensor.empty() : tensor<1x1x1x2x32x6x6xf32>
// APPLY-COUNT-2: conv.contract
// APPLY:         conv.shift_add
// APPLY-NOT:     conv.shift_add
func.func @kn2row(%x: tensor<1x16x6x6xf32>, %w: tensor<32x16x1x2xf32>, %o: tensor<1x32x6x5xf32>) -> tensor<1x32x6x5xf32> {
  %r = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x16x6x6xf32>, tensor<32x16x1x2xf32>) outs(%o : tensor<1x32x6x5xf32>) schedule<algorithm = kn2row, n_vec = 8, c_ob = 16, w_ob = 3> -> tensor<1x32x6x5xf32>
  return %r : tensor<1x32x6x5xf32>
}

// -----

// On memrefs the operands are wrapped, so that bufferization places the buffers.
// APPLY-LABEL: func.func @memrefs(
// APPLY:         bufferization.to_tensor %arg0 restrict :
// APPLY:         bufferization.to_tensor %arg2 restrict writable :
// APPLY:         bufferization.materialize_in_destination %{{.*}} in restrict writable %arg2
func.func @memrefs(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = im2col, n_vec = 8, c_ob = 16, w_ob = 3>
  return
}
