// Convolutions of images whose pixels are repeated: one of the image itself for
// each phase, whose taps are sums of those that meet the same pixel.

// RUN: conv-opt %s --conv-raise=require --remarks-filter=conv --canonicalize --cse -verify-diagnostics | FileCheck %s --implicit-check-not=floordiv

// Of three taps the first phase meets one pixel with the first and the next with
// the others. Indices as a resize computes them, in floats, and bounded.
// CHECK-LABEL: func @known(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x40x2xf32>, %[[B:[^:]*]]: tensor<1xf32>)
// CHECK-DAG: %[[EVEN:.*]] = arith.constant dense<{{\[\[}}[1.000000e+00], [2.000000e+00]], {{\[}}[8.000000e+00], [1.000000e+01]]]> : tensor<2x2x1xf32>
// CHECK-DAG: %[[ODD:.*]] = arith.constant dense<{{\[\[}}[4.000000e+00], [6.000000e+00]], {{\[}}[5.000000e+00], [6.000000e+00]]]> : tensor<2x2x1xf32>
// CHECK: conv.conv dims<nwc x sck -> nwk, low = [0, 1]> ins(%[[X]], %[[EVEN]] : {{.*}}) bias(%[[B]] : {{.*}}) outs(%{{.*}} : tensor<1x40x1xf32>)
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 0, 0] [1, 40, 1] [1, 2, 1]
// CHECK: conv.conv dims<nwc x sck -> nwk, high = [0, 1]> ins(%[[X]], %[[ODD]] : {{.*}}) bias(%[[B]] : {{.*}}) outs(%{{.*}} : tensor<1x40x1xf32>)
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 1, 0] [1, 40, 1] [1, 2, 1]
func.func @known(%x: tensor<1x40x2xf32>, %b: tensor<1xf32>) -> tensor<1x80x1xf32> {
  %w = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]]> : tensor<3x2x1xf32>
  %z = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %last = arith.constant 39 : i64
  %ue = tensor.empty() : tensor<1x80x2xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>], iterator_types = ["parallel", "parallel", "parallel"]} outs(%ue : tensor<1x80x2xf32>) {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %i = linalg.index 1 : index
    %c = linalg.index 2 : index
    %ii = arith.index_cast %i : index to i64
    %f = arith.sitofp %ii : i64 to f32
    %h = arith.mulf %f, %half : f32
    %l = math.floor %h : f32
    %t = arith.fptosi %l : f32 to i64
    %m = arith.minsi %t, %last : i64
    %at = arith.index_cast %m : i64 to index
    %v = tensor.extract %x[%n, %at, %c] : tensor<1x40x2xf32>
    linalg.yield %v : f32
  } -> tensor<1x80x2xf32>
  %p = tensor.pad %u low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %z : f32
  } : tensor<1x80x2xf32> to tensor<1x82x2xf32>
  %e = tensor.empty() : tensor<1x80x1xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x80x1xf32>) -> tensor<1x80x1xf32>
  // expected-remark @below {{convolution of an upsampled image computed as 2 of the image itself}}
  %y = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x82x2xf32>, tensor<3x2x1xf32>) outs(%f : tensor<1x80x1xf32>) -> tensor<1x80x1xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (c)>, affine_map<(a, b, c) -> (a, b, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%y, %b : tensor<1x80x1xf32>, tensor<1xf32>) outs(%e : tensor<1x80x1xf32>) {
  ^bb0(%s: f32, %v: f32, %o: f32):
    %q = arith.addf %s, %v : f32
    linalg.yield %q : f32
  } -> tensor<1x80x1xf32>
  return %r : tensor<1x80x1xf32>
}

// Weights that are arguments are added in each call. Stride 2 on twice the size
// is one phase.
// CHECK-LABEL: func @argument(
// CHECK-SAME: %[[X:[^:]*]]: tensor<2x520x8xf32>, %[[W:[^:]*]]: tensor<3x8x4xf32>)
// CHECK: %[[W0:.*]] = tensor.extract_slice %[[W]][0, 0, 0] [1, 8, 4] [1, 1, 1]
// CHECK: %[[W1:.*]] = tensor.extract_slice %[[W]][1, 0, 0] [1, 8, 4] [1, 1, 1]
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[W0]], %[[W1]] :
// CHECK: arith.addf
// CHECK: %[[FIRST:.*]] = tensor.insert_slice %[[SUM]] into
// CHECK: %[[W2:.*]] = tensor.extract_slice %[[W]][2, 0, 0] [1, 8, 4] [1, 1, 1]
// CHECK: %[[BOTH:.*]] = tensor.insert_slice %[[W2]] into %[[FIRST]][1, 0, 0]
// CHECK: conv.conv dims<nwc x sck -> nwk> ins(%[[X]], %[[BOTH]] :
// CHECK-NOT: conv.conv
func.func @argument(%x: tensor<2x520x8xf32>, %w: tensor<3x8x4xf32>) -> tensor<2x519x4xf32> {
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<2x520x2x8xf32>
  %ub = linalg.broadcast ins(%x : tensor<2x520x8xf32>) outs(%ue : tensor<2x520x2x8xf32>) dimensions = [2]
  %u = tensor.collapse_shape %ub [[0], [1, 2], [3]] : tensor<2x520x2x8xf32> into tensor<2x1040x8xf32>
  %e = tensor.empty() : tensor<2x519x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<2x519x4xf32>) -> tensor<2x519x4xf32>
  // expected-remark @below {{convolution of an upsampled image computed as 1 of the image itself}}
  %y = linalg.conv_1d_nwc_wcf {strides = dense<2> : tensor<1xi64>} ins(%u, %w : tensor<2x1040x8xf32>, tensor<3x8x4xf32>) outs(%f : tensor<2x519x4xf32>) -> tensor<2x519x4xf32>
  return %y : tensor<2x519x4xf32>
}

#x = affine_map<(n, w, k, s, c) -> (n, (w + s + 1) floordiv 3, c)>
#w = affine_map<(n, w, k, s, c) -> (s, c, k)>
#o = affine_map<(n, w, k, s, c) -> (n, w, k)>
#conv = ["parallel", "parallel", "parallel", "reduction", "reduction"]

// Indices that are divided. Of the phases, those that meet one pixel have one tap.
// CHECK-LABEL: func @divided(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x41x2xf32>)
// CHECK-DAG: %[[TWO:.*]] = arith.constant dense<{{.*}}> : tensor<2x2x4xf32>
// CHECK-DAG: %[[ONE:.*]] = arith.constant dense<2.000000e+00> : tensor<1x2x4xf32>
// CHECK: conv.conv {{.*}} ins(%{{.*}}, %[[ONE]] : tensor<1x40x2xf32>, tensor<1x2x4xf32>)
// CHECK: conv.conv {{.*}} : tensor<1x41x2xf32>, tensor<2x2x4xf32>)
// CHECK: conv.conv {{.*}} ins(%{{.*}}, %[[ONE]] : tensor<1x40x2xf32>, tensor<1x2x4xf32>)
func.func @divided(%x: tensor<1x41x2xf32>) -> tensor<1x120x4xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2x4xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x120x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x120x4xf32>) -> tensor<1x120x4xf32>
  // expected-remark @below {{convolution of an upsampled image computed as 3 of the image itself}}
  %y = linalg.generic {indexing_maps = [#x, #w, #o], iterator_types = #conv} ins(%x, %w : tensor<1x41x2xf32>, tensor<2x2x4xf32>) outs(%z : tensor<1x120x4xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x120x4xf32>
  return %y : tensor<1x120x4xf32>
}
