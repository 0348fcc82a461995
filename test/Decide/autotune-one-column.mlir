// Images of one column: tiles of many rows take the place of columns.
//
// RUN: conv-opt %s --conv-autotune="n-fma=2 l-fma=4 n-vec=16 n-reg=32 loads=2 l1=49152 l1-ways=12 l2=1048576 l3=33554432" | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: conv-opt %s --conv-autotune="n-fma=2 l-fma=5 n-vec=8 n-reg=16 loads=2 l1=32768 l1-ways=8 l2=262144 l3=8388608" | FileCheck %s --check-prefixes=CHECK,NARROW

// CHECK-LABEL: @last
// WIDE:        c_ob = 32, w_ob = 1, h_ob = 14
// NARROW:      c_ob = 16, w_ob = 1, h_ob = 6
func.func @last(%x: memref<1x500x1x256xf32>, %w: memref<5x1x256x512xf32>, %o: memref<1x500x1x512xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [2, 0], high = [2, 0]> ins(%x, %w : memref<1x500x1x256xf32>, memref<5x1x256x512xf32>) outs(%o : memref<1x500x1x512xf32>)
  return
}

// CHECK-LABEL: @first
// WIDE:        c_ob = 32, w_ob = 1, h_ob = 14
// NARROW:      c_ob = 16, w_ob = 1, h_ob = 6
func.func @first(%x: memref<1x256x500x1xf32>, %w: memref<512x256x5x1xf32>, %o: memref<1x512x500x1xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw, low = [2, 0], high = [2, 0]> ins(%x, %w : memref<1x256x500x1xf32>, memref<512x256x5x1xf32>) outs(%o : memref<1x512x500x1xf32>)
  return
}
