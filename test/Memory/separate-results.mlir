// RUN: conv-opt %s --conv-separate-results | FileCheck %s

// One stays, the others are copies of it.
// CHECK-LABEL: func.func @thrice(
// CHECK:         %[[A:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
// CHECK:         %[[B:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
// CHECK-NEXT:    memref.copy %[[A]], %[[B]]
// CHECK-NEXT:    %[[C:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
// CHECK-NEXT:    memref.copy %[[A]], %[[C]]
// CHECK-NEXT:    return %[[A]], %[[B]], %[[C]]
func.func @thrice() -> (memref<4xf32>, memref<4xf32>, memref<4xf32>) {
  %a = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
  return %a, %a, %a : memref<4xf32>, memref<4xf32>, memref<4xf32>
}

// The allocation stays, whatever the order: it is what an argument replaces.
// CHECK-LABEL: func.func @view(
// CHECK:         %[[A:.*]] = memref.alloc() : memref<4xf32>
// CHECK:         %[[V:.*]] = memref.expand_shape %[[A]]
// CHECK:         %[[B:.*]] = memref.alloc() : memref<2x2xf32>
// CHECK-NEXT:    memref.copy %[[V]], %[[B]]
// CHECK-NEXT:    return %[[B]], %[[A]]
func.func @view() -> (memref<2x2xf32>, memref<4xf32>) {
  %a = memref.alloc() : memref<4xf32>
  %v = memref.expand_shape %a [[0, 1]] output_shape [2, 2] : memref<4xf32> into memref<2x2xf32>
  return %v, %a : memref<2x2xf32>, memref<4xf32>
}

// Which of the two is not known before it runs.
// CHECK-LABEL: func.func @either(
// CHECK-SAME:    %[[N:.*]]: index, %[[P:.*]]: i1)
// CHECK:         %[[A:.*]] = memref.alloc(%[[N]]) : memref<?xf32>
// CHECK:         %[[S:.*]] = arith.select
// CHECK:         %[[D:.*]] = memref.dim %[[S]]
// CHECK:         %[[C:.*]] = memref.alloc(%[[D]]) : memref<?xf32>
// CHECK-NEXT:    memref.copy %[[S]], %[[C]]
// CHECK-NEXT:    return %[[C]], %[[A]]
func.func @either(%n: index, %p: i1) -> (memref<?xf32>, memref<?xf32>) {
  %a = memref.alloc(%n) : memref<?xf32>
  %b = memref.alloc(%n) : memref<?xf32>
  %s = arith.select %p, %a, %b : memref<?xf32>
  return %s, %a : memref<?xf32>, memref<?xf32>
}

// Nothing to do: two allocations; a scalar twice.
// CHECK-LABEL: func.func @different(
// CHECK-COUNT-2: memref.alloc
// CHECK-NOT:     memref.copy
// CHECK:         return
func.func @different(%x: f32) -> (memref<4xf32>, f32, memref<4xf32>, f32) {
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  return %a, %x, %b, %x : memref<4xf32>, f32, memref<4xf32>, f32
}

// What is allocated before the branch may be in use while the other return's
// result is filled; what the returning block allocates is not.
// CHECK-LABEL: func.func @branches(
// CHECK:         %[[A:.*]] = memref.alloc() : memref<4xf32>
// CHECK:       ^bb1:
// CHECK-NEXT:    %[[C:.*]] = memref.alloc() : memref<4xf32>
// CHECK-NEXT:    memref.copy %[[A]], %[[C]]
// CHECK-NEXT:    return %[[C]]
// CHECK:       ^bb2:
// CHECK-NEXT:    %[[B:.*]] = memref.alloc() : memref<4xf32>
// CHECK-NEXT:    linalg.exp
// CHECK-NEXT:    return %[[B]]
func.func @branches(%p: i1) -> memref<4xf32> {
  %a = memref.alloc() : memref<4xf32>
  cf.cond_br %p, ^bb1, ^bb2
^bb1:
  return %a : memref<4xf32>
^bb2:
  %b = memref.alloc() : memref<4xf32>
  linalg.exp ins(%a : memref<4xf32>) outs(%b : memref<4xf32>)
  return %b : memref<4xf32>
}
