// RUN: conv-opt %s --conv-raise | FileCheck %s -enable-var-scope

// Factors extended in the body are those of the operands.
// CHECK-LABEL: func @named
// CHECK: conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%{{.*}}, %{{.*}} : tensor<1x4x4x3xbf16>, tensor<3x3x3x8xbf16>)
// CHECK-SAME: outs(%{{.*}} : tensor<1x4x4x8xf32>)
func.func @named(%x: tensor<1x4x4x3xbf16>, %w: tensor<3x3x3x8xbf16>) -> tensor<1x4x4x8xf32> {
  %padding = arith.constant 0.0 : bf16
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %padding : bf16
  } : tensor<1x4x4x3xbf16> to tensor<1x6x6x3xbf16>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%p, %w : tensor<1x6x6x3xbf16>, tensor<3x3x3x8xbf16>) outs(%f : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// CHECK-LABEL: func @generic
// CHECK: conv.conv
// CHECK-SAME: outs(%{{.*}} : memref<4x5x8xf32>) accumulate
func.func @generic(%x: memref<6x7x3xbf16>, %w: memref<3x3x3x8xbf16>, %o: memref<4x5x8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(h, w, k, r, s, c) -> (h + r, w + s, c)>, affine_map<(h, w, k, r, s, c) -> (r, s, c, k)>, affine_map<(h, w, k, r, s, c) -> (h, w, k)>],
                  iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : memref<6x7x3xbf16>, memref<3x3x3x8xbf16>) outs(%o : memref<4x5x8xf32>) {
  ^bb0(%a: bf16, %b: bf16, %acc: f32):
    %0 = arith.extf %b : bf16 to f32
    %1 = arith.extf %a : bf16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %2, %acc : f32
    linalg.yield %3 : f32
  }
  return
}

// CHECK-LABEL: func @f64
// CHECK: conv.conv {{.*}} bias(%{{.*}} : tensor<8xf64>) {{.*}} clamp<lower = 0.000000e+00 : f64>
func.func @f64(%x: tensor<1x4x4x3xf64>, %w: tensor<3x3x3x8xf64>, %b: tensor<8xf64>) -> tensor<1x2x2x8xf64> {
  %zero = arith.constant 0.0 : f64
  %e = tensor.empty() : tensor<1x2x2x8xf64>
  %f = linalg.fill ins(%zero : f64) outs(%e : tensor<1x2x2x8xf64>) -> tensor<1x2x2x8xf64>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x3xf64>, tensor<3x3x3x8xf64>) outs(%f : tensor<1x2x2x8xf64>) -> tensor<1x2x2x8xf64>
  %y = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%r, %b : tensor<1x2x2x8xf64>, tensor<8xf64>) outs(%e : tensor<1x2x2x8xf64>) {
  ^bb0(%v: f64, %c: f64, %o: f64):
    %s = arith.addf %v, %c : f64
    %m = arith.maximumf %s, %zero : f64
    linalg.yield %m : f64
  } -> tensor<1x2x2x8xf64>
  return %y : tensor<1x2x2x8xf64>
}

// A padding of integers is zero, too.
// CHECK-LABEL: func @i8
// CHECK: conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%{{.*}} : tensor<1x4x4x3xi8>, tensor<3x3x3x8xi8>)
// CHECK-SAME: outs(%{{.*}} : tensor<1x4x4x8xi32>) ->
func.func @i8(%x: tensor<1x4x4x3xi8>, %w: tensor<3x3x3x8xi8>) -> tensor<1x4x4x8xi32> {
  %padding = arith.constant 0 : i8
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %padding : i8
  } : tensor<1x4x4x3xi8> to tensor<1x6x6x3xi8>
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x4x4x8xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<1x4x4x8xi32>) -> tensor<1x4x4x8xi32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%p, %w : tensor<1x6x6x3xi8>, tensor<3x3x3x8xi8>) outs(%f : tensor<1x4x4x8xi32>) -> tensor<1x4x4x8xi32>
  return %r : tensor<1x4x4x8xi32>
}

// CHECK-LABEL: func @f16_i16
// CHECK: conv.conv {{.*}}xf16>) {{.*}}xf32>) accumulate
// CHECK: conv.conv {{.*}}xi16>) {{.*}}xi32>) accumulate
func.func @f16_i16(%x: memref<1x6x4xf16>, %w: memref<3x4x8xf16>, %o: memref<1x4x8xf32>, %y: memref<1x6x4xi16>, %v: memref<3x4x8xi16>, %p: memref<1x4x8xi32>) {
  linalg.conv_1d_nwc_wcf ins(%x, %w : memref<1x6x4xf16>, memref<3x4x8xf16>) outs(%o : memref<1x4x8xf32>)
  linalg.conv_1d_nwc_wcf ins(%y, %v : memref<1x6x4xi16>, memref<3x4x8xi16>) outs(%p : memref<1x4x8xi32>)
  return
}
