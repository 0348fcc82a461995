// RUN: conv-opt %s --conv-apply-schedule | FileCheck %s -enable-var-scope

// The dimensions are n, g, ho, wo, k, r, s, c.
// CHECK-DAG: #[[$PADDED:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2 + d5 - 1, d3 * 2 + d6 - 1, d7)>
// CHECK-DAG: #[[$PACKED:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d1, d4 floordiv 16, d5, d6, d7, d4 mod 16)>
// CHECK-DAG: #[[$NHWK:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2, d3, d4)>
// CHECK-DAG: #[[$NCHW:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d7, d2 + d5, d3 + d6)>
// CHECK-DAG: #[[$NKHW:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d4, d2, d3)>
// CHECK-DAG: #[[$DEPTHWISE:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2 + d5, d3 + d6, d4)>
// CHECK-DAG: #[[$GROUPED:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2 + d5, d3 + d6, d1, d7)>
// CHECK-DAG: #[[$NHWGK:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2, d3, d1, d4)>
// CHECK-DAG: #[[$SIMPLE:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2 + d5, d3 + d6, d7)>
// CHECK-DAG: #[[$PLAIN:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d5, d6, d7, d4)>

// The convolution's index is the map of the input, rows before the image are a
// constant in it; the epilogue is carried over; c_ob = 16 makes two blocks of 20
// channels.
// CHECK-LABEL: func.func @nhwc(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x8x8x16xf32>, %[[W:[^:]*]]: tensor<3x3x16x20xf32>, %[[B:[^:]*]]: tensor<20xf32>, %[[R:[^:]*]]: tensor<1x8x4x20xf32>, %[[O:[^:]*]]: tensor<1x8x4x20xf32>)
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<1x2x3x3x16x16xf32>
// CHECK:         %[[P:.*]] = conv.pack_filter rsck ins(%[[W]] : tensor<3x3x16x20xf32>) outs(%[[E]] : tensor<1x2x3x3x16x16xf32>)
// CHECK:         %[[Y:.*]] = conv.contract maps = [#[[$PADDED]], #[[$PACKED]], #[[$NHWK]]] high = [1, 1] store = k_contiguous
// CHECK-SAME:      ins(%[[X]], %[[P]] : {{.*}}) bias(%[[B]] : tensor<20xf32>) residual(%[[R]] : tensor<1x8x4x20xf32>)
// CHECK-SAME:      outs(%[[O]] : tensor<1x8x4x20xf32>) accumulate clamp<lower = 0.000000e+00 : f32>
// CHECK-SAME:      schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4>
// CHECK:         return %[[Y]]
func.func @nhwc(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x16x20xf32>, %b: tensor<20xf32>, %res: tensor<1x8x4x20xf32>, %o: tensor<1x8x4x20xf32>) -> tensor<1x8x4x20xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, strides = [1, 2], dilations = [1, 1], low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x20xf32>) bias(%b : tensor<20xf32>) residual(%res : tensor<1x8x4x20xf32>) outs(%o : tensor<1x8x4x20xf32>) accumulate clamp<lower = 0.0 : f32> schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> -> tensor<1x8x4x20xf32>
  return %r : tensor<1x8x4x20xf32>
}

// Columns are contiguous in the output: tiles are transposed when stored.
// CHECK-LABEL: func.func @nchw(
// CHECK:         conv.pack_filter kcrs
// CHECK:         conv.contract maps = [#[[$NCHW]], #[[$PACKED]], #[[$NKHW]]] store = w_contiguous
func.func @nchw(%x: tensor<1x16x8x8xf32>, %w: tensor<32x16x3x3xf32>, %o: tensor<1x32x6x6xf32>) -> tensor<1x32x6x6xf32> {
  %r = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x16x8x8xf32>, tensor<32x16x3x3xf32>) outs(%o : tensor<1x32x6x6xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> -> tensor<1x32x6x6xf32>
  return %r : tensor<1x32x6x6xf32>
}

// Rows and columns become one dimension, in input and output.
// CHECK-LABEL: func.func @flatten(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x7x7x16xf32>, %{{[^:]*}}: tensor<1x1x16x32xf32>, %[[O:[^:]*]]: tensor<1x7x7x32xf32>)
// CHECK-DAG:     %[[FX:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2], [3]] : tensor<1x7x7x16xf32> into tensor<1x49x16xf32>
// CHECK-DAG:     %[[FO:.*]] = tensor.collapse_shape %[[O]] {{\[\[}}0], [1, 2], [3]] : tensor<1x7x7x32xf32> into tensor<1x49x32xf32>
// CHECK:         %[[Y:.*]] = conv.contract {{.*}} ins(%[[FX]], {{.*}} outs(%[[FO]] : tensor<1x49x32xf32>)
// CHECK:         tensor.expand_shape %[[Y]] {{\[\[}}0], [1, 2], [3]] output_shape [1, 7, 7, 32]
func.func @flatten(%x: tensor<1x7x7x16xf32>, %w: tensor<1x1x16x32xf32>, %o: tensor<1x7x7x32xf32>) -> tensor<1x7x7x32xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x7x7x16xf32>, tensor<1x1x16x32xf32>) outs(%o : tensor<1x7x7x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4, flatten = true> -> tensor<1x7x7x32xf32>
  return %r : tensor<1x7x7x32xf32>
}

// Vectors run over the groups: they take the place of k, in the filter as well.
// CHECK-LABEL: func.func @depthwise(
// CHECK:         conv.pack_filter rsk ins({{.*}}) outs({{.*}} : tensor<1x2x3x3x1x16xf32>)
// CHECK:         conv.contract maps = [#[[$DEPTHWISE]], #[[$PACKED]], #[[$NHWK]]] store = k_contiguous
func.func @depthwise(%x: tensor<1x8x8x32xf32>, %w: tensor<3x3x32xf32>, %o: tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32> {
  %r = conv.conv dims<nhwg x rsg -> nhwg> ins(%x, %w : tensor<1x8x8x32xf32>, tensor<3x3x32xf32>) outs(%o : tensor<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}

// CHECK-LABEL: func.func @groups(
// CHECK:         conv.pack_filter gkcrs ins({{.*}}) outs({{.*}} : tensor<2x1x3x3x16x16xf32>)
// CHECK:         conv.contract maps = [#[[$GROUPED]], #[[$PACKED]], #[[$NHWGK]]] store = k_contiguous
func.func @groups(%x: tensor<1x8x8x2x16xf32>, %w: tensor<2x16x16x3x3xf32>, %o: tensor<1x6x6x2x16xf32>) -> tensor<1x6x6x2x16xf32> {
  %r = conv.conv dims<nhwgc x gkcrs -> nhwgk> ins(%x, %w : tensor<1x8x8x2x16xf32>, tensor<2x16x16x3x3xf32>) outs(%o : tensor<1x6x6x2x16xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> -> tensor<1x6x6x2x16xf32>
  return %r : tensor<1x6x6x2x16xf32>
}

// A plain filter is read in place.
// CHECK-LABEL: func.func @plain(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x8x8x16xf32>, %[[W:[^:]*]]: memref<3x3x16x20xf32>,
// CHECK-NOT:     pack_filter
// CHECK:         conv.contract maps = [#[[$SIMPLE]], #[[$PLAIN]], #[[$NHWK]]] {{.*}} ins(%[[X]], %[[W]] :
func.func @plain(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x20xf32>, %o: memref<1x6x6x20xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x20xf32>) outs(%o : memref<1x6x6x20xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4, filter = plain>
  return
}

// Nobody else frees the packed filter of a convolution on memrefs.
// CHECK-LABEL: func.func @memrefs(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x8x8x16xf32>, %[[W:[^:]*]]: memref<3x3x16x20xf32>, %[[O:[^:]*]]: memref<1x6x6x20xf32>)
// CHECK:         %[[P:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x2x3x3x16x16xf32>
// CHECK:         conv.pack_filter rsck ins(%[[W]] : {{.*}}) outs(%[[P]] : {{.*}})
// CHECK:         conv.contract {{.*}} ins(%[[X]], %[[P]] : {{.*}}) outs(%[[O]] :
// CHECK:         memref.dealloc %[[P]]
func.func @memrefs(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x20xf32>, %o: memref<1x6x6x20xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x20xf32>) outs(%o : memref<1x6x6x20xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4>
  return
}

// Nothing is decided here.
// CHECK-LABEL: func.func @unscheduled(
// CHECK:         conv.conv
func.func @unscheduled(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x20xf32>, %o: memref<1x6x6x20xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x20xf32>) outs(%o : memref<1x6x6x20xf32>)
  return
}

// Unsigned bytes are what the instruction takes: what 128 more of each of them
// adds is taken off by the bias, where it and the filter are known. The weights
// of the two channels sum to 10 and -3.
// CHECK-LABEL: func.func @rebased(
// CHECK:         %[[BIAS:.*]] = arith.constant dense<[-1273, 389]> : tensor<2xi32>
// CHECK:         conv.contract {{.*}} bias(%[[BIAS]] : tensor<2xi32>) {{.*}} fma = avx512vnni_u8> {rebased_input}
// CHECK:         %[[SUMS:.*]] = arith.constant dense<[-1280, 384]> : tensor<2xi32>
// CHECK:         conv.contract {{.*}} bias(%[[SUMS]] : tensor<2xi32>) {{.*}} fma = avx512vnni_u8> {rebased_input}
func.func @rebased(%x: tensor<1x4x4x2xi8>, %o: tensor<1x4x4x2xi32>) -> (tensor<1x4x4x2xi32>, tensor<1x4x4x2xi32>) {
  %w = arith.constant dense<[[[[1, 2], [3, -4]], [[5, -5], [1, 4]]]]> : tensor<1x2x2x2xi8>
  %b = arith.constant dense<[7, 5]> : tensor<2xi32>
  %r = conv.conv dims<nhwc x rsck -> nhwk, high = [0, 1]> ins(%x, %w : tensor<1x4x4x2xi8>, tensor<1x2x2x2xi8>) bias(%b : tensor<2xi32>) outs(%o : tensor<1x4x4x2xi32>)
    schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 4, fma = avx512vnni_u8> -> tensor<1x4x4x2xi32>
  %s = conv.conv dims<nhwc x rsck -> nhwk, high = [0, 1]> ins(%x, %w : tensor<1x4x4x2xi8>, tensor<1x2x2x2xi8>) outs(%o : tensor<1x4x4x2xi32>)
    schedule<algorithm = im2row, n_vec = 16, c_ob = 16, w_ob = 4, fma = avx512vnni_u8> -> tensor<1x4x4x2xi32>
  return %r, %s : tensor<1x4x4x2xi32>, tensor<1x4x4x2xi32>
}

// Otherwise it is summed at run time, before the epilogue.
// CHECK-LABEL: func.func @rebased_argument(
// CHECK-SAME:    %[[W:[^:]*]]: tensor<2x3x3x8xi8>
// CHECK:         %[[SUMS:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "reduction", "reduction"]} ins(%[[W]]
// CHECK:           arith.muli %{{.*}}, %c-128_i32
// CHECK:         conv.contract {{.*}} epilogue(%{{.*}} by {{.*}}, %[[SUMS]] by {{.*}}) {
// CHECK-NEXT:    ^bb0(%[[ACC:.*]]: i32, %{{.*}}: f32, %[[TERM:.*]]: i32):
// CHECK-NEXT:      %[[SUM:.*]] = arith.addi %[[ACC]], %[[TERM]] : i32
// CHECK-NEXT:      arith.sitofp %[[SUM]]
func.func @rebased_argument(%x: tensor<1x4x4x8xi8>, %w: tensor<2x3x3x8xi8>, %m: tensor<2xf32>, %o: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %r = conv.conv dims<nhwc x krsc -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x4x4x8xi8>, tensor<2x3x3x8xi8>)
    outs(%o : tensor<1x4x4x2xf32>) epilogue(%m by affine_map<(n, h, w, k) -> (k)> : tensor<2xf32>) {
    ^bb0(%acc: i32, %scale: f32):
      %f = arith.sitofp %acc : i32 to f32
      %y = arith.mulf %f, %scale : f32
      conv.yield %y : f32
    } schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 4, fma = avx512vnni_u8> -> tensor<1x4x4x2xf32>
  return %r : tensor<1x4x4x2xf32>
}

// Of no padding its value means nothing: vectors of input channels, which count
// no padding, compute it.
// CHECK-LABEL: func.func @value_of_no_padding(
// CHECK:         conv.contract
// CHECK-NOT:       padding_value
// CHECK-SAME:      vector = c
// CHECK:         return
func.func @value_of_no_padding(%x: memref<1x4x4x8xi16>, %w: memref<1x1x8x1xi16>, %o: memref<1x1x4x4xi32>) {
  conv.conv dims<nhwc x rsck -> nkhw> ins(%x, %w : memref<1x4x4x8xi16>, memref<1x1x8x1xi16>) outs(%o : memref<1x1x4x4xi32>) schedule<algorithm = direct, n_vec = 4, vector = c, c_ob = 1, w_ob = 4, fma = i16> {padding_value = 1 : i64}
  return
}
