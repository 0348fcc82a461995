// RUN: conv-opt %s --split-input-file --conv-outline-kernels | FileCheck %s -enable-var-scope

// Loops that no schedule describes become functions as well, equal ones once,
// wherever in the arena their buffers lie; what cannot alias says so.
#id = affine_map<(i) -> (i)>
// CHECK-LABEL: func.func @twice(
// CHECK:         call @[[KERNEL:generic_64_[0-9a-f]+]](
// CHECK:         call @[[KERNEL]](
// The buffers overlap.
// CHECK:         call @[[OTHER:generic_64_[0-9a-f]+]](
// CHECK:         call @[[LOOPS:loops_64_[0-9a-f]+]](
// CHECK-NOT:     scf.for
// CHECK:         return
// CHECK:       func.func private @[[KERNEL]](%{{.*}}: memref<f32> {llvm.noalias}, %{{.*}}: memref<f32> {llvm.noalias}) attributes {conv.kernel, conv.loop_kernel, llvm.bareptr}
// CHECK:       func.func private @[[OTHER]](%{{[a-z0-9]+}}: memref<f32>, %{{[a-z0-9]+}}: memref<f32>) attributes {conv.kernel, conv.loop_kernel, llvm.bareptr}
// CHECK:       func.func private @[[LOOPS]](%{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: memref<f32> {llvm.noalias}) attributes {conv.kernel, conv.loop_kernel, llvm.bareptr}
// CHECK:         scf.for
func.func @twice(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  %c512 = arith.constant 512 : index
  %zero = arith.constant 0.0 : f32
  %arena = memref.alloc() : memref<1024xi8>
  %a = memref.view %arena[%c0][] : memref<1024xi8> to memref<64xf32>
  %b = memref.view %arena[%c256][] : memref<1024xi8> to memref<64xf32>
  %c = memref.view %arena[%c512][] : memref<1024xi8> to memref<64xf32>
  %d = memref.view %arena[%c128][] : memref<1024xi8> to memref<64xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
    ins(%a : memref<64xf32>) outs(%b : memref<64xf32>) {
  ^bb0(%x: f32, %o: f32):
    %0 = arith.addf %x, %x : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
    ins(%b : memref<64xf32>) outs(%c : memref<64xf32>) {
  ^bb0(%x: f32, %o: f32):
    %0 = arith.addf %x, %x : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
    ins(%d : memref<64xf32>) outs(%b : memref<64xf32>) {
  ^bb0(%x: f32, %o: f32):
    %0 = arith.addf %x, %x : f32
    linalg.yield %0 : f32
  }
  scf.for %i = %c0 to %n step %c1 {
    memref.store %zero, %b[%i] : memref<64xf32>
  }
  return
}

// -----

// A constant is written by nobody; two arguments may be one buffer.
// CHECK-LABEL: func.func @arguments(
// CHECK:         call @[[COPY:generic_4_[0-9a-f]+]](
// CHECK:         call @[[FROM:generic_4_[0-9a-f]+]](
// CHECK:       func.func private @[[COPY]](%{{[a-z0-9]+}}: memref<f32>, %{{[a-z0-9]+}}: memref<f32>)
// CHECK:       func.func private @[[FROM]](%{{[a-z0-9]+}}: memref<f32> {llvm.noalias}, %{{[a-z0-9]+}}: memref<f32> {llvm.noalias})
#id = affine_map<(i) -> (i)>
memref.global "private" constant @weights : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>
func.func @arguments(%a: memref<4xf32>, %b: memref<4xf32>) {
  %w = memref.get_global @weights : memref<4xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
    ins(%a : memref<4xf32>) outs(%b : memref<4xf32>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
    ins(%w : memref<4xf32>) outs(%b : memref<4xf32>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  }
  return
}

// -----

// What threads divide stays in the caller, each part is a function.
// CHECK-LABEL: func.func @shares(
// CHECK:         scf.forall (%{{.+}}) in (2)
// CHECK:           memref.subview
// CHECK:           call @[[FILL:fill_32_[0-9a-f]+]](%{{.+}}, %{{.+}}) : (memref<f32>, index) -> ()
// CHECK:       func.func private @[[FILL]](
func.func @shares(%y: memref<64xf32>) {
  %zero = arith.constant 0.0 : f32
  scf.forall (%i) in (2) {
    %at = affine.apply affine_map<(d0) -> (d0 * 32)>(%i)
    %part = memref.subview %y[%at] [32] [1] : memref<64xf32> to memref<32xf32, strided<[1], offset: ?>>
    linalg.fill ins(%zero : f32) outs(%part : memref<32xf32, strided<[1], offset: ?>>)
  }
  return
}

// -----

// Loops that call, take memory or give a value stay where they are.
// CHECK-LABEL: func.func @stays(
// CHECK:         scf.for
// CHECK:           func.call @external
// CHECK:         scf.for
// CHECK:           memref.alloc
// CHECK:         scf.for
// CHECK-NOT:     func.func private @loops
func.func private @external(index)
func.func @stays(%x: memref<8xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c8 step %c1 {
    func.call @external(%i) : (index) -> ()
  }
  scf.for %i = %c0 to %c8 step %c1 {
    %t = memref.alloc() : memref<f32>
    memref.store %zero, %t[] : memref<f32>
    memref.dealloc %t : memref<f32>
  }
  %s = scf.for %i = %c0 to %c8 step %c1 iter_args(%acc = %zero) -> f32 {
    %v = memref.load %x[%i] : memref<8xf32>
    %n = arith.addf %acc, %v : f32
    scf.yield %n : f32
  }
  return %s : f32
}
