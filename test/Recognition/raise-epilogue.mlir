// RUN: conv-opt %s --conv-raise | FileCheck %s -enable-var-scope

// Bias, residual and clamp after a convolution, and what stays outside.

#id = affine_map<(n, w, k) -> (n, w, k)>
#k = affine_map<(n, w, k) -> (k)>
#unary = {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
#binary = {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
#bias_last = {indexing_maps = [#id, #k, #id], iterator_types = ["parallel", "parallel", "parallel"]}
#bias_first = {indexing_maps = [#k, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
#in_place = {indexing_maps = [#k, #id], iterator_types = ["parallel", "parallel", "parallel"]}

// CHECK-LABEL: func @bias_after
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) bias(%{{.*}} : tensor<8xf32>) outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
// CHECK-NEXT: return %[[R]]
func.func @bias_after(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #bias_last ins(%c, %b : tensor<1x4x8xf32>, tensor<8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %s = arith.addf %v, %a : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bias_first
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) bias(%{{.*}} : tensor<8xf32>) outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
func.func @bias_first(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #bias_first ins(%b, %c : tensor<8xf32>, tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %v: f32, %out: f32):
    %s = arith.addf %v, %a : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// The result written over.
// CHECK-LABEL: func @bias_in_place
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) bias(%{{.*}} : tensor<8xf32>) outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
// CHECK-NEXT: return %[[R]]
func.func @bias_in_place(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = linalg.generic #in_place ins(%b : tensor<8xf32>) outs(%c : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %v: f32):
    %s = arith.addf %v, %a : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bias_broadcast_add
// CHECK-NOT: linalg
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) bias(%{{.*}} : tensor<8xf32>) outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
func.func @bias_broadcast_add(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %bb = linalg.broadcast ins(%b : tensor<8xf32>) outs(%e2 : tensor<1x4x8xf32>) dimensions = [0, 1]
  %r = linalg.add ins(%c, %bb : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// A second one is read by the same argument.
// CHECK-LABEL: func @bias_twice
// CHECK: conv.conv dims<nwc x sck -> nwk> {{.*}} epilogue(%{{.*}} by #{{[^ ]+}} : tensor<8xf32>) {
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[A]], %[[B]] : f32
// CHECK-NEXT: %[[T:.*]] = arith.addf %[[S]], %[[B]] : f32
// CHECK-NEXT: conv.yield %[[T]] : f32
// CHECK-NOT: linalg.generic
func.func @bias_twice(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %f = linalg.broadcast ins(%b : tensor<8xf32>) outs(%e : tensor<1x4x8xf32>) dimensions = [0, 1]
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #bias_last ins(%c, %b : tensor<1x4x8xf32>, tensor<8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %s = arith.addf %v, %a : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// The residual is defined after the convolution, which moves below it.
// CHECK-LABEL: func @residual
// CHECK: %[[D:.*]] = linalg.exp
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) residual(%[[D]] : tensor<1x4x8xf32>) outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
// CHECK-NEXT: return %[[R]]
func.func @residual(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %y: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %d = linalg.exp ins(%y : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = linalg.add ins(%d, %c : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @residual_relu
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) residual(%{{.*}} : tensor<1x4x8xf32>) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @residual_relu(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %y: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #binary ins(%c, %y : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %s = arith.addf %a, %v : f32
    %p = arith.cmpf ugt, %s, %zero : f32
    %t = arith.select %p, %s, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @bias_residual_relu
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) bias(%{{.*}} : tensor<8xf32>) residual(%{{.*}} : tensor<1x4x8xf32>) outs(%{{.*}} : tensor<1x4x8xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x4x8xf32>
func.func @bias_residual_relu(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<8xf32>, %y: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %u = linalg.generic #bias_last ins(%c, %b : tensor<1x4x8xf32>, tensor<8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %s = arith.addf %v, %a : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  %q = linalg.add ins(%u, %y : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e3 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%q : tensor<1x4x8xf32>) outs(%e3 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.maximumf %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// The value twice is not a residual.
// CHECK-LABEL: func @doubled
// CHECK: conv.conv {{.*}} epilogue {
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32):
// CHECK-NEXT: arith.addf %[[A]], %[[A]] : f32
// CHECK-NOT: linalg.add
func.func @doubled(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = linalg.add ins(%c, %c : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// A residual after a clamp is another function.
// CHECK-LABEL: func @relu_residual
// CHECK: conv.conv {{.*}} epilogue(%{{.*}} by #{{[^ ]+}} : tensor<1x4x8xf32>) {
// CHECK: %[[P:.*]] = arith.cmpf ugt, %[[A:.*]], %[[Z:.*]] : f32
// CHECK: %[[M:.*]] = arith.select %[[P]], %[[A]], %[[Z]] : f32
// CHECK: arith.addf %[[M]], %{{.*}} : f32
// CHECK-NOT: linalg.add
func.func @relu_residual(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %y: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %q = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.maximumf %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  %r = linalg.add ins(%q, %y : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// Two uses: the value itself is needed.
// CHECK-LABEL: func @two_uses
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
// CHECK: linalg.generic
func.func @two_uses(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> (tensor<1x4x8xf32>, tensor<1x4x8xf32>) {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %t = arith.maximumf %v, %zero : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %c, %r : tensor<1x4x8xf32>, tensor<1x4x8xf32>
}

// All of an operation is folded or nothing: the body reads its position.
// CHECK-LABEL: func @partly
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
// CHECK: linalg.generic
func.func @partly(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.maximumf %v, %zero : f32
    %i = linalg.index 2 : index
    %n = arith.index_cast %i : index to i32
    %g = arith.sitofp %n : i32 to f32
    %t = arith.mulf %s, %g : f32
    linalg.yield %t : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// A read destination and a transposing map.
// CHECK-LABEL: func @reads_destination
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
// CHECK: linalg.generic
func.func @reads_destination(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %y: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%y : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.addf %v, %out : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// In a loop the convolution would be repeated.
// CHECK-LABEL: func @in_loop
// CHECK: conv.conv
// CHECK: scf.for
// CHECK: linalg.max
func.func @in_loop(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %l: index, %u: index) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%f : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = scf.for %i = %l to %u step %l iter_args(%it = %e) -> tensor<1x4x8xf32> {
    %m = linalg.max ins(%c, %f : tensor<1x4x8xf32>, tensor<1x4x8xf32>) outs(%it : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
    scf.yield %m : tensor<1x4x8xf32>
  }
  return %r : tensor<1x4x8xf32>
}

// An accumulating convolution keeps its init.
// CHECK-LABEL: func @accumulate_relu
// CHECK: conv.conv {{.*}} outs(%{{.*}} : tensor<1x4x8xf32>) accumulate clamp<lower = 0.000000e+00 : f32>
func.func @accumulate_relu(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %y: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%y : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %e2 = tensor.empty() : tensor<1x4x8xf32>
  %r = linalg.generic #unary ins(%c : tensor<1x4x8xf32>) outs(%e2 : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.maximumf %v, %zero : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// An operand of ones but for the channels is a bias.
// CHECK-LABEL: func @bias_ones
// CHECK: %[[B:.*]] = tensor.collapse_shape %{{.*}} {{\[}}[0, 1, 2]] : tensor<1x1x8xf32> into tensor<8xf32>
// CHECK: conv.conv {{.*}} bias(%[[B]] : tensor<8xf32>)
func.func @bias_ones(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %b: tensor<1x1x8xf32>) -> tensor<1x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x8xf32>
  %c = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%e : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %r = linalg.generic {indexing_maps = [#id, affine_map<(n, w, k) -> (n, 0, k)>, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%c, %b : tensor<1x4x8xf32>, tensor<1x1x8xf32>) outs(%e : tensor<1x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %s = arith.addf %v, %a : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// Front ends join groups and channels before they go on.
// CHECK-LABEL: func @joined
// CHECK-SAME: %[[B:[^:]*]]: tensor<8xf32>, %[[RES:[^:]*]]: tensor<?x4x8xf32>
// CHECK-DAG: %[[BGK:.*]] = tensor.expand_shape %[[B]] {{\[}}[0, 1]] output_shape [4, 2] : tensor<8xf32> into tensor<4x2xf32>
// CHECK-DAG: %[[RGK:.*]] = tensor.expand_shape %[[RES]] {{\[}}[0], [1], [2, 3]] {{.*}} : tensor<?x4x8xf32> into tensor<?x4x4x2xf32>
// CHECK: %[[R:.*]] = conv.conv dims<nwg x sgk -> nwgk> {{.*}} bias(%[[BGK]] : {{.*}}) residual(%[[RGK]] : {{.*}}) outs({{.*}}) clamp<lower = 0.000000e+00 : f32> -> tensor<?x4x4x2xf32>
// CHECK: %[[J:.*]] = tensor.collapse_shape %[[R]] {{\[}}[0], [1], [2, 3]]
// CHECK: return %[[J]]
func.func @joined(%x: tensor<?x6x4xf32>, %w: tensor<3x4x2xf32>, %b: tensor<8xf32>, %y: tensor<?x4x8xf32>, %o: tensor<?x4x4x2xf32>, %o2: tensor<?x4x8xf32>) -> tensor<?x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32>
  %c = linalg.depthwise_conv_1d_nwc_wcm ins(%x, %w : tensor<?x6x4xf32>, tensor<3x4x2xf32>) outs(%f : tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32>
  %j = tensor.collapse_shape %c [[0], [1], [2, 3]] : tensor<?x4x4x2xf32> into tensor<?x4x8xf32>
  %q = linalg.generic #bias_last ins(%j, %b : tensor<?x4x8xf32>, tensor<8xf32>) outs(%o2 : tensor<?x4x8xf32>) {
  ^bb0(%v: f32, %a: f32, %out: f32):
    %s = arith.addf %v, %a : f32
    linalg.yield %s : f32
  } -> tensor<?x4x8xf32>
  %t = linalg.add ins(%q, %y : tensor<?x4x8xf32>, tensor<?x4x8xf32>) outs(%o2 : tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
  %r = linalg.generic #unary ins(%t : tensor<?x4x8xf32>) outs(%o2 : tensor<?x4x8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.maximumf %v, %zero : f32
    linalg.yield %s : f32
  } -> tensor<?x4x8xf32>
  return %r : tensor<?x4x8xf32>
}

// Nothing to fold behind it: the join stays as it is. Other dimensions joined
// are not looked through.
// CHECK-LABEL: func @joined_otherwise
// CHECK: conv.conv dims<nwg x sgk -> nwgk> {{.*}} -> tensor<1x4x4x2xf32>
// CHECK: tensor.collapse_shape
// CHECK: linalg.generic
func.func @joined_otherwise(%x: tensor<1x6x4xf32>, %w: tensor<3x4x2xf32>, %o: tensor<1x4x4x2xf32>) -> tensor<4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %c = linalg.depthwise_conv_1d_nwc_wcm ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x2xf32>) outs(%o : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %j = tensor.collapse_shape %c [[0, 1], [2, 3]] : tensor<1x4x4x2xf32> into tensor<4x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(w, k) -> (w, k)>], iterator_types = ["parallel", "parallel"]} outs(%j : tensor<4x8xf32>) {
  ^bb0(%v: f32):
    %s = arith.maximumf %v, %zero : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}
