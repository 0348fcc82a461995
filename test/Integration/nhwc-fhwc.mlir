// A filter whose output channels are outermost.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// CHECK: sizes = [1, 3, 4, 18]
// CHECK-NEXT: {{\[\[\[\[}}644, 438, 249, 77, -78, -216, -337, -441, -528, -445, -345, -228, -94, 57, 225, 410, 612, 644],
// CHECK-NEXT: {{\[}}620, 417, 231, 62, -90, -225, -343, -444, -528, -442, -339, -219, -82, 72, 243, 431, 636, 620],
// CHECK-NEXT: {{\[}}596, 861, 616, 388, 177, -17, -194, -354, -497, -470, -426, -365, -287, -192, -80, 49, 195, 596],
// CHECK-NEXT: {{\[}}14, 189, 381, 590, 816, 532, 265, 15, -218, -281, -327, -356, -368, -363, -341, -302, -246, 14]],
// CHECK-NEXT: {{\[\[}}-368, -308, -231, -137, -26, 102, 247, 409, 588, 410, 249, 105, -22, -132, -225, -301, -360, -368],
// CHECK-NEXT: {{\[}}-392, -329, -249, -152, -38, 93, 241, 406, 588, 413, 255, 114, -10, -117, -207, -280, -336, -392],
// CHECK-NEXT: {{\[}}-385, -381, -360, -322, -267, -195, -106, 0, 123, 416, 726, 526, 343, 177, 28, -104, -219, -385],
// CHECK-NEXT: {{\[}}-130, -216, -285, -337, -372, -390, -391, -375, -342, -139, 81, 318, 572, 843, 604, 382, 177, -130]],
// CHECK-NEXT: {{\[\[}}852, 620, 405, 207, 26, -138, -285, -415, -528, -471, -397, -306, -198, -73, 69, 228, 404, 852],
// CHECK-NEXT: {{\[}}177, 382, 604, 843, 572, 318, 81, -139, -342, -375, -391, -390, -372, -337, -285, -216, -130, 177],
// CHECK-NEXT: {{\[}}-219, -104, 28, 177, 343, 526, 726, 416, 123, 0, -106, -195, -267, -322, -360, -381, -385, -219],
// CHECK-NEXT: {{\[}}-336, -280, -207, -117, -10, 114, 255, 413, 588, 406, 241, 93, -38, -152, -249, -329, -392, -336]]]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @image() -> tensor<1x4x6x3xf32> {
  %e = tensor.empty() : tensor<1x4x6x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x4x6x3xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 72 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 18 : index
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
    %mod = arith.constant 31 : index
    %rem = arith.remui %a3, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 15.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<1x4x6x3xf32>
  return %r : tensor<1x4x6x3xf32>
}
func.func private @filter() -> tensor<18x2x3x3xf32> {
  %e = tensor.empty() : tensor<18x2x3x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<18x2x3x3xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 18 : index
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
  } -> tensor<18x2x3x3xf32>
  return %r : tensor<18x2x3x3xf32>
}

func.func @conv(%x: tensor<1x4x6x3xf32>, %w: tensor<18x2x3x3xf32>) -> tensor<1x3x4x18xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x3x4x18xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x4x18xf32>) -> tensor<1x3x4x18xf32>
  %y = linalg.conv_2d_nhwc_fhwc
    ins(%x, %w : tensor<1x4x6x3xf32>, tensor<18x2x3x3xf32>) outs(%f : tensor<1x3x4x18xf32>) -> tensor<1x3x4x18xf32>
  return %y : tensor<1x3x4x18xf32>
}

func.func @main() {
  %s = call @image() : () -> tensor<1x4x6x3xf32>
  %w = call @filter() : () -> tensor<18x2x3x3xf32>
  %r = call @conv(%s, %w) : (tensor<1x4x6x3xf32>, tensor<18x2x3x3xf32>) -> tensor<1x3x4x18xf32>
  %u = tensor.cast %r : tensor<1x3x4x18xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
