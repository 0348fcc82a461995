// What a convolution of three dimensions costs to recognise does not depend on how
// many slices it has, and how much code it becomes is bounded.

// RUN: conv-opt %s --conv-raise --canonicalize -verify-diagnostics | FileCheck %s

// Slices at both ends meet no tap of the padding; all others are one loop.
// CHECK-LABEL: func @deep(
// CHECK-COUNT-2: conv.conv
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step
// CHECK-COUNT-3: conv.conv
// CHECK: tensor.extract_slice %{{.*}}[0, 1999999999, 0, 0, 0]
// CHECK-COUNT-2: conv.conv
// CHECK-NOT: conv.conv
// CHECK: return
func.func @deep(%x: tensor<1x2000000000x4x4x2xf32>, %w: tensor<3x3x3x2x2xf32>, %o: tensor<1x2000000000x2x2x2xf32>) -> tensor<1x2000000000x2x2x2xf32> {
  %z = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 0, 0, 0] high[0, 1, 0, 0, 0] {
  ^bb0(%a0: index, %a1: index, %a2: index, %a3: index, %a4: index):
    tensor.yield %z : f32
  } : tensor<1x2000000000x4x4x2xf32> to tensor<1x2000000002x4x4x2xf32>
  %r = linalg.conv_3d_ndhwc_dhwcf ins(%p, %w : tensor<1x2000000002x4x4x2xf32>, tensor<3x3x3x2x2xf32>) outs(%o : tensor<1x2000000000x2x2x2xf32>) -> tensor<1x2000000000x2x2x2xf32>
  return %r : tensor<1x2000000000x2x2x2xf32>
}

// CHECK-LABEL: func @taps(
// CHECK: linalg.conv_3d_ndhwc_dhwcf
func.func @taps(%x: tensor<1x2000x4x4x2xf32>, %w: tensor<1999x3x3x2x2xf32>, %o: tensor<1x2x2x2x2xf32>) -> tensor<1x2x2x2x2xf32> {
  // expected-warning @+1 {{left to the plain lowering: it has more than two image dimensions}}
  %r = linalg.conv_3d_ndhwc_dhwcf ins(%x, %w : tensor<1x2000x4x4x2xf32>, tensor<1999x3x3x2x2xf32>) outs(%o : tensor<1x2x2x2x2xf32>) -> tensor<1x2x2x2x2xf32>
  return %r : tensor<1x2x2x2x2xf32>
}
