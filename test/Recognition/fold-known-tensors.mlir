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

#v = affine_map<(c) -> (c)>
#c00 = affine_map<(a, b, c, d) -> (b, 0, 0)>

// A batch normalisation's factor is a number for each channel, computed in the
// type it is written in; the convolution takes what is left of it.
// CHECK-LABEL: func @normalised
// CHECK-NOT: linalg.generic
// CHECK-NOT: tensor.expand_shape
// CHECK-DAG: arith.constant dense<{{\[\[\[}}5.000000e-01]], {{\[\[}}2.500000e-01]]]> : tensor<2x1x1xf32>
// CHECK: conv.conv
// CHECK-NOT: linalg.generic
func.func @normalised(%x: tensor<1x2x4x4xf32>, %w: tensor<2x2x1x1xf32>) -> tensor<1x2x4x4xf32> {
  %var = arith.constant dense<[3.0, 15.0]> : tensor<2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %one = arith.constant 1.0 : f64
  %e = tensor.empty() : tensor<2xf32>
  %0 = linalg.generic {indexing_maps = [#v, #v], iterator_types = ["parallel"]} ins(%var : tensor<2xf32>) outs(%e : tensor<2xf32>) {
  ^bb0(%i: f32, %o: f32):
    %eps = arith.truncf %one : f64 to f32
    %s = arith.addf %i, %eps : f32
    linalg.yield %s : f32
  } -> tensor<2xf32>
  %1 = linalg.generic {indexing_maps = [#v, #v], iterator_types = ["parallel"]} ins(%0 : tensor<2xf32>) outs(%e : tensor<2xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = math.rsqrt %i : f32
    linalg.yield %s : f32
  } -> tensor<2xf32>
  %f = tensor.expand_shape %1 [[0, 1, 2]] output_shape [2, 1, 1] : tensor<2xf32> into tensor<2x1x1xf32>
  %m = tensor.expand_shape %mean [[0, 1, 2]] output_shape [2, 1, 1] : tensor<2xf32> into tensor<2x1x1xf32>
  %zero = arith.constant 0.0 : f32
  %ey = tensor.empty() : tensor<1x2x4x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%ey : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %y = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>) outs(%z : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %r = linalg.generic {indexing_maps = [#id, #c00, #c00, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%y, %m, %f : tensor<1x2x4x4xf32>, tensor<2x1x1xf32>, tensor<2x1x1xf32>) outs(%ey : tensor<1x2x4x4xf32>) {
  ^bb0(%i: f32, %mi: f32, %fi: f32, %o: f32):
    %d = arith.subf %i, %mi : f32
    %s = arith.mulf %d, %fi : f32
    linalg.yield %s : f32
  } -> tensor<1x2x4x4xf32>
  return %r : tensor<1x2x4x4xf32>
}

// The depthwise filter of a model that writes one channel for each group: as
// weights, a resource.
// CHECK-LABEL: func @depthwise
// CHECK: %[[W:.*]] = arith.constant dense_resource<w> : tensor<2x2x2xf32>
// CHECK-NOT: tensor.collapse_shape
// CHECK: conv.conv {{.*}} ins(%{{.*}}, %[[W]]
func.func @depthwise(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x3x3xf32> {
  %w = arith.constant dense_resource<w> : tensor<2x1x2x2xf32>
  %c = tensor.collapse_shape %w [[0, 1], [2], [3]] : tensor<2x1x2x2xf32> into tensor<2x2x2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x3x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x3x3xf32>) -> tensor<1x2x3x3xf32>
  %y = linalg.depthwise_conv_2d_nchw_chw ins(%x, %c : tensor<1x2x4x4xf32>, tensor<2x2x2xf32>) outs(%f : tensor<1x2x3x3xf32>) -> tensor<1x2x3x3xf32>
  return %y : tensor<1x2x3x3xf32>
}

// No convolution takes it; a resource, the splat and a named operation, too.
// CHECK-LABEL: func @transposed
// CHECK-NOT: linalg
// CHECK-DAG: arith.constant dense<{{\[\[}}1.000000e+00, 4.000000e+00], [2.000000e+00, 5.000000e+00], [3.000000e+00, 6.000000e+00]]> : tensor<3x2xf32>
// CHECK-DAG: arith.constant dense<2.000000e+00> : tensor<64x32xf32>
// CHECK-DAG: arith.constant dense<[1, 3, 2, 4]> : tensor<4xi8>
// CHECK-DAG: arith.constant dense<4.000000e+00> : tensor<64x64xf32>
func.func @transposed() -> (tensor<3x2xf32>, tensor<64x32xf32>, tensor<4xi8>, tensor<64x64xf32>) {
  %a = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %b = arith.constant dense<2.0> : tensor<32x64xf32>
  %c = arith.constant dense_resource<bytes> : tensor<2x2xi8>
  %d = arith.constant dense<16.0> : tensor<64x64xf32>
  %ea = tensor.empty() : tensor<3x2xf32>
  %eb = tensor.empty() : tensor<64x32xf32>
  %ec = tensor.empty() : tensor<2x2xi8>
  %ed = tensor.empty() : tensor<64x64xf32>
  %ta = linalg.transpose ins(%a : tensor<2x3xf32>) outs(%ea : tensor<3x2xf32>) permutation = [1, 0]
  %tb = linalg.transpose ins(%b : tensor<32x64xf32>) outs(%eb : tensor<64x32xf32>) permutation = [1, 0]
  %tc = linalg.generic {indexing_maps = [affine_map<(a, b) -> (b, a)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]} ins(%c : tensor<2x2xi8>) outs(%ec : tensor<2x2xi8>) {
  ^bb0(%i: i8, %o: i8):
    linalg.yield %i : i8
  } -> tensor<2x2xi8>
  %flat = tensor.collapse_shape %tc [[0, 1]] : tensor<2x2xi8> into tensor<4xi8>
  %td = linalg.sqrt ins(%d : tensor<64x64xf32>) outs(%ed : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %ta, %tb, %flat, %td : tensor<3x2xf32>, tensor<64x32xf32>, tensor<4xi8>, tensor<64x64xf32>
}

// The object would grow by what a loop writes in no time.
// CHECK-LABEL: func @grows
// CHECK: linalg.generic
func.func @grows() -> tensor<64x65xf32> {
  %a = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<64xf32>
  %e = tensor.empty() : tensor<64x65xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a)>, affine_map<(a, b) -> (a, b)>], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<64xf32>) outs(%e : tensor<64x65xf32>) {
  ^bb0(%i: f32, %o: f32):
    %n = arith.negf %i : f32
    linalg.yield %n : f32
  } -> tensor<64x65xf32>
  return %r : tensor<64x65xf32>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F000000400000404000008040000080BF000000C0000040C0000080C0",
      bytes: "0x0100000001020304"
    }
  }
#-}
