// RUN: conv-opt %s --conv-results-to-arguments | FileCheck %s

// CHECK-LABEL: func.func @f
// CHECK-SAME: %[[R:[a-z0-9]*]]: memref<8xf32> {bufferize.result})
// CHECK-NOT: memref.alloc
// CHECK: memref.copy %{{.*}}, %[[R]]
func.func @f(%x: memref<8xf32>) -> memref<8xf32> {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  return %a : memref<8xf32>
}

// Its caller cannot know the size.
// CHECK-LABEL: func.func private @dynamic
// CHECK-SAME: -> memref<?xf32>
func.func private @dynamic(%n: index) -> memref<?xf32> {
  %a = memref.alloc(%n) : memref<?xf32>
  return %a : memref<?xf32>
}

// CHECK-LABEL: func.func @calls
// CHECK: call @dynamic(%{{.*}}) : (index) -> memref<?xf32>
// CHECK: %[[OWN:.*]] = memref.alloc() : memref<8xf32>
// CHECK: call @f(%{{.*}}, %[[OWN]])
func.func @calls(%x: memref<8xf32>, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %d = call @dynamic(%n) : (index) -> memref<?xf32>
  %s = call @f(%x) : (memref<8xf32>) -> memref<8xf32>
  %a = memref.load %d[%c0] : memref<?xf32>
  %b = memref.load %s[%c0] : memref<8xf32>
  %r = arith.addf %a, %b : f32
  return %r : f32
}

// One buffer that is returned twice is copied for the second.
// CHECK-LABEL: func.func @twice(
// CHECK-SAME:      %[[X:[^:]+]]: memref<4xf32>, %[[A:[^:]+]]: memref<4xf32> {bufferize.result}, %[[B:[^:]+]]: memref<4xf32> {bufferize.result})
// CHECK:         memref.copy %[[X]], %[[A]]
// CHECK:         memref.copy %[[A]], %[[B]]
// CHECK-NOT:     memref.alloc
// CHECK:         return{{$}}
func.func @twice(%x: memref<4xf32>) -> (memref<4xf32>, memref<4xf32>) {
  %a = memref.alloc() : memref<4xf32>
  memref.copy %x, %a : memref<4xf32> to memref<4xf32>
  return %a, %a : memref<4xf32>, memref<4xf32>
}
