// RUN: conv-opt %s --conv-raise -split-input-file | FileCheck %s

// Known scales and shifts behind a convolution of known weights become part of
// these and of one bias.

#id = affine_map<(n, h, w, k) -> (n, h, w, k)>
#channel = affine_map<(n, h, w, k) -> (k)>
#one = affine_map<(n, h, w, k) -> (k, 0, 0)>

// ((x * w) - mean) * factor * gamma + beta: 2 and 3 times (-1, -2) are -2 and -6,
// 10 - 4 * 2 is 2 and 20 - 5 * 3 is 5. A bound stays behind.
// CHECK-LABEL: func.func @batch_norm(
// CHECK-DAG:     %[[FILTER:.*]] = arith.constant dense<{{\[\[\[\[}}-2.000000e+00, -6.000000e+00]]]]> : tensor<1x1x1x2xf32>
// CHECK-DAG:     %[[BIAS:.*]] = arith.constant dense<[2.000000e+00, 5.000000e+00]> : tensor<2xf32>
// CHECK:         conv.conv
// CHECK-SAME:      ins(%{{.*}}, %[[FILTER]] :
// CHECK-SAME:      bias(%[[BIAS]] : tensor<2xf32>)
// CHECK-SAME:      clamp<lower = 0.000000e+00 : f32>
// CHECK-NOT:     arith.mulf
// CHECK:         return
func.func @batch_norm(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = arith.constant dense<[[[[-1.0, -2.0]]]]> : tensor<1x1x1x2xf32>
  %mean = arith.constant dense<[[[4.0]], [[5.0]]]> : tensor<2x1x1xf32>
  %factor = arith.constant dense<[[[2.0]], [[1.5]]]> : tensor<2x1x1xf32>
  %gamma = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %c = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) outs(%f : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %n = linalg.generic {indexing_maps = [#id, #one, #one, #channel, #channel, #id],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c, %mean, %factor, %gamma, %beta : tensor<1x4x4x2xf32>, tensor<2x1x1xf32>, tensor<2x1x1xf32>, tensor<2xf32>, tensor<2xf32>)
      outs(%e : tensor<1x4x4x2xf32>) {
  ^bb0(%in: f32, %m: f32, %s: f32, %g: f32, %b: f32, %out: f32):
    %0 = arith.subf %in, %m : f32
    %1 = arith.mulf %0, %s : f32
    %2 = arith.mulf %1, %g : f32
    %3 = arith.addf %2, %b : f32
    %4 = arith.maximumf %3, %zero : f32
    linalg.yield %4 : f32
  } -> tensor<1x4x4x2xf32>
  return %n : tensor<1x4x4x2xf32>
}

// -----

// Groups; a number less the sums, a quotient, one number for all channels, and
// nothing left to add: (0 - sum) / 2 * 3.
#id = affine_map<(n, h, w, g) -> (n, h, w, g)>
// CHECK-LABEL: func.func @depthwise(
// CHECK:         %[[FILTER:.*]] = arith.constant dense<{{\[\[\[}}-1.500000e+00, -3.000000e+00]]]> : tensor<1x1x2xf32>
// CHECK:         conv.conv dims<nhwg x rsg -> nhwg>
// CHECK-SAME:      ins(%{{.*}}, %[[FILTER]] :
// CHECK-NOT:     epilogue
// CHECK:         return
func.func @depthwise(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %w = arith.constant dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf32>
  %zero = arith.constant 0.0 : f32
  %two = arith.constant 2.0 : f32
  %three = arith.constant 3.0 : f32
  %e = tensor.empty() : tensor<1x4x4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %c = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x4x4x2xf32>, tensor<1x1x2xf32>) outs(%f : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c : tensor<1x4x4x2xf32>) outs(%e : tensor<1x4x4x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.subf %zero, %in : f32
    %1 = arith.divf %0, %two : f32
    %2 = arith.mulf %1, %three : f32
    linalg.yield %2 : f32
  } -> tensor<1x4x4x2xf32>
  return %n : tensor<1x4x4x2xf32>
}

// -----

// A bias and a shift behind it are one, without touching the weights.
#id = affine_map<(n, h, w, k) -> (n, h, w, k)>
#channel = affine_map<(n, h, w, k) -> (k)>
// CHECK-LABEL: func.func @shifts(
// CHECK-SAME:      %[[W:[a-z0-9]+]]: tensor<1x1x1x2xf32>
// CHECK:         %[[BIAS:.*]] = arith.constant dense<[3.000000e+00, 5.000000e+00]> : tensor<2xf32>
// CHECK:         conv.conv
// CHECK-SAME:      ins(%{{.*}}, %[[W]] :
// CHECK-SAME:      bias(%[[BIAS]] : tensor<2xf32>)
func.func @shifts(%x: tensor<1x4x4x1xf32>, %w: tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32> {
  %bias = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %shift = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x4x4x2xf32>
  %f = linalg.broadcast ins(%bias : tensor<2xf32>) outs(%e : tensor<1x4x4x2xf32>) dimensions = [0, 1, 2]
  %c = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>) outs(%f : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %n = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c, %shift : tensor<1x4x4x2xf32>, tensor<2xf32>) outs(%e : tensor<1x4x4x2xf32>) {
  ^bb0(%in: f32, %s: f32, %out: f32):
    %0 = arith.addf %in, %s : f32
    linalg.yield %0 : f32
  } -> tensor<1x4x4x2xf32>
  return %n : tensor<1x4x4x2xf32>
}

// -----

// Scales stay where they are: of weights that are arguments, of sums that are
// accumulated onto, that vary with pixels, that are not finite, or that would
// make weights infinite.
#id = affine_map<(n, h, w, k) -> (n, h, w, k)>
#channel = affine_map<(n, h, w, k) -> (k)>
#row = affine_map<(n, h, w, k) -> (h)>
// CHECK-LABEL: func.func @argument(
// CHECK:         arith.mulf
func.func @argument(%x: tensor<1x2x4x1xf32>, %w: tensor<1x1x1x2xf32>) -> tensor<1x2x4x2xf32> {
  %s = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32>
  %c = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x2x4x1xf32>, tensor<1x1x1x2xf32>) outs(%f : tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32>
  %n = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c, %s : tensor<1x2x4x2xf32>, tensor<2xf32>) outs(%e : tensor<1x2x4x2xf32>) {
  ^bb0(%in: f32, %scale: f32, %out: f32):
    %0 = arith.mulf %in, %scale : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x4x2xf32>
  return %n : tensor<1x2x4x2xf32>
}

// CHECK-LABEL: func.func @accumulated(
// CHECK:         arith.mulf
func.func @accumulated(%x: tensor<1x2x4x1xf32>, %onto: tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32> {
  %w = arith.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %s = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<1x2x4x2xf32>
  %c = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x2x4x1xf32>, tensor<1x1x1x2xf32>) outs(%onto : tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32>
  %n = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c, %s : tensor<1x2x4x2xf32>, tensor<2xf32>) outs(%e : tensor<1x2x4x2xf32>) {
  ^bb0(%in: f32, %scale: f32, %out: f32):
    %0 = arith.mulf %in, %scale : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x4x2xf32>
  return %n : tensor<1x2x4x2xf32>
}

// CHECK-LABEL: func.func @rows(
// CHECK:         arith.mulf
func.func @rows(%x: tensor<1x2x4x1xf32>) -> tensor<1x2x4x2xf32> {
  %w = arith.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %s = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32>
  %c = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x2x4x1xf32>, tensor<1x1x1x2xf32>) outs(%f : tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32>
  %n = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c, %s : tensor<1x2x4x2xf32>, tensor<2xf32>) outs(%e : tensor<1x2x4x2xf32>) {
  ^bb0(%in: f32, %scale: f32, %out: f32):
    %0 = arith.mulf %in, %scale : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x4x2xf32>
  return %n : tensor<1x2x4x2xf32>
}

// CHECK-LABEL: func.func @infinite(
// CHECK:         arith.mulf
func.func @infinite(%x: tensor<1x2x4x1xf32>) -> tensor<1x2x4x2xf32> {
  %w = arith.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %s = arith.constant dense<[2.0, 0x7F800000]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32>
  %c = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x2x4x1xf32>, tensor<1x1x1x2xf32>) outs(%f : tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32>
  %n = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c, %s : tensor<1x2x4x2xf32>, tensor<2xf32>) outs(%e : tensor<1x2x4x2xf32>) {
  ^bb0(%in: f32, %scale: f32, %out: f32):
    %0 = arith.mulf %in, %scale : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x4x2xf32>
  return %n : tensor<1x2x4x2xf32>
}

// CHECK-LABEL: func.func @overflow(
// CHECK:         arith.mulf
func.func @overflow(%x: tensor<1x2x4x1xf32>) -> tensor<1x2x4x2xf32> {
  %w = arith.constant dense<[[[[1.0e30, 2.0]]]]> : tensor<1x1x1x2xf32>
  %s = arith.constant dense<[1.0e30, 3.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32>
  %c = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x2x4x1xf32>, tensor<1x1x1x2xf32>) outs(%f : tensor<1x2x4x2xf32>) -> tensor<1x2x4x2xf32>
  %n = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c, %s : tensor<1x2x4x2xf32>, tensor<2xf32>) outs(%e : tensor<1x2x4x2xf32>) {
  ^bb0(%in: f32, %scale: f32, %out: f32):
    %0 = arith.mulf %in, %scale : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x4x2xf32>
  return %n : tensor<1x2x4x2xf32>
}
