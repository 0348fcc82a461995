// RUN: conv-opt %s --conv-raise | FileCheck %s -enable-var-scope

// What a convolution starts from.

#id = affine_map<(n, w, k) -> (n, w, k)>
#k = affine_map<(n, w, k) -> (k)>
#in_place = {indexing_maps = [#k, #id], iterator_types = ["parallel", "parallel", "parallel"]}

// CHECK-LABEL: func @init_fill
// CHECK-NEXT: %[[E:.*]] = tensor.empty()
// CHECK-NEXT: conv.conv {{.*}} outs(%[[E]] : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
func.func @init_fill(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// An undefined init is not worth reading.
// CHECK-LABEL: func @init_empty
// CHECK-NEXT: %[[E:.*]] = tensor.empty()
// CHECK-NEXT: conv.conv {{.*}} outs(%[[E]] : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
func.func @init_empty(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @init_constant
// CHECK: tensor.empty()
// CHECK-NEXT: conv.conv {{.*}} outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
func.func @init_constant(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = arith.constant dense<0.0> : tensor<1x4x8xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @init_one
// CHECK: linalg.fill
// CHECK-NEXT: conv.conv {{.*}} outs(%{{.*}} : tensor<1x4x8xf32>) accumulate -> tensor<1x4x8xf32>
func.func @init_one(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 1.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @init_broadcast
// CHECK-SAME: %[[B:[^:]*]]: tensor<8xf32>
// CHECK-NEXT: %[[E:.*]] = tensor.empty()
// CHECK-NEXT: conv.conv {{.*}} bias(%[[B]] : tensor<8xf32>) outs(%[[E]] : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
func.func @init_broadcast(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %f = linalg.broadcast ins(%b : tensor<8xf32>) outs(%e : tensor<1x4x8xf32>) dimensions = [0, 1]
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @init_generic
// CHECK-SAME: %[[B:[^:]*]]: tensor<8xf32>
// CHECK: conv.conv {{.*}} bias(%[[B]] : tensor<8xf32>) outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
func.func @init_generic(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %f = linalg.generic #in_place ins(%b : tensor<8xf32>) outs(%e : tensor<1x4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x4x8xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// Not along the channels.
// CHECK-LABEL: func @init_columns
// CHECK: linalg.broadcast
// CHECK: conv.conv {{.*}} outs(%{{.*}} : tensor<1x4x8xf32>) accumulate
func.func @init_columns(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<4xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %f = linalg.broadcast ins(%b : tensor<4xf32>) outs(%e : tensor<1x4x8xf32>) dimensions = [0, 2]
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// Groups: the bias was broadcast before they were split off.
// CHECK-LABEL: func @init_grouped
// CHECK-SAME: %[[B:[^:]*]]: tensor<16xf32>
// CHECK: %[[G:.*]] = tensor.expand_shape %[[B]] {{\[}}[0, 1]] output_shape [2, 8] : tensor<16xf32> into tensor<2x8xf32>
// CHECK: conv.conv dims<ngchw x gkcrs -> ngkhw> {{.*}} bias(%[[G]] : tensor<2x8xf32>) outs(%{{.*}} : tensor<1x2x8x4x4xf32>) -> tensor<1x2x8x4x4xf32>
func.func @init_grouped(%x: tensor<1x2x4x6x6xf32>, %w: tensor<2x8x4x3x3xf32>, %b: tensor<16xf32>) -> tensor<1x2x8x4x4xf32> {
  %e = tensor.empty() : tensor<1x16x4x4xf32>
  %f = linalg.broadcast ins(%b : tensor<16xf32>) outs(%e : tensor<1x16x4x4xf32>) dimensions = [0, 2, 3]
  %i = tensor.expand_shape %f [[0], [1, 2], [3], [4]] output_shape [1, 2, 8, 4, 4] : tensor<1x16x4x4xf32> into tensor<1x2x8x4x4xf32>
  %r = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x2x4x6x6xf32>, tensor<2x8x4x3x3xf32>) outs(%i : tensor<1x2x8x4x4xf32>) -> tensor<1x2x8x4x4xf32>
  return %r : tensor<1x2x8x4x4xf32>
}

// Depthwise: one channel per group, the bias has the groups.
// CHECK-LABEL: func @init_depthwise
// CHECK: conv.conv dims<nwg x sg -> nwg> {{.*}} bias(%{{.*}} : tensor<8xf32>)
func.func @init_depthwise(%x: tensor<1x6x8xf32>, %w: tensor<3x8xf32>, %b: tensor<8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %f = linalg.broadcast ins(%b : tensor<8xf32>) outs(%e : tensor<1x4x8xf32>) dimensions = [0, 1]
  %r = linalg.depthwise_conv_1d_nwc_wc ins(%x, %w : tensor<1x6x8xf32>, tensor<3x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
