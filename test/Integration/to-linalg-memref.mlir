// Padding, bias, residual and clamp on buffers. The residual of the second
// convolution lies in its output.

// RUN: conv-opt %s --conv-to-linalg --convert-linalg-to-loops --convert-scf-to-cf \
// RUN:   --expand-strided-metadata --lower-affine --convert-arith-to-llvm \
// RUN:   --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm \
// RUN:   --reconcile-unrealized-casts \
// RUN: | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

func.func private @printMemrefF32(memref<*xf32>)

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>

// 1, 2, 3, ...
func.func private @count(%m: memref<?x?x?xf32>) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %d1 = memref.dim %m, %c1 : memref<?x?x?xf32>
  %d2 = memref.dim %m, %c2 : memref<?x?x?xf32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel"]} outs(%m : memref<?x?x?xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %l = affine.apply affine_map<(i, j, k)[m, n] -> ((i * m + j) * n + k + 1)>(%i0, %i1, %i2)[%d1, %d2]
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  }
  return
}

func.func @main() {
  %x = memref.alloc() : memref<3x3x2xf32>
  %w = memref.alloc() : memref<2x2x2xf32>
  %b = memref.alloc() : memref<2xf32>
  %r = memref.alloc() : memref<4x3x2xf32>
  %o = memref.alloc() : memref<4x3x2xf32>
  %xd = memref.cast %x : memref<3x3x2xf32> to memref<?x?x?xf32>
  %wd = memref.cast %w : memref<2x2x2xf32> to memref<?x?x?xf32>
  %rd = memref.cast %r : memref<4x3x2xf32> to memref<?x?x?xf32>
  call @count(%xd) : (memref<?x?x?xf32>) -> ()
  call @count(%wd) : (memref<?x?x?xf32>) -> ()
  call @count(%rd) : (memref<?x?x?xf32>) -> ()
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b0 = arith.constant 100.0 : f32
  %b1 = arith.constant -100.0 : f32
  memref.store %b0, %b[%c0] : memref<2xf32>
  memref.store %b1, %b[%c1] : memref<2xf32>
  // Poison: nothing of it may be read.
  %nan = arith.constant 0x7FC00000 : f32
  linalg.fill ins(%nan : f32) outs(%o : memref<4x3x2xf32>)
  %u = memref.cast %o : memref<4x3x2xf32> to memref<*xf32>

  conv.conv dims<hwg x rsg -> hwg, low = [1, 0], high = [1, 1]> ins(%x, %w : memref<3x3x2xf32>, memref<2x2x2xf32>)
    bias(%b : memref<2xf32>) residual(%r : memref<4x3x2xf32>) outs(%o : memref<4x3x2xf32>) clamp<lower = 0.0 : f32, upper = 300.0 : f32>
  // The first row: 5 * x[0][w] + 7 * x[0][w + 1] + 100 + r, and so on.
  // CHECK: sizes = [4, 3, 2]
  // CHECK-NEXT: {{\[\[}}[127,     0],
  // CHECK-NEXT: [153,     0],
  // CHECK-NEXT: [130,     0]],
  // CHECK-NEXT: {{\[}}[215,     56],
  // CHECK-NEXT: [249,     98],
  // CHECK-NEXT: [171,     0]],
  // CHECK-NEXT: {{\[}}[300,     182],
  // CHECK-NEXT: [300,     224],
  // CHECK-NEXT: [213,     50]],
  // CHECK-NEXT: {{\[}}[177,     12],
  // CHECK-NEXT: [187,     26],
  // CHECK-NEXT: [140,     0]]]
  call @printMemrefF32(%u) : (memref<*xf32>) -> ()

  conv.conv dims<hwg x rsg -> hwg, low = [1, 0], high = [1, 1]> ins(%x, %w : memref<3x3x2xf32>, memref<2x2x2xf32>)
    residual(%r : memref<4x3x2xf32>) outs(%r : memref<4x3x2xf32>)
  %v = memref.cast %r : memref<4x3x2xf32> to memref<*xf32>
  // CHECK: sizes = [4, 3, 2]
  // CHECK-NEXT: {{\[\[}}[27,     46],
  // CHECK-NEXT: [53,     76],
  // CHECK-NEXT: [30,     42]],
  // CHECK-NEXT: {{\[}}[115,     156],
  // CHECK-NEXT: [149,     198],
  // CHECK-NEXT: [71,     96]],
  // CHECK-NEXT: {{\[}}[217,     282],
  // CHECK-NEXT: [251,     324],
  // CHECK-NEXT: [113,     150]],
  // CHECK-NEXT: {{\[}}[77,     112],
  // CHECK-NEXT: [87,     126],
  // CHECK-NEXT: [40,     60]]]
  call @printMemrefF32(%v) : (memref<*xf32>) -> ()
  memref.dealloc %x : memref<3x3x2xf32>
  memref.dealloc %w : memref<2x2x2xf32>
  memref.dealloc %b : memref<2xf32>
  memref.dealloc %r : memref<4x3x2xf32>
  memref.dealloc %o : memref<4x3x2xf32>
  return
}
