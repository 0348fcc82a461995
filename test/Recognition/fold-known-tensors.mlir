// RUN: conv-opt %s --conv-raise | FileCheck %s -enable-var-scope

#id = affine_map<(a, b, c, d) -> (a, b, c, d)>
#k = affine_map<(a, b, c, d) -> (d)>

// Weights stored as integers with a scale for each channel.
// CHECK-LABEL: func @scaled
// CHECK-NOT: linalg.generic
// CHECK: %[[W:.*]] = arith.constant dense<{{.*}}[5.000000e-01, -5.000000e-01], [1.500000e+00, 3.175000e+01]{{.*}}> : tensor<1x1x2x2xf32>
// CHECK: conv.conv {{.*}} ins(%{{.*}}, %[[W]]
func.func @scaled(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %w = arith.constant dense<[[[[1, -2], [3, 127]]]]> : tensor<1x1x2x2xi8>
  %s = arith.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x1x2x2xf32>
  %d = linalg.generic {indexing_maps = [#id, #k, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%w, %s : tensor<1x1x2x2xi8>, tensor<2xf32>) outs(%e : tensor<1x1x2x2xf32>) {
  ^bb0(%i: i8, %f: f32, %o: f32):
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %f : f32
    linalg.yield %1 : f32
  } -> tensor<1x1x2x2xf32>
  %zero = arith.constant 0.0 : f32
  %ey = tensor.empty() : tensor<1x4x4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%ey : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %d : tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>) outs(%f : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %y : tensor<1x4x4x2xf32>
}

// Rounded to bf16 at compile time, ties to even.
// CHECK-LABEL: func @rounded
// CHECK-NOT: linalg.generic
// CHECK: arith.constant dense<{{.*}}1.000000e+00{{.*}}1.015630e+00{{.*}}> : tensor<1x1x2x1xbf16>
// CHECK: conv.conv
func.func @rounded(%x: tensor<1x4x4x2xbf16>) -> tensor<1x4x4x1xf32> {
  %w = arith.constant dense<[[[[1.00390625], [1.01171875]]]]> : tensor<1x1x2x1xf32>
  %e = tensor.empty() : tensor<1x1x2x1xbf16>
  %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%w : tensor<1x1x2x1xf32>) outs(%e : tensor<1x1x2x1xbf16>) {
  ^bb0(%i: f32, %o: bf16):
    %0 = arith.truncf %i : f32 to bf16
    linalg.yield %0 : bf16
  } -> tensor<1x1x2x1xbf16>
  %zero = arith.constant 0.0 : f32
  %ey = tensor.empty() : tensor<1x4x4x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%ey : tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %d : tensor<1x4x4x2xbf16>, tensor<1x1x2x1xbf16>) outs(%f : tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  return %y : tensor<1x4x4x1xf32>
}
