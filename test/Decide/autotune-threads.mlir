// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=4 n-vec=16 n-reg=32 loads=2 l1=49152 l1-ways=12 l2=1048576 l3=33554432 threads=2" | FileCheck %s

// Rows or channels are divided where that is worth the start of the threads.
// CHECK-LABEL: func.func @large(
// CHECK:         parallel = {{[hwk]}}2
func.func @large(%x: memref<1x56x56x64xf32>, %w: memref<3x3x64x64xf32>, %o: memref<1x56x56x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x64xf32>, memref<3x3x64x64xf32>) outs(%o : memref<1x56x56x64xf32>)
  return
}

// CHECK-LABEL: func.func @images(
// CHECK:         parallel = n2
func.func @images(%x: memref<2x56x56x64xf32>, %w: memref<3x3x64x64xf32>, %o: memref<2x56x56x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<2x56x56x64xf32>, memref<3x3x64x64xf32>) outs(%o : memref<2x56x56x64xf32>)
  return
}

// CHECK-LABEL: func.func @small(
// CHECK-NOT:     parallel
func.func @small(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>)
  return
}

// Groups need not divide evenly, and rows of a thread's share would undo the tile of several.
// CHECK-LABEL: func.func @groups(
// CHECK:         w_ob = 32, h_ob = 7, parallel = g2
func.func @groups(%x: memref<1x65x56x56xf32>, %w: memref<65x7x7xf32>, %o: memref<1x65x56x56xf32>) {
  conv.conv dims<nghw x grs -> nghw, low = [3, 3], high = [3, 3]> ins(%x, %w : memref<1x65x56x56xf32>, memref<65x7x7xf32>) outs(%o : memref<1x65x56x56xf32>)
  return
}

// One column: tiles of one row would read the filter for each pixel, which two
// threads do not make up for. Five tiles of channels are four for two threads, and
// one.
// CHECK-LABEL: func.func @one_column(
// CHECK:         c_ob = 32, w_ob = 1, h_ob = 14, {{.*}}parallel = k2, parts = [32: <{{.*}}h_ob = 14
// CHECK:         return
func.func @one_column(%x: memref<1x50000x1x256xf32>, %w: memref<5x1x256x160xf32>, %o: memref<1x50000x1x160xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [2, 0], high = [2, 0]> ins(%x, %w : memref<1x50000x1x256xf32>, memref<5x1x256x160xf32>) outs(%o : memref<1x50000x1x160xf32>)
  return
}

// The best tile of one thread has five times its channels in 160, which two threads
// do not share evenly; another one has sixteen times.
// CHECK-LABEL: func.func @odd(
// CHECK:         c_ob = 10, {{.*}}parallel = k2
func.func @odd(%x: memref<1x960x1x49xf32>, %w: memref<160x960x1x1xf32>, %o: memref<1x160x1x49xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x960x1x49xf32>, memref<160x960x1x1xf32>) outs(%o : memref<1x160x1x49xf32>)
  return
}

// What kn2col divides are the rows of the input, thirty here, of which there are
// not as many as of the output.
// CHECK-LABEL: func.func @rows_of_input(
// CHECK:         algorithm = kn2col, {{.*}}parallel = h2
func.func @rows_of_input(%x: memref<3x8x30x25xf32>, %w: memref<70x8x1x2xf32>, %o: memref<3x31x25x70xf32>) {
  conv.conv dims<nchw x kcrs -> nhwk, dilations = [1, 2], low = [0, 2], high = [1, 0]> ins(%x, %w : memref<3x8x30x25xf32>, memref<70x8x1x2xf32>) outs(%o : memref<3x31x25x70xf32>) {conv.algorithm = "kn2col"}
  return
}
