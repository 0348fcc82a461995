// RUN: conv-opt %s --conv-to-linalg | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-to-linalg --conv-raise 2>/dev/null | FileCheck %s --check-prefix=ROUND

// Padding has the input's type, sums the output's.
// CHECK-LABEL: func @bf16
// CHECK: tensor.yield %{{.*}} : bf16
// CHECK: linalg.fill ins(%{{.*}} : f32)
// CHECK: ^bb0(%[[X:.*]]: bf16, %[[W:.*]]: bf16, %[[ACC:.*]]: f32):
// CHECK-NEXT: %[[XW:.*]] = arith.extf %[[X]] : bf16 to f32
// CHECK-NEXT: %[[WW:.*]] = arith.extf %[[W]] : bf16 to f32
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[XW]], %[[WW]] : f32
// CHECK-NEXT: arith.addf %[[ACC]], %[[P]] : f32
// ROUND-LABEL: func @bf16
// ROUND: conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%{{.*}}, %{{.*}} : tensor<1x4x4x3xbf16>, tensor<3x3x3x8xbf16>) outs(%{{.*}} : tensor<1x4x4x8xf32>)
func.func @bf16(%x: tensor<1x4x4x3xbf16>, %w: tensor<3x3x3x8xbf16>, %o: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x4x4x3xbf16>, tensor<3x3x3x8xbf16>)
    outs(%o : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// CHECK-LABEL: func @i8
// CHECK: ^bb0(%[[X:.*]]: i8, %[[W:.*]]: i8, %[[ACC:.*]]: i32):
// CHECK-NEXT: %[[XW:.*]] = arith.extsi %[[X]] : i8 to i32
// CHECK-NEXT: %[[WW:.*]] = arith.extsi %[[W]] : i8 to i32
// CHECK-NEXT: %[[P:.*]] = arith.muli %[[XW]], %[[WW]] : i32
// CHECK-NEXT: arith.addi %[[ACC]], %[[P]] : i32
// CHECK: arith.addi
func.func @i8(%x: tensor<1x6x6x3xi8>, %w: tensor<3x3x3x8xi8>, %z: tensor<1x4x4x8xi32>, %o: tensor<1x4x4x8xi32>) -> tensor<1x4x4x8xi32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x3xi8>, tensor<3x3x3x8xi8>)
    residual(%z : tensor<1x4x4x8xi32>) outs(%o : tensor<1x4x4x8xi32>) -> tensor<1x4x4x8xi32>
  return %r : tensor<1x4x4x8xi32>
}

// CHECK-LABEL: func @padding_value
// CHECK: tensor.pad
// CHECK: tensor.yield %c-56_i8
// ROUND-LABEL: func @padding_value
// ROUND: conv.conv {{.*}} {padding_value = 200 : i64, unsigned_input}
func.func @padding_value(%x: tensor<1x4x4x3xi8>, %w: tensor<3x3x3x8xi8>, %o: tensor<1x4x4x8xi32>) -> tensor<1x4x4x8xi32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x4x4x3xi8>, tensor<3x3x3x8xi8>)
    outs(%o : tensor<1x4x4x8xi32>) {unsigned_input, padding_value = 200 : i64} -> tensor<1x4x4x8xi32>
  return %r : tensor<1x4x4x8xi32>
}
