// Convolutions of images with zeros between their elements: one of the image for
// each phase of the stride, written in between.

// RUN: conv-opt %s --conv-raise=require --remarks-filter=conv --canonicalize --cse -verify-diagnostics | FileCheck %s --implicit-check-not=linalg.fill

// As torch writes ConvTranspose2d(4, 8, 3, stride=2, padding=1): a filter that is
// reversed is taken from where it was before.
// CHECK: #[[EVEN:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d0, -d2 + 1, -d3 + 1)>
// CHECK-LABEL: func @torch(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x4x5x6xf32>, %[[W:[^:]*]]: tensor<4x8x3x3xf32>)
// CHECK: %[[Y:.*]] = tensor.empty() : tensor<1x8x9x11xf32>
// CHECK: %[[Y0:.*]] = tensor.extract_slice %[[Y]][0, 0, 0, 0] [1, 8, 5, 6] [1, 1, 2, 2]
// CHECK: %[[W0:.*]] = linalg.generic {{.*}}#[[EVEN]]{{.*}} ins(%[[W]] : {{.*}}) outs(%{{.*}} : tensor<8x4x1x1xf32>)
// CHECK: conv.conv dims<nchw x kcrs -> nkhw> ins(%[[X]], %[[W0]] : {{.*}}) outs(%[[Y0]] : tensor<1x8x5x6xf32>)
// CHECK: tensor.insert_slice %{{.*}} into %[[Y]][0, 0, 0, 0] [1, 8, 5, 6] [1, 1, 2, 2]
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 0, 1] [1, 8, 5, 5] [1, 1, 2, 2]
// CHECK: conv.conv dims<nchw x kcrs -> nkhw> ins(%[[X]], %{{.*}} : {{.*}}, tensor<8x4x1x2xf32>)
// CHECK: conv.conv dims<nchw x kcrs -> nkhw> ins(%[[X]], %{{.*}} : {{.*}}, tensor<8x4x2x1xf32>)
// CHECK: conv.conv dims<nchw x kcrs -> nkhw> ins(%[[X]], %{{.*}} : {{.*}}, tensor<8x4x2x2xf32>)
func.func @torch(%x: tensor<1x4x5x6xf32>, %w: tensor<4x8x3x3xf32>) -> tensor<1x8x9x11xf32> {
  %z = arith.constant 0.0 : f32
  %c2 = arith.constant 2 : index
  %ze = tensor.empty() : tensor<1x4x11x13xf32>
  %zf = linalg.fill ins(%z : f32) outs(%ze : tensor<1x4x11x13xf32>) -> tensor<1x4x11x13xf32>
  %zi = tensor.insert_slice %x into %zf[0, 0, 1, 1] [1, 4, 5, 6] [1, 1, 2, 2] : tensor<1x4x5x6xf32> into tensor<1x4x11x13xf32>
  %ue = tensor.empty() : tensor<8x4x3x3xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%ue : tensor<8x4x3x3xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %r = linalg.index 2 : index
    %s = linalg.index 3 : index
    %rr = arith.subi %c2, %r : index
    %ss = arith.subi %c2, %s : index
    %v = tensor.extract %w[%j, %i, %rr, %ss] : tensor<4x8x3x3xf32>
    linalg.yield %v : f32
  } -> tensor<8x4x3x3xf32>
  %e = tensor.empty() : tensor<1x8x9x11xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x8x9x11xf32>) -> tensor<1x8x9x11xf32>
  // expected-remark @below {{computed as 4 of the image itself}}
  %y = linalg.conv_2d_nchw_fchw ins(%zi, %u : tensor<1x4x11x13xf32>, tensor<8x4x3x3xf32>) outs(%f : tensor<1x8x9x11xf32>) -> tensor<1x8x9x11xf32>
  return %y : tensor<1x8x9x11xf32>
}

// Weights that are known are known in parts, too. Bias and ReLU are the
// epilogue of each phase. Zeros around the image, too, as padding.
// CHECK-LABEL: func @known(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x5x2xf32>, %[[B:[^:]*]]: tensor<1xf32>)
// CHECK-DAG: %[[EVEN:.*]] = arith.constant dense<{{.*}}1.000000e+00{{.*}}2.000000e+00{{.*}}5.000000e+00{{.*}}6.000000e+00{{.*}}> : tensor<2x2x1xf32>
// CHECK-DAG: %[[ODD:.*]] = arith.constant dense<{{.*}}3.000000e+00{{.*}}4.000000e+00{{.*}}> : tensor<1x2x1xf32>
// CHECK: conv.conv dims<nwc x sck -> nwk, low = [0, 1]> ins(%[[X]], %[[EVEN]] : {{.*}}) bias(%[[B]] : {{.*}}) outs(%{{.*}} : tensor<?x5x1xf32>) clamp
// CHECK: conv.conv dims<nwc x sck -> nwk> ins(%[[X]], %[[ODD]] : {{.*}}) bias(%[[B]] : {{.*}}) outs(%{{.*}} : tensor<?x5x1xf32>) clamp
func.func @known(%x: tensor<?x5x2xf32>, %b: tensor<1xf32>) -> tensor<?x10x1xf32> {
  %w = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]]> : tensor<3x2x1xf32>
  %z = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x5x2xf32>
  %ze = tensor.empty(%n) : tensor<?x10x2xf32>
  %zf = linalg.fill ins(%z : f32) outs(%ze : tensor<?x10x2xf32>) -> tensor<?x10x2xf32>
  %zi = tensor.insert_slice %x into %zf[0, 0, 0] [%n, 5, 2] [1, 2, 1] : tensor<?x5x2xf32> into tensor<?x10x2xf32>
  %p = tensor.pad %zi low[0, 2, 0] high[0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %z : f32
  } : tensor<?x10x2xf32> to tensor<?x12x2xf32>
  %e = tensor.empty(%n) : tensor<?x10x1xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<?x10x1xf32>) -> tensor<?x10x1xf32>
  // expected-remark @below {{computed as 2 of the image itself}}
  %y = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<?x12x2xf32>, tensor<3x2x1xf32>) outs(%f : tensor<?x10x1xf32>) -> tensor<?x10x1xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (c)>, affine_map<(a, b, c) -> (a, b, c)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%y, %b : tensor<?x10x1xf32>, tensor<1xf32>) outs(%e : tensor<?x10x1xf32>) {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %s = arith.addf %u, %v : f32
    %m = arith.maximumf %s, %z : f32
    linalg.yield %m : f32
  } -> tensor<?x10x1xf32>
  return %r : tensor<?x10x1xf32>
}

// Zeros that are no zeros, or only some of the channels: the whole product.
// CHECK-LABEL: func @other(
// CHECK: tensor.insert_slice
// CHECK: conv.conv dims<nwc x sck -> nwk> {{.*}} outs(%{{.*}} : tensor<1x8x4xf32>)
// CHECK: tensor.insert_slice
// CHECK: conv.conv dims<nwc x sck -> nwk> {{.*}} outs(%{{.*}} : tensor<1x8x4xf32>)
func.func @other(%x: tensor<1x5x2xf32>, %ones: tensor<1x10x2xf32>, %part: tensor<1x5x1xf32>, %w: tensor<3x2x4xf32>, %o: tensor<1x8x4xf32>) -> (tensor<1x8x4xf32>, tensor<1x8x4xf32>) {
  %zi = tensor.insert_slice %x into %ones[0, 0, 0] [1, 5, 2] [1, 2, 1] : tensor<1x5x2xf32> into tensor<1x10x2xf32>
  %y = linalg.conv_1d_nwc_wcf ins(%zi, %w : tensor<1x10x2xf32>, tensor<3x2x4xf32>) outs(%o : tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  %z = arith.constant dense<0.0> : tensor<1x10x2xf32>
  %zp = tensor.insert_slice %part into %z[0, 0, 1] [1, 5, 1] [1, 2, 1] : tensor<1x5x1xf32> into tensor<1x10x2xf32>
  %q = linalg.conv_1d_nwc_wcf ins(%zp, %w : tensor<1x10x2xf32>, tensor<3x2x4xf32>) outs(%o : tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  return %y, %q : tensor<1x8x4xf32>, tensor<1x8x4xf32>
}
