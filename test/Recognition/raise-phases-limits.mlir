// More phases than networks have are no code of their own: the zeros are
// multiplied.

// RUN: conv-opt %s --conv-raise=require --canonicalize | FileCheck %s

// CHECK-LABEL: func @far(
// CHECK: %[[Z:.*]] = tensor.insert_slice
// CHECK: conv.conv {{.*}} ins(%[[Z]],
// CHECK-NOT: conv.conv
// CHECK: return
func.func @far(%x: tensor<1x4x5x6xf32>, %w: tensor<8x4x3x3xf32>) -> tensor<1x8x4001x5001xf32> {
  %z = arith.constant 0.0 : f32
  %ze = tensor.empty() : tensor<1x4x4003x5003xf32>
  %zf = linalg.fill ins(%z : f32) outs(%ze : tensor<1x4x4003x5003xf32>) -> tensor<1x4x4003x5003xf32>
  %zi = tensor.insert_slice %x into %zf[0, 0, 1, 1] [1, 4, 5, 6] [1, 1, 1000, 1000] : tensor<1x4x5x6xf32> into tensor<1x4x4003x5003xf32>
  %e = tensor.empty() : tensor<1x8x4001x5001xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x8x4001x5001xf32>) -> tensor<1x8x4001x5001xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%zi, %w : tensor<1x4x4003x5003xf32>, tensor<8x4x3x3xf32>) outs(%f : tensor<1x8x4001x5001xf32>) -> tensor<1x8x4001x5001xf32>
  return %r : tensor<1x8x4001x5001xf32>
}
