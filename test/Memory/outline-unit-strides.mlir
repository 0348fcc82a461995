// RUN: conv-opt %s --conv-outline-kernels | FileCheck %s

// One image's slices of buffers of different size: the step to the next image
// is none, and both are one kernel.
// CHECK-LABEL: func.func @slices(
// CHECK:         call @[[K:copy_1x4x9_[0-9a-f]+]](
// CHECK:         call @[[K]](
// CHECK:       func.func private @[[K]](
// CHECK-NOT:   func.func private
func.func @slices(%x: memref<1x4x9xf32>, %y: memref<1x8x9xf32>, %z: memref<1x12x9xf32>) {
  %a = memref.subview %y[0, 4, 0] [1, 4, 9] [1, 1, 1] : memref<1x8x9xf32> to memref<1x4x9xf32, strided<[72, 9, 1], offset: 36>>
  linalg.copy ins(%x : memref<1x4x9xf32>) outs(%a : memref<1x4x9xf32, strided<[72, 9, 1], offset: 36>>)
  %b = memref.subview %z[0, 8, 0] [1, 4, 9] [1, 1, 1] : memref<1x12x9xf32> to memref<1x4x9xf32, strided<[108, 9, 1], offset: 72>>
  linalg.copy ins(%x : memref<1x4x9xf32>) outs(%b : memref<1x4x9xf32, strided<[108, 9, 1], offset: 72>>)
  return
}
