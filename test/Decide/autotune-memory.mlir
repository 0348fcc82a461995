// What does not stay in L2 decides on the order of the loops and on what is
// fetched ahead.

// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu" | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu exclude=kn2row_aa,im2win,mec,im2row" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=MARGIN
// Without L3, what stays in L2 does not go to memory either.
// RUN: conv-opt %s --conv-autotune="cpu=cortex-a72 triple=aarch64-linux-gnu" | FileCheck %s --check-prefix=NOL3
// NOL3-LABEL: func.func @small(
// NOL3-NOT:     prefetch_output
// NOL3-LABEL: func.func @pointwise(
// NOL3-LABEL: func.func @output(
// NOL3:         prefetch_output

// Everything stays in L2.
// CHECK-LABEL: func.func @small(
// CHECK:         conv.conv
// CHECK-NOT:     order
// CHECK-NOT:     prefetch_input
// CHECK:         return
func.func @small(%x: memref<1x28x28x64xf32>, %w: memref<3x3x64x64xf32>, %o: memref<1x28x28x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x28x28x64xf32>, memref<3x3x64x64xf32>) outs(%o : memref<1x28x28x64xf32>)
  return
}

// 1.6 MB of input, 0.5 MB of filter: the filter stays in L2, and the input is
// read once with all channels of a tile after each other. A tile's lines and
// the next one's fall into two L1 sets, which hold 24.
// CHECK-LABEL: func.func @pointwise(
// CHECK:         w_ob = 12, order = hwk, flatten = true, prefetch = 2048, prefetch_input = 1>
func.func @pointwise(%x: memref<1x28x28x512xf32>, %w: memref<1x1x512x256xf32>, %o: memref<1x28x28x256xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x28x28x512xf32>, memref<1x1x512x256xf32>) outs(%o : memref<1x28x28x256xf32>)
  return
}

// 17 MB of input in rows, which a filter of 0.3 MB meets one after the other.
// CHECK-LABEL: func.func @rows(
// CHECK:         order = hkw, prefetch = 2048, prefetch_input = 1>
func.func @rows(%x: memref<1x256x256x64xf32>, %w: memref<3x3x64x128xf32>, %o: memref<1x128x128x128xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 2], low = [1, 1]> ins(%x, %w : memref<1x256x256x64xf32>, memref<3x3x64x128xf32>) outs(%o : memref<1x128x128x128xf32>)
  return
}

// 8 MB of filter: a block of channels stays in L2 for all pixels. Columns are
// 8 KB apart and share one L1 set, where nothing can be fetched ahead.
// CHECK-LABEL: func.func @filter(
// CHECK:         conv.conv
// CHECK-SAME:    c_ob = 32, w_ob = 7,
// CHECK-NOT:     order
// CHECK-NOT:     prefetch_input
// CHECK:         return
// A copy of every second pixel is predicted faster by less than what its
// workspace has to save.
// MARGIN: remark: [Passed]{{.*}}mb1_ic1024oc2048_ih14oh7kh1sh2ph0: direct, {{.*}}; the runner-up does not save enough for its workspace: im2col
func.func @filter(%x: memref<1x14x14x1024xf32>, %w: memref<1x1x1024x2048xf32>, %o: memref<1x7x7x2048xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 2]> ins(%x, %w : memref<1x14x14x1024xf32>, memref<1x1x1024x2048xf32>) outs(%o : memref<1x7x7x2048xf32>)
  return
}

// Blocks of 64 channels would take more than L2: 32 stay.
// CHECK-LABEL: func.func @block(
// CHECK:         c_ob = 32, w_ob = 14,
func.func @block(%x: memref<1x14x14x512xf32>, %w: memref<3x3x512x512xf32>, %o: memref<1x14x14x512xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x14x14x512xf32>, memref<3x3x512x512xf32>) outs(%o : memref<1x14x14x512xf32>)
  return
}

// 38 MB of filter, more than L3 keeps: it is read once, a block of channels for
// all rows. With 3x3 windows tiles may have a few pixels more than their L1 set
// has ways.
// CHECK-LABEL: func.func @memory(
// CHECK:         c_ob = 32, w_ob = 14, prefetch = 2048>
func.func @memory(%x: memref<1x14x14x1024xf32>, %w: memref<3x3x1024x1024xf32>, %o: memref<1x14x14x1024xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x14x14x1024xf32>, memref<3x3x1024x1024xf32>) outs(%o : memref<1x14x14x1024xf32>)
  return
}

// 83 MB of output, of which a line takes 4.5 cycles to compute: written to
// memory, lines are fetched ahead, and all channels of a pixel at a time.
// CHECK-LABEL: func.func @output(
// CHECK:         c_ob = 64, w_ob = 3, prefetch = 2048, prefetch_input = 4, prefetch_output = 5>
func.func @output(%x: memref<1x572x572x1xf32>, %w: memref<3x3x1x64xf32>, %o: memref<1x570x570x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x572x572x1xf32>, memref<3x3x1x64xf32>) outs(%o : memref<1x570x570x64xf32>)
  return
}

// So do planes: a tile stores into as many of them as it has channels.
// CHECK-LABEL: func.func @planes(
// CHECK:         vector = w, {{.*}} prefetch_output =
func.func @planes(%x: memref<1x64x224x224xf32>, %w: memref<64x64x1x1xf32>, %o: memref<1x64x224x224xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x64x224x224xf32>, memref<64x64x1x1xf32>) outs(%o : memref<1x64x224x224xf32>)
  return
}

// A line takes 576 cycles to compute: stores have time. What stays in L3 waits
// for no memory.
// CHECK-LABEL: func.func @long_planes(
// CHECK:         conv.conv
// CHECK-NOT:     prefetch_output
// CHECK-LABEL: func.func @few_planes(
// CHECK:         conv.conv
// CHECK-NOT:     prefetch_output
// CHECK:         return
func.func @long_planes(%x: memref<1x64x224x224xf32>, %w: memref<64x64x3x3xf32>, %o: memref<1x64x222x222xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x64x224x224xf32>, memref<64x64x3x3xf32>) outs(%o : memref<1x64x222x222xf32>)
  return
}
func.func @few_planes(%x: memref<1x64x56x56xf32>, %w: memref<64x64x1x1xf32>, %o: memref<1x64x56x56xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x64x56x56xf32>, memref<64x64x1x1xf32>) outs(%o : memref<1x64x56x56xf32>)
  return
}

// 17 MB of input, which each part of the output channels would read from memory:
// one schedule for all of them reads it once. Of a smaller image parts are best.
// RUN: conv-opt %s --conv-autotune="cpu=znver4 triple=x86_64-pc-linux-gnu" | FileCheck %s --check-prefix=ONCE
// ONCE-LABEL: func.func @remainder(
// ONCE-NOT:     parts
// ONCE-LABEL: func.func @small_remainder(
// ONCE:         parts = [5: <algorithm = direct, n_vec = 16, vector = c
func.func @remainder(%x: memref<1x129x129x256xf32>, %w: memref<1x1x256x21xf32>, %o: memref<1x129x129x21xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x129x129x256xf32>, memref<1x1x256x21xf32>) outs(%o : memref<1x129x129x21xf32>)
  return
}
func.func @small_remainder(%x: memref<1x64x64x256xf32>, %w: memref<1x1x256x21xf32>, %o: memref<1x64x64x21xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x64x64x256xf32>, memref<1x1x256x21xf32>) outs(%o : memref<1x64x64x21xf32>)
  return
}
