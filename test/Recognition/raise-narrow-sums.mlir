// RUN: conv-opt %s --conv-raise --remarks-filter=conv 2>%t | FileCheck %s -enable-var-scope
// RUN: FileCheck %s --check-prefix=REMARK < %t
// RUN: conv-opt %s --conv-raise=products | FileCheck %s --check-prefix=PRODUCT

// REMARK: sums of 16 bits are computed in f32 and rounded once

// Sums of bf16 are sums in f32, rounded in the epilogue.
// CHECK-LABEL: func @jax
// CHECK: conv.conv dims<nhwc x rsck -> nhwk> ins(%{{.*}}, %{{.*}} : tensor<1x4x4x3xbf16>, tensor<3x3x3x8xbf16>)
// CHECK-SAME: outs(%{{.*}} : tensor<1x2x2x8xbf16>) epilogue {
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
// CHECK-NEXT: %[[Y:.*]] = arith.truncf %[[ACC]] : f32 to bf16
// CHECK-NEXT: conv.yield %[[Y]]
func.func @jax(%x: tensor<1x4x4x3xbf16>, %w: tensor<3x3x3x8xbf16>) -> tensor<1x2x2x8xbf16> {
  %zero = arith.constant 0.0 : bf16
  %e = tensor.empty() : tensor<1x2x2x8xbf16>
  %f = linalg.fill ins(%zero : bf16) outs(%e : tensor<1x2x2x8xbf16>) -> tensor<1x2x2x8xbf16>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x3xbf16>, tensor<3x3x3x8xbf16>) outs(%f : tensor<1x2x2x8xbf16>) -> tensor<1x2x2x8xbf16>
  return %r : tensor<1x2x2x8xbf16>
}

// A repeated vector stays a bias.
// CHECK-LABEL: func @bias
// CHECK: %[[B:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<8xf16>) outs(%{{.*}} : tensor<8xf32>)
// CHECK: conv.conv {{.*}} outs(%{{.*}} : tensor<1x2x2x8xf16>) epilogue(%[[B]] by
func.func @bias(%x: tensor<1x4x4x3xf16>, %w: tensor<3x3x3x8xf16>, %b: tensor<8xf16>) -> tensor<1x2x2x8xf16> {
  %e = tensor.empty() : tensor<1x2x2x8xf16>
  %f = linalg.broadcast ins(%b : tensor<8xf16>) outs(%e : tensor<1x2x2x8xf16>) dimensions = [0, 1, 2]
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x3xf16>, tensor<3x3x3x8xf16>) outs(%f : tensor<1x2x2x8xf16>) -> tensor<1x2x2x8xf16>
  return %r : tensor<1x2x2x8xf16>
}

// So are those of products, where these are raised.
// CHECK-LABEL: func @product
// CHECK: linalg.matmul
// PRODUCT-LABEL: func @product
// PRODUCT: conv.conv {{.*}} : tensor<5x32xf16>, tensor<32x48xf16>) outs(%{{.*}} : tensor<5x48xf16>) epilogue {
// PRODUCT-NEXT: ^bb0(%[[ACC:.*]]: f32):
// PRODUCT-NEXT: arith.truncf %[[ACC]] : f32 to f16
func.func @product(%x: tensor<5x32xf16>, %w: tensor<32x48xf16>) -> tensor<5x48xf16> {
  %zero = arith.constant 0.0 : f16
  %e = tensor.empty() : tensor<5x48xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<5x48xf16>) -> tensor<5x48xf16>
  %r = linalg.matmul ins(%x, %w : tensor<5x32xf16>, tensor<32x48xf16>) outs(%f : tensor<5x48xf16>) -> tensor<5x48xf16>
  return %r : tensor<5x48xf16>
}

// A product of two vectors is not raised.
// PRODUCT-LABEL: func @scalar
// PRODUCT-NOT: f32
// PRODUCT: return
func.func @scalar(%x: tensor<32xf16>, %w: tensor<32xf16>, %o: tensor<f16>) -> tensor<f16> {
  %r = linalg.dot ins(%x, %w : tensor<32xf16>, tensor<32xf16>) outs(%o : tensor<f16>) -> tensor<f16>
  return %r : tensor<f16>
}
