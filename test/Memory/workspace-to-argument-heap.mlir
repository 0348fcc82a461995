// What the caller cannot bring stays where it is, with a warning that says why.
// RUN: conv-opt %s --conv-workspace-to-argument -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @dynamic
// CHECK: memref.alloc
// CHECK: memref.dealloc
func.func @dynamic(%n: index) {
  // expected-warning @below {{memory is taken from the heap in every call: the size of 'memref<?xf32>' is not known}}
  %a = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %a : memref<?xf32>
  return
}

// -----

// CHECK-LABEL: func.func private @returned(%{{.*}}: memref<0xi8> {conv.workspace}) -> memref<?xf32>
func.func private @returned(%n: index) -> memref<?xf32> {
  // expected-warning @below {{memory is taken from the heap}}
  %a = memref.alloc(%n) : memref<?xf32>
  return %a : memref<?xf32>
}

// -----

// What is not carried is in the workspace.
// CHECK-LABEL: func.func @carried
// CHECK: scf.for
// CHECK:   memref.view
// CHECK:   %[[NEW:.*]] = memref.alloc()
// CHECK:   scf.yield %[[NEW]]
func.func @carried(%x: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%old = %x) -> memref<8xf32> {
    %t = memref.alloc() : memref<8xf32>
    // expected-warning @below {{memory is taken from the heap in every call: the buffer outlives the loop or function that allocates it}}
    %a = memref.alloc() : memref<8xf32>
    memref.copy %old, %t : memref<8xf32> to memref<8xf32>
    memref.copy %t, %a : memref<8xf32> to memref<8xf32>
    // expected-note @below {{here}}
    scf.yield %a : memref<8xf32>
  }
  return
}

// -----

// A buffer that a loop may free is no part of the workspace, though it is
// allocated before.
// CHECK-LABEL: func.func @freed_in_loop
// CHECK: memref.alloc
// CHECK: scf.for
// CHECK:   memref.alloc
// CHECK:   memref.dealloc
// CHECK: memref.dealloc
func.func @freed_in_loop(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-warning @below {{memory is taken from the heap in every call: what is freed here may be this buffer}}
  %x = memref.alloc() : memref<8xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%old = %x) -> memref<8xf32> {
    // expected-warning @below {{the buffer outlives the loop}}
    %a = memref.alloc() : memref<8xf32>
    // expected-note @below {{here}}
    memref.dealloc %old : memref<8xf32>
    // expected-note @below {{here}}
    scf.yield %a : memref<8xf32>
  }
  memref.dealloc %r : memref<8xf32>
  return
}

// -----

// One of two buffers is freed: both are on the heap or neither.
// CHECK-LABEL: func.func @either
// CHECK-COUNT-2: memref.alloc
// CHECK: memref.dealloc
func.func @either(%c: i1, %n: index) {
  // expected-warning @below {{what is freed here may be this buffer}}
  %a = memref.alloc() : memref<8xf32>
  // expected-warning @below {{the size of 'memref<?xf32>' is not known}}
  %b = memref.alloc(%n) : memref<?xf32>
  %d = memref.cast %a : memref<8xf32> to memref<?xf32>
  %s = arith.select %c, %d, %b : memref<?xf32>
  // expected-note @below {{here}}
  memref.dealloc %s : memref<?xf32>
  return
}

// -----

// CHECK-LABEL: func.func @unknown_extent
// CHECK: scf.forall
// CHECK:   memref.alloc
func.func @unknown_extent(%n: index) {
  // expected-note @below {{here}}
  scf.forall (%i) in (%n) {
    // expected-warning @below {{it is in a parallel loop of unknown extent}}
    %a = memref.alloc() : memref<8xf32>
    memref.dealloc %a : memref<8xf32>
  }
  return
}
