// RUN: conv-opt %s --conv-raise --split-input-file | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-raise --conv-to-linalg --conv-raise --split-input-file | FileCheck %s -enable-var-scope

// Elementwise operations of any body behind a convolution.

#id = affine_map<(n, w, k) -> (n, w, k)>
#k = affine_map<(n, w, k) -> (k)>
#unary = {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
#binary = {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}

// SiLU as front ends write it: the sigmoid, and the product with the value.
// CHECK-LABEL: func @silu
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue {
// CHECK: ^bb0(%[[A:.*]]: f32):
// CHECK: %[[N:.*]] = arith.negf %[[A]] : f32
// CHECK: %[[E:.*]] = math.exp %[[N]] : f32
// CHECK: %[[D:.*]] = arith.addf %[[E]], %{{.*}} : f32
// CHECK: %[[S:.*]] = arith.divf %{{.*}}, %[[D]] : f32
// CHECK: %[[Y:.*]] = arith.mulf %[[A]], %[[S]] : f32
// CHECK: conv.yield %[[Y]] : f32
// CHECK: return
func.func @silu(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %s = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %0 = arith.negf %v : f32
    %1 = math.exp %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.divf %one, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<1x4x8xf32>
  %r = linalg.mul ins(%c, %s : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// -----

#id = affine_map<(n, w, k) -> (n, w, k)>
#k = affine_map<(n, w, k) -> (k)>

// A bias, batch normalisation with a broadcast of its own, a scalar that is
// captured, and a residual that repeats along the columns.
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1, d2) -> (d0, 0, d2)>
// CHECK-DAG: #[[$SCALAR:.*]] = affine_map<(d0, d1, d2) -> ()>
// CHECK-LABEL: func.func @scales
// CHECK-SAME: %[[X:[^ :]*]]: tensor<1x6x4xf32>, %{{[^ :]*}}: tensor<3x4x8xf32>, %[[B:[^ :]*]]: tensor<8xf32>, %[[S:[^ :]*]]: tensor<8xf32>, %[[Z:[^ :]*]]: tensor<1x1x8xf32>, %[[F:[^ :]*]]: f32
// CHECK: conv.conv
// CHECK-SAME: epilogue(%[[B]] by #[[K:[^ ]+]] : tensor<8xf32>, %[[S]] by #[[K]] : tensor<8xf32>, %[[Z]] by #[[$ROW]] : tensor<1x1x8xf32>, %[[F]] by #[[$SCALAR]] : f32) {
// CHECK: return
func.func @scales(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<8xf32>, %scale: tensor<8xf32>, %z: tensor<1x1x8xf32>, %factor: f32) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %init = linalg.broadcast ins(%b : tensor<8xf32>) outs(%e : tensor<1x4x8xf32>) dimensions = [0, 1]
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%init : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %sb = linalg.broadcast ins(%scale : tensor<8xf32>) outs(%e2 : tensor<1x4x8xf32>) dimensions = [0, 1]
  %m = linalg.mul ins(%c, %sb : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = linalg.generic {indexing_maps = [#id, affine_map<(n, w, k) -> (n, 0, k)>, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%m, %z : tensor<1x4x8xf32>, tensor<1x1x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %0 = arith.mulf %v, %factor : f32
    %1 = arith.addf %0, %a : f32
    linalg.yield %1 : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// -----

#id = affine_map<(n, w, k) -> (n, w, k)>
#unary = {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}

// The result has another type than the sums.
// CHECK-LABEL: func @quantize
// CHECK: %[[E:.*]] = tensor.empty() : tensor<1x4x8xi8>
// CHECK: %[[R:.*]] = conv.conv {{.*}} outs(%[[E]] : tensor<1x4x8xi8>) epilogue {
// CHECK: %[[V:.*]] = arith.divf
// CHECK: %[[Y:.*]] = conv.requantize f32_even(%[[V]]) range = [-128, 127] : (f32) -> i8
// CHECK: conv.yield %[[Y]] : i8
// CHECK: } -> tensor<1x4x8xi8>
// CHECK: return %[[R]]
func.func @quantize(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xi8> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %scale = arith.constant 0.25 : f32
  %lo = arith.constant -128.0 : f32
  %hi = arith.constant 127.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e8 = tensor.empty() : tensor<1x4x8xi8>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e8 : tensor<1x4x8xi8>) {
  ^bb0(%v: f32, %out: i8):
    %0 = arith.divf %v, %scale : f32
    %1 = math.roundeven %0 : f32
    %2 = arith.maximumf %1, %lo : f32
    %3 = arith.minimumf %2, %hi : f32
    %4 = arith.fptosi %3 : f32 to i8
    linalg.yield %4 : i8
  } -> tensor<1x4x8xi8>
  return %r : tensor<1x4x8xi8>
}

// -----

#id = affine_map<(n, w, k) -> (n, w, k)>
#binary = {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}

// What the value is needed for besides stays outside: the mean of its pixels
// scales it.
// CHECK-LABEL: func @needed
// CHECK: %[[C:.*]] = conv.conv {{.*}} outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
// CHECK: linalg.reduce ins(%[[C]]
// CHECK: linalg.generic
func.func @needed(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %es = tensor.empty() : tensor<1x8xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<1x8xf32>) -> tensor<1x8xf32>
  %s = linalg.reduce ins(%c : tensor<1x4x8xf32>) outs(%fs : tensor<1x8xf32>) dimensions = [1]
    (%in: f32, %acc: f32) {
      %0 = arith.addf %in, %acc : f32
      linalg.yield %0 : f32
    }
  %r = linalg.generic {indexing_maps = [#id, affine_map<(n, w, k) -> (n, k)>, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%c, %s : tensor<1x4x8xf32>, tensor<1x8xf32>) outs(%e : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %0 = arith.mulf %v, %a : f32
    linalg.yield %0 : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// -----

// Behind the reshape that joins groups and channels.
// CHECK-LABEL: func @joined
// CHECK-SAME: %[[S:[^ :]*]]: tensor<8xf32>
// CHECK: %[[SGK:.*]] = tensor.expand_shape %[[S]] {{\[}}[0, 1]] output_shape [4, 2]
// CHECK: %[[R:.*]] = conv.conv dims<nwg x sgk -> nwgk> {{.*}} epilogue(%[[SGK]] by #{{[^ ]+}} : tensor<4x2xf32>) {
// CHECK: tensor.collapse_shape %[[R]]
func.func @joined(%x: tensor<1x6x4xf32>, %w: tensor<3x4x2xf32>, %s: tensor<8xf32>) -> tensor<1x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x4x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %c = linalg.depthwise_conv_1d_nwc_wcm ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x2xf32>) outs(%f : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %j = tensor.collapse_shape %c [[0], [1], [2, 3]] : tensor<1x4x4x2xf32> into tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, w, k) -> (n, w, k)>, affine_map<(n, w, k) -> (k)>, affine_map<(n, w, k) -> (n, w, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%j, %s : tensor<1x4x8xf32>, tensor<8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %0 = arith.mulf %v, %a : f32
    linalg.yield %0 : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
