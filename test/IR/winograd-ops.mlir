// RUN: conv-opt %s | conv-opt | FileCheck %s
// RUN: conv-opt %s --mlir-print-op-generic | conv-opt | FileCheck %s

// CHECK-LABEL: func.func @tensors(
// CHECK:         conv.pack_filter rsck winograd = [4, 2] ins({{.*}}) outs({{.*}}) -> tensor<1x2x24x1x1x1x5x8xf32>
// CHECK:         conv.winograd_input dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> tile = [4, 2] tiles = [1, 4] lanes = 8 ins(%{{.*}} : tensor<1x8x8x5xf32>) row_origin(%{{.*}}) outs(%{{.*}} : tensor<24x5x8xf32>) -> tensor<24x5x8xf32>
// CHECK:         conv.winograd_output dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> tile = [4, 2] tiles = [1, 4] lanes = 8 ins(%{{.*}} : tensor<24x4x8xf32>) bias(%{{.*}} : tensor<8xf32>) outs(%{{.*}} : tensor<1x4x8x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8x8xf32>
func.func @tensors(%x: tensor<1x8x8x5xf32>, %w: tensor<3x3x5x12xf32>, %p: tensor<1x2x24x1x1x1x5x8xf32>, %row: index, %v: tensor<24x5x8xf32>, %m: tensor<24x4x8xf32>, %b: tensor<8xf32>, %o: tensor<1x4x8x8xf32>) {
  %0 = conv.pack_filter rsck winograd = [4, 2] ins(%w : tensor<3x3x5x12xf32>) outs(%p : tensor<1x2x24x1x1x1x5x8xf32>) -> tensor<1x2x24x1x1x1x5x8xf32>
  %1 = conv.winograd_input dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> tile = [4, 2] tiles = [1, 4] lanes = 8 ins(%x : tensor<1x8x8x5xf32>) row_origin(%row) outs(%v : tensor<24x5x8xf32>) -> tensor<24x5x8xf32>
  %2 = conv.winograd_output dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> tile = [4, 2] tiles = [1, 4] lanes = 8 ins(%m : tensor<24x4x8xf32>) bias(%b : tensor<8xf32>) outs(%o : tensor<1x4x8x8xf32>) clamp<lower = 0.0 : f32> -> tensor<1x4x8x8xf32>
  return
}

// CHECK-LABEL: func.func @memrefs(
// CHECK:         conv.winograd_input dims<hwc x rsck -> hwk> tile = [2, 2] tiles = [2, 2] lanes = 4 ins(%{{.*}} : memref<5x6x4xf32>) outs(%{{.*}} : memref<16x4x4xf32>)
// CHECK:         conv.winograd_output dims<hwc x rsck -> hwk> tile = [2, 2] tiles = [2, 2] lanes = 4 stored ins(%{{.*}} : memref<16x4x3xf32>) residual(%{{.*}} : memref<3x4x3xf32>) outs(%{{.*}} : memref<3x4x3xf32>) accumulate
func.func @memrefs(%x: memref<5x6x4xf32>, %v: memref<16x4x4xf32>, %m: memref<16x4x3xf32>, %r: memref<3x4x3xf32>, %o: memref<3x4x3xf32>) {
  conv.winograd_input dims<hwc x rsck -> hwk> tile = [2, 2] tiles = [2, 2] lanes = 4 ins(%x : memref<5x6x4xf32>) outs(%v : memref<16x4x4xf32>)
  conv.winograd_output dims<hwc x rsck -> hwk> tile = [2, 2] tiles = [2, 2] lanes = 4 stored ins(%m : memref<16x4x3xf32>) residual(%r : memref<3x4x3xf32>) outs(%o : memref<3x4x3xf32>) accumulate
  return
}
