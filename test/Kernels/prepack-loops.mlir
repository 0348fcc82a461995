// A filter that is there before a loop is packed before it; one of the loop is
// not.

// RUN: conv-opt %s --conv-prepack | FileCheck %s

// CHECK-LABEL: func @outside
// CHECK: conv.pack_filter
// CHECK: scf.for
// CHECK-NOT: conv.pack_filter
// CHECK: scf.yield
// CHECK-LABEL: func @inside
// CHECK: scf.for
// CHECK: tensor.extract_slice
// CHECK: conv.pack_filter
func.func @outside(%w: tensor<3x3x4x8xf32>, %n: index, %o: tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %o) -> tensor<1x1x3x3x4x8xf32> {
    %e = tensor.empty() : tensor<1x1x3x3x4x8xf32>
    %p = conv.pack_filter rsck ins(%w : tensor<3x3x4x8xf32>) outs(%e : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
    scf.yield %p : tensor<1x1x3x3x4x8xf32>
  }
  return %r : tensor<1x1x3x3x4x8xf32>
}
func.func @inside(%w: tensor<?x3x3x4x8xf32>, %n: index, %o: tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %o) -> tensor<1x1x3x3x4x8xf32> {
    %s = tensor.extract_slice %w[%i, 0, 0, 0, 0] [1, 3, 3, 4, 8] [1, 1, 1, 1, 1] : tensor<?x3x3x4x8xf32> to tensor<3x3x4x8xf32>
    %e = tensor.empty() : tensor<1x1x3x3x4x8xf32>
    %p = conv.pack_filter rsck ins(%s : tensor<3x3x4x8xf32>) outs(%e : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
    scf.yield %p : tensor<1x1x3x3x4x8xf32>
  }
  return %r : tensor<1x1x3x3x4x8xf32>
}
