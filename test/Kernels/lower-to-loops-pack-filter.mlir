// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope --implicit-check-not=conv.pack_filter

// Channels are contiguous: vectors, the last block of 6 by mask. Lanes past the
// last channel become zero.
// CHECK-LABEL: func.func @vectors(
// CHECK-DAG:     %[[MASK:.*]] = arith.constant dense<[true, true, false, false]> : vector<4xi1>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<4xf32>
// CHECK:         %[[V:.*]] = vector.load
// CHECK:         vector.store %[[V]]
// CHECK:         %[[M:.*]] = vector.maskedload {{.*}}, %[[MASK]], %[[ZERO]]
// CHECK:         vector.store %[[M]]
func.func @vectors(%w: memref<3x3x5x6xf32>, %p: memref<1x2x3x3x5x4xf32>) {
  conv.pack_filter rsck ins(%w : memref<3x3x5x6xf32>) outs(%p : memref<1x2x3x3x5x4xf32>)
  return
}

// Blocks wider than the filter are cleared by whole vectors.
// CHECK-LABEL: func.func @wide(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK:         vector.maskedload
// CHECK:         vector.store %[[ZERO]]
func.func @wide(%w: memref<5x6xf32>, %p: memref<1x1x1x1x5x32xf32>) {
  conv.pack_filter ck ins(%w : memref<5x6xf32>) outs(%p : memref<1x1x1x1x5x32xf32>)
  return
}

// Channels are far apart and the input's are fewer than a vector: element by
// element.
// CHECK-LABEL: func.func @elements(
// CHECK-COUNT-4: memref.load
// CHECK-NOT:     memref.load
// CHECK:         vector.store
func.func @elements(%w: memref<4x3x3x3xf32>, %p: memref<1x1x3x3x3x4xf32>) {
  conv.pack_filter kcrs ins(%w : memref<4x3x3x3xf32>) outs(%p : memref<1x1x3x3x3x4xf32>)
  return
}

// The input's channels are contiguous: squares of vectors are transposed. The
// last block of 14 has 6 channels, and the ninth of the input is left.
// CHECK-LABEL: func.func @transposed(
// CHECK-COUNT-8:  vector.load
// CHECK-COUNT-24: vector.shuffle
// CHECK-COUNT-8:  vector.store
// CHECK-COUNT-6:  vector.load
// CHECK-NOT:      vector.load
// CHECK:          memref.load
func.func @transposed(%w: memref<14x3x3x9xf32>, %p: memref<1x2x3x3x9x8xf32>) {
  conv.pack_filter krsc ins(%w : memref<14x3x3x9xf32>) outs(%p : memref<1x2x3x3x9x8xf32>)
  return
}

// Taps behind the channels are packed with them: as many vectors as taps, and
// no loop over taps.
// CHECK-LABEL: func.func @taps(
// CHECK-NOT:      scf.for
// CHECK-NOT:      memref.load
// CHECK-COUNT-36: vector.load
// CHECK-NOT:      memref.load
// CHECK:          return
func.func @taps(%w: memref<4x4x3x3xf32>, %p: memref<1x1x3x3x4x4xf32>) {
  conv.pack_filter kcrs ins(%w : memref<4x4x3x3xf32>) outs(%p : memref<1x1x3x3x4x4xf32>)
  return
}

// Channels in pairs, interleaved; the last one has a pair of zeros. The bits are
// moved, which no rounding of bf16 has a part in.
// CHECK-LABEL: func.func @pairs(
// CHECK-SAME:    %[[W:[^:]*]]: memref<3x8xbf16>, %[[P:[^:]*]]: memref<1x2x1x1x2x4x2xbf16>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0> : vector<4xi16>
// CHECK-DAG:     %[[FROM:.*]] = memref.cast %{{.*}} : {{.*}} to memref<?xbf16>
// CHECK-DAG:     %[[FILTER:.*]] = builtin.unrealized_conversion_cast %[[FROM]] : memref<?xbf16> to memref<?xi16>
// CHECK:         scf.for
// CHECK:           %[[EVEN:.*]] = vector.load %[[FILTER]][%{{.*}}] : memref<?xi16>, vector<4xi16>
// CHECK:           %[[ODD:.*]] = vector.load %[[FILTER]][%{{.*}}] : memref<?xi16>, vector<4xi16>
// CHECK:           %[[PAIRS:.*]] = vector.interleave %[[EVEN]], %[[ODD]] : vector<4xi16> -> vector<8xi16>
// CHECK:           vector.store %[[PAIRS]], %{{.*}}[%{{.*}}] : memref<?xi16>, vector<8xi16>
// CHECK:         scf.for
// CHECK:           %[[LAST:.*]] = vector.load %[[FILTER]][%{{.*}}] : memref<?xi16>, vector<4xi16>
// CHECK:           vector.interleave %[[LAST]], %[[ZERO]]
// CHECK-NOT:     memref.load
func.func @pairs(%w: memref<3x8xbf16>, %p: memref<1x2x1x1x2x4x2xbf16>) {
  conv.pack_filter ck c_pack = 2 ins(%w : memref<3x8xbf16>) outs(%p : memref<1x2x1x1x2x4x2xbf16>)
  return
}

// Four channels of a filter that keeps them together: a square is transposed,
// and each four of its vectors are one step.
// CHECK-LABEL: func.func @quads(
// CHECK:         scf.for
// CHECK-COUNT-4:   vector.load {{.*}} vector<4xi8>
// CHECK-COUNT-3:   vector.interleave {{.*}}
// CHECK:           vector.store {{.*}} vector<16xi8>
// CHECK-NOT:     memref.load
func.func @quads(%w: memref<4x8xi8>, %p: memref<1x1x1x1x2x4x4xi8>) {
  conv.pack_filter kc c_pack = 4 ins(%w : memref<4x8xi8>) outs(%p : memref<1x1x1x1x2x4x4xi8>)
  return
}

// Elements as wide as they are multiplied.
// CHECK-LABEL: func.func @extended(
// CHECK:         %[[ROW:.*]] = vector.load %{{.*}} : memref<?xi16>, vector<4xi16>
// CHECK:         %[[BITS:.*]] = arith.extui %[[ROW]] : vector<4xi16> to vector<4xi32>
// CHECK:         %[[SHIFTED:.*]] = arith.shli %[[BITS]], %{{.*}}
// CHECK:         %[[VALUES:.*]] = arith.bitcast %[[SHIFTED]] : vector<4xi32> to vector<4xf32>
// CHECK:         vector.store %[[VALUES]], {{.*}} vector<4xf32>
func.func @extended(%w: memref<3x4xbf16>, %p: memref<1x1x1x1x3x4xf32>) {
  conv.pack_filter ck ins(%w : memref<3x4xbf16>) outs(%p : memref<1x1x1x1x3x4xf32>)
  return
}

// The channels of all groups in one dimension: two groups of 2 fill a vector.
// Those of a group are neighbours, the groups are not.
// CHECK-LABEL: func.func @groups(
// CHECK:         scf.for
// CHECK-COUNT-4: memref.load
// CHECK-NOT:     memref.load
// CHECK:         vector.store %{{.*}}, vector<4xf32>
func.func @groups(%w: memref<4x3x2xf32>, %p: memref<1x2x1x1x3x4xf32>) {
  conv.pack_filter gck ins(%w : memref<4x3x2xf32>) outs(%p : memref<1x2x1x1x3x4xf32>)
  return
}

// They follow each other: whole vectors.
// CHECK-LABEL: func.func @run_of_groups(
// CHECK-NOT:     memref.load
// CHECK:         vector.load %{{.*}}, vector<4xf32>
// CHECK-NEXT:    vector.store %{{.*}}, vector<4xf32>
func.func @run_of_groups(%w: memref<3x4x2xf32>, %p: memref<1x2x1x1x3x4xf32>) {
  conv.pack_filter cgk ins(%w : memref<3x4x2xf32>) outs(%p : memref<1x2x1x1x3x4xf32>)
  return
}
