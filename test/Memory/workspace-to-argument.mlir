// RUN: conv-opt %s --conv-workspace-to-argument | FileCheck %s -enable-var-scope

// The buffers of disjoint lifetimes share bytes, others do not; the copies a
// parallel loop needs are side by side.

// CHECK-LABEL: func.func @sequence(
// CHECK-SAME: %[[X:.+]]: memref<8xf32>, %[[Y:.+]]: memref<8xf32>,
// CHECK-SAME: %[[W:.+]]: memref<64xi8> {conv.workspace})
// CHECK: %[[C0:.+]] = arith.constant 0 : index
// CHECK: %[[A:.+]] = memref.view %[[W]][%[[C0]]][] : memref<64xi8> to memref<8xf32>
// CHECK: memref.copy %[[X]], %[[A]]
// CHECK: %[[C0_1:.+]] = arith.constant 0 : index
// CHECK: %[[B:.+]] = memref.view %[[W]][%[[C0_1]]][] : memref<64xi8> to memref<8xf32>
// CHECK: memref.copy %[[Y]], %[[B]]
// CHECK-NOT: memref.dealloc
// CHECK: return
// CHECK-LABEL: func.func @sequence_workspace_size() -> i64
// CHECK: %[[S:.+]] = arith.constant 64 : i64
// CHECK: return %[[S]]
func.func @sequence(%x: memref<8xf32>, %y: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  memref.copy %a, %y : memref<8xf32> to memref<8xf32>
  memref.dealloc %a : memref<8xf32>
  %b = memref.alloc() : memref<8xf32>
  memref.copy %y, %b : memref<8xf32> to memref<8xf32>
  memref.copy %b, %x : memref<8xf32> to memref<8xf32>
  memref.dealloc %b : memref<8xf32>
  return
}

// A view keeps the buffer in use after the allocation's own last use.
// CHECK-LABEL: func.func @views(
// CHECK-SAME: memref<192xi8> {conv.workspace})
func.func @views(%x: memref<8xf32>, %y: memref<20xf32>) {
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<20xf32>
  %v = memref.subview %a[4] [8] [1] : memref<20xf32> to memref<8xf32, strided<[1], offset: 4>>
  %b = memref.alloc() : memref<8xf32>
  memref.copy %x, %b : memref<8xf32> to memref<8xf32>
  memref.copy %b, %v : memref<8xf32> to memref<8xf32, strided<[1], offset: 4>>
  memref.dealloc %a : memref<20xf32>
  memref.dealloc %b : memref<8xf32>
  return
}

// CHECK-LABEL: func.func @parallel(
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<1536xi8> {conv.workspace})
// CHECK: scf.forall (%[[I:.+]], %[[J:.+]]) = (0, 4) to (4, 16) step (1, 2)
// CHECK: arith.subi %[[J]]
// CHECK: arith.divui
// CHECK: arith.muli %[[I]]
// CHECK: memref.view %[[W]]
func.func @parallel(%x: memref<4x16xf32>) {
  scf.forall (%i, %j) = (0, 4) to (4, 16) step (1, 2) {
    %a = memref.alloc() : memref<1x2xf32>
    %v = memref.subview %x[%i, %j] [1, 2] [1, 1] : memref<4x16xf32> to memref<1x2xf32, strided<[16, 1], offset: ?>>
    memref.copy %v, %a : memref<1x2xf32, strided<[16, 1], offset: ?>> to memref<1x2xf32>
    memref.dealloc %a : memref<1x2xf32>
  }
  return
}

// Private functions take a piece of their caller's workspace.
// CHECK-LABEL: func.func @caller(
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<128xi8> {conv.workspace})
// CHECK: %[[P:.+]] = memref.view %[[W]]{{.*}} to memref<64xi8>
// CHECK: call @callee(%{{.+}}, %[[P]])
// CHECK: func.func private @callee(%{{.+}}: memref<8xf32>, %{{.+}}: memref<64xi8> {conv.workspace})
// CHECK-NOT: @callee_workspace_size
func.func @caller(%x: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  call @callee(%a) : (memref<8xf32>) -> ()
  memref.copy %a, %x : memref<8xf32> to memref<8xf32>
  memref.dealloc %a : memref<8xf32>
  return
}
func.func private @callee(%x: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  memref.dealloc %a : memref<8xf32>
  return
}

// Nothing to hold: the signature is the same all the same.
// CHECK-LABEL: func.func @nothing(%{{.+}}: memref<0xi8> {conv.workspace})
func.func @nothing() {
  return
}
