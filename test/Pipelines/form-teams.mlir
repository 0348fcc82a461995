// RUN: mlir-opt %s --convert-scf-to-openmp=num-threads=2 | conv-opt --conv-form-teams | FileCheck %s

func.func private @kernel(memref<8xf32>, index) attributes {conv.kernel}
func.func private @stranger(memref<8xf32>)
func.func private @loops(%a: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0.0 : f32
  memref.store %z, %a[%c0] : memref<8xf32>
  return
}

// One thread does what has effects, each what has none; the last loop's barrier
// is the end.
// CHECK-LABEL: func.func @joined(
// CHECK-SAME:    %[[A:.+]]: memref<8xf32>, %[[B:.+]]: memref<16xf32>)
// CHECK:         omp.parallel num_threads(%{{.+}} : i32) {
// CHECK:           omp.wsloop {
// CHECK:             func.call @kernel(%[[A]],
// CHECK:           omp.master {
// CHECK-NEXT:        func.call @loops(%[[A]])
// CHECK:             omp.terminator
// CHECK:           omp.barrier
// CHECK:           %[[VIEW:.+]] = memref.subview %[[B]]
// CHECK:           omp.wsloop nowait {
// CHECK:             memref.store %{{.+}}, %[[VIEW]]
// CHECK-NOT:     omp.parallel
// CHECK:         call @loops(%[[A]])
// CHECK-NEXT:    return
func.func @joined(%a: memref<8xf32>, %b: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %z = arith.constant 1.0 : f32
  scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
    func.call @kernel(%a, %t) : (memref<8xf32>, index) -> ()
    scf.reduce
  }
  func.call @loops(%a) : (memref<8xf32>) -> ()
  %v = memref.subview %b[8] [8] [1] : memref<16xf32> to memref<8xf32, strided<[1], offset: 8>>
  scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
    memref.store %z, %v[%t] : memref<8xf32, strided<[1], offset: 8>>
    scf.reduce
  }
  func.call @loops(%a) : (memref<8xf32>) -> ()
  return
}

// Results go through slots, also to what stands behind the team. Nobody waits
// for memory to be free.
// CHECK-LABEL: func.func @slots(
// CHECK:         %[[SLOT:.+]] = memref.alloca() : memref<memref<8xf32>>
// CHECK:         omp.parallel
// CHECK:           omp.wsloop {
// CHECK:           omp.master {
// CHECK:             %[[OWN:.+]] = memref.alloc() : memref<8xf32>
// CHECK:             func.call @loops(%[[OWN]])
// CHECK:             memref.store %[[OWN]], %[[SLOT]][] : memref<memref<8xf32>>
// CHECK:           omp.barrier
// CHECK-NEXT:      %[[NEW:.+]] = memref.load %[[SLOT]][]
// CHECK:           omp.wsloop {
// CHECK:             func.call @kernel(%[[NEW]],
// CHECK:           omp.master {
// CHECK-NEXT:        memref.dealloc %{{.+}} : memref<8xf32>
// CHECK:           }
// CHECK-NOT:       omp.barrier
// CHECK:           omp.wsloop nowait {
// CHECK:             func.call @kernel(%[[NEW]],
// CHECK:         %[[BEHIND:.+]] = memref.load %[[SLOT]][]
// CHECK:         return %[[BEHIND]]
func.func @slots(%a: memref<8xf32>) -> memref<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
    func.call @kernel(%a, %t) : (memref<8xf32>, index) -> ()
    scf.reduce
  }
  %new = memref.alloc() : memref<8xf32>
  func.call @loops(%new) : (memref<8xf32>) -> ()
  scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
    func.call @kernel(%new, %t) : (memref<8xf32>, index) -> ()
    scf.reduce
  }
  memref.dealloc %a : memref<8xf32>
  scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
    func.call @kernel(%new, %t) : (memref<8xf32>, index) -> ()
    scf.reduce
  }
  return %new : memref<8xf32>
}

// All threads pass a loop around regions. A slot is not written again before
// all have read it.
// CHECK-LABEL: func.func @loop(
// CHECK:         omp.parallel
// CHECK:           scf.for
// CHECK-NEXT:        omp.barrier
// CHECK-NEXT:        omp.master {
// CHECK:               memref.load
// CHECK:               memref.store
// CHECK:             omp.barrier
// CHECK-NEXT:        %[[READ:.+]] = memref.load
// CHECK:             %[[MORE:.+]] = arith.cmpf ogt, %[[READ]],
// CHECK-NEXT:        scf.if %[[MORE]] {
// CHECK:               omp.wsloop {
// CHECK-NOT:     omp.parallel
// CHECK:         return
func.func @loop(%a: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %z = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    %v = memref.load %a[%i] : memref<8xf32>
    %more = arith.cmpf ogt, %v, %z : f32
    scf.if %more {
      scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
        func.call @kernel(%a, %t) : (memref<8xf32>, index) -> ()
        scf.reduce
      }
    }
  }
  return
}

// What a loop carries is equal in all threads; one keeps it for the rest.
// CHECK-LABEL: func.func @carried(
// CHECK:         %[[SLOT:.+]] = memref.alloca() : memref<memref<8xf32>>
// CHECK:         omp.parallel
// CHECK:           %[[R:.+]]:2 = scf.for
// CHECK:             omp.wsloop {
// CHECK:             scf.yield
// CHECK:           omp.master {
// CHECK-NEXT:        memref.store %[[R]]#0, %[[SLOT]][]
// CHECK-NEXT:        omp.terminator
// CHECK:         %[[KEPT:.+]] = memref.load %[[SLOT]][]
// CHECK-NEXT:    return %[[KEPT]]
func.func @carried(%a: memref<8xf32>, %b: memref<8xf32>, %n: index) -> memref<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %b) -> (memref<8xf32>, memref<8xf32>) {
    scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
      func.call @kernel(%x, %t) : (memref<8xf32>, index) -> ()
      scf.reduce
    }
    scf.yield %y, %x : memref<8xf32>, memref<8xf32>
  }
  return %r#0 : memref<8xf32>
}

// What may start threads itself is called outside of teams; a region alone stays
// as it is, and so does one with a reduction.
// CHECK-LABEL: func.func @apart(
// CHECK:         omp.parallel
// CHECK-NEXT:      omp.wsloop {
// CHECK:         call @stranger
// CHECK:         omp.parallel
// CHECK-NEXT:      omp.wsloop {
// CHECK:         omp.parallel
// CHECK-NEXT:      omp.wsloop reduction
func.func @apart(%a: memref<8xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %z = arith.constant 0.0 : f32
  scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
    func.call @kernel(%a, %t) : (memref<8xf32>, index) -> ()
    scf.reduce
  }
  func.call @stranger(%a) : (memref<8xf32>) -> ()
  scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
    func.call @kernel(%a, %t) : (memref<8xf32>, index) -> ()
    scf.reduce
  }
  %sum = scf.parallel (%t) = (%c0) to (%c2) step (%c1) init (%z) -> f32 {
    %v = memref.load %a[%t] : memref<8xf32>
    scf.reduce(%v : f32) {
    ^bb0(%x: f32, %y: f32):
      %s = arith.addf %x, %y : f32
      scf.reduce.return %s : f32
    }
  }
  return %sum : f32
}

// In a loop that no team can pass there is one for each round; storage of a known
// size is the function's.
// CHECK-LABEL: func.func @rounds(
// CHECK:         memref.alloca() : memref<4xf32>
// CHECK:         scf.while
// CHECK:           omp.parallel
// CHECK:             omp.wsloop {
// CHECK:             omp.wsloop nowait {
// CHECK-NOT:       omp.parallel
// CHECK:           scf.yield
func.func @rounds(%a: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %z = arith.constant 0.0 : f32
  %r = scf.while (%i = %c0) : (index) -> index {
    %c = arith.cmpi slt, %i, %n : index
    scf.condition(%c) %i : index
  } do {
  ^bb0(%i: index):
    scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
      func.call @kernel(%a, %t) : (memref<8xf32>, index) -> ()
      scf.reduce
    }
    scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
      func.call @kernel(%a, %t) : (memref<8xf32>, index) -> ()
      scf.reduce
    }
    %j = arith.addi %i, %c1 : index
    scf.yield %j : index
  }
  scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
    func.call @kernel(%a, %t) : (memref<8xf32>, index) -> ()
    scf.reduce
  }
  %s = memref.alloca() : memref<4xf32>
  memref.store %z, %s[%c0] : memref<4xf32>
  scf.parallel (%t) = (%c0) to (%c2) step (%c1) {
    %v = memref.load %s[%c0] : memref<4xf32>
    memref.store %v, %a[%t] : memref<8xf32>
    scf.reduce
  }
  return
}
