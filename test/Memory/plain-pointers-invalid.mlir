// RUN: conv-opt %s --conv-plain-pointers -split-input-file -verify-diagnostics

// expected-error @below {{cannot be called from C: argument 1 is 'memref<?xf32>', whose sizes and strides a pointer does not have}}
func.func @dynamic(%x: memref<8xf32>, %y: memref<?xf32>) {
  return
}

// -----

// expected-error @below {{cannot be called from C: it returns a memref}}
func.func @returns(%x: memref<8xf32>) -> memref<8xf32> {
  return %x : memref<8xf32>
}
