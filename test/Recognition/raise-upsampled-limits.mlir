// Images whose pixels are repeated and which are convolved as they are then: the
// sums would round more, or it does not pay.

// RUN: conv-opt %s --conv-raise=require --remarks-filter=conv --canonicalize --cse -verify-diagnostics | FileCheck %s

// Infinity less infinity is NaN.
// CHECK-LABEL: func @infinite(
// CHECK: %[[U:.*]] = linalg.generic
// CHECK: conv.conv {{.*}} ins(%[[U]], %{{.*}} : tensor<1x80x2xf32>, tensor<3x2x4xf32>)
// CHECK-NOT: conv.conv
func.func @infinite(%x: tensor<1x40x2xf32>) -> tensor<1x78x4xf32> {
  %w = arith.constant dense<0x7F800000> : tensor<3x2x4xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x80x2xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(n, w, c) -> (n, w floordiv 2, c)>, affine_map<(n, w, c) -> (n, w, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<1x40x2xf32>) outs(%ue : tensor<1x80x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x80x2xf32>
  %e = tensor.empty() : tensor<1x78x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  %y = linalg.conv_1d_nwc_wcf ins(%u, %w : tensor<1x80x2xf32>, tensor<3x2x4xf32>) outs(%f : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  return %y : tensor<1x78x4xf32>
}

// Sums beyond the largest number.
// CHECK-LABEL: func @large(
// CHECK: %[[U:.*]] = linalg.generic
// CHECK: conv.conv {{.*}} ins(%[[U]], %{{.*}} : tensor<1x80x2xf32>, tensor<3x2x4xf32>)
// CHECK-NOT: conv.conv
func.func @large(%x: tensor<1x40x2xf32>) -> tensor<1x78x4xf32> {
  %w = arith.constant dense<3.0e+38> : tensor<3x2x4xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x80x2xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(n, w, c) -> (n, w floordiv 2, c)>, affine_map<(n, w, c) -> (n, w, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<1x40x2xf32>) outs(%ue : tensor<1x80x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x80x2xf32>
  %e = tensor.empty() : tensor<1x78x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  %y = linalg.conv_1d_nwc_wcf ins(%u, %w : tensor<1x80x2xf32>, tensor<3x2x4xf32>) outs(%f : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  return %y : tensor<1x78x4xf32>
}

// Sums of weights would be rounded to bf16.
// CHECK-LABEL: func @narrow(
// CHECK: %[[U:.*]] = linalg.generic
// CHECK: conv.conv {{.*}} ins(%[[U]], %{{.*}} : tensor<1x80x2xbf16>, tensor<3x2x4xbf16>)
// CHECK-NOT: conv.conv
func.func @narrow(%x: tensor<1x40x2xbf16>) -> tensor<1x78x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x2x4xbf16>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x80x2xbf16>
  %u = linalg.generic {indexing_maps = [affine_map<(n, w, c) -> (n, w floordiv 2, c)>, affine_map<(n, w, c) -> (n, w, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<1x40x2xbf16>) outs(%ue : tensor<1x80x2xbf16>) {
  ^bb0(%a: bf16, %o: bf16):
    linalg.yield %a : bf16
  } -> tensor<1x80x2xbf16>
  %e = tensor.empty() : tensor<1x78x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  %y = linalg.conv_1d_nwc_wcf ins(%u, %w : tensor<1x80x2xbf16>, tensor<3x2x4xbf16>) outs(%f : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  return %y : tensor<1x78x4xf32>
}

// Sums of weights would leave a byte.
// CHECK-LABEL: func @bytes(
// CHECK: %[[U:.*]] = linalg.generic
// CHECK: conv.conv {{.*}} ins(%[[U]], %{{.*}} : tensor<1x80x2xi8>, tensor<3x2x4xi8>)
// CHECK-NOT: conv.conv
func.func @bytes(%x: tensor<1x40x2xi8>) -> tensor<1x78x4xi32> {
  %w = arith.constant dense<100> : tensor<3x2x4xi8>
  %z = arith.constant 0 : i32
  %ue = tensor.empty() : tensor<1x80x2xi8>
  %u = linalg.generic {indexing_maps = [affine_map<(n, w, c) -> (n, w floordiv 2, c)>, affine_map<(n, w, c) -> (n, w, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<1x40x2xi8>) outs(%ue : tensor<1x80x2xi8>) {
  ^bb0(%a: i8, %o: i8):
    linalg.yield %a : i8
  } -> tensor<1x80x2xi8>
  %e = tensor.empty() : tensor<1x78x4xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<1x78x4xi32>) -> tensor<1x78x4xi32>
  %y = linalg.conv_1d_nwc_wcf ins(%u, %w : tensor<1x80x2xi8>, tensor<3x2x4xi8>) outs(%f : tensor<1x78x4xi32>) -> tensor<1x78x4xi32>
  return %y : tensor<1x78x4xi32>
}

// No pixel meets two taps.
// CHECK-LABEL: func @dilated(
// CHECK: %[[U:.*]] = linalg.generic
// CHECK: conv.conv {{.*}} ins(%[[U]], %{{.*}} : tensor<1x80x2xf32>, tensor<3x2x4xf32>)
// CHECK-NOT: conv.conv
func.func @dilated(%x: tensor<1x40x2xf32>) -> tensor<1x76x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x2x4xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x80x2xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(n, w, c) -> (n, w floordiv 2, c)>, affine_map<(n, w, c) -> (n, w, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<1x40x2xf32>) outs(%ue : tensor<1x80x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x80x2xf32>
  %e = tensor.empty() : tensor<1x76x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x76x4xf32>) -> tensor<1x76x4xf32>
  %y = linalg.conv_1d_nwc_wcf {dilations = dense<2> : tensor<1xi64>} ins(%u, %w : tensor<1x80x2xf32>, tensor<3x2x4xf32>) outs(%f : tensor<1x76x4xf32>) -> tensor<1x76x4xf32>
  return %y : tensor<1x76x4xf32>
}

// One tap.
// CHECK-LABEL: func @single(
// CHECK: %[[U:.*]] = linalg.generic
// CHECK: conv.conv {{.*}} ins(%[[U]], %{{.*}} : tensor<1x80x2xf32>, tensor<1x2x4xf32>)
// CHECK-NOT: conv.conv
func.func @single(%x: tensor<1x40x2xf32>) -> tensor<1x80x4xf32> {
  %w = arith.constant dense<1.0> : tensor<1x2x4xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x80x2xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(n, w, c) -> (n, w floordiv 2, c)>, affine_map<(n, w, c) -> (n, w, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<1x40x2xf32>) outs(%ue : tensor<1x80x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x80x2xf32>
  %e = tensor.empty() : tensor<1x80x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x80x4xf32>) -> tensor<1x80x4xf32>
  %y = linalg.conv_1d_nwc_wcf ins(%u, %w : tensor<1x80x2xf32>, tensor<1x2x4xf32>) outs(%f : tensor<1x80x4xf32>) -> tensor<1x80x4xf32>
  return %y : tensor<1x80x4xf32>
}

// Weights that are read once or twice.
// CHECK-LABEL: func @few(
// CHECK: %[[U:.*]] = linalg.generic
// CHECK: conv.conv {{.*}} ins(%[[U]], %{{.*}} : tensor<1x32x2xf32>, tensor<3x2x4xf32>)
// CHECK-NOT: conv.conv
func.func @few(%x: tensor<1x16x2xf32>) -> tensor<1x30x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x2x4xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x32x2xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(n, w, c) -> (n, w floordiv 2, c)>, affine_map<(n, w, c) -> (n, w, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<1x16x2xf32>) outs(%ue : tensor<1x32x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x32x2xf32>
  %e = tensor.empty() : tensor<1x30x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x30x4xf32>) -> tensor<1x30x4xf32>
  %y = linalg.conv_1d_nwc_wcf ins(%u, %w : tensor<1x32x2xf32>, tensor<3x2x4xf32>) outs(%f : tensor<1x30x4xf32>) -> tensor<1x30x4xf32>
  return %y : tensor<1x30x4xf32>
}

// Weights that are added in each call, for few outputs.
// CHECK-LABEL: func @argument(
// CHECK: %[[U:.*]] = linalg.generic
// CHECK: conv.conv {{.*}} ins(%[[U]], %{{.*}} : tensor<1x80x2xf32>, tensor<3x2x4xf32>)
// CHECK-NOT: conv.conv
func.func @argument(%x: tensor<1x40x2xf32>, %w: tensor<3x2x4xf32>) -> tensor<1x78x4xf32> {
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x80x2xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(n, w, c) -> (n, w floordiv 2, c)>, affine_map<(n, w, c) -> (n, w, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<1x40x2xf32>) outs(%ue : tensor<1x80x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x80x2xf32>
  %e = tensor.empty() : tensor<1x78x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  %y = linalg.conv_1d_nwc_wcf ins(%u, %w : tensor<1x80x2xf32>, tensor<3x2x4xf32>) outs(%f : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  return %y : tensor<1x78x4xf32>
}

#i = affine_map<(n, w, k, s, c) -> (n, (w + s * 2) floordiv 2, c)>
#w = affine_map<(n, w, k, s, c) -> (s, c, k)>
#o = affine_map<(n, w, k, s, c) -> (n, w, k)>
#backwards = affine_map<(n, w, k, s, c) -> (n, (w - s + 3) floordiv 2, c)>
#conv = ["parallel", "parallel", "parallel", "reduction", "reduction"]

// Indices that are divided: the image is upsampled ahead.
// CHECK-LABEL: func @divided(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x41x2xf32>
// CHECK: %[[U:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<1x41x2xf32>) outs(%{{.*}} : tensor<1x82x2xf32>)
// CHECK: conv.conv dims<nwc x sck -> nwk, dilations = [1, 2]> ins(%[[U]], %{{.*}} : tensor<1x82x2xf32>, tensor<2x2x4xf32>)
func.func @divided(%x: tensor<1x41x2xf32>, %w: tensor<2x2x4xf32>) -> tensor<1x80x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x80x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x80x4xf32>) -> tensor<1x80x4xf32>
  // expected-remark @below {{pixels that a convolution divides its indices for are repeated ahead of it}}
  %y = linalg.generic {indexing_maps = [#i, #w, #o], iterator_types = #conv} ins(%x, %w : tensor<1x41x2xf32>, tensor<2x2x4xf32>) outs(%z : tensor<1x80x4xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x80x4xf32>
  return %y : tensor<1x80x4xf32>
}

// A window that runs backwards is reversed, and then there are phases.
// CHECK-LABEL: func @backwards(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x42x2xf32>
// CHECK-NOT: linalg.generic
// CHECK: conv.conv {{.*}} : tensor<1x{{.*}}x2xf32>, tensor<2x2x4xf32>)
// CHECK: conv.conv {{.*}} : tensor<1x{{.*}}x2xf32>, tensor<2x2x4xf32>)
func.func @backwards(%x: tensor<1x42x2xf32>) -> tensor<1x80x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x2x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x80x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x80x4xf32>) -> tensor<1x80x4xf32>
  // expected-remark @below {{pixels that a convolution divides its indices for are repeated ahead of it}}
  // expected-remark @below {{convolution of an upsampled image computed as 2 of the image itself}}
  %y = linalg.generic {indexing_maps = [#backwards, #w, #o], iterator_types = #conv} ins(%x, %w : tensor<1x42x2xf32>, tensor<3x2x4xf32>) outs(%z : tensor<1x80x4xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x80x4xf32>
  return %y : tensor<1x80x4xf32>
}
