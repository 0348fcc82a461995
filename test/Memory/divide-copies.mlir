// RUN: conv-opt %s --conv-divide-copies="cpu=haswell threads=2" | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-divide-copies="cpu=haswell" | FileCheck %s --check-prefix=ONE

// ONE-NOT: scf.forall

// Rows of a slice, half of them for each thread.
// CHECK-LABEL: func.func @copies(
// CHECK-SAME:    %[[X:.+]]: memref<1x64x56x56xf32>, %[[Y:.+]]: memref<1x128x56x56xf32>
// CHECK:         %[[S:.+]] = memref.subview %[[Y]][0, 64, 0, 0]
// CHECK:         scf.forall (%{{.+}}) in (2) {
// CHECK:           %[[FROM:.+]] = memref.subview %[[X]][0, %{{.+}}, 0, 0] [1, 32, 56, 56]
// CHECK:           %[[TO:.+]] = memref.subview %[[S]][0, %{{.+}}, 0, 0] [1, 32, 56, 56]
// CHECK:           linalg.copy ins(%[[FROM]] : {{.*}}) outs(%[[TO]] :
// CHECK:         scf.forall
// CHECK:           linalg.fill
func.func @copies(%x: memref<1x64x56x56xf32>, %y: memref<1x128x56x56xf32>) {
  %zero = arith.constant 0.0 : f32
  %s = memref.subview %y[0, 64, 0, 0] [1, 64, 56, 56] [1, 1, 1, 1] : memref<1x128x56x56xf32> to memref<1x64x56x56xf32, strided<[401408, 3136, 56, 1], offset: 200704>>
  memref.copy %x, %s : memref<1x64x56x56xf32> to memref<1x64x56x56xf32, strided<[401408, 3136, 56, 1], offset: 200704>>
  linalg.fill ins(%zero : f32) outs(%x : memref<1x64x56x56xf32>)
  return
}

// So little is copied by one, and so is what has another size in each call.
// CHECK-LABEL: func.func @whole(
// CHECK-NOT:     scf.forall
// CHECK:         memref.copy
// CHECK:         memref.copy
func.func @whole(%x: memref<1x64x4x4xf32>, %y: memref<1x64x4x4xf32>, %a: memref<?x64x56x56xf32>, %b: memref<?x64x56x56xf32>) {
  memref.copy %x, %y : memref<1x64x4x4xf32> to memref<1x64x4x4xf32>
  memref.copy %a, %b : memref<?x64x56x56xf32> to memref<?x64x56x56xf32>
  return
}
