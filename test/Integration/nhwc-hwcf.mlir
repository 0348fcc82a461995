// Padding, stride 2, a bias and ReLU around the convolution, one channel more
// than vectors hold.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// CHECK: sizes = [1, 3, 3, 17]
// CHECK-NEXT: {{\[\[\[\[}}0, 0, 0, 0, 0, 41, 0, 114, 0, 149, 5, 146, 0, 92, 0, 13, 2],
// CHECK-NEXT: {{\[}}1, 106, 0, 0, 0, 0, 0, 0, 0, 0, 25, 35, 178, 156, 280, 252, 224],
// CHECK-NEXT: {{\[}}26, 4, 115, 74, 166, 106, 179, 100, 154, 56, 15, 0, 0, 0, 0, 0, 0]],
// CHECK-NEXT: {{\[\[}}0, 0, 0, 0, 0, 0, 0, 0, 59, 94, 148, 164, 180, 164, 142, 120, 0],
// CHECK-NEXT: {{\[}}218, 208, 179, 150, 83, 35, 0, 0, 0, 0, 0, 0, 3, 0, 46, 0, 45],
// CHECK-NEXT: {{\[}}103, 0, 175, 40, 190, 36, 148, 0, 49, 0, 0, 0, 0, 0, 0, 0, 0]],
// CHECK-NEXT: {{\[\[}}73, 73, 73, 73, 73, 16, 0, 0, 0, 0, 35, 0, 92, 0, 98, 0, 79],
// CHECK-NEXT: {{\[}}198, 42, 171, 0, 106, 0, 3, 0, 0, 0, 0, 0, 0, 57, 72, 220, 216],
// CHECK-NEXT: {{\[}}0, 6, 0, 109, 75, 174, 121, 201, 129, 190, 99, 46, 0, 0, 0, 0, 0]]]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @image() -> tensor<1x5x5x3xf32> {
  %e = tensor.empty() : tensor<1x5x5x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x5x5x3xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 75 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 15 : index
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
    %mod = arith.constant 23 : index
    %rem = arith.remui %a3, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 11.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<1x5x5x3xf32>
  return %r : tensor<1x5x5x3xf32>
}
func.func private @filter() -> tensor<3x3x3x17xf32> {
  %e = tensor.empty() : tensor<3x3x3x17xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<3x3x3x17xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 153 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %i1 = linalg.index 1 : index
    %s1 = arith.constant 51 : index
    %m1 = arith.muli %i1, %s1 : index
    %a1 = arith.addi %a0, %m1 : index
    %i2 = linalg.index 2 : index
    %s2 = arith.constant 17 : index
    %m2 = arith.muli %i2, %s2 : index
    %a2 = arith.addi %a1, %m2 : index
    %i3 = linalg.index 3 : index
    %s3 = arith.constant 1 : index
    %m3 = arith.muli %i3, %s3 : index
    %a3 = arith.addi %a2, %m3 : index
    %mod = arith.constant 19 : index
    %rem = arith.remui %a3, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 9.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<3x3x3x17xf32>
  return %r : tensor<3x3x3x17xf32>
}
func.func private @bias() -> tensor<17xf32> {
  %e = tensor.empty() : tensor<17xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<17xf32>) {
  ^bb0(%out: f32):
    %c = arith.constant 0 : index
    %i0 = linalg.index 0 : index
    %s0 = arith.constant 1 : index
    %m0 = arith.muli %i0, %s0 : index
    %a0 = arith.addi %c, %m0 : index
    %mod = arith.constant 13 : index
    %rem = arith.remui %a0, %mod : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 6.0 : f32
    %v = arith.subf %f, %off : f32
    linalg.yield %v : f32
  } -> tensor<17xf32>
  return %r : tensor<17xf32>
}

func.func @conv(%x: tensor<1x5x5x3xf32>, %w: tensor<3x3x3x17xf32>, %b: tensor<17xf32>) -> tensor<1x3x3x17xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %v: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x5x5x3xf32> to tensor<1x7x7x3xf32>
  %e = tensor.empty() : tensor<1x3x3x17xf32>
  %i = linalg.broadcast ins(%b : tensor<17xf32>) outs(%e : tensor<1x3x3x17xf32>) dimensions = [0, 1, 2]
  %r = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : vector<2xi64>}
    ins(%p, %w : tensor<1x7x7x3xf32>, tensor<3x3x3x17xf32>) outs(%i : tensor<1x3x3x17xf32>) -> tensor<1x3x3x17xf32>
  %relu = linalg.generic {indexing_maps = [affine_map<(n, h, v, k) -> (n, h, v, k)>, affine_map<(n, h, v, k) -> (n, h, v, k)>],
                          iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%r : tensor<1x3x3x17xf32>) outs(%e : tensor<1x3x3x17xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %zero : f32
    linalg.yield %m : f32
  } -> tensor<1x3x3x17xf32>
  return %relu : tensor<1x3x3x17xf32>
}

func.func @main() {
  %x = call @image() : () -> tensor<1x5x5x3xf32>
  %w = call @filter() : () -> tensor<3x3x3x17xf32>
  %b = call @bias() : () -> tensor<17xf32>
  %r = call @conv(%x, %w, %b) : (tensor<1x5x5x3xf32>, tensor<3x3x3x17xf32>, tensor<17xf32>) -> tensor<1x3x3x17xf32>
  %u = tensor.cast %r : tensor<1x3x3x17xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
