// RUN: conv-opt %s | conv-opt | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --mlir-print-op-generic | conv-opt | FileCheck %s -enable-var-scope

// CHECK: #[[$A:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2 + d5 - 1, d3 + d6 - 1, d7)>

// CHECK-LABEL: func.func @conv(
// CHECK-NEXT:    conv.conv dims<nhwc x rsck -> nhwk> ins(%{{.*}}, %{{.*}} : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%{{.*}} : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
func.func @conv(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// CHECK-LABEL: func.func @conv_all(
// CHECK-NEXT:    conv.conv dims<nchw x kcrs -> nkhw, strides = [2, 2], low = [1, 1], high = [1, 1]> ins(%{{.*}}, %{{.*}} : memref<?x4x8x8xf32>, memref<8x4x3x3xf32>)
// CHECK-SAME:    bias(%{{.*}} : memref<8xf32>) residual(%{{.*}} : memref<?x8x4x4xf32>) outs(%{{.*}} : memref<?x8x4x4xf32>)
// CHECK-SAME:    accumulate clamp<lower = 0.000000e+00 : f32> schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4> {note = "kept"}
func.func @conv_all(%x: memref<?x4x8x8xf32>, %w: memref<8x4x3x3xf32>, %b: memref<8xf32>, %z: memref<?x8x4x4xf32>, %o: memref<?x8x4x4xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw, strides = [2, 2], low = [1, 1], high = [1, 1]>
    ins(%x, %w : memref<?x4x8x8xf32>, memref<8x4x3x3xf32>) bias(%b : memref<8xf32>)
    residual(%z : memref<?x8x4x4xf32>) outs(%o : memref<?x8x4x4xf32>) accumulate
    clamp<lower = 0.0 : f32> schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
    {note = "kept"}
  return
}

// An output of fewer rows than the window fits is legal, and so is an empty one.
// CHECK-LABEL: func.func @conv_partial(
// CHECK:         conv.conv
// CHECK:         conv.conv
func.func @conv_partial(%x: memref<8x8xf32>, %w: memref<3x3xf32>, %o: memref<4x6xf32>, %e: memref<0x6xf32>) {
  conv.conv dims<hw x rs -> hw> ins(%x, %w : memref<8x8xf32>, memref<3x3xf32>) outs(%o : memref<4x6xf32>)
  conv.conv dims<hw x rs -> hw> ins(%x, %w : memref<8x8xf32>, memref<3x3xf32>) outs(%e : memref<0x6xf32>)
  return
}

// CHECK-LABEL: func.func @pack_filter(
// CHECK-NEXT:    conv.pack_filter rsck ins(%{{.*}} : tensor<3x3x64x50xf32>) outs(%{{.*}} : tensor<1x2x3x3x64x32xf32>) -> tensor<1x2x3x3x64x32xf32>
// CHECK-NEXT:    conv.pack_filter gk ins(%{{.*}} : memref<2x5xf32>) outs(%{{.*}} : memref<2x2x1x1x1x4xf32>)
// CHECK-NEXT:    conv.pack_filter kc c_pack = 4 ins(%{{.*}} : memref<2x5xf32>) outs(%{{.*}} : memref<1x1x1x1x2x2x4xf32>)
func.func @pack_filter(%w: tensor<3x3x64x50xf32>, %e: tensor<1x2x3x3x64x32xf32>, %m: memref<2x5xf32>, %o: memref<2x2x1x1x1x4xf32>, %p: memref<1x1x1x1x2x2x4xf32>) -> tensor<1x2x3x3x64x32xf32> {
  %r = conv.pack_filter rsck ins(%w : tensor<3x3x64x50xf32>) outs(%e : tensor<1x2x3x3x64x32xf32>) -> tensor<1x2x3x3x64x32xf32>
  conv.pack_filter gk ins(%m : memref<2x5xf32>) outs(%o : memref<2x2x1x1x1x4xf32>)
  conv.pack_filter kc c_pack = 4 ins(%m : memref<2x5xf32>) outs(%p : memref<1x1x1x1x2x2x4xf32>)
  return %r : tensor<1x2x3x3x64x32xf32>
}

#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r - 1, wo + s - 1, c)>
#packed = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#packed2 = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c floordiv 2, k mod 8, c mod 2)>
#plain = affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>
#depthwise_a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, k)>
#depthwise_b = affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, k)>
#planes = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, k, ho, wo)>

// CHECK-LABEL: func.func @contract(
// CHECK:         conv.contract maps = [#[[$A]], #{{.*}}, #{{.*}}] store = k_contiguous ins(%{{.*}}, %{{.*}} : memref<1x8x8x4xf32>, memref<1x2x3x3x4x8xf32>) outs(%{{.*}} : memref<1x8x8x16xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
// CHECK:         conv.contract maps = {{.*}} row_origin(%{{.*}}) bias(%{{.*}} : memref<16xf32>) residual(%{{.*}} : memref<1x8x8x16xf32>) outs(%{{.*}}) accumulate clamp<upper = 6.000000e+00 : f32> schedule<{{.*}}> {note}
// CHECK:         conv.contract maps = {{.*}} store = element
// CHECK:         conv.contract maps = {{.*}} store = k_contiguous c_pack = 2
// CHECK:         conv.contract maps = {{.*}} store = k_contiguous
// CHECK:         conv.contract maps = {{.*}} row_origin(%{{.*}}) beside(%{{.*}} : memref<1x16x8x8xf32>) bias(%{{.*}} : memref<16xf32>) outs(
func.func @contract(%x: memref<1x8x8x4xf32>, %p: memref<1x2x3x3x4x8xf32>, %p2: memref<1x2x3x3x2x8x2xf32>, %w: memref<3x3x4x16xf32>,
                    %b: memref<16xf32>, %z: memref<1x8x8x16xf32>, %i: index, %o: memref<1x8x8x16xf32>,
                    %dx: memref<1x10x10x16xf32>, %dw: memref<3x3x16xf32>,
                    %even: memref<1x16x8x8xf32>, %odd: memref<1x16x8x8xf32, strided<[2048, 128, 16, 2], offset: 1>>) {
  conv.contract maps = [#a, #packed, #o] high = [1, 1] store = k_contiguous
    ins(%x, %p : memref<1x8x8x4xf32>, memref<1x2x3x3x4x8xf32>) outs(%o : memref<1x8x8x16xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  conv.contract maps = [#a, #packed, #o] high = [1, 1] store = k_contiguous
    ins(%x, %p : memref<1x8x8x4xf32>, memref<1x2x3x3x4x8xf32>) row_origin(%i)
    bias(%b : memref<16xf32>) residual(%z : memref<1x8x8x16xf32>) outs(%o : memref<1x8x8x16xf32>)
    accumulate clamp<upper = 6.0 : f32>
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4> {note}
  conv.contract maps = [#a, #plain, #o] high = [1, 1] store = element
    ins(%x, %w : memref<1x8x8x4xf32>, memref<3x3x4x16xf32>) outs(%o : memref<1x8x8x16xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  conv.contract maps = [#a, #packed2, #o] high = [1, 1] store = k_contiguous c_pack = 2
    ins(%x, %p2 : memref<1x8x8x4xf32>, memref<1x2x3x3x2x8x2xf32>) outs(%o : memref<1x8x8x16xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  conv.contract maps = [#depthwise_a, #depthwise_b, #o] store = k_contiguous
    ins(%dx, %dw : memref<1x10x10x16xf32>, memref<3x3x16xf32>) outs(%o : memref<1x8x8x16xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  conv.contract maps = [#a, #packed, #planes] high = [1, 1] store = w_contiguous
    ins(%x, %p : memref<1x8x8x4xf32>, memref<1x2x3x3x4x8xf32>) row_origin(%i) beside(%even : memref<1x16x8x8xf32>)
    bias(%b : memref<16xf32>) outs(%odd : memref<1x16x8x8xf32, strided<[2048, 128, 16, 2], offset: 1>>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// CHECK-LABEL: func.func @opaque(
// CHECK-NEXT:    conv.opaque %{{[a-z0-9]+$}}
func.func @opaque(%i: index) -> index {
  %0 = conv.opaque %i
  return %0 : index
}

// Integers may be padded with others than zero, and taken as unsigned ones.
// CHECK-LABEL: func.func @bytes(
// CHECK:         conv.conv {{.*}} {padding_value = 200 : i64, unsigned_input}
// CHECK:         conv.contract {{.*}} {padding_value = -5 : i64, rebased_input}
func.func @bytes(%x: memref<1x8x8x4xi8>, %w: memref<3x3x4x16xi8>, %o: memref<1x8x8x16xi32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x8x8x4xi8>, memref<3x3x4x16xi8>)
    outs(%o : memref<1x8x8x16xi32>) {unsigned_input, padding_value = 200 : i64}
  conv.contract maps = [#a, #plain, #o] high = [1, 1] store = k_contiguous
    ins(%x, %w : memref<1x8x8x4xi8>, memref<3x3x4x16xi8>) outs(%o : memref<1x8x8x16xi32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 1, filter = plain> {rebased_input, padding_value = -5 : i64}
  return
}
