// RUN: conv-opt %s --conv-split-masked-stores="cpu=haswell triple=x86_64-linux-gnu" | FileCheck %s
// RUN: conv-opt %s --conv-split-masked-stores="cpu=cortex-a76 triple=aarch64-linux-gnu" | FileCheck %s
// RUN: conv-opt %s --conv-split-masked-stores="cpu=znver5 triple=x86_64-linux-gnu" | FileCheck %s --check-prefix=MASK
// RUN: conv-opt %s --conv-split-masked-stores="cpu=neoverse-v1 triple=aarch64-linux-gnu" | FileCheck %s --check-prefix=MASK
// RUN: conv-opt %s --conv-split-masked-stores | FileCheck %s --check-prefix=MASK

// MASK-COUNT-6:   vector.maskedstore

// CHECK-LABEL: func.func @seven(
// CHECK-SAME:    %[[TO:.+]]: memref<4x?xf32>, %[[I:.+]]: index, %[[V:.+]]: vector<8xf32>)
// CHECK-DAG:     %[[C0:.+]] = arith.constant 0 : index
// CHECK:         %[[A:.+]] = vector.extract_strided_slice %[[V]] {offsets = [0], sizes = [4], strides = [1]}
// CHECK:         vector.store %[[A]], %[[TO]][%[[C0]], %[[I]]] : memref<4x?xf32>, vector<4xf32>
// CHECK:         %[[I4:.+]] = arith.addi %[[I]], %c4
// CHECK:         %[[B:.+]] = vector.extract_strided_slice %[[V]] {offsets = [4], sizes = [2], strides = [1]}
// CHECK:         vector.store %[[B]], %[[TO]][%[[C0]], %[[I4]]] : memref<4x?xf32>, vector<2xf32>
// CHECK:         %[[I6:.+]] = arith.addi %[[I]], %c6
// CHECK:         %[[C:.+]] = vector.extract %[[V]][6]
// CHECK:         memref.store %[[C]], %[[TO]][%[[C0]], %[[I6]]]
// CHECK-NOT:     vector.maskedstore
// CHECK:         return
func.func @seven(%to: memref<4x?xf32>, %i: index, %v: vector<8xf32>) {
  %c0 = arith.constant 0 : index
  %mask = arith.constant dense<[1, 1, 1, 1, 1, 1, 1, 0]> : vector<8xi1>
  vector.maskedstore %to[%c0, %i], %mask, %v : memref<4x?xf32>, vector<8xi1>, vector<8xf32>
  return
}

// All lanes are one part, none are no store.
// CHECK-LABEL: func.func @all_none(
// CHECK:         vector.store %{{.+}} : memref<?xf32>, vector<4xf32>
// CHECK-NOT:     store
// CHECK:         return
func.func @all_none(%to: memref<?xf32>, %i: index, %v: vector<4xf32>) {
  %all = arith.constant dense<1> : vector<4xi1>
  %none = arith.constant dense<0> : vector<4xi1>
  vector.maskedstore %to[%i], %all, %v : memref<?xf32>, vector<4xi1>, vector<4xf32>
  vector.maskedstore %to[%i], %none, %v : memref<?xf32>, vector<4xi1>, vector<4xf32>
  return
}

// What is no constant, or no beginning, stays.
// CHECK-LABEL: func.func @stays(
// CHECK-COUNT-2: vector.maskedstore
func.func @stays(%to: memref<?xf32>, %i: index, %v: vector<4xf32>, %some: vector<4xi1>) {
  %end = arith.constant dense<[0, 1, 1, 1]> : vector<4xi1>
  vector.maskedstore %to[%i], %some, %v : memref<?xf32>, vector<4xi1>, vector<4xf32>
  vector.maskedstore %to[%i], %end, %v : memref<?xf32>, vector<4xi1>, vector<4xf32>
  return
}

// Bits lie closer in a vector than in memory.
// CHECK-LABEL: func.func @bits(
// CHECK:         vector.maskedstore
func.func @bits(%to: memref<?xi1>, %i: index, %v: vector<4xi1>) {
  %first3 = arith.constant dense<[1, 1, 1, 0]> : vector<4xi1>
  vector.maskedstore %to[%i], %first3, %v : memref<?xi1>, vector<4xi1>, vector<4xi1>
  return
}

// One lane is stored as an element, whatever the target has.
// CHECK-LABEL: func.func @one(
// MASK-LABEL:  func.func @one(
// MASK-SAME:     %[[TO:.+]]: memref<?xi8>, %[[I:.+]]: index, %[[V:.+]]: vector<4xi8>)
// MASK:          %[[A:.+]] = vector.extract %[[V]][0]
// MASK:          memref.store %[[A]], %[[TO]][%[[I]]] : memref<?xi8>
// MASK:          %[[AT:.+]] = arith.addi %[[I]], %c2
// MASK:          %[[B:.+]] = vector.extract %[[V]][2]
// MASK:          memref.store %[[B]], %[[TO]][%[[AT]]] : memref<?xi8>
// MASK-NOT:      vector.maskedstore
// MASK:          return
func.func @one(%to: memref<?xi8>, %i: index, %v: vector<4xi8>) {
  %first = arith.constant dense<[1, 0, 0, 0]> : vector<4xi1>
  %third = arith.constant dense<[0, 0, 1, 0]> : vector<4xi1>
  vector.maskedstore %to[%i], %first, %v : memref<?xi8>, vector<4xi1>, vector<4xi8>
  vector.maskedstore %to[%i], %third, %v : memref<?xi8>, vector<4xi1>, vector<4xi8>
  return
}
