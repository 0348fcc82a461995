// RUN: conv-opt %s --conv-deallocate | FileCheck %s

// CHECK-LABEL: func.func @carried
// CHECK: %[[R:.*]]:2 = scf.for {{.*}} iter_args(%[[OLD:.*]] = %{{.*}}, %[[MINE:.*]] = %{{.*}})
// CHECK:   %[[NEW:.*]] = memref.alloc()
// CHECK:   scf.if %{{.*}}
// CHECK:     memref.dealloc
// CHECK: scf.if %[[R]]#1
// CHECK:   memref.dealloc
func.func @carried(%x: memref<8xf32>, %y: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%old = %x) -> memref<8xf32> {
    %a = memref.alloc() : memref<8xf32>
    memref.copy %old, %a : memref<8xf32> to memref<8xf32>
    scf.yield %a : memref<8xf32>
  }
  memref.copy %r, %y : memref<8xf32> to memref<8xf32>
  return
}

// A caller owns what it is given.
// CHECK-LABEL: func.func private @make
// CHECK-NOT: memref.dealloc
// CHECK-LABEL: func.func @call
// CHECK: %[[M:.*]] = call @make
// CHECK: %[[B:.*]], %{{.*}}, %{{.*}}, %{{.*}} = memref.extract_strided_metadata %[[M]]
// CHECK: memref.dealloc %[[B]]
func.func private @make(%n: index) -> memref<?xf32> {
  %a = memref.alloc(%n) : memref<?xf32>
  return %a : memref<?xf32>
}
func.func @call(%n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %m = call @make(%n) : (index) -> memref<?xf32>
  %v = memref.load %m[%c0] : memref<?xf32>
  return %v : f32
}

// So does it of an argument that is handed back, which then has to be a copy.
// CHECK-LABEL: func.func private @same
// CHECK: memref.alloc
// CHECK: memref.copy
func.func private @same(%x: memref<?xf32>) -> memref<?xf32> {
  return %x : memref<?xf32>
}

// Whoever frees has to free all.
// CHECK-LABEL: func.func @by_hand
// CHECK-COUNT-1: memref.dealloc
// CHECK-NOT: memref.dealloc
func.func @by_hand(%x: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  %b = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  memref.copy %x, %b : memref<8xf32> to memref<8xf32>
  memref.dealloc %a : memref<8xf32>
  return
}
