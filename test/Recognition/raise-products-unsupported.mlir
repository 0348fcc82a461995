// RUN: conv-opt %s --conv-raise=products -verify-diagnostics | FileCheck %s --implicit-check-not=conv.conv
// Who insists on convolutions may have products of any type beside them.
// RUN: conv-opt %s --conv-raise="products require" -verify-diagnostics | FileCheck %s --implicit-check-not=conv.conv

// A product of matrices that stays plain says so, as convolutions do.

// CHECK-LABEL: func @wide_integers
func.func @wide_integers(%a: tensor<4x5xi64>, %b: tensor<5x6xi64>, %c: tensor<4x6xi64>) -> tensor<4x6xi64> {
  // expected-warning @below {{product is left to the plain lowering: no instruction is made for its element types}}
  %r = linalg.matmul ins(%a, %b : tensor<4x5xi64>, tensor<5x6xi64>) outs(%c : tensor<4x6xi64>) -> tensor<4x6xi64>
  return %r : tensor<4x6xi64>
}

// Only values are summed in another type than they are written in; what is in
// memory is not.
// CHECK-LABEL: func @memory
func.func @memory(%a: memref<4x5xf16>, %b: memref<5x6xf16>, %c: memref<4x6xf16>) {
  // expected-warning @below {{product is left to the plain lowering: no instruction is made for its element types}}
  linalg.matmul ins(%a, %b : memref<4x5xf16>, memref<5x6xf16>) outs(%c : memref<4x6xf16>)
  return
}

// Products of vectors are no convolutions in any type.
// CHECK-LABEL: func @dot
func.func @dot(%a: tensor<5xi64>, %b: tensor<5xi64>, %c: tensor<i64>) -> tensor<i64> {
  %r = linalg.dot ins(%a, %b : tensor<5xi64>, tensor<5xi64>) outs(%c : tensor<i64>) -> tensor<i64>
  return %r : tensor<i64>
}

// What is not raised is not summed in another type either, and says so.
// CHECK-LABEL: func @unknown_sums
// CHECK-NOT: f32
// CHECK: return
func.func @unknown_sums(%a: tensor<?x?xbf16>, %b: tensor<?x?xbf16>, %c: tensor<?x?xbf16>) -> tensor<?x?xbf16> {
  // expected-warning @below {{product is left to the plain lowering: no instruction is made for its element types}}
  %r = linalg.matmul ins(%a, %b : tensor<?x?xbf16>, tensor<?x?xbf16>) outs(%c : tensor<?x?xbf16>) -> tensor<?x?xbf16>
  return %r : tensor<?x?xbf16>
}

// CHECK-LABEL: func @unknown_columns
// CHECK-NOT: f32
// CHECK: return
func.func @unknown_columns(%a: tensor<64x128xf16>, %b: tensor<128x?xf16>, %c: tensor<64x?xf16>) -> tensor<64x?xf16> {
  // expected-warning @below {{product is left to the plain lowering: no instruction is made for its element types}}
  %r = linalg.matmul ins(%a, %b : tensor<64x128xf16>, tensor<128x?xf16>) outs(%c : tensor<64x?xf16>) -> tensor<64x?xf16>
  return %r : tensor<64x?xf16>
}
