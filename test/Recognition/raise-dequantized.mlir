// RUN: conv-opt %s --conv-raise -split-input-file | FileCheck %s -enable-var-scope

// A residual that was dequantised is read as integers, and dequantised in the
// epilogue.
// CHECK-LABEL: func @residual
// CHECK-SAME: (%[[X:.*]]: tensor<1x4x4x2xi8>, %[[W:.*]]: tensor<1x1x2x2xi8>, %[[R:.*]]: tensor<1x4x4x2xi8>)
// CHECK-NOT: linalg.generic
// CHECK: conv.conv dims<nhwc x rsck -> nhwk> ins(%[[X]], %[[W]] :
// CHECK-SAME: epilogue(%[[R]] by #{{.*}} : tensor<1x4x4x2xi8>)
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: i32, %[[Q:.*]]: i8):
// CHECK: %[[REAL:.*]] = arith.sitofp %[[ACC]]
// CHECK: %[[SCALED:.*]] = arith.mulf %[[REAL]]
// CHECK: %[[WIDE:.*]] = arith.extui %[[Q]] : i8 to i32
// CHECK: %[[ZERO:.*]] = arith.constant 127 : i32
// CHECK: %[[FROM:.*]] = arith.subi %[[WIDE]], %[[ZERO]]
// CHECK: %[[NUMBER:.*]] = arith.sitofp %[[FROM]]
// CHECK: %[[SCALE:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[ADDEND:.*]] = arith.mulf %[[NUMBER]], %[[SCALE]]
// CHECK: %[[SUM:.*]] = arith.addf %[[SCALED]], %[[ADDEND]]
// CHECK: conv.yield %[[SUM]]
// CHECK-NOT: linalg.generic
#id = affine_map<(a, b, c, d) -> (a, b, c, d)>
func.func @residual(%x: tensor<1x4x4x2xi8>, %w: tensor<1x1x2x2xi8>, %r: tensor<1x4x4x2xi8>) -> tensor<1x4x4x2xf32> {
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x4x4x2xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi32>
  %sums = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x2xi8>, tensor<1x1x2x2xi8>) outs(%init : tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi32>
  %f = tensor.empty() : tensor<1x4x4x2xf32>
  %scaled = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%sums : tensor<1x4x4x2xi32>) outs(%f : tensor<1x4x4x2xf32>) {
  ^bb0(%i: i32, %o: f32):
    %s = arith.constant 0.125 : f32
    %0 = arith.sitofp %i : i32 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<1x4x4x2xf32>
  %dr = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%r : tensor<1x4x4x2xi8>) outs(%f : tensor<1x4x4x2xf32>) {
  ^bb0(%i: i8, %o: f32):
    %z = arith.constant 127 : i64
    %s = arith.constant 0.5 : f32
    %0 = arith.extui %i : i8 to i64
    %1 = arith.subi %0, %z : i64
    %2 = arith.sitofp %1 : i64 to f32
    %3 = arith.mulf %2, %s : f32
    linalg.yield %3 : f32
  } -> tensor<1x4x4x2xf32>
  %sum = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%scaled, %dr : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) outs(%f : tensor<1x4x4x2xf32>) {
  ^bb0(%i: f32, %j: f32, %o: f32):
    %0 = arith.addf %i, %j : f32
    linalg.yield %0 : f32
  } -> tensor<1x4x4x2xf32>
  return %sum : tensor<1x4x4x2xf32>
}

// -----

// What others dequantise is stored as integers, where they cannot be part of the
// epilogue (@kept), and not where somebody needs the numbers (@returned).
// CHECK-LABEL: func @kept
// CHECK: %[[Q:.*]] = conv.conv {{.*}} outs(%{{.*}} : tensor<1x4x4x2xi8>)
// CHECK: conv.yield %{{.*}} : i8
// CHECK: %[[D:.*]] = linalg.generic {{.*}} ins(%[[Q]] : tensor<1x4x4x2xi8>)
// CHECK: linalg.generic {{.*}} ins(%[[D]] : tensor<1x4x4x2xf32>)
// CHECK: math.sin
// CHECK-LABEL: func @returned
// CHECK: %[[Y:.*]] = conv.conv {{.*}} outs(%{{.*}} : tensor<1x4x4x2xf32>)
// CHECK: return %[[Y]]
#id = affine_map<(a, b, c, d) -> (a, b, c, d)>
func.func @kept(%x: tensor<1x4x4x2xi8>, %w: tensor<1x1x2x2xi8>) -> tensor<1x4x4x2xf32> {
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x4x4x2xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi32>
  %sums = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x2xi8>, tensor<1x1x2x2xi8>) outs(%init : tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi32>
  %b = tensor.empty() : tensor<1x4x4x2xi8>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%sums : tensor<1x4x4x2xi32>) outs(%b : tensor<1x4x4x2xi8>) {
  ^bb0(%i: i32, %o: i8):
    %0 = arith.trunci %i : i32 to i8
    linalg.yield %0 : i8
  } -> tensor<1x4x4x2xi8>
  %f = tensor.empty() : tensor<1x4x4x2xf32>
  %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%q : tensor<1x4x4x2xi8>) outs(%f : tensor<1x4x4x2xf32>) {
  ^bb0(%i: i8, %o: f32):
    %s = arith.constant 0.5 : f32
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<1x4x4x2xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%d : tensor<1x4x4x2xf32>) outs(%f : tensor<1x4x4x2xf32>) {
  ^bb0(%i: f32, %o: f32):
    %0 = math.sin %i : f32
    linalg.yield %0 : f32
  } -> tensor<1x4x4x2xf32>
  return %y : tensor<1x4x4x2xf32>
}

func.func @returned(%x: tensor<1x4x4x2xi8>, %w: tensor<1x1x2x2xi8>) -> tensor<1x4x4x2xf32> {
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x4x4x2xi32>
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi32>
  %sums = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x2xi8>, tensor<1x1x2x2xi8>) outs(%init : tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi32>
  %b = tensor.empty() : tensor<1x4x4x2xi8>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%sums : tensor<1x4x4x2xi32>) outs(%b : tensor<1x4x4x2xi8>) {
  ^bb0(%i: i32, %o: i8):
    %0 = arith.trunci %i : i32 to i8
    linalg.yield %0 : i8
  } -> tensor<1x4x4x2xi8>
  %f = tensor.empty() : tensor<1x4x4x2xf32>
  %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%q : tensor<1x4x4x2xi8>) outs(%f : tensor<1x4x4x2xf32>) {
  ^bb0(%i: i8, %o: f32):
    %s = arith.constant 0.5 : f32
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<1x4x4x2xf32>
  return %d : tensor<1x4x4x2xf32>
}
