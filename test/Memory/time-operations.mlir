// RUN: conv-opt %s --conv-time-operations | FileCheck %s
// RUN: not conv-opt %s --conv-time-operations --conv-time-operations 2>&1 | FileCheck %s --check-prefix=TAKEN

// TAKEN: error: 'conv_operation_done' is the function that timed operations call

// Operations are numbered through the module. What only looks at memory, takes
// or frees it is none; a loop is one.
// CHECK-LABEL: func.func @main(
// CHECK-NEXT:    %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK-NEXT:    call @conv_operation_done(%[[ZERO]])
// CHECK:         memref.alloc
// CHECK-NEXT:    memref.subview
// CHECK-NEXT:    memref.copy
// CHECK-NEXT:    %[[ONE:.*]] = arith.constant 1 : i64
// CHECK-NEXT:    call @conv_operation_done(%[[ONE]])
// CHECK-NEXT:    scf.for
// CHECK-NOT:       conv_operation_done
// CHECK:         }
// CHECK-NEXT:    %[[TWO:.*]] = arith.constant 2 : i64
// CHECK-NEXT:    call @conv_operation_done(%[[TWO]])
// A function that is timed itself is no operation.
// CHECK-NEXT:    call @inner
// CHECK-NEXT:    call @outside
// CHECK-NEXT:    %[[THREE:.*]] = arith.constant 3 : i64
// CHECK-NEXT:    call @conv_operation_done(%[[THREE]])
// CHECK-NEXT:    memref.dealloc
// CHECK-NEXT:    return
func.func @main(%x: memref<8x8xf32>, %y: memref<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %a = memref.alloc() : memref<4x8xf32>
  %v = memref.subview %x[4, 0] [4, 8] [1, 1] : memref<8x8xf32> to memref<4x8xf32, strided<[8, 1], offset: 32>>
  memref.copy %v, %a : memref<4x8xf32, strided<[8, 1], offset: 32>> to memref<4x8xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    func.call @looped(%a) : (memref<4x8xf32>) -> ()
    func.call @looped(%y) : (memref<4x8xf32>) -> ()
  }
  call @inner(%a) : (memref<4x8xf32>) -> ()
  call @outside(%a) : (memref<4x8xf32>) -> ()
  memref.dealloc %a : memref<4x8xf32>
  return
}

// CHECK-LABEL: func.func private @inner(
// CHECK-NOT:     conv_operation_done(%{{.*}}) : (i64) -> ()
// CHECK:         memref.store
// CHECK-NEXT:    %[[FOUR:.*]] = arith.constant 4 : i64
// CHECK-NEXT:    call @conv_operation_done(%[[FOUR]])
// CHECK-NEXT:    return
func.func private @inner(%a: memref<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  memref.store %one, %a[%c0, %c0] : memref<4x8xf32>
  return
}

// Several threads might be in it.
// CHECK-LABEL: func.func private @looped(
// CHECK-NOT:     conv_operation_done
// CHECK:         return
func.func private @looped(%a: memref<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  memref.store %one, %a[%c0, %c0] : memref<4x8xf32>
  return
}

func.func private @outside(memref<4x8xf32>)

// CHECK: func.func private @conv_operation_done(i64)
