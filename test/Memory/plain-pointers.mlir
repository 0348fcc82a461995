// RUN: conv-opt %s --conv-plain-pointers | FileCheck %s

// CHECK: func.func @entry({{.*}}) -> f32 attributes {llvm.bareptr}
func.func @entry(%x: memref<8xf32>, %v: f32) -> f32 {
  %d = memref.cast %x : memref<8xf32> to memref<?xf32>
  call @helper(%d) : (memref<?xf32>) -> ()
  %u = memref.cast %x : memref<8xf32> to memref<*xf32>
  call @unranked(%u) : (memref<*xf32>) -> ()
  call @in_c(%x) : (memref<8xf32>) -> ()
  return %v : f32
}
// CHECK: func.func private @helper(%{{.*}}: memref<?xf32>) {
func.func private @helper(%x: memref<?xf32>) {
  return
}
// CHECK: func.func private @unranked(memref<*xf32>){{$}}
func.func private @unranked(memref<*xf32>)
// CHECK: func.func private @in_c(memref<8xf32>) attributes {llvm.bareptr}
func.func private @in_c(memref<8xf32>)

// CHECK: func.func @empty(%{{.*}}: memref<0xf32>, %{{.*}}: memref<0xf32>)
// CHECK: memref.alloca() : memref<2x0xf32>
func.func @empty(%x: memref<0xf32>, %y: memref<2x0xf32>) {
  %u = memref.cast %y : memref<2x0xf32> to memref<*xf32>
  call @unranked(%u) : (memref<*xf32>) -> ()
  return
}
// CHECK: call @empty(%{{.*}}, %{{.*}}) : (memref<0xf32>, memref<0xf32>) -> ()
func.func private @calls_empty(%x: memref<0xf32>, %y: memref<2x0xf32>) {
  call @empty(%x, %y) : (memref<0xf32>, memref<2x0xf32>) -> ()
  return
}
