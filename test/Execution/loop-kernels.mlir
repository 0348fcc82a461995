// A kernel of loops that is compiled by itself needs no dialect but those that its
// passes name: an upsampled image has no operation of `index` or `ub`.

// RUN: conv-opt %s --conv-to-llvm=cpu=native --mlir-print-ir-after=conv-outline-kernels -o /dev/null 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: conv-bench %s --module-only --rounds 1 | FileCheck %s
// KERNEL: call @generic_1x32x32x32_
// CHECK: conv-opt {{.*}} ms

#id = affine_map<(a, b, c, d) -> (a, b, c, d)>
func.func @main(%x: tensor<1x16x16x32xf32>) -> tensor<1x28x28x32xf32> {
  %w = arith.constant dense<0.125> : tensor<1x1x32x32xf32>
  %v = arith.constant dense<0.125> : tensor<3x3x32x32xf32>
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x16x32xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x16x16x32xf32>) -> tensor<1x16x16x32xf32>
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x16x16x32xf32>, tensor<1x1x32x32xf32>) outs(%f : tensor<1x16x16x32xf32>) -> tensor<1x16x16x32xf32>
  %ue = tensor.empty() : tensor<1x32x32x32xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b floordiv 2, c floordiv 2, d)>, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%y : tensor<1x16x16x32xf32>) outs(%ue : tensor<1x32x32x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x32x32x32xf32>
  %re = tensor.empty() : tensor<1x28x28x32xf32>
  %rf = linalg.fill ins(%z : f32) outs(%re : tensor<1x28x28x32xf32>) -> tensor<1x28x28x32xf32>
  %r = linalg.conv_2d_nhwc_hwcf {dilations = dense<2> : tensor<2xi64>} ins(%u, %v : tensor<1x32x32x32xf32>, tensor<3x3x32x32xf32>) outs(%rf : tensor<1x28x28x32xf32>) -> tensor<1x28x28x32xf32>
  return %r : tensor<1x28x28x32xf32>
}
