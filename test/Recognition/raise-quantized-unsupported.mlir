// RUN: conv-opt %s --conv-raise -verify-diagnostics | FileCheck %s

// Products with zero points of each channel are no product of integers less one
// number.
// CHECK-LABEL: func @zero_points
// CHECK: conv.conv {{.*}} : tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>)
#id = affine_map<(a, b, c, d) -> (a, b, c, d)>
#k = affine_map<(a, b, c, d) -> (a)>
func.func @zero_points(%x: tensor<1x4x4x2xi8>) -> tensor<1x4x4x3xf32> {
  %w = arith.constant dense<[[[[1, 2]]], [[[3, 0]]], [[[-3, 5]]]]> : tensor<3x1x1x2xi8>
  %z = arith.constant dense<[1, 2, 3]> : tensor<3xi64>
  %ex = tensor.empty() : tensor<1x4x4x2xf32>
  %dx = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<1x4x4x2xi8>) outs(%ex : tensor<1x4x4x2xf32>) {
  ^bb0(%i: i8, %o: f32):
    %s = arith.constant 0.5 : f32
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<1x4x4x2xf32>
  %ew = tensor.empty() : tensor<3x1x1x2xf32>
  %dw = linalg.generic {indexing_maps = [#id, #k, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%w, %z : tensor<3x1x1x2xi8>, tensor<3xi64>) outs(%ew : tensor<3x1x1x2xf32>) {
  ^bb0(%i: i8, %j: i64, %o: f32):
    %s = arith.constant 0.125 : f32
    %0 = arith.extsi %i : i8 to i64
    %1 = arith.subi %0, %j : i64
    %2 = arith.sitofp %1 : i64 to f32
    %3 = arith.mulf %2, %s : f32
    linalg.yield %3 : f32
  } -> tensor<3x1x1x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x4x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  // expected-warning @below {{quantised convolution is computed in f32: its filter has a zero point for each channel}}
  %y = linalg.conv_2d_nhwc_fhwc ins(%dx, %dw : tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) outs(%f : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  return %y : tensor<1x4x4x3xf32>
}

// Only bytes are computed on integers.
// CHECK-LABEL: func @sixteen_bits
// CHECK: conv.conv {{.*}} : tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>)
func.func @sixteen_bits(%x: tensor<1x4x4x2xi16>) -> tensor<1x4x4x3xf32> {
  %w = arith.constant dense<[[[[1, 2]]], [[[3, 0]]], [[[-3, 5]]]]> : tensor<3x1x1x2xi8>
  %ex = tensor.empty() : tensor<1x4x4x2xf32>
  %dx = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<1x4x4x2xi16>) outs(%ex : tensor<1x4x4x2xf32>) {
  ^bb0(%i: i16, %o: f32):
    %s = arith.constant 0.5 : f32
    %0 = arith.sitofp %i : i16 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<1x4x4x2xf32>
  %ew = tensor.empty() : tensor<3x1x1x2xf32>
  %dw = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%w : tensor<3x1x1x2xi8>) outs(%ew : tensor<3x1x1x2xf32>) {
  ^bb0(%i: i8, %o: f32):
    %s = arith.constant 0.125 : f32
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<3x1x1x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x4x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  // expected-warning @below {{quantised convolution is computed in f32: its input is of i16, only bytes are computed on integers}}
  %y = linalg.conv_2d_nhwc_fhwc ins(%dx, %dw : tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) outs(%f : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  return %y : tensor<1x4x4x3xf32>
}
