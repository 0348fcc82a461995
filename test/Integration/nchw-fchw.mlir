// Channels first, the filter too, and a residual added to the result.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// CHECK: sizes = [1, 9, 2, 4]
// CHECK-NEXT: {{\[\[\[\[}}113, -45, -48, -82],
// CHECK-NEXT: {{\[}}-279, -251, -161, -195]],
// CHECK-NEXT: {{\[\[}}-345, -20, 243, 258],
// CHECK-NEXT: {{\[}}332, 316, 145, 160]],
// CHECK-NEXT: {{\[\[}}591, 277, 211, 207],
// CHECK-NEXT: {{\[}}-179, -307, -280, -284]],
// CHECK-NEXT: {{\[\[}}-581, -463, -314, -320],
// CHECK-NEXT: {{\[}}-61, 214, 456, 450]],
// CHECK-NEXT: {{\[\[}}292, 349, 220, 246],
// CHECK-NEXT: {{\[}}198, -86, -122, -96]],
// CHECK-NEXT: {{\[\[}}-234, -323, -288, -315],
// CHECK-NEXT: {{\[}}-398, -301, -173, -200]],
// CHECK-NEXT: {{\[\[}}-97, 297, 71, 93],
// CHECK-NEXT: {{\[}}281, 334, 201, 223]],
// CHECK-NEXT: {{\[\[}}397, 135, 61, 47],
// CHECK-NEXT: {{\[}}-276, -352, -304, -318]],
// CHECK-NEXT: {{\[\[}}-566, -379, -192, -191],
// CHECK-NEXT: {{\[}}182, 555, 308, 309]]]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @image() -> tensor<1x3x4x6xf32> {
  %e = tensor.empty() : tensor<1x3x4x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x3x4x6xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 72 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 24 : index
    %m1 = arith.muli %i1, %s1 : index
    %a1 = arith.addi %a0, %m1 : index
    %i2 = linalg.index 2 : index
    %s2 = arith.constant 6 : index
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
  } -> tensor<1x3x4x6xf32>
  return %r : tensor<1x3x4x6xf32>
}
func.func private @filter() -> tensor<9x3x3x3xf32> {
  %e = tensor.empty() : tensor<9x3x3x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<9x3x3x3xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 27 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 9 : index
    %m1 = arith.muli %i1, %s1 : index
    %a1 = arith.addi %a0, %m1 : index
    %i2 = linalg.index 2 : index
    %s2 = arith.constant 3 : index
    %m2 = arith.muli %i2, %s2 : index
    %a2 = arith.addi %a1, %m2 : index
    %i3 = linalg.index 3 : index
    %s3 = arith.constant 1 : index
    %m3 = arith.muli %i3, %s3 : index
    %a3 = arith.addi %a2, %m3 : index
    %mod = arith.constant 17 : index
    %rem = arith.remui %a3, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 8.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<9x3x3x3xf32>
  return %r : tensor<9x3x3x3xf32>
}
func.func private @residual() -> tensor<1x9x2x4xf32> {
  %e = tensor.empty() : tensor<1x9x2x4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x9x2x4xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 72 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 8 : index
    %m1 = arith.muli %i1, %s1 : index
    %a1 = arith.addi %a0, %m1 : index
    %i2 = linalg.index 2 : index
    %s2 = arith.constant 4 : index
    %m2 = arith.muli %i2, %s2 : index
    %a2 = arith.addi %a1, %m2 : index
    %i3 = linalg.index 3 : index
    %s3 = arith.constant 1 : index
    %m3 = arith.muli %i3, %s3 : index
    %a3 = arith.addi %a2, %m3 : index
    %mod = arith.constant 29 : index
    %rem = arith.remui %a3, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 14.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<1x9x2x4xf32>
  return %r : tensor<1x9x2x4xf32>
}

func.func @conv(%x: tensor<1x3x4x6xf32>, %w: tensor<9x3x3x3xf32>, %res: tensor<1x9x2x4xf32>) -> tensor<1x9x2x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x9x2x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x9x2x4xf32>) -> tensor<1x9x2x4xf32>
  %y = linalg.conv_2d_nchw_fchw
    ins(%x, %w : tensor<1x3x4x6xf32>, tensor<9x3x3x3xf32>) outs(%f : tensor<1x9x2x4xf32>) -> tensor<1x9x2x4xf32>
  %a = linalg.add ins(%y, %res : tensor<1x9x2x4xf32>, tensor<1x9x2x4xf32>) outs(%e : tensor<1x9x2x4xf32>) -> tensor<1x9x2x4xf32>
  return %a : tensor<1x9x2x4xf32>
}

func.func @main() {
  %s = call @image() : () -> tensor<1x3x4x6xf32>
  %w = call @filter() : () -> tensor<9x3x3x3xf32>
  %res = call @residual() : () -> tensor<1x9x2x4xf32>
  %r = call @conv(%s, %w, %res) : (tensor<1x3x4x6xf32>, tensor<9x3x3x3xf32>, tensor<1x9x2x4xf32>) -> tensor<1x9x2x4xf32>
  %u = tensor.cast %r : tensor<1x9x2x4xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
