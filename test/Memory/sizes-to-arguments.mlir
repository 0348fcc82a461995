// RUN: conv-opt %s --conv-result-sizes --conv-sizes-to-arguments --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @copy(
// CHECK-SAME:    %[[X:[^:]*]]: memref<f32> {conv.type = memref<?x8x?xf32>},
// CHECK-SAME:    %[[S:[^:]*]]: f32,
// CHECK-SAME:    %[[Y:[^:]*]]: memref<8xf32>,
// CHECK-SAME:    %[[SIZES:[^:]*]]: memref<2xi64> {conv.sizes})
// CHECK:         %[[N0:.*]] = memref.load %[[SIZES]][%{{.*}}]
// CHECK:         %[[N:.*]] = arith.index_cast %[[N0]] : i64 to index
// CHECK:         %[[M0:.*]] = memref.load %[[SIZES]][%{{.*}}]
// CHECK:         %[[M:.*]] = arith.index_cast %[[M0]] : i64 to index
// CHECK:         %[[STRIDE:.*]] = arith.muli %[[M]], %c8
// CHECK:         %[[VIEW:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[N]], 8, %[[M]]], strides: [%[[STRIDE]], %[[M]], 1] : memref<f32> to memref<?x8x?xf32>
// CHECK-NOT:     memref.dim
// CHECK:         memref.store %[[S]], %[[VIEW]][%{{.*}}, %{{.*}}, %[[M]]]
// CHECK:       func.func @copy_result_sizes(
func.func @copy(%x: memref<?x8x?xf32>, %s: f32, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %m = memref.dim %x, %c2 : memref<?x8x?xf32>
  memref.store %s, %x[%c0, %c0, %m] : memref<?x8x?xf32>
  return
}

// -----

// A dimension that the type has not is asked for as it was: what it is, is up to
// the program that does.
// CHECK-LABEL: func.func @no_dimension(
// CHECK:         %[[FAR:.*]] = arith.constant 1000000 : index
// CHECK:         memref.dim %{{.*}}, %[[FAR]] : memref<?xf32>
func.func @no_dimension(%x: memref<?xf32>) {
  %far = arith.constant 1000000 : index
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %x, %far : memref<?xf32>
  %m = memref.dim %x, %c0 : memref<?xf32>
  %at = arith.minui %n, %m : index
  memref.store %zero, %x[%at] : memref<?xf32>
  return
}
