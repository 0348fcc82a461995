// RUN: conv-opt %s --conv-raise=products | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-raise | FileCheck %s --check-prefix=PLAIN

// Without products all stays as it is.
// PLAIN-COUNT-4: linalg.batch_matmul

#id = affine_map<(a, b, c, d) -> (a, b, c, d)>
#last = affine_map<(a, b, c, d) -> (c, d)>
#turned = affine_map<(a, b, c, d) -> (d, c)>

// A matrix that is repeated for a batch is read where it is.
// CHECK-LABEL: func @repeated
// CHECK-SAME: (%[[X:.*]]: tensor<1x5x6x8xf32>, %[[W:.*]]: tensor<8x16xf32>)
// CHECK-NOT: linalg.generic
// CHECK: %[[A:.*]] = tensor.collapse_shape %[[X]]
// CHECK: conv.conv {{.*}} ins(%[[A]], %[[W]] : tensor<5x6x8xf32>, tensor<8x16xf32>)
func.func @repeated(%x: tensor<1x5x6x8xf32>, %w: tensor<8x16xf32>) -> tensor<5x6x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x5x8x16xf32>
  %r = linalg.generic {indexing_maps = [#last, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%w : tensor<8x16xf32>) outs(%e : tensor<1x5x8x16xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  } -> tensor<1x5x8x16xf32>
  %a = tensor.collapse_shape %x [[0, 1], [2], [3]] : tensor<1x5x6x8xf32> into tensor<5x6x8xf32>
  %b = tensor.collapse_shape %r [[0, 1], [2], [3]] : tensor<1x5x8x16xf32> into tensor<5x8x16xf32>
  %c = tensor.empty() : tensor<5x6x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%c : tensor<5x6x16xf32>) -> tensor<5x6x16xf32>
  %y = linalg.batch_matmul ins(%a, %b : tensor<5x6x8xf32>, tensor<5x8x16xf32>) outs(%z : tensor<5x6x16xf32>) -> tensor<5x6x16xf32>
  return %y : tensor<5x6x16xf32>
}

// CHECK-LABEL: func @broadcast
// CHECK-SAME: (%[[A:.*]]: tensor<5x6x8xf32>, %[[W:.*]]: tensor<8x16xf32>)
// CHECK-NOT: linalg.broadcast
// CHECK: conv.conv {{.*}} ins(%[[A]], %[[W]] : tensor<5x6x8xf32>, tensor<8x16xf32>)
func.func @broadcast(%a: tensor<5x6x8xf32>, %w: tensor<8x16xf32>) -> tensor<5x6x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x8x16xf32>
  %b = linalg.broadcast ins(%w : tensor<8x16xf32>) outs(%e : tensor<5x8x16xf32>) dimensions = [0]
  %c = tensor.empty() : tensor<5x6x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%c : tensor<5x6x16xf32>) -> tensor<5x6x16xf32>
  %y = linalg.batch_matmul ins(%a, %b : tensor<5x6x8xf32>, tensor<5x8x16xf32>) outs(%z : tensor<5x6x16xf32>) -> tensor<5x6x16xf32>
  return %y : tensor<5x6x16xf32>
}

// One that is turned, and a vector that is repeated within each matrix, stay as
// they are.
// CHECK-LABEL: func @turned
// CHECK: linalg.generic
// CHECK: conv.conv {{.*}} : tensor<5x6x8xf32>, tensor<5x8x8xf32>)
func.func @turned(%a: tensor<5x6x8xf32>, %w: tensor<8x8xf32>) -> tensor<5x6x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x5x8x8xf32>
  %r = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%w : tensor<8x8xf32>) outs(%e : tensor<1x5x8x8xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  } -> tensor<1x5x8x8xf32>
  %b = tensor.collapse_shape %r [[0, 1], [2], [3]] : tensor<1x5x8x8xf32> into tensor<5x8x8xf32>
  %c = tensor.empty() : tensor<5x6x8xf32>
  %z = linalg.fill ins(%zero : f32) outs(%c : tensor<5x6x8xf32>) -> tensor<5x6x8xf32>
  %y = linalg.batch_matmul ins(%a, %b : tensor<5x6x8xf32>, tensor<5x8x8xf32>) outs(%z : tensor<5x6x8xf32>) -> tensor<5x6x8xf32>
  return %y : tensor<5x6x8xf32>
}

// CHECK-LABEL: func @vectors
// CHECK: linalg.broadcast
// CHECK: conv.conv {{.*}} : tensor<5x6x8xf32>, tensor<5x8x16xf32>)
func.func @vectors(%a: tensor<5x6x8xf32>, %v: tensor<5x16xf32>) -> tensor<5x6x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x8x16xf32>
  %b = linalg.broadcast ins(%v : tensor<5x16xf32>) outs(%e : tensor<5x8x16xf32>) dimensions = [1]
  %c = tensor.empty() : tensor<5x6x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%c : tensor<5x6x16xf32>) -> tensor<5x6x16xf32>
  %y = linalg.batch_matmul ins(%a, %b : tensor<5x6x8xf32>, tensor<5x8x16xf32>) outs(%z : tensor<5x6x16xf32>) -> tensor<5x6x16xf32>
  return %y : tensor<5x6x16xf32>
}
