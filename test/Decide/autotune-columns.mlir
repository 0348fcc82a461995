// What vectors run along where columns are neighbours in memory.
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=4 n-vec=16 n-reg=32 loads=2 l1=49152 l1-ways=12 l2=1048576 l3=33554432" | FileCheck %s -enable-var-scope --check-prefixes=CHECK,WIDE
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=5 n-vec=8 n-reg=16 loads=2 l1=32768 l1-ways=8 l2=262144 l3=8388608" | FileCheck %s -enable-var-scope --check-prefixes=CHECK,NARROW
// RUN: conv-opt %s --conv-autotune="cpu=cortex-a57 triple=aarch64-linux-gnu" | FileCheck %s --check-prefix=LANE
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=4 n-vec=16 n-reg=32 loads=2 l1=49152 l1-ways=12 l2=1048576 l3=33554432" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// A short reduction: the transposed store would cost a third of it.
// CHECK-LABEL: func.func @stem(
// CHECK:         vector = w
// LANE-LABEL: func.func @stem(
// LANE:         vector = w, c_ob = {{[0-9]+}}, w_ob = {{[0-9]+}}
// REMARK: autotune-columns.mlir:[[#@LINE+2]]:{{.*}} register tile 2wx{{[0-9]+}} (C_ob = {{[0-9]+}}, W_ob = 32)
func.func @stem(%x: memref<1x3x224x224xf32>, %w: memref<64x3x3x3xf32>, %o: memref<1x64x224x224xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x3x224x224xf32>, memref<64x3x3x3xf32>) outs(%o : memref<1x64x224x224xf32>)
  return
}

// A product of matrices whose rows of pixels are whole vectors. The input does
// not stay in L2: each tile of pixels meets all channels.
// CHECK-LABEL: func.func @pointwise(
// CHECK:         vector = w, {{.*}}order = hwk, flatten = true
func.func @pointwise(%x: memref<1x256x56x56xf32>, %w: memref<64x256x1x1xf32>, %o: memref<1x64x56x56xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x256x56x56xf32>, memref<64x256x1x1xf32>) outs(%o : memref<1x64x56x56xf32>)
  return
}

// 14 columns would leave lanes empty, and a long reduction hides the store.
// CHECK-LABEL: func.func @deep(
// CHECK-NOT:     vector = w
// CHECK-LABEL: func.func @depthwise(
func.func @deep(%x: memref<1x256x14x14xf32>, %w: memref<256x256x3x3xf32>, %o: memref<1x256x14x14xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x256x14x14xf32>, memref<256x256x3x3xf32>) outs(%o : memref<1x256x14x14xf32>)
  return
}

// One channel per group: several rows share the vectors they read.
// WIDE:          vector = w, c_ob = 1, w_ob = 32, h_ob = 7>
// NARROW:        vector = w, c_ob = 1, w_ob = 8, h_ob = 7>
func.func @depthwise(%x: memref<1x128x56x56xf32>, %w: memref<128x3x3xf32>, %o: memref<1x128x56x56xf32>) {
  conv.conv dims<nghw x grs -> nghw, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x128x56x56xf32>, memref<128x3x3xf32>) outs(%o : memref<1x128x56x56xf32>)
  return
}

// Stride 3, and columns apart from each other: channels.
// CHECK-LABEL: func.func @strided(
// CHECK-NOT:     vector = w
func.func @strided(%x: memref<1x3x224x224xf32>, %w: memref<64x3x3x3xf32>, %o: memref<1x64x74x74xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw, strides = [3, 3]> ins(%x, %w : memref<1x3x224x224xf32>, memref<64x3x3x3xf32>) outs(%o : memref<1x64x74x74xf32>)
  return
}
func.func @apart(%x: memref<1x224x224x3xf32>, %w: memref<3x3x3x64xf32>, %o: memref<1x224x224x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x224x224x3xf32>, memref<3x3x3x64xf32>) outs(%o : memref<1x224x224x64xf32>)
  return
}
func.func @residual(%x: memref<1x3x224x224xf32>, %w: memref<64x3x1x1xf32>, %o: memref<1x64x224x224xf32>, %r: memref<1x64x224x224xf32, strided<[6422528, 100352, 448, 2]>>) {
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x3x224x224xf32>, memref<64x3x1x1xf32>) residual(%r : memref<1x64x224x224xf32, strided<[6422528, 100352, 448, 2]>>) outs(%o : memref<1x64x224x224xf32>)
  return
}

// One output channel: rows of a tile share what the taps of a column read.
// CHECK-LABEL: func.func @one_output(
// CHECK:         vector = w, c_ob = 1, w_ob = {{[0-9]+}}, h_ob = {{[2-8]}},{{.*}} share = true
func.func @one_output(%x: memref<1x64x56x56xf32>, %w: memref<1x64x3x3xf32>, %o: memref<1x1x56x56xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x64x56x56xf32>, memref<1x64x3x3xf32>) outs(%o : memref<1x1x56x56xf32>)
  return
}

// Rows of seven columns fill half of a vector of 16 lanes.
// CHECK-LABEL: func.func @short_rows(
// CHECK:         n_vec = {{[48]}}, vector = w
func.func @short_rows(%x: memref<1x128x7x7xf32>, %w: memref<128x3x3xf32>, %o: memref<1x128x7x7xf32>) {
  conv.conv dims<nghw x grs -> nghw, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x128x7x7xf32>, memref<128x3x3xf32>) outs(%o : memref<1x128x7x7xf32>)
  return
}
