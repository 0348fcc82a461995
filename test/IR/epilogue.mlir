// RUN: conv-opt %s --split-input-file | conv-opt --split-input-file | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --split-input-file --mlir-print-op-generic | conv-opt --split-input-file | FileCheck %s -enable-var-scope

// The long form: operands with maps, a scalar, an operand of rank 0.
// CHECK-DAG: #[[$K:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>
// CHECK-DAG: #[[$ONES:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>
// CHECK-DAG: #[[$SCALAR:.*]] = affine_map<(d0, d1, d2, d3) -> ()>
// CHECK-LABEL: func.func @long(
// CHECK: conv.conv dims<nhwc x rsck -> nhwk> ins({{.*}}) outs(%{{.*}} : tensor<1x4x4x8xf32>)
// CHECK-SAME: epilogue(%{{.*}} by #[[$K]] : tensor<8xf32>, %{{.*}} by #[[$ONES]] : tensor<1x1x1x8xf32>, %{{.*}} by #[[$SCALAR]] : tensor<f32>, %{{.*}} by #[[$SCALAR]] : f32) {
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32, %[[D:.*]]: f32):
// CHECK: conv.yield %{{.*}} : f32
// CHECK: } -> tensor<1x4x4x8xf32>
func.func @long(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %a: tensor<8xf32>, %b: tensor<1x1x1x8xf32>, %c: tensor<f32>, %d: f32) -> tensor<1x4x4x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>)
    epilogue(%a by affine_map<(n, h, w, k) -> (k)> : tensor<8xf32>,
             %b by affine_map<(n, h, w, k) -> (n, 0, 0, k)> : tensor<1x1x1x8xf32>,
             %c by affine_map<(n, h, w, k) -> ()> : tensor<f32>,
             %d by affine_map<(n, h, w, k) -> ()> : f32) {
  ^bb0(%acc: f32, %s: f32, %t: f32, %u: f32, %v: f32):
    %0 = arith.mulf %acc, %s : f32
    %1 = arith.addf %0, %t : f32
    %2 = arith.mulf %1, %u : f32
    %3 = arith.subf %2, %v : f32
    %4 = math.exp %3 : f32
    conv.yield %4 : f32
  } -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// -----

// Bias, residual and clamp have a short form, however they were written.
// CHECK-LABEL: func.func @short(
// CHECK: conv.conv dims<nhwc x rsck -> nhwk> ins({{.*}}) bias(%{{.*}} : tensor<8xf32>) residual(%{{.*}} : tensor<1x4x4x8xf32>) outs(%{{.*}} : tensor<1x4x4x8xf32>) clamp<lower = 0.000000e+00 : f32, upper = 6.000000e+00 : f32, nan = bound> -> tensor<1x4x4x8xf32>
func.func @short(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %b: tensor<8xf32>, %z: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>)
    epilogue(%b by affine_map<(n, h, w, k) -> (k)> : tensor<8xf32>,
             %z by affine_map<(n, h, w, k) -> (n, h, w, k)> : tensor<1x4x4x8xf32>) {
  ^bb0(%acc: f32, %s: f32, %t: f32):
    %zero = arith.constant 0.0 : f32
    %six = arith.constant 6.0 : f32
    %0 = arith.addf %acc, %s : f32
    %1 = arith.addf %0, %t : f32
    %2 = arith.cmpf ogt, %1, %zero : f32
    %3 = arith.select %2, %1, %zero : f32
    %4 = arith.cmpf olt, %3, %six : f32
    %5 = arith.select %4, %3, %six : f32
    conv.yield %5 : f32
  } -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// -----

// The upper bound first is another function of NaN: no short form.
// CHECK-LABEL: func.func @upper_first(
// CHECK: epilogue {
func.func @upper_first(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) epilogue {
  ^bb0(%acc: f32):
    %zero = arith.constant 0.0 : f32
    %six = arith.constant 6.0 : f32
    %2 = arith.cmpf olt, %acc, %six : f32
    %3 = arith.select %2, %acc, %six : f32
    %4 = arith.cmpf ogt, %3, %zero : f32
    %5 = arith.select %4, %3, %zero : f32
    conv.yield %5 : f32
  } -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// -----

// Sums of f32 become bytes; blocks of channels in the output.
// CHECK: #[[$BLOCKED:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1 * 8 + d4)>
// CHECK-LABEL: func.func @requantize(
// CHECK: epilogue(%{{.*}} by #[[$BLOCKED]] : memref<16xf32>)
// CHECK: conv.yield %{{.*}} : i8
func.func @requantize(%x: memref<1x6x6x4xf32>, %w: memref<3x3x4x16xf32>, %o: memref<1x2x4x4x8xi8>, %s: memref<16xf32>) {
  conv.conv dims<nhwc x rsck -> nKhwk> ins(%x, %w : memref<1x6x6x4xf32>, memref<3x3x4x16xf32>)
    outs(%o : memref<1x2x4x4x8xi8>)
    epilogue(%s by affine_map<(n, b, h, w, k) -> (b * 8 + k)> : memref<16xf32>) {
  ^bb0(%acc: f32, %m: f32):
    %0 = arith.mulf %acc, %m : f32
    %1 = math.roundeven %0 : f32
    %2 = arith.fptosi %1 : f32 to i8
    conv.yield %2 : i8
  }
  return
}
