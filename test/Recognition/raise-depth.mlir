// Convolutions of three dimensions: slices of the output, each a sum of
// convolutions of two dimensions over the taps along the depth.

// RUN: conv-opt %s --conv-raise=require --remarks-filter=conv --canonicalize --cse -verify-diagnostics | FileCheck %s

// The padding is each slice's. Slices at the ends have less taps. What follows
// becomes the epilogue of the last tap.
// CHECK: #[[BEFORE:.*]] = affine_map<(d0) -> (d0 - 1)>
// CHECK: #[[AFTER:.*]] = affine_map<(d0) -> (d0 + 1)>
// CHECK-LABEL: func @padded(
// CHECK-SAME: %[[X:[^:]*]]: tensor<2x6x8x8x4xf32>, %[[W:[^:]*]]: tensor<3x3x3x4x16xf32>, %[[B:[^:]*]]: tensor<16xf32>)
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[FIVE:.*]] = arith.constant 5 : index
// CHECK-DAG: %[[W0:.*]] = tensor.extract_slice %[[W]][0, 0, 0, 0, 0] [1, 3, 3, 4, 16]
// CHECK-DAG: %[[W1:.*]] = tensor.extract_slice %[[W]][1, 0, 0, 0, 0] [1, 3, 3, 4, 16]
// CHECK-DAG: %[[W2:.*]] = tensor.extract_slice %[[W]][2, 0, 0, 0, 0] [1, 3, 3, 4, 16]
// CHECK-DAG: %[[Y:.*]] = tensor.empty() : tensor<2x6x8x8x16xf32>
// CHECK: %[[Y0:.*]] = tensor.extract_slice %[[Y]][0, 0, 0, 0, 0] [2, 1, 8, 8, 16]
// CHECK: %[[X0:.*]] = tensor.extract_slice %[[X]][0, 0, 0, 0, 0] [2, 1, 8, 8, 4]
// CHECK: %[[S0:.*]] = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%[[X0]], %[[W1]] : {{.*}}) outs(%[[Y0]] : tensor<2x8x8x16xf32>) ->
// CHECK: conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%{{.*}}, %[[W2]] : {{.*}}) bias(%[[B]] : tensor<16xf32>) outs(%[[S0]] : tensor<2x8x8x16xf32>) accumulate clamp<lower = 0.000000e+00 : f32>
// CHECK: tensor.insert_slice
// CHECK: scf.for %[[D:.*]] = %[[ONE]] to %[[FIVE]] step %[[ONE]] iter_args(%[[OUT:.*]] = %{{.*}})
// CHECK: %[[YD:.*]] = tensor.extract_slice %[[OUT]][0, %[[D]], 0, 0, 0]
// CHECK: %[[BEFORE_D:.*]] = affine.apply #[[BEFORE]](%[[D]])
// CHECK: tensor.extract_slice %[[X]][0, %[[BEFORE_D]], 0, 0, 0]
// CHECK: %[[T0:.*]] = conv.conv {{.*}} ins(%{{.*}}, %[[W0]] : {{.*}}) outs(%[[YD]] : tensor<2x8x8x16xf32>) ->
// CHECK: %[[T1:.*]] = conv.conv {{.*}} ins(%{{.*}}, %[[W1]] : {{.*}}) outs(%[[T0]] : tensor<2x8x8x16xf32>) accumulate ->
// CHECK: affine.apply #[[AFTER]](%[[D]])
// CHECK: conv.conv {{.*}} ins(%{{.*}}, %[[W2]] : {{.*}}) bias(%[[B]] : tensor<16xf32>) outs(%[[T1]] : tensor<2x8x8x16xf32>) accumulate clamp
// CHECK: conv.conv {{.*}} ins(%{{.*}}, %[[W0]] :
// CHECK: conv.conv {{.*}} ins(%{{.*}}, %[[W1]] : {{.*}} bias
// CHECK-NOT: linalg
func.func @padded(%x: tensor<2x6x8x8x4xf32>, %w: tensor<3x3x3x4x16xf32>, %b: tensor<16xf32>) -> tensor<2x6x8x8x16xf32> {
  %z = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 1, 0] high[0, 1, 1, 1, 0] {
  ^bb0(%a0: index, %a1: index, %a2: index, %a3: index, %a4: index):
    tensor.yield %z : f32
  } : tensor<2x6x8x8x4xf32> to tensor<2x8x10x10x4xf32>
  %e = tensor.empty() : tensor<2x6x8x8x16xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<2x6x8x8x16xf32>) -> tensor<2x6x8x8x16xf32>
  // expected-remark @below {{convolution of 3 dimensions computed as 6 slices, each a sum of 3 with one dimension less}}
  %r = linalg.conv_3d_ndhwc_dhwcf ins(%p, %w : tensor<2x8x10x10x4xf32>, tensor<3x3x3x4x16xf32>) outs(%f : tensor<2x6x8x8x16xf32>) -> tensor<2x6x8x8x16xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(a, b, c, d, e) -> (a, b, c, d, e)>, affine_map<(a, b, c, d, e) -> (e)>, affine_map<(a, b, c, d, e) -> (a, b, c, d, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%r, %b : tensor<2x6x8x8x16xf32>, tensor<16xf32>) outs(%e : tensor<2x6x8x8x16xf32>) {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %s = arith.addf %u, %v : f32
    %m = arith.maximumf %s, %z : f32
    linalg.yield %m : f32
  } -> tensor<2x6x8x8x16xf32>
  return %c : tensor<2x6x8x8x16xf32>
}

// Memrefs; a fill goes. The bias in front of the sums is that of each slice.
// CHECK-LABEL: func @buffers(
// CHECK-NOT: linalg
// CHECK: scf.for
// CHECK: %[[O:.*]] = memref.subview %{{.*}}[0, 0, %{{.*}}, 0, 0] [1, 16, 1, 5, 6] [1, 1, 1, 1, 1]
// CHECK: conv.conv dims<nchw x kcrs -> nkhw> ins({{.*}}) outs(%[[O]] : memref<1x16x5x6xf32, {{[^)]*}}>){{$}}
// CHECK: conv.conv dims<nchw x kcrs -> nkhw> ins({{.*}}) outs(%[[O]] : memref<1x16x5x6xf32, {{[^)]*}}>) accumulate
// CHECK-NOT: conv.conv
// CHECK: return
func.func @buffers(%x: memref<1x4x5x7x8xf32>, %w: memref<16x4x2x3x3xf32>, %y: memref<1x16x4x5x6xf32>) {
  %z = arith.constant 0.0 : f32
  linalg.fill ins(%z : f32) outs(%y : memref<1x16x4x5x6xf32>)
  // expected-remark @below {{computed as 4 slices, each a sum of 2}}
  linalg.conv_3d_ncdhw_fcdhw ins(%x, %w : memref<1x4x5x7x8xf32>, memref<16x4x2x3x3xf32>) outs(%y : memref<1x16x4x5x6xf32>)
  return
}

// Strides and dilations of the depth; a dynamic batch.
// CHECK-LABEL: func @strided(
// CHECK: scf.for
// CHECK: conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 1]> ins(%{{.*}} : tensor<?x6x6x4xf32>
// CHECK: conv.conv
// CHECK: scf.yield
func.func @strided(%x: tensor<?x9x6x6x4xf32>, %w: tensor<2x3x3x4x8xf32>, %o: tensor<?x3x2x4x8xf32>) -> tensor<?x3x2x4x8xf32> {
  // expected-remark @below {{computed as 3 slices, each a sum of 2}}
  %r = linalg.conv_3d_ndhwc_dhwcf {strides = dense<[3, 2, 1]> : tensor<3xi64>, dilations = dense<[2, 1, 1]> : tensor<3xi64>} ins(%x, %w : tensor<?x9x6x6x4xf32>, tensor<2x3x3x4x8xf32>) outs(%o : tensor<?x3x2x4x8xf32>) -> tensor<?x3x2x4x8xf32>
  return %r : tensor<?x3x2x4x8xf32>
}

// Depthwise. Filters that are known stay known.
// CHECK-LABEL: func @depthwise(
// CHECK-DAG: arith.constant dense<{{.*}}1.000000e+00, 2.000000e+00{{.*}}3.000000e+00, 4.000000e+00{{.*}}> : tensor<2x1x2xf32>
// CHECK-DAG: arith.constant dense<{{.*}}5.000000e+00, 6.000000e+00{{.*}}7.000000e+00, 8.000000e+00{{.*}}> : tensor<2x1x2xf32>
// CHECK: conv.conv dims<nhwg x rsg -> nhwg> {{.*}} accumulate
func.func @depthwise(%x: tensor<1x3x4x5x2xf32>, %o: tensor<1x2x3x5x2xf32>) -> tensor<1x2x3x5x2xf32> {
  %w = arith.constant dense<[[[[1.0, 2.0]], [[3.0, 4.0]]], [[[5.0, 6.0]], [[7.0, 8.0]]]]> : tensor<2x2x1x2xf32>
  // expected-remark @below {{computed as 2 slices, each a sum of 2}}
  %r = linalg.depthwise_conv_3d_ndhwc_dhwc ins(%x, %w : tensor<1x3x4x5x2xf32>, tensor<2x2x1x2xf32>) outs(%o : tensor<1x2x3x5x2xf32>) -> tensor<1x2x3x5x2xf32>
  return %r : tensor<1x2x3x5x2xf32>
}

// Where one of the dimensions is a single slice that meets one tap, it is the
// one that is split off, and there is no sum.
// CHECK-LABEL: func @unit(
// CHECK-NOT: scf.for
// CHECK: conv.conv dims<nhwc x rsck -> nhwk> ins(%{{.*}}, %{{.*}} : tensor<1x10x10x8xf32>, tensor<3x3x8x16xf32>)
// CHECK-NOT: conv.conv
// CHECK: return
func.func @unit(%x: tensor<1x10x1x10x8xf32>, %w: tensor<3x1x3x8x16xf32>, %o: tensor<1x8x1x8x16xf32>) -> tensor<1x8x1x8x16xf32> {
  // expected-remark @below {{computed as 1 slices, each a sum of 1}}
  %r = linalg.conv_3d_ndhwc_dhwcf ins(%x, %w : tensor<1x10x1x10x8xf32>, tensor<3x1x3x8x16xf32>) outs(%o : tensor<1x8x1x8x16xf32>) -> tensor<1x8x1x8x16xf32>
  return %r : tensor<1x8x1x8x16xf32>
}
