// Depthwise: vectors run over the groups.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// CHECK: sizes = [1, 2, 3, 19]
// CHECK-NEXT: {{\[\[\[\[}}180, -5, -2, 28, 19, -108, -5, -144, -146, 23, 40, -10, -160, -222, -229, -14, -33, -68, -17],
// CHECK-NEXT: {{\[}}-68, 156, 160, 165, 188, 5, 233, -24, 192, 212, 199, 0, 6, -174, -149, 103, 116, 118, -166],
// CHECK-NEXT: {{\[}}-6, 7, -19, -163, -170, -6, 6, 189, 34, -33, -200, 10, -14, 184, 179, 158, 172, 180, -5]],
// CHECK-NEXT: {{\[\[}}-68, 140, 162, 244, 6, 241, -9, 214, 200, 204, 209, -6, 18, 8, 20, 287, 132, -68, -182],
// CHECK-NEXT: {{\[}}-68, -9, -17, -177, -166, -18, -112, 24, -82, -134, -159, 4, -2, 180, 193, -61, -60, 180, -52],
// CHECK-NEXT: {{\[}}-6, 59, -196, 22, 3, 2, 2, 20, 39, -193, -186, 76, 71, 135, -6, -192, -190, -68, 140]]]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @image() -> tensor<1x4x7x19xf32> {
  %e = tensor.empty() : tensor<1x4x7x19xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x4x7x19xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 532 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 133 : index
    %m1 = arith.muli %i1, %s1 : index
    %a1 = arith.addi %a0, %m1 : index
    %i2 = linalg.index 2 : index
    %s2 = arith.constant 19 : index
    %m2 = arith.muli %i2, %s2 : index
    %a2 = arith.addi %a1, %m2 : index
    %i3 = linalg.index 3 : index
    %s3 = arith.constant 1 : index
    %m3 = arith.muli %i3, %s3 : index
    %a3 = arith.addi %a2, %m3 : index
    %mod = arith.constant 31 : index
    %rem = arith.remui %a3, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 15.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<1x4x7x19xf32>
  return %r : tensor<1x4x7x19xf32>
}
func.func private @filter() -> tensor<3x3x19xf32> {
  %e = tensor.empty() : tensor<3x3x19xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e : tensor<3x3x19xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 57 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 19 : index
    %m1 = arith.muli %i1, %s1 : index
    %a1 = arith.addi %a0, %m1 : index
    %i2 = linalg.index 2 : index
    %s2 = arith.constant 1 : index
    %m2 = arith.muli %i2, %s2 : index
    %a2 = arith.addi %a1, %m2 : index
    %mod = arith.constant 17 : index
    %rem = arith.remui %a2, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 8.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<3x3x19xf32>
  return %r : tensor<3x3x19xf32>
}

func.func @conv(%x: tensor<1x4x7x19xf32>, %w: tensor<3x3x19xf32>) -> tensor<1x2x3x19xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x3x19xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x3x19xf32>) -> tensor<1x2x3x19xf32>
  %y = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<[1, 2]> : vector<2xi64>}
    ins(%x, %w : tensor<1x4x7x19xf32>, tensor<3x3x19xf32>) outs(%f : tensor<1x2x3x19xf32>) -> tensor<1x2x3x19xf32>
  return %y : tensor<1x2x3x19xf32>
}

func.func @main() {
  %s = call @image() : () -> tensor<1x4x7x19xf32>
  %w = call @filter() : () -> tensor<3x3x19xf32>
  %r = call @conv(%s, %w) : (tensor<1x4x7x19xf32>, tensor<3x3x19xf32>) -> tensor<1x2x3x19xf32>
  %u = tensor.cast %r : tensor<1x2x3x19xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
