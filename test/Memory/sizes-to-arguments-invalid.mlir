// RUN: not conv-opt %s --conv-result-sizes --conv-sizes-to-arguments 2>&1 | FileCheck %s
// CHECK: error: 'func.func' op cannot be called from C: argument 0 is 'memref<?xf32, strided<[2]>>', whose strides a pointer does not have
func.func @strided(%x: memref<?xf32, strided<[2]>>) {
  return
}
