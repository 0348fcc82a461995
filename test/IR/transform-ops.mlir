// RUN: conv-opt %s | conv-opt | FileCheck %s
// RUN: conv-opt %s --mlir-print-op-generic | conv-opt | FileCheck %s

// CHECK-LABEL: func.func @gathers(
// CHECK:         conv.im2row dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins({{.*}}) outs({{.*}}) -> tensor<1x1x4x4x3x3x2xf32>
// CHECK:         conv.im2col dims<nhwc x rsck -> nhwk> ins({{.*}}) outs({{.*}}) -> tensor<1x1x2x3x3x2x2xf32>
// CHECK:         conv.mec_lower dims<nhwc x rsck -> nhwk> ins({{.*}}) row_origin(%{{.*}}) outs({{.*}}) -> tensor<1x1x2x3x3x2xf32>
// CHECK:         conv.im2win dims<nhwc x rsck -> nhwk> ins({{.*}}) outs({{.*}}) -> tensor<1x1x2x4x3x2xf32>
// CHECK:         conv.im2win dims<nhwc x rsck -> nhwk> channels_first ins({{.*}}) outs({{.*}}) -> tensor<1x1x2x2x4x3xf32>
func.func @gathers(%x: tensor<1x4x4x2xf32>, %row: index, %a: tensor<1x1x4x4x3x3x2xf32>, %b: tensor<1x1x2x3x3x2x2xf32>, %c: tensor<1x1x2x3x3x2xf32>, %d: tensor<1x1x2x4x3x2xf32>, %e: tensor<1x1x2x2x4x3xf32>) {
  %0 = conv.im2row dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x : tensor<1x4x4x2xf32>) outs(%a : tensor<1x1x4x4x3x3x2xf32>) -> tensor<1x1x4x4x3x3x2xf32>
  %1 = conv.im2col dims<nhwc x rsck -> nhwk> ins(%x : tensor<1x4x4x2xf32>) outs(%b : tensor<1x1x2x3x3x2x2xf32>) -> tensor<1x1x2x3x3x2x2xf32>
  %2 = conv.mec_lower dims<nhwc x rsck -> nhwk> ins(%x : tensor<1x4x4x2xf32>) row_origin(%row) outs(%c : tensor<1x1x2x3x3x2xf32>) -> tensor<1x1x2x3x3x2xf32>
  %3 = conv.im2win dims<nhwc x rsck -> nhwk> ins(%x : tensor<1x4x4x2xf32>) outs(%d : tensor<1x1x2x4x3x2xf32>) -> tensor<1x1x2x4x3x2xf32>
  %4 = conv.im2win dims<nhwc x rsck -> nhwk> channels_first ins(%x : tensor<1x4x4x2xf32>) outs(%e : tensor<1x1x2x2x4x3xf32>) -> tensor<1x1x2x2x4x3xf32>
  return
}

// CHECK-LABEL: func.func @memrefs(
// CHECK:         conv.im2row dims<hw x rs -> hw> ins(%{{.*}} : memref<4x4xf32>) outs(%{{.*}} : memref<1x1x2x2x3x3x1xf32>)
func.func @memrefs(%x: memref<4x4xf32>, %a: memref<1x1x2x2x3x3x1xf32>) {
  conv.im2row dims<hw x rs -> hw> ins(%x : memref<4x4xf32>) outs(%a : memref<1x1x2x2x3x3x1xf32>)
  return
}

// CHECK-LABEL: func.func @sums(
// CHECK:         conv.shift_add dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> order = ngpqrsk taps = [0, 2] ins({{.*}}) bias({{.*}}) residual({{.*}}) outs({{.*}}) accumulate clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x4x8xf32>
// CHECK:         conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskhw ins(%{{.*}} : memref<1x1x1x1x8x4x4xf32>) outs(%{{.*}} : memref<1x4x4x8xf32>)
func.func @sums(%t: tensor<1x1x4x4x1x1x8xf32>, %b: tensor<8xf32>, %r: tensor<1x4x4x8xf32>, %o: tensor<1x4x4x8xf32>, %u: memref<1x1x1x1x8x4x4xf32>, %v: memref<1x4x4x8xf32>) {
  %0 = conv.shift_add dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> order = ngpqrsk taps = [0, 2] ins(%t : tensor<1x1x4x4x1x1x8xf32>) bias(%b : tensor<8xf32>) residual(%r : tensor<1x4x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>) accumulate clamp<lower = 0.0 : f32> -> tensor<1x4x4x8xf32>
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskhw ins(%u : memref<1x1x1x1x8x4x4xf32>) outs(%v : memref<1x4x4x8xf32>)
  return
}
