// RUN: conv-opt %s --conv-vectorize-elementwise="n-fma=2 l-fma=4 n-vec=8 n-reg=16" --loop-invariant-code-motion --canonicalize --cse | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-vectorize-elementwise="n-fma=1 l-fma=4 n-vec=1 n-reg=16" | FileCheck %s --check-prefix=SCALARS

// Without vectors nothing is to be done.
// SCALARS-NOT: vector.

#nchw = affine_map<(n, c, h, w) -> (n, c, h, w)>
#channel = affine_map<(n, c, h, w) -> (n, c, 0, 0)>

// Rows of an image are one row, of which the gate is outside; what is left of it
// is a shorter vector and an element.
// CHECK-LABEL: func.func @gate(
// CHECK-SAME:    %[[X:.+]]: memref<1x96x7x7xf32>, %[[GATE:.+]]: memref<1x96x1x1xf32>
// CHECK-DAG:     %[[V:.+]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [96, 49], strides: [49, 1]
// CHECK-DAG:     %[[G:.+]] = memref.reinterpret_cast %[[GATE]] to offset: [0], sizes: [96], strides: [1]
// CHECK:         scf.for %[[C:.+]] = %c0 to %c96 step %c1
// CHECK:           %[[S:.+]] = memref.load %[[G]][%[[C]]]
// CHECK:           %[[B:.+]] = vector.broadcast %[[S]] : f32 to vector<8xf32>
// CHECK:           scf.for %[[P:.+]] = %c0 to %c48 step %c8
// CHECK:             %[[E:.+]] = vector.load %[[V]][%[[C]], %[[P]]] {{.*}}, vector<8xf32>
// CHECK:             %[[R:.+]] = arith.mulf %[[B]], %[[E]] : vector<8xf32>
// CHECK:             vector.store %[[R]], %[[V]][%[[C]], %[[P]]] {{.*}}, vector<8xf32>
// CHECK-NOT:       vector
// CHECK:           %[[LAST:.+]] = memref.load %[[V]][%[[C]], %c48]
// CHECK:           %[[M:.+]] = arith.mulf %[[S]], %[[LAST]] : f32
// CHECK:           memref.store %[[M]], %[[V]][%[[C]], %c48]
// CHECK-NOT:     linalg.generic
func.func @gate(%x: memref<1x96x7x7xf32>, %gate: memref<1x96x1x1xf32>) {
  linalg.generic {indexing_maps = [#channel, #nchw, #nchw], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%gate, %x : memref<1x96x1x1xf32>, memref<1x96x7x7xf32>) outs(%x : memref<1x96x7x7xf32>) {
  ^bb0(%g: f32, %a: f32, %o: f32):
    %0 = arith.mulf %g, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// What all elements share is computed once, a comparison has bits in between, and
// the end of 15 elements is of 4, 2 and 1.
// CHECK-LABEL: func.func @shared(
// CHECK:         %[[H:.+]] = arith.addf %{{.+}}, %{{.+}} : f32
// CHECK:         %[[B:.+]] = vector.broadcast %[[H]] : f32 to vector<8xf32>
// CHECK-NOT:     scf.for
// CHECK:         vector.load {{.*}}, vector<8xf32>
// CHECK:         %[[K:.+]] = arith.cmpf ugt, %{{.+}}, %[[B]] : vector<8xf32>
// CHECK:         arith.select %[[K]], {{.*}} : vector<8xi1>, vector<8xf32>
// CHECK:         vector.load {{.*}}, vector<4xf32>
// CHECK:         vector.load {{.*}}, vector<2xf32>
// CHECK:         memref.load
// CHECK-NOT:     linalg.generic
func.func @shared(%x: memref<3x5xf32>, %y: memref<3x5xf32>, %s: f32) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]}
    ins(%x, %s : memref<3x5xf32>, f32) outs(%y : memref<3x5xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %h = arith.addf %b, %b : f32
    %k = arith.cmpf ugt, %a, %h : f32
    %0 = arith.select %k, %a, %h : f32
    linalg.yield %0 : f32
  }
  return
}

// A part of a larger image: its rows are no row, but what begins them is anywhere.
// CHECK-LABEL: func.func @part(
// CHECK:         %{{.+}}, %[[OFFSET:.+]], %{{.+}}:4, %{{.+}}:4 = memref.extract_strided_metadata
// CHECK:         memref.reinterpret_cast %{{.+}} to offset: [%[[OFFSET]]], sizes: [4, 5, 24], strides: [900, 30, 1]
// CHECK:         scf.for %{{.+}} = %c0 to %c4
// CHECK:           scf.for %{{.+}} = %c0 to %c5
// CHECK:             scf.for %{{.+}} = %c0 to %c24 step %c8
func.func @part(%x: memref<4x5x6x4xf32, strided<[900, 30, 4, 1], offset: ?>>, %y: memref<4x5x6x4xf32>) {
  linalg.generic {indexing_maps = [#nchw, #nchw], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%x : memref<4x5x6x4xf32, strided<[900, 30, 4, 1], offset: ?>>) outs(%y : memref<4x5x6x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.tanh %a : f32
    linalg.yield %0 : f32
  }
  return
}

// A thread's part of unknown size; vectors of 8-byte numbers have half the lanes.
// CHECK-LABEL: func.func @unknown(
// CHECK:         %[[N:.+]] = memref.dim %{{.+}}, %c0
// CHECK:         scf.for %{{.+}} = %c0 to %[[N]] step %c1
// CHECK:           scf.for %{{.+}} = %c0 to %c100 step %c4
// CHECK:             vector.load {{.*}}, vector<4xf64>
// CHECK-LABEL: func.func @unknownRow(
// CHECK:         %[[N:.+]] = memref.dim %{{.+}}, %c0
// CHECK:         %[[REST:.+]] = arith.remui %[[N]], %c8
// CHECK:         %[[WHOLE:.+]] = arith.subi %[[N]], %[[REST]]
// CHECK:         scf.for %{{.+}} = %c0 to %[[WHOLE]] step %c8
// CHECK:           vector.store
// CHECK:         scf.for %{{.+}} = %[[WHOLE]] to %[[N]] step %c1
// CHECK:           memref.store
func.func @unknown(%x: memref<?x10x10xf64>, %y: memref<?x10x10xf64>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
                  iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%x : memref<?x10x10xf64>) outs(%y : memref<?x10x10xf64>) {
  ^bb0(%a: f64, %o: f64):
    %0 = arith.addf %a, %o : f64
    linalg.yield %0 : f64
  }
  return
}
func.func @unknownRow(%x: memref<?xi32>, %y: memref<?xi32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
    ins(%x : memref<?xi32>) outs(%y : memref<?xi32>) {
  ^bb0(%a: i32, %o: i32):
    %0 = arith.muli %a, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// Left: bytes, rows that no vector reads, rows shorter than a vector, functions of
// the C library, numbers of loops.
// CHECK-LABEL: func.func @left(
// CHECK-COUNT-5: linalg.generic
// CHECK:         return
func.func @left(%b: memref<64xi8>, %x: memref<16x16xf32>, %y: memref<16x16xf32>, %s: memref<4xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%b : memref<64xi8>) {
  ^bb0(%o: i8):
    %0 = arith.addi %o, %o : i8
    linalg.yield %0 : i8
  }
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<16x16xf32>) outs(%y : memref<16x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%s : memref<4xf32>) {
  ^bb0(%o: f32):
    %0 = arith.addf %o, %o : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%x : memref<16x16xf32>) {
  ^bb0(%o: f32):
    %0 = math.log %o : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%x : memref<16x16xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 1 : index
    %k = arith.index_cast %i : index to i32
    %0 = arith.sitofp %k : i32 to f32
    linalg.yield %0 : f32
  }
  return
}
