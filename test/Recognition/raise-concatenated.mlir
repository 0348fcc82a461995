// Channels that have been upsampled and are concatenated with others, as decoders
// of segmentation networks write them: a convolution by phases, to which one of
// the others adds.

// RUN: conv-opt %s --conv-raise=require --remarks-filter=conv --canonicalize --cse -verify-diagnostics | FileCheck %s

#upsample = {indexing_maps = [affine_map<(n, w, c) -> (n, w floordiv 2, c)>, affine_map<(n, w, c) -> (n, w, c)>], iterator_types = ["parallel", "parallel", "parallel"]}

// Bias and ReLU stand behind the last.
// CHECK-LABEL: func @first(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x40x32xf32>, %[[S:[^:]*]]: tensor<1x80x8xf32>, %[[B:[^:]*]]: tensor<4xf32>)
// CHECK-DAG: %[[W:.*]] = arith.constant dense<1.000000e+00> : tensor<3x8x4xf32>
// CHECK-NOT: tensor.concat
// CHECK: conv.conv dims<nwc x sck -> nwk, low = [0, 1]> ins(%[[X]], %{{.*}} : tensor<1x40x32xf32>, tensor<2x32x4xf32>) outs(
// CHECK: conv.conv dims<nwc x sck -> nwk, high = [0, 1]> ins(%[[X]], %{{.*}} : tensor<1x40x32xf32>, tensor<2x32x4xf32>) outs(
// CHECK: %[[SUMS:.*]] = tensor.insert_slice
// CHECK: conv.conv dims<nwc x sck -> nwk, low = [0, 1], high = [0, 1]> ins(%[[S]], %[[W]] : {{.*}}) bias(%[[B]] : tensor<4xf32>) outs(%[[SUMS]] : tensor<1x80x4xf32>) accumulate clamp
func.func @first(%x: tensor<1x40x32xf32>, %s: tensor<1x80x8xf32>, %b: tensor<4xf32>) -> tensor<1x80x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x40x4xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x80x32xf32>
  %u = linalg.generic #upsample ins(%x : tensor<1x40x32xf32>) outs(%ue : tensor<1x80x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x80x32xf32>
  %c = tensor.concat dim(2) %u, %s : (tensor<1x80x32xf32>, tensor<1x80x8xf32>) -> tensor<1x80x40xf32>
  %p = tensor.pad %c low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %z : f32
  } : tensor<1x80x40xf32> to tensor<1x82x40xf32>
  %e = tensor.empty() : tensor<1x80x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x80x4xf32>) -> tensor<1x80x4xf32>
  // expected-remark @below {{channels that have been upsampled are convolved apart from those they are concatenated with}}
  // expected-remark @below {{convolution of an upsampled image computed as 2 of the image itself}}
  %y = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x82x40xf32>, tensor<3x40x4xf32>) outs(%f : tensor<1x80x4xf32>) -> tensor<1x80x4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, w, k) -> (n, w, k)>, affine_map<(n, w, k) -> (k)>, affine_map<(n, w, k) -> (n, w, k)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%y, %b : tensor<1x80x4xf32>, tensor<4xf32>) outs(%e : tensor<1x80x4xf32>) {
  ^bb0(%a: f32, %v: f32, %o: f32):
    %t = arith.addf %a, %v : f32
    %m = arith.maximumf %t, %z : f32
    linalg.yield %m : f32
  } -> tensor<1x80x4xf32>
  return %r : tensor<1x80x4xf32>
}

// The last of three: the others stay together.
// CHECK-LABEL: func @last(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x40x32xf32>, %[[S:[^:]*]]: tensor<1x80x8xf32>)
// CHECK: %[[REST:.*]] = tensor.concat dim(2) %[[S]], %[[S]]
// CHECK-COUNT-2: conv.conv {{.*}} ins(%[[X]], %{{.*}} : tensor<1x40x32xf32>, tensor<2x32x4xf32>)
// CHECK: conv.conv {{.*}} ins(%[[REST]], %{{.*}} : tensor<1x80x16xf32>, tensor<3x16x4xf32>) {{.*}} accumulate
func.func @last(%x: tensor<1x40x32xf32>, %s: tensor<1x80x8xf32>) -> tensor<1x78x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x48x4xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x80x32xf32>
  %u = linalg.generic #upsample ins(%x : tensor<1x40x32xf32>) outs(%ue : tensor<1x80x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x80x32xf32>
  %c = tensor.concat dim(2) %s, %s, %u : (tensor<1x80x8xf32>, tensor<1x80x8xf32>, tensor<1x80x32xf32>) -> tensor<1x80x48xf32>
  %e = tensor.empty() : tensor<1x78x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  // expected-remark @below {{channels that have been upsampled are convolved apart from those they are concatenated with}}
  // expected-remark @below {{convolution of an upsampled image computed as 2 of the image itself}}
  %y = linalg.conv_1d_nwc_wcf ins(%c, %w : tensor<1x80x48xf32>, tensor<3x48x4xf32>) outs(%f : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  return %y : tensor<1x78x4xf32>
}

// Few channels, and a window of one tap, whose phases save nothing: nothing is
// left of the attempt.
// CHECK-LABEL: func @whole(
// CHECK: %[[C:.*]] = tensor.concat
// CHECK: conv.conv {{.*}} ins(%[[C]], %{{.*}} : tensor<1x80x24xf32>, tensor<3x24x4xf32>)
// CHECK: %[[D:.*]] = tensor.concat
// CHECK: conv.conv {{.*}} ins(%[[D]], %{{.*}} : tensor<1x80x40xf32>, tensor<1x40x4xf32>)
// CHECK-NOT: conv.conv
// CHECK: return
func.func @whole(%x: tensor<1x40x16xf32>, %xx: tensor<1x40x32xf32>, %s: tensor<1x80x8xf32>) -> (tensor<1x78x4xf32>, tensor<1x80x4xf32>) {
  %w = arith.constant dense<1.0> : tensor<3x24x4xf32>
  %w1 = arith.constant dense<1.0> : tensor<1x40x4xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x80x16xf32>
  %u = linalg.generic #upsample ins(%x : tensor<1x40x16xf32>) outs(%ue : tensor<1x80x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x80x16xf32>
  %c = tensor.concat dim(2) %u, %s : (tensor<1x80x16xf32>, tensor<1x80x8xf32>) -> tensor<1x80x24xf32>
  %e = tensor.empty() : tensor<1x78x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  %y = linalg.conv_1d_nwc_wcf ins(%c, %w : tensor<1x80x24xf32>, tensor<3x24x4xf32>) outs(%f : tensor<1x78x4xf32>) -> tensor<1x78x4xf32>
  %ve = tensor.empty() : tensor<1x80x32xf32>
  %v = linalg.generic #upsample ins(%xx : tensor<1x40x32xf32>) outs(%ve : tensor<1x80x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1x80x32xf32>
  %d = tensor.concat dim(2) %v, %s : (tensor<1x80x32xf32>, tensor<1x80x8xf32>) -> tensor<1x80x40xf32>
  %g = tensor.empty() : tensor<1x80x4xf32>
  %h = linalg.fill ins(%z : f32) outs(%g : tensor<1x80x4xf32>) -> tensor<1x80x4xf32>
  %q = linalg.conv_1d_nwc_wcf ins(%d, %w1 : tensor<1x80x40xf32>, tensor<1x40x4xf32>) outs(%h : tensor<1x80x4xf32>) -> tensor<1x80x4xf32>
  return %y, %q : tensor<1x78x4xf32>, tensor<1x80x4xf32>
}
