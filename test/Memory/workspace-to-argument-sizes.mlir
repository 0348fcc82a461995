// Allocations whose sizes follow from those a function is called with are in the
// workspace, too, behind those of known size.
// RUN: conv-opt %s --conv-workspace-to-argument --split-input-file -verify-diagnostics | FileCheck %s

// %b is not needed while %a is: they share a slot, as large as the larger one;
// %c has its own.
// CHECK-LABEL: func.func @slots(
// CHECK-SAME:    %[[SIZES:.*]]: memref<1xi64> {conv.sizes}, %[[W:.*]]: memref<i8> {conv.workspace})
// CHECK:         %[[A:.*]] = arith.muli %{{.*}}, %c64
// CHECK:         %[[B:.*]] = arith.muli %{{.*}}, %c64
// CHECK:         %[[SLOT:.*]] = arith.maxsi
// CHECK:         %[[OTHER:.*]] = arith.addi %c64{{.*}}, %
// CHECK:         %[[ALL:.*]] = memref.reinterpret_cast %[[W]] to offset: [0], sizes: [%{{.*}}], strides: [1] : memref<i8> to memref<?xi8>
// CHECK-DAG:     memref.reinterpret_cast %[[W]] to offset: [0], sizes: [64], strides: [1] : memref<i8> to memref<64xi8>
// CHECK-NOT:     memref.alloc
// CHECK:         memref.view %{{.*}} : memref<64xi8> to memref<4xf32>
// CHECK:         memref.view %[[ALL]][%[[AT:.*]]][%{{.*}}] : memref<?xi8> to memref<?x2xf32>
// CHECK:         memref.view %[[ALL]][%[[OTHER]]][%{{.*}}] : memref<?xi8> to memref<?xf32>
// CHECK:         memref.view %[[ALL]][%[[AT]]][%{{.*}}] : memref<?xi8> to memref<?xf32>
// CHECK-LABEL: func.func @slots_workspace_size(
// CHECK-SAME:    %[[GIVEN:.*]]: memref<1xi64>) -> i64
// CHECK:         memref.load %[[GIVEN]]
// CHECK:         arith.maxsi
func.func @slots(%sizes: memref<1xi64> {conv.sizes}) {
  %c0 = arith.constant 0 : index
  %v = memref.load %sizes[%c0] : memref<1xi64>
  %n = arith.index_cast %v : i64 to index
  %d = memref.alloc() : memref<4xf32>
  %a = memref.alloc(%n) : memref<?x2xf32>
  %c = memref.alloc(%n) : memref<?xf32>
  call @first(%d, %a, %c) : (memref<4xf32>, memref<?x2xf32>, memref<?xf32>) -> ()
  %m = affine.apply affine_map<()[s] -> (s - 1)>()[%n]
  %b = memref.alloc(%m) : memref<?xf32>
  call @second(%b, %c) : (memref<?xf32>, memref<?xf32>) -> ()
  return
}
func.func private @first(memref<4xf32>, memref<?x2xf32>, memref<?xf32>)
func.func private @second(memref<?xf32>, memref<?xf32>)

// -----

// CHECK-LABEL: func.func @heap(
func.func @heap(%sizes: memref<1xi64> {conv.sizes}, %x: memref<4xindex>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %v = memref.load %sizes[%c0] : memref<1xi64>
  %n = arith.index_cast %v : i64 to index
  %m = memref.load %x[%c0] : memref<4xindex>
  // expected-warning @below {{memory is taken from the heap in every call: the size of 'memref<?xf32>' is not known}}
  %a = memref.alloc(%m) : memref<?xf32>
  // expected-note @below {{here}}
  scf.forall (%i) in (2) {
    // expected-warning @below {{each iteration of a parallel loop has one of a size that is not known}}
    %b = memref.alloc(%n) : memref<?xf32>
    func.call @second(%a, %b) : (memref<?xf32>, memref<?xf32>) -> ()
  }
  return
}
func.func private @second(memref<?xf32>, memref<?xf32>)
