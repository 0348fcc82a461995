// Taps two rows and three columns apart.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// CHECK: sizes = [1, 2, 3, 10]
// CHECK-NEXT: {{\[\[\[\[}}98, 69, -28, -125, -52, -47, -42, 133, 240, 126],
// CHECK-NEXT: {{\[}}82, 55, -40, -135, -60, -53, -46, 131, 240, 128],
// CHECK-NEXT: {{\[}}66, 41, -52, -145, -68, -59, -50, 129, 240, 130]],
// CHECK-NEXT: {{\[\[}}-294, 5, 236, 467, 341, 147, -47, -71, -163, 51],
// CHECK-NEXT: {{\[}}-372, -195, -86, 23, -225, -14, 197, 51, -163, -71],
// CHECK-NEXT: {{\[}}-171, -23, 57, 137, -140, 42, 224, 49, -194, -131]]]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @image() -> tensor<1x6x9x2xf32> {
  %e = tensor.empty() : tensor<1x6x9x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x6x9x2xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 108 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 18 : index
    %m1 = arith.muli %i1, %s1 : index
    %a1 = arith.addi %a0, %m1 : index
    %i2 = linalg.index 2 : index
    %s2 = arith.constant 2 : index
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
  } -> tensor<1x6x9x2xf32>
  return %r : tensor<1x6x9x2xf32>
}
func.func private @filter() -> tensor<3x3x2x10xf32> {
  %e = tensor.empty() : tensor<3x3x2x10xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<3x3x2x10xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 60 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 20 : index
    %m1 = arith.muli %i1, %s1 : index
    %a1 = arith.addi %a0, %m1 : index
    %i2 = linalg.index 2 : index
    %s2 = arith.constant 10 : index
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
  } -> tensor<3x3x2x10xf32>
  return %r : tensor<3x3x2x10xf32>
}

func.func @conv(%x: tensor<1x6x9x2xf32>, %w: tensor<3x3x2x10xf32>) -> tensor<1x2x3x10xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2x3x10xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x3x10xf32>) -> tensor<1x2x3x10xf32>
  %y = linalg.conv_2d_nhwc_hwcf {dilations = dense<[2, 3]> : vector<2xi64>}
    ins(%x, %w : tensor<1x6x9x2xf32>, tensor<3x3x2x10xf32>) outs(%f : tensor<1x2x3x10xf32>) -> tensor<1x2x3x10xf32>
  return %y : tensor<1x2x3x10xf32>
}

func.func @main() {
  %s = call @image() : () -> tensor<1x6x9x2xf32>
  %w = call @filter() : () -> tensor<3x3x2x10xf32>
  %r = call @conv(%s, %w) : (tensor<1x6x9x2xf32>, tensor<3x3x2x10xf32>) -> tensor<1x2x3x10xf32>
  %u = tensor.cast %r : tensor<1x2x3x10xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
