// The batch is known only when the function runs.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// CHECK: sizes = [3, 2, 3, 9]
// CHECK-NEXT: {{\[\[\[\[}}206, 130, 54, -22, -98, -106, -80, 48, 210],
// CHECK-NEXT: {{\[}}174, 114, 54, -6, -66, -92, -84, 26, 170],
// CHECK-NEXT: {{\[}}142, 98, 54, 10, -34, -78, -88, 4, 130]],
// CHECK-NEXT: {{\[\[}}78, 66, 54, 42, 30, -50, -96, -40, 50],
// CHECK-NEXT: {{\[}}46, 50, 54, 58, 62, -36, -100, -62, 10],
// CHECK-NEXT: {{\[}}14, 34, 54, 74, 94, -22, -104, -84, -30]]],
// CHECK-NEXT: {{\[\[\[}}-54, -62, -70, -78, -86, 93, 306, 94, -84],
// CHECK-NEXT: {{\[}}-86, -78, -70, -62, -54, 107, 302, 72, -124],
// CHECK-NEXT: {{\[}}-180, -187, -194, -201, -208, -96, 50, 298, 53]],
// CHECK-NEXT: {{\[\[}}190, 122, 54, -14, -82, -99, -82, 37, 190],
// CHECK-NEXT: {{\[}}158, 106, 54, 2, -50, -85, -86, 15, 150],
// CHECK-NEXT: {{\[}}126, 90, 54, 18, -18, -71, -90, -7, 110]]],
// CHECK-NEXT: {{\[\[\[}}-66, -6, 54, 114, 174, 13, -114, -139, -130],
// CHECK-NEXT: {{\[}}-98, -22, 54, 130, 206, 27, -118, -161, -170],
// CHECK-NEXT: {{\[}}-99, -69, -39, -9, 21, 289, 64, -59, -148]],
// CHECK-NEXT: {{\[\[}}-70, -70, -70, -70, -70, 100, 304, 83, -104],
// CHECK-NEXT: {{\[}}-102, -86, -70, -54, -38, 114, 300, 61, -144],
// CHECK-NEXT: {{\[}}21, -9, -39, -69, -99, -27, 79, 287, 2]]]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @image() -> tensor<3x3x4x2xf32> {
  %e = tensor.empty() : tensor<3x3x4x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<3x3x4x2xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 24 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 8 : index
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
  } -> tensor<3x3x4x2xf32>
  return %r : tensor<3x3x4x2xf32>
}
func.func private @filter() -> tensor<2x2x2x9xf32> {
  %e = tensor.empty() : tensor<2x2x2x9xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<2x2x2x9xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 36 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 18 : index
    %m1 = arith.muli %i1, %s1 : index
    %a1 = arith.addi %a0, %m1 : index
    %i2 = linalg.index 2 : index
    %s2 = arith.constant 9 : index
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
  } -> tensor<2x2x2x9xf32>
  return %r : tensor<2x2x2x9xf32>
}

func.func @conv(%x: tensor<?x3x4x2xf32>, %w: tensor<2x2x2x9xf32>) -> tensor<?x2x3x9xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x3x4x2xf32>
  %e = tensor.empty(%n) : tensor<?x2x3x9xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2x3x9xf32>) -> tensor<?x2x3x9xf32>
  %y = linalg.conv_2d_nhwc_hwcf
    ins(%x, %w : tensor<?x3x4x2xf32>, tensor<2x2x2x9xf32>) outs(%f : tensor<?x2x3x9xf32>) -> tensor<?x2x3x9xf32>
  return %y : tensor<?x2x3x9xf32>
}

func.func @main() {
  %s = call @image() : () -> tensor<3x3x4x2xf32>
  %x = tensor.cast %s : tensor<3x3x4x2xf32> to tensor<?x3x4x2xf32>
  %w = call @filter() : () -> tensor<2x2x2x9xf32>
  %r = call @conv(%x, %w) : (tensor<?x3x4x2xf32>, tensor<2x2x2x9xf32>) -> tensor<?x2x3x9xf32>
  %u = tensor.cast %r : tensor<?x2x3x9xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
