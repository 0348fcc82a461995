// Three groups of two channels.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// CHECK: sizes = [1, 3, 3, 3, 5]
// CHECK-NEXT: {{\[\[\[\[\[}}231, 15, 3, 42, -208],
// CHECK-NEXT: {{\[}}-31, -197, 11, -257, 53],
// CHECK-NEXT: {{\[}}-10, 71, 254, 97, 76]],
// CHECK-NEXT: {{\[\[}}170, -158, 58, -117, -37],
// CHECK-NEXT: {{\[}}-114, 152, -58, 208, -2],
// CHECK-NEXT: {{\[}}44, 30, -103, 70, -165]],
// CHECK-NEXT: {{\[\[}}78, -114, 51, -90, 41],
// CHECK-NEXT: {{\[}}-42, 98, -34, 208, -26],
// CHECK-NEXT: {{\[}}98, -42, 5, -50, -3]]],
// CHECK-NEXT: {{\[\[\[}}-199, 129, -87, 88, 42],
// CHECK-NEXT: {{\[}}71, -10, 45, -257, 19],
// CHECK-NEXT: {{\[}}-197, -31, -120, -73, 42]],
// CHECK-NEXT: {{\[\[}}-12, 204, 216, 177, -66],
// CHECK-NEXT: {{\[}}-43, -188, 7, -257, 57],
// CHECK-NEXT: {{\[}}-19, 83, 236, 117, 49]],
// CHECK-NEXT: {{\[\[}}113, -31, -39, -13, -174],
// CHECK-NEXT: {{\[}}-126, 161, -62, 208, 2],
// CHECK-NEXT: {{\[}}35, 42, -121, 90, -192]]],
// CHECK-NEXT: {{\[\[\[}}-102, 26, -84, 10, -49],
// CHECK-NEXT: {{\[}}18, 53, -14, 208, -46],
// CHECK-NEXT: {{\[}}143, -102, 95, -150, 132]],
// CHECK-NEXT: {{\[\[}}-318, 194, -246, 130, -157],
// CHECK-NEXT: {{\[}}59, -1, 41, -257, 23],
// CHECK-NEXT: {{\[}}-206, -19, -138, -53, 15]],
// CHECK-NEXT: {{\[\[}}-193, 207, -5, 157, 200],
// CHECK-NEXT: {{\[}}69, -334, 96, -443, 123],
// CHECK-NEXT: {{\[}}-28, 95, 218, 137, 22]]]]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @image() -> tensor<1x4x4x3x2xf32> {
  %e = tensor.empty() : tensor<1x4x4x3x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x4x4x3x2xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 96 : index
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
    %s3 = arith.constant 2 : index
    %m3 = arith.muli %i3, %s3 : index
    %a3 = arith.addi %a2, %m3 : index
    %i4 = linalg.index 4 : index
    %s4 = arith.constant 1 : index
    %m4 = arith.muli %i4, %s4 : index
    %a4 = arith.addi %a3, %m4 : index
    %mod = arith.constant 31 : index
    %rem = arith.remui %a4, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 15.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<1x4x4x3x2xf32>
  return %r : tensor<1x4x4x3x2xf32>
}
func.func private @filter() -> tensor<3x5x2x2x2xf32> {
  %e = tensor.empty() : tensor<3x5x2x2x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<3x5x2x2x2xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 40 : index
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
    %s3 = arith.constant 2 : index
    %m3 = arith.muli %i3, %s3 : index
    %a3 = arith.addi %a2, %m3 : index
    %i4 = linalg.index 4 : index
    %s4 = arith.constant 1 : index
    %m4 = arith.muli %i4, %s4 : index
    %a4 = arith.addi %a3, %m4 : index
    %mod = arith.constant 17 : index
    %rem = arith.remui %a4, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 8.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<3x5x2x2x2xf32>
  return %r : tensor<3x5x2x2x2xf32>
}

func.func @conv(%x: tensor<1x4x4x3x2xf32>, %w: tensor<3x5x2x2x2xf32>) -> tensor<1x3x3x3x5xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x3x3x3x5xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x3x3x5xf32>) -> tensor<1x3x3x3x5xf32>
  %y = linalg.conv_2d_nhwgc_gfhwc
    ins(%x, %w : tensor<1x4x4x3x2xf32>, tensor<3x5x2x2x2xf32>) outs(%f : tensor<1x3x3x3x5xf32>) -> tensor<1x3x3x3x5xf32>
  return %y : tensor<1x3x3x3x5xf32>
}

func.func @main() {
  %s = call @image() : () -> tensor<1x4x4x3x2xf32>
  %w = call @filter() : () -> tensor<3x5x2x2x2xf32>
  %r = call @conv(%s, %w) : (tensor<1x4x4x3x2xf32>, tensor<3x5x2x2x2xf32>) -> tensor<1x3x3x3x5xf32>
  %u = tensor.cast %r : tensor<1x3x3x3x5xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
