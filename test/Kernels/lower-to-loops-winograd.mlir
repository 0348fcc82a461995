// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope --implicit-check-not=conv.

// A tile inside of the image is loaded as it is, 16 vectors of an F(2x2) tile;
// one at the border from clamped indices, and what lies outside is cleared.
// CHECK-LABEL: func.func @input(
// CHECK:         scf.for %{{.*}} = %{{.*}} to %{{.*}} step
// CHECK:           scf.for %{{.*}} = %{{.*}} to %{{.*}} step
// CHECK:             scf.if
// CHECK-COUNT-16:      vector.load %{{.*}}, vector<8xf32>
// CHECK-NOT:           arith.andi
// CHECK-COUNT-16:      vector.store %{{.*}}, vector<8xf32>
// CHECK:             } else {
// CHECK:               arith.minsi
// CHECK:               arith.maxsi
// CHECK-COUNT-16:      vector.broadcast %{{.*}} : i32 to vector<8xi32>
// CHECK:               vector.load
// CHECK:               arith.andi %{{.*}} : vector<8xi32>
// CHECK:             }
func.func @input(%x: memref<1x9x9x8xf32>, %v: memref<16x25x8xf32>) {
  conv.winograd_input dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> tile = [2, 2] tiles = [5, 5] lanes = 8 ins(%x : memref<1x9x9x8xf32>) outs(%v : memref<16x25x8xf32>)
  return
}

// Channels: whole vectors in a loop, what is left of them masked.
// CHECK-LABEL: func.func @tail(
// CHECK:         scf.for
// CHECK-COUNT-16:  vector.load
// CHECK-COUNT-16: vector.maskedload
func.func @tail(%x: memref<1x4x4x19xf32>, %v: memref<16x1x24xf32>) {
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [2, 2] tiles = [1, 1] lanes = 8 ins(%x : memref<1x4x4x19xf32>) outs(%v : memref<16x1x24xf32>)
  return
}

// Tiles of four outputs, bias and clamp in registers; the last column of tiles
// has one column of outputs.
// CHECK-LABEL: func.func @output(
// CHECK:         scf.for
// CHECK-COUNT-16:  vector.load
// CHECK:           arith.select
// CHECK-COUNT-4:   vector.store
// CHECK-NOT:       vector.store
// CHECK:         }
// CHECK-COUNT-12: vector.load
// CHECK-COUNT-2: vector.store
// CHECK-NOT:     vector.store
// CHECK:         return
func.func @output(%m: memref<16x3x8xf32>, %b: memref<8xf32>, %o: memref<1x2x5x8xf32>) {
  conv.winograd_output dims<nhwc x rsck -> nhwk> tile = [2, 2] tiles = [1, 3] lanes = 8 ins(%m : memref<16x3x8xf32>) bias(%b : memref<8xf32>) outs(%o : memref<1x2x5x8xf32>) clamp<lower = 0.0 : f32>
  return
}

// With `stored` the epilogue runs once all sums are there.
// CHECK-LABEL: func.func @stored(
// CHECK-COUNT-4: vector.store
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             arith.mulf
// CHECK:             vector.store
func.func @stored(%m: memref<16x1x8xf32>, %o: memref<1x2x2x8xf32>) {
  conv.winograd_output dims<nhwc x rsck -> nhwk> tile = [2, 2] tiles = [1, 1] lanes = 8 stored ins(%m : memref<16x1x8xf32>) outs(%o : memref<1x2x2x8xf32>) epilogue() {
  ^bb0(%acc: f32):
    %y = arith.mulf %acc, %acc : f32
    conv.yield %y : f32
  }
  return
}

// Columns are contiguous: squares of vectors are transposed into a patch, rows
// outside of the image are zero there, and tiles read it.
// CHECK-LABEL: func.func @planes(
// CHECK:         memref.alloca() {alignment = 64 : i64} : memref<4x16x8xf32>
// CHECK:         scf.for
// CHECK:           scf.if
// CHECK:             scf.if
// CHECK-COUNT-8:       vector.load
// CHECK:             } else {
// CHECK-COUNT-8:       vector.maskedload
// CHECK:             vector.shuffle
// CHECK-COUNT-8:     vector.store
// CHECK:           } else {
// CHECK:             vector.store %{{.*}}
// CHECK:           }
// CHECK:         scf.for
// CHECK-COUNT-16:  vector.load
// CHECK-COUNT-16:  vector.store
func.func @planes(%x: memref<1x8x9x9xf32>, %v: memref<16x25x8xf32>) {
  conv.winograd_input dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> tile = [2, 2] tiles = [5, 5] lanes = 8 ins(%x : memref<1x8x9x9xf32>) outs(%v : memref<16x25x8xf32>)
  return
}

// CHECK-LABEL: func.func @rows(
// CHECK:         memref.alloca() {alignment = 64 : i64} : memref<2x16x8xf32>
// CHECK:         scf.for
// CHECK-COUNT-12:  vector.load
// CHECK-COUNT-2:   vector.store
// CHECK:         vector.shuffle
// CHECK-COUNT-8: vector.store
// CHECK:         vector.shuffle
// CHECK-COUNT-8: vector.maskedstore
func.func @rows(%m: memref<16x5x8xf32>, %o: memref<1x8x1x9xf32>) {
  conv.winograd_output dims<nchw x kcrs -> nkhw> tile = [2, 2] tiles = [1, 5] lanes = 8 ins(%m : memref<16x5x8xf32>) outs(%o : memref<1x8x1x9xf32>)
  return
}

// Windows are transformed in f64 and rounded once.
// CHECK-LABEL: func.func @filter(
// CHECK-COUNT-9:  arith.extf %{{.*}} : vector<8xf32> to vector<8xf64>
// CHECK-COUNT-12: arith.truncf %{{.*}} : vector<8xf64> to vector<8xf32>
func.func @filter(%w: memref<3x3x4x8xf32>, %p: memref<1x1x16x1x1x1x4x8xf32>) {
  conv.pack_filter rsck winograd = [2, 2] ins(%w : memref<3x3x4x8xf32>) outs(%p : memref<1x1x16x1x1x1x4x8xf32>)
  return
}
