// RUN: not conv-opt %s --conv-results-to-arguments 2>&1 | FileCheck %s

func.func @dynamic(%n: index) -> memref<?xf32> {
  %two = arith.constant 2 : index
  %m = arith.muli %n, %two : index
  %a = memref.alloc(%m) : memref<?xf32>
  return %a : memref<?xf32>
}
func.func @calls(%n: index) {
  // CHECK: results-to-arguments-invalid.mlir:[[@LINE+1]]:{{.*}}: error: cannot create out param for dynamically shaped result
  %d = call @dynamic(%n) : (index) -> memref<?xf32>
  return
}
