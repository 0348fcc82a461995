// RUN: conv-opt %s --conv-decompose | FileCheck %s

// CHECK-LABEL: func.func @softmax
// CHECK-NOT: linalg.softmax
// CHECK: arith.maxnumf
// CHECK: arith.subf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: arith.divf
// CHECK: return
func.func @softmax(%x: tensor<2x10xf32>) -> tensor<2x10xf32> {
  %e = tensor.empty() : tensor<2x10xf32>
  %0 = linalg.softmax dimension(1) ins(%x : tensor<2x10xf32>) outs(%e : tensor<2x10xf32>) -> tensor<2x10xf32>
  return %0 : tensor<2x10xf32>
}

// Upstream has no decomposition on memrefs.
// CHECK-LABEL: func.func @buffers
// CHECK: linalg.softmax
func.func @buffers(%x: memref<2x10xf32>, %y: memref<2x10xf32>) {
  linalg.softmax dimension(1) ins(%x : memref<2x10xf32>) outs(%y : memref<2x10xf32>)
  return
}
