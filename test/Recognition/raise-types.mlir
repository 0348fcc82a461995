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
