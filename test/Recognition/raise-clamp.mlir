// RUN: conv-opt %s --conv-raise | FileCheck %s -enable-var-scope

// ReLU and clamps in every form they are written in. What is no clamp is a body of
// its own.

#id = affine_map<(n, w, k) -> (n, w, k)>
#k = affine_map<(n, w, k) -> (k)>
#none = affine_map<(n, w, k) -> ()>
#unary = {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
#binary = {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
#bias_last = {indexing_maps = [#id, #k, #id], iterator_types = ["parallel", "parallel", "parallel"]}
#scalar = {indexing_maps = [#id, #none, #id], iterator_types = ["parallel", "parallel", "parallel"]}

// NaN passes an unordered comparison and is replaced by an ordered one.
// CHECK-LABEL: func @relu_ugt
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @relu_ugt(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ugt, %v, %zero : f32
    %t = arith.select %p, %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_ogt
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, nan = bound> -> tensor<1x4x8xf32>
func.func @relu_ogt(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ogt, %v, %zero : f32
    %t = arith.select %p, %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_uge
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @relu_uge(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf uge, %v, %zero : f32
    %t = arith.select %p, %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_oge
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, nan = bound> -> tensor<1x4x8xf32>
func.func @relu_oge(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf oge, %v, %zero : f32
    %t = arith.select %p, %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_ult_exchanged
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @relu_ult_exchanged(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ult, %zero, %v : f32
    %t = arith.select %p, %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_olt_exchanged
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, nan = bound> -> tensor<1x4x8xf32>
func.func @relu_olt_exchanged(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf olt, %zero, %v : f32
    %t = arith.select %p, %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_olt_negated
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @relu_olt_negated(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf olt, %v, %zero : f32
    %t = arith.select %p, %zero, %v : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_ult_negated
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, nan = bound> -> tensor<1x4x8xf32>
func.func @relu_ult_negated(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ult, %v, %zero : f32
    %t = arith.select %p, %zero, %v : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_ugt_both
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, nan = bound> -> tensor<1x4x8xf32>
func.func @relu_ugt_both(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ugt, %zero, %v : f32
    %t = arith.select %p, %zero, %v : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_maximumf
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @relu_maximumf(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.maximumf %zero, %v : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu_maxnumf
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, nan = bound> -> tensor<1x4x8xf32>
func.func @relu_maxnumf(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.maxnumf %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @upper_ult
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<upper = 6.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @upper_ult(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ult, %v, %six : f32
    %t = arith.select %p, %v, %six : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @upper_ole
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<upper = 6.000000e+00 : f32, nan = bound> -> tensor<1x4x8xf32>
func.func @upper_ole(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ole, %v, %six : f32
    %t = arith.select %p, %v, %six : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @upper_ogt_negated
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<upper = 6.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @upper_ogt_negated(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ogt, %v, %six : f32
    %t = arith.select %p, %six, %v : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @upper_minimumf
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<upper = 6.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @upper_minimumf(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.minimumf %v, %six : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @upper_minnumf
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<upper = 6.000000e+00 : f32, nan = bound> -> tensor<1x4x8xf32>
func.func @upper_minnumf(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.minnumf %six, %v : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// The bound as a tensor: uniform, of rank 0, filled.
// CHECK-LABEL: func @bound_tensor
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @bound_tensor(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %t0 = arith.constant dense<0.0> : tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #binary ins(%c, %t0 : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %t = arith.maximumf %v, %a : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bound_rank_0
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @bound_rank_0(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %t0 = arith.constant dense<0.0> : tensor<f32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #scalar ins(%c, %t0 : tensor<1x4x8xf32>, tensor<f32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %t = arith.maximumf %v, %a : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bound_fill
// CHECK-NOT: linalg
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @bound_fill(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = linalg.max ins(%c, %f : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bound_inside
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @bound_inside(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %z = arith.constant 0.0 : f32
    %t = arith.maximumf %v, %z : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bound_argument
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
func.func @bound_argument(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: f32) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.maximumf %v, %b : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bound_varies
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
func.func @bound_varies(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %t0 = arith.constant dense<[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]> : tensor<8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #bias_last ins(%c, %t0 : tensor<1x4x8xf32>, tensor<8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %t = arith.maximumf %v, %a : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bound_nan
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
// CHECK: arith.maximumf
func.func @bound_nan(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %nan = arith.constant 0x7FC00000 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.maximumf %v, %nan : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// maximumf(+0, -0) is +0, the clamp would yield -0; the strict comparison is the
// clamp.
// CHECK-LABEL: func @bound_negative_zero
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
// CHECK: arith.maximumf
func.func @bound_negative_zero(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %nz = arith.constant -0.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.maximumf %v, %nz : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bound_negative_zero_strict
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = -0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @bound_negative_zero_strict(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %nz = arith.constant -0.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ugt, %v, %nz : f32
    %t = arith.select %p, %v, %nz : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @compares_another_bound
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
func.func @compares_another_bound(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ugt, %v, %zero : f32
    %t = arith.select %p, %v, %six : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// Both bounds in one operation, in either order: NaN passes both.
// CHECK-LABEL: func @relu6_upper_first
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, upper = 6.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @relu6_upper_first(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.minimumf %v, %six : f32
    %t = arith.maximumf %s, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu6_lower_first
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, upper = 6.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @relu6_lower_first(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.maximumf %v, %zero : f32
    %t = arith.minimumf %s, %six : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// In two operations.
// CHECK-LABEL: func @relu6_two
// CHECK-NOT: linalg
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, upper = 6.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @relu6_two(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %q = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.minimumf %v, %six : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  %e3 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%q : tensor<1x4x8xf32>) outs(%e3 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ugt, %v, %zero : f32
    %t = arith.select %p, %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// The bound applied first replaces NaN, which the clamp does with the lower one.
// CHECK-LABEL: func @relu6_bound_lower_first
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32, upper = 6.000000e+00 : f32, nan = bound> -> tensor<1x4x8xf32>
func.func @relu6_bound_lower_first(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.maxnumf %v, %zero : f32
    %t = arith.minnumf %s, %six : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu6_bound_upper_first
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
func.func @relu6_bound_upper_first(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.minnumf %v, %six : f32
    %t = arith.maxnumf %s, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @relu6_bound_upper_first_two
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
func.func @relu6_bound_upper_first_two(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %q = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.minnumf %v, %six : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  %e3 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%q : tensor<1x4x8xf32>) outs(%e3 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.maxnumf %v, %zero : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @modes_differ
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
func.func @modes_differ(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %q = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.maximumf %v, %zero : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  %e3 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%q : tensor<1x4x8xf32>) outs(%e3 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.minnumf %v, %six : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// Crossed bounds yield the one applied last.
// CHECK-LABEL: func @crossed
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
func.func @crossed(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %six = arith.constant 6.0 : f32
  %seven = arith.constant 7.0 : f32
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %q = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.minimumf %v, %six : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  %e3 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%q : tensor<1x4x8xf32>) outs(%e3 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.maximumf %v, %seven : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @leaky
// CHECK: conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) epilogue
func.func @leaky(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %h = arith.mulf %v, %v : f32
    %p = arith.cmpf ugt, %v, %zero : f32
    %t = arith.select %p, %v, %h : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
