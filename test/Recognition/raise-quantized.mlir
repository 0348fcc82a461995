// RUN: conv-opt %s --conv-raise -split-input-file | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-raise=quantized=literal -split-input-file | FileCheck %s --check-prefix=LITERAL
// RUN: not conv-opt %s --conv-raise=quantized=both -split-input-file 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: quantized = both is neither 'integer' nor 'literal'
// LITERAL-NOT: conv.requantize
// LITERAL: conv.conv {{.*}} : tensor<1x1x4x4xf32>, tensor<2x1x1x2xf32>)
// LITERAL-NOT: conv.requantize

// A scale for each channel; a bias of integers is part of the sum (16 and 32, and
// -10 * (w0 + w1) for the zero point), the scale is 0.5 * [0.25, 0.5] / 0.125.
// Zeros of the padding are the zero point.
// CHECK-LABEL: func @qdq
// CHECK-SAME: (%[[X:.*]]: tensor<1x1x4x4xi8>)
// CHECK: %[[SUMS:.*]] = arith.constant dense<[-14, 2]> : tensor<2xi32>
// CHECK: %[[SCALE:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK: conv.conv dims<nchw x kcrs -> nkhw, low = [0, 1]> ins(%[[X]], %{{.*}} : tensor<1x1x4x4xi8>, tensor<2x1x1x2xi8>)
// CHECK-SAME: outs(%{{.*}} : tensor<1x2x4x4xi8>) epilogue(%[[SUMS]] by {{.*}} : tensor<2xi32>, %[[SCALE]] by {{.*}} : tensor<2xf32>)
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: i32, %[[B:.*]]: i32, %[[S:.*]]: f32):
// CHECK-NEXT: %[[SUM:.*]] = arith.addi %[[ACC]], %[[B]]
// CHECK-NEXT: %[[REAL:.*]] = arith.sitofp %[[SUM]]
// CHECK-NEXT: %[[SCALED:.*]] = arith.mulf %[[REAL]], %[[S]]
// A ReLU is a bound of the integers.
// CHECK-NEXT: %[[Q:.*]] = conv.requantize f32_even(%[[SCALED]]) zero_point = 7 range = [7, 127] : (f32) -> i8
// CHECK-NEXT: conv.yield %[[Q]]
// CHECK-NEXT: padding_value = 10 : i64
// CHECK-NOT: f32
#id = affine_map<(a, b, c, d) -> (a, b, c, d)>
#k = affine_map<(a, b, c, d) -> (a)>
#v = affine_map<(a) -> (a)>
func.func @qdq(%x: tensor<1x1x4x4xi8>) -> tensor<1x2x4x4xi8> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[[[1, 2]]], [[[3, 0]]]]> : tensor<2x1x1x2xi8>
  %sw = arith.constant dense<[0.25, 0.5]> : tensor<2xf32>
  %b = arith.constant dense<[16, 32]> : tensor<2xi32>
  %sb = arith.constant dense<[0.125, 0.25]> : tensor<2xf32>
  %ex = tensor.empty() : tensor<1x1x4x4xf32>
  %dx = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<1x1x4x4xi8>) outs(%ex : tensor<1x1x4x4xf32>) {
  ^bb0(%i: i8, %o: f32):
    %z = arith.constant 10 : i64
    %s = arith.constant 0.5 : f32
    %0 = arith.extsi %i : i8 to i64
    %1 = arith.subi %0, %z : i64
    %2 = arith.sitofp %1 : i64 to f32
    %3 = arith.mulf %2, %s : f32
    linalg.yield %3 : f32
  } -> tensor<1x1x4x4xf32>
  %p = tensor.pad %dx low[0, 0, 0, 1] high[0, 0, 0, 0] {
  ^bb0(%i: index, %j: index, %l: index, %m: index):
    tensor.yield %zero : f32
  } : tensor<1x1x4x4xf32> to tensor<1x1x4x5xf32>
  %ew = tensor.empty() : tensor<2x1x1x2xf32>
  %dw = linalg.generic {indexing_maps = [#id, #k, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%w, %sw : tensor<2x1x1x2xi8>, tensor<2xf32>) outs(%ew : tensor<2x1x1x2xf32>) {
  ^bb0(%i: i8, %s: f32, %o: f32):
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<2x1x1x2xf32>
  %eb = tensor.empty() : tensor<2xf32>
  %db = linalg.generic {indexing_maps = [#v, #v, #v], iterator_types = ["parallel"]} ins(%b, %sb : tensor<2xi32>, tensor<2xf32>) outs(%eb : tensor<2xf32>) {
  ^bb0(%i: i32, %s: f32, %o: f32):
    %0 = arith.sitofp %i : i32 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<2xf32>
  %ey = tensor.empty() : tensor<1x2x4x4xf32>
  %init = linalg.broadcast ins(%db : tensor<2xf32>) outs(%ey : tensor<1x2x4x4xf32>) dimensions = [0, 2, 3]
  %y = linalg.conv_2d_nchw_fchw ins(%p, %dw : tensor<1x1x4x5xf32>, tensor<2x1x1x2xf32>) outs(%init : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %relu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%y : tensor<1x2x4x4xf32>) outs(%ey : tensor<1x2x4x4xf32>) {
  ^bb0(%i: f32, %o: f32):
    %c = arith.cmpf ugt, %i, %zero : f32
    %0 = arith.select %c, %i, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x4x4xf32>
  %eq = tensor.empty() : tensor<1x2x4x4xi8>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%relu : tensor<1x2x4x4xf32>) outs(%eq : tensor<1x2x4x4xi8>) {
  ^bb0(%i: f32, %o: i8):
    %s = arith.constant 0.125 : f32
    %z = arith.constant 7.0 : f32
    %lo = arith.constant -128.0 : f32
    %hi = arith.constant 127.0 : f32
    %0 = arith.divf %i, %s : f32
    %1 = math.roundeven %0 : f32
    %2 = arith.addf %1, %z : f32
    %3 = arith.maximumf %2, %lo : f32
    %4 = arith.minimumf %3, %hi : f32
    %5 = arith.fptosi %4 : f32 to i8
    linalg.yield %5 : i8
  } -> tensor<1x2x4x4xi8>
  return %q : tensor<1x2x4x4xi8>
}

// -----

// A bias and a residual in f32, no quantisation behind: the result is in f32.
// Unsigned inputs are what some instructions multiply.
// CHECK-LABEL: func @real
// CHECK: conv.conv dims<nhwc x krsc -> nhwk> {{.*}} : tensor<1x4x4x2xi8>, tensor<3x1x1x2xi8>) outs(%{{.*}} : tensor<1x4x4x3xf32>)
// CHECK: arith.sitofp
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: arith.addf
// CHECK-NOT: conv.requantize
// CHECK: unsigned_input
#id = affine_map<(a, b, c, d) -> (a, b, c, d)>
func.func @real(%x: tensor<1x4x4x2xi8>, %r: tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32> {
  %w = arith.constant dense<[[[[1, 2]]], [[[3, 0]]], [[[-3, 5]]]]> : tensor<3x1x1x2xi8>
  %b = arith.constant dense<[0.25, 0.5, 1.0]> : tensor<3xf32>
  %ex = tensor.empty() : tensor<1x4x4x2xf32>
  %dx = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<1x4x4x2xi8>) outs(%ex : tensor<1x4x4x2xf32>) {
  ^bb0(%i: i8, %o: f32):
    %s = arith.constant 0.5 : f32
    %0 = arith.uitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<1x4x4x2xf32>
  %ew = tensor.empty() : tensor<3x1x1x2xf32>
  %dw = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%w : tensor<3x1x1x2xi8>) outs(%ew : tensor<3x1x1x2xf32>) {
  ^bb0(%i: i8, %o: f32):
    %s = arith.constant 0.125 : f32
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<3x1x1x2xf32>
  %e = tensor.empty() : tensor<1x4x4x3xf32>
  %init = linalg.broadcast ins(%b : tensor<3xf32>) outs(%e : tensor<1x4x4x3xf32>) dimensions = [0, 1, 2]
  %y = linalg.conv_2d_nhwc_fhwc ins(%dx, %dw : tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) outs(%init : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  %a = linalg.add ins(%y, %r : tensor<1x4x4x3xf32>, tensor<1x4x4x3xf32>) outs(%e : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  return %a : tensor<1x4x4x3xf32>
}

// -----

// A linear layer, whose filter is transposed behind its dequantisation: bytes as
// they lie, with a scale for each of their rows.
// CHECK-LABEL: func @linear
// CHECK: %[[W:.*]] = arith.constant dense<{{.*}}> : tensor<3x2xi8>
// CHECK-NOT: linalg.transpose
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[W]] : tensor<4x2xi8>, tensor<3x2xi8>) outs(%{{.*}} : tensor<4x3xi32>)
// CHECK: %[[SCALE:.*]] = arith.constant dense<[1.250000e-01, 2.500000e-01, 5.000000e-01]> : tensor<3xf32>
// CHECK: arith.mulf
#id = affine_map<(a, b) -> (a, b)>
#k = affine_map<(a, b) -> (a)>
func.func @linear(%x: tensor<4x2xi8>) -> tensor<4x3xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[1, 2], [3, 0], [-3, 5]]> : tensor<3x2xi8>
  %sw = arith.constant dense<[0.25, 0.5, 1.0]> : tensor<3xf32>
  %ex = tensor.empty() : tensor<4x2xf32>
  %dx = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x2xi8>) outs(%ex : tensor<4x2xf32>) {
  ^bb0(%i: i8, %o: f32):
    %s = arith.constant 0.5 : f32
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<4x2xf32>
  %ew = tensor.empty() : tensor<3x2xf32>
  %dw = linalg.generic {indexing_maps = [#id, #k, #id], iterator_types = ["parallel", "parallel"]} ins(%w, %sw : tensor<3x2xi8>, tensor<3xf32>) outs(%ew : tensor<3x2xf32>) {
  ^bb0(%i: i8, %s: f32, %o: f32):
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<3x2xf32>
  %et = tensor.empty() : tensor<2x3xf32>
  %t = linalg.transpose ins(%dw : tensor<3x2xf32>) outs(%et : tensor<2x3xf32>) permutation = [1, 0]
  %e = tensor.empty() : tensor<4x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x3xf32>) -> tensor<4x3xf32>
  %y = linalg.matmul ins(%dx, %t : tensor<4x2xf32>, tensor<2x3xf32>) outs(%f : tensor<4x3xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
