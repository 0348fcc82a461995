// RUN: conv-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s -enable-var-scope

#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>

// Nothing is copied where nothing is read again: all three write in place.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x6x6x4xf32>, %[[W:[^:]*]]: memref<3x3x4x8xf32>, %[[B:[^:]*]]: memref<8xf32>, %[[O:[^:]*]]: memref<1x4x4x8xf32>)
// CHECK-NEXT:    %[[P:.*]] = memref.alloc() {{.*}}: memref<1x1x3x3x4x8xf32>
// CHECK-NEXT:    conv.pack_filter rsck ins(%[[W]] : {{.*}}) outs(%[[P]] : memref<1x1x3x3x4x8xf32>){{$}}
// CHECK-NEXT:    conv.contract maps = {{.*}} ins(%[[X]], %[[P]] : {{.*}}) bias(%[[B]] : memref<8xf32>) outs(%[[O]] : memref<1x4x4x8xf32>) clamp<lower = 0.000000e+00 : f32> schedule<{{.*}}> {note = "kept"}{{$}}
// CHECK-NEXT:    return %[[O]]
func.func @chain(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %b: tensor<8xf32>, %o: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %e = tensor.empty() : tensor<1x1x3x3x4x8xf32>
  %p = conv.pack_filter rsck ins(%w : tensor<3x3x4x8xf32>) outs(%e : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
  %r = conv.contract maps = [#a, #b, #o] store = k_contiguous
    ins(%x, %p : tensor<1x6x6x4xf32>, tensor<1x1x3x3x4x8xf32>) bias(%b : tensor<8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) clamp<lower = 0.0 : f32>
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4> {note = "kept"} -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// An init that is live but not read gets another buffer, and no copy.
// CHECK-LABEL: func.func @live_init(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x6x6x4xf32>, %[[W:[^:]*]]: memref<3x3x4x8xf32>, %[[O:[^:]*]]: memref<1x4x4x8xf32>)
// CHECK:         %[[N:.*]] = memref.alloc()
// CHECK-NOT:     memref.copy
// CHECK:         conv.conv {{.*}} outs(%[[N]] :
// CHECK-NEXT:    return %[[O]], %[[N]]
func.func @live_init(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) -> (tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>) {
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %o, %r : tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>
}

// One that is accumulated into is copied.
// CHECK-LABEL: func.func @live_accumulator(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x6x6x4xf32>, %[[W:[^:]*]]: memref<3x3x4x8xf32>, %[[O:[^:]*]]: memref<1x4x4x8xf32>)
// CHECK:         %[[N:.*]] = memref.alloc()
// CHECK-NEXT:    memref.copy %[[O]], %[[N]]
// CHECK-NEXT:    conv.conv {{.*}} outs(%[[N]] : memref<1x4x4x8xf32>) accumulate
func.func @live_accumulator(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) -> (tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>) {
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>) accumulate -> tensor<1x4x4x8xf32>
  return %o, %r : tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>
}

// The residual may not be the buffer that is written.
// CHECK-LABEL: func.func @residual(
// CHECK-SAME:    %[[O:[^:]*]]: memref<1x4x4x8xf32>) ->
// CHECK:         %[[N:.*]] = memref.alloc()
// CHECK-NOT:     memref.copy
// CHECK:         conv.conv {{.*}} residual(%[[O]] : {{.*}}) outs(%[[N]] :
func.func @residual(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) residual(%o : tensor<1x4x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// The dialect's operations on memrefs are left alone.
// CHECK-LABEL: func.func @memrefs(
// CHECK-NEXT:    conv.pack_filter
// CHECK-NEXT:    return
func.func @memrefs(%m: memref<2x2xf32>, %p: memref<1x1x1x1x2x2xf32>) {
  conv.pack_filter kc ins(%m : memref<2x2xf32>) outs(%p : memref<1x1x1x1x2x2xf32>)
  return
}
