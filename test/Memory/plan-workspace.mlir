// RUN: conv-opt %s --conv-plan-workspace | FileCheck %s
// RUN: conv-opt %s --conv-plan-workspace=apart --split-input-file | FileCheck %s --check-prefix=APART
// RUN: conv-opt %s --conv-plan-workspace --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=REMARK

// Two convolutions one after the other: the larger buffer is enough.
// REMARK: two: 1024 bytes of workspace
// CHECK-LABEL: func.func @two(
// CHECK-SAME:    attributes {conv.workspace = 1024 : i64}
// CHECK:         %[[ARENA:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1024xi8>
// CHECK-DAG:     memref.view %[[ARENA]][%{{.*}}][] : memref<1024xi8> to memref<1x1x4x4x2x2x4xf32>
// CHECK-DAG:     memref.view %[[ARENA]][%{{.*}}][] : memref<1024xi8> to memref<1x1x2x4x2x4xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         memref.dealloc %[[ARENA]]
// Each lives as long as what it holds, where they are placed among others.
// APART-LABEL: func.func @two(
// APART-SAME:    attributes {conv.workspace = 1024 : i64}
// APART:         %[[A:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1024xi8>
// APART:         conv.im2row
// APART-NEXT:    memref.dealloc %[[A]]
// APART:         %[[B:.*]] = memref.alloc() {alignment = 64 : i64} : memref<256xi8>
// APART:         conv.im2win
// APART-NEXT:    memref.dealloc %[[B]]
func.func @two(%x: memref<1x5x5x4xf32>) {
  %a = memref.alloc() : memref<1x1x4x4x2x2x4xf32>
  conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : memref<1x5x5x4xf32>) outs(%a : memref<1x1x4x4x2x2x4xf32>)
  memref.dealloc %a : memref<1x1x4x4x2x2x4xf32>
  %b = memref.alloc() : memref<1x1x2x4x2x4xf32>
  conv.im2win dims<nhwc x rsck -> nhwk> ins(%x : memref<1x5x5x4xf32>) outs(%b : memref<1x1x2x4x2x4xf32>)
  memref.dealloc %b : memref<1x1x2x4x2x4xf32>
  return
}

// In use at the same time: one behind the other, on a cache line of its own.
// CHECK-LABEL: func.func @both(
// CHECK-SAME:    attributes {conv.workspace = 1280 : i64}
// CHECK-DAG:     %[[C1024:.*]] = arith.constant 1024 : index
// CHECK-DAG:     memref.view %{{.*}}[%[[C1024]]][]
// APART-LABEL: func.func @both(
// APART:         memref.alloc() {alignment = 64 : i64} : memref<1280xi8>
// APART-NOT:     memref.alloc
// APART:         return
func.func @both(%x: memref<1x5x5x4xf32>) {
  %a = memref.alloc() : memref<1x1x4x4x2x2x4xf32>
  %b = memref.alloc() : memref<1x1x2x4x2x4xf32>
  conv.im2win dims<nhwc x rsck -> nhwk> ins(%x : memref<1x5x5x4xf32>) outs(%b : memref<1x1x2x4x2x4xf32>)
  conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : memref<1x5x5x4xf32>) outs(%a : memref<1x1x4x4x2x2x4xf32>)
  memref.dealloc %a : memref<1x1x4x4x2x2x4xf32>
  memref.dealloc %b : memref<1x1x2x4x2x4xf32>
  return
}

// A buffer of a band is taken out of the loop; each iteration of a parallel
// loop has an arena of its own.
// CHECK-LABEL: func.func @loops(
// CHECK-SAME:    attributes {conv.workspace = 512 : i64}
// CHECK:         scf.forall
// CHECK:           memref.alloc() {alignment = 64 : i64} : memref<256xi8>
// CHECK:           scf.for
// CHECK-NOT:       memref.alloc
// CHECK:           memref.dealloc
func.func @loops(%x: memref<1x5x5x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.forall (%t) in (2) {
    scf.for %i = %c0 to %c4 step %c1 {
      %b = memref.alloc() : memref<1x1x2x4x2x4xf32>
      conv.im2win dims<nhwc x rsck -> nhwk> ins(%x : memref<1x5x5x4xf32>) row_origin(%i) outs(%b : memref<1x1x2x4x2x4xf32>)
      memref.dealloc %b : memref<1x1x2x4x2x4xf32>
    }
  }
  return
}

// A buffer that leaves the function, and one nothing of ours fills, stay.
// CHECK-LABEL: func.func @stays(
// CHECK-NOT:     conv.workspace
// CHECK-COUNT-2: memref.alloc() : memref
func.func @stays(%x: memref<1x5x5x4xf32>) -> memref<1x1x2x4x2x4xf32> {
  %a = memref.alloc() : memref<8xf32>
  memref.dealloc %a : memref<8xf32>
  %b = memref.alloc() : memref<1x1x2x4x2x4xf32>
  conv.im2win dims<nhwc x rsck -> nhwk> ins(%x : memref<1x5x5x4xf32>) outs(%b : memref<1x1x2x4x2x4xf32>)
  return %b : memref<1x1x2x4x2x4xf32>
}

// LLVM keeps elements of 48 bits 8 bytes apart.
// CHECK-LABEL: func.func @gaps(
// CHECK-SAME:    attributes {conv.workspace = 2048 : i64}
func.func @gaps(%x: memref<1x5x5x4xi48>) {
  %a = memref.alloc() : memref<1x1x4x4x2x2x4xi48>
  conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : memref<1x5x5x4xi48>) outs(%a : memref<1x1x4x4x2x2x4xi48>)
  memref.dealloc %a : memref<1x1x4x4x2x2x4xi48>
  return
}
