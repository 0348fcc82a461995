// Memrefs; the input is a window into a wider image, its rows do not follow each
// other, and the elements between them are NaN.

// RUN: mlir-opt %s --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// CHECK: sizes = [1, 2, 5, 10]
// CHECK-NEXT: {{\[\[\[\[}}69, 197, 36, -6, 156, 29, -13, 183, 90, -88],
// CHECK-NEXT: {{\[}}78, 191, 15, 9, 156, 14, 8, 189, 81, -112],
// CHECK-NEXT: {{\[}}87, 185, -6, 24, 156, -1, 29, 195, 72, -136],
// CHECK-NEXT: {{\[}}-121, -100, 159, 163, 218, -16, -12, 77, -123, 119],
// CHECK-NEXT: {{\[}}43, -44, 107, 54, 1, 186, 133, 114, -194, -60]],
// CHECK-NEXT: {{\[\[}}84, 187, 1, 19, 156, 4, 22, 193, 75, -128],
// CHECK-NEXT: {{\[}}93, 150, -82, -59, 32, -166, -143, -18, -182, 96],
// CHECK-NEXT: {{\[}}-146, -197, -10, -44, -61, 160, 126, 143, -129, 41],
// CHECK-NEXT: {{\[}}18, -110, 0, -60, -154, -10, -70, -130, 48, 141],
// CHECK-NEXT: {{\[}}27, -116, -21, -45, -154, -25, -49, -124, 39, 117]]]]

func.func private @printMemrefF32(memref<*xf32>)

// Element i is (i mod `prime`) - `prime` / 2.
func.func private @number(%m: memref<?xf32>, %prime: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n = memref.dim %m, %c0 : memref<?xf32>
  %half = arith.divui %prime, %c2 : index
  scf.for %i = %c0 to %n step %c1 {
    %rem = arith.remui %i, %prime : index
    %centred = arith.subi %rem, %half : index
    %int = arith.index_cast %centred : index to i32
    %f = arith.sitofp %int : i32 to f32
    memref.store %f, %m[%i] : memref<?xf32>
  }
  return
}

func.func @conv(%x: memref<1x5x6x3xf32, strided<[240, 24, 3, 1], offset: 27>>, %w: memref<2x2x3x10xf32>, %y: memref<1x2x5x10xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<1x2x5x10xf32>)
  linalg.conv_2d_nhwc_hwcf {strides = dense<[2, 1]> : vector<2xi64>}
    ins(%x, %w : memref<1x5x6x3xf32, strided<[240, 24, 3, 1], offset: 27>>, memref<2x2x3x10xf32>) outs(%y : memref<1x2x5x10xf32>)
  return
}

func.func @main() {
  %c31 = arith.constant 31 : index
  %c17 = arith.constant 17 : index
  %nan = arith.constant 0x7FC00000 : f32
  %wide = memref.alloc() : memref<1x10x8x3xf32>
  linalg.fill ins(%nan : f32) outs(%wide : memref<1x10x8x3xf32>)
  %x = memref.subview %wide[0, 1, 1, 0] [1, 5, 6, 3] [1, 1, 1, 1] : memref<1x10x8x3xf32> to memref<1x5x6x3xf32, strided<[240, 24, 3, 1], offset: 27>>
  %values = memref.alloc() : memref<90xf32>
  %dynamic = memref.cast %values : memref<90xf32> to memref<?xf32>
  call @number(%dynamic, %c31) : (memref<?xf32>, index) -> ()
  %image = memref.expand_shape %values [[0, 1, 2, 3]] output_shape [1, 5, 6, 3] : memref<90xf32> into memref<1x5x6x3xf32>
  linalg.copy ins(%image : memref<1x5x6x3xf32>) outs(%x : memref<1x5x6x3xf32, strided<[240, 24, 3, 1], offset: 27>>)
  %weights = memref.alloc() : memref<120xf32>
  %dynamicw = memref.cast %weights : memref<120xf32> to memref<?xf32>
  call @number(%dynamicw, %c17) : (memref<?xf32>, index) -> ()
  %w = memref.expand_shape %weights [[0, 1, 2, 3]] output_shape [2, 2, 3, 10] : memref<120xf32> into memref<2x2x3x10xf32>
  %y = memref.alloc() : memref<1x2x5x10xf32>
  call @conv(%x, %w, %y) : (memref<1x5x6x3xf32, strided<[240, 24, 3, 1], offset: 27>>, memref<2x2x3x10xf32>, memref<1x2x5x10xf32>) -> ()
  %u = memref.cast %y : memref<1x2x5x10xf32> to memref<*xf32>
  call @printMemrefF32(%u) : (memref<*xf32>) -> ()
  memref.dealloc %wide : memref<1x10x8x3xf32>
  memref.dealloc %values : memref<90xf32>
  memref.dealloc %weights : memref<120xf32>
  memref.dealloc %y : memref<1x2x5x10xf32>
  return
}
