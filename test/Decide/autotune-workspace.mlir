// RUN: conv-opt %s --conv-autotune="cpu=haswell algorithm=im2row form=whole" | FileCheck %s --check-prefix=WHOLE
// RUN: conv-opt %s --conv-autotune="cpu=haswell exclude=direct,kn2row_aa max-workspace=64KiB" | FileCheck %s --check-prefix=BOUND
// RUN: conv-opt %s --conv-autotune="cpu=haswell max-workspace=0" | FileCheck %s --check-prefix=NONE
// RUN: not conv-opt %s --conv-autotune="cpu=haswell algorithm=im2row form=whole max-workspace=1KiB" 2>&1 | FileCheck %s --check-prefix=SMALL
// RUN: not conv-opt %s --conv-autotune="cpu=haswell max-workspace=lots" 2>&1 | FileCheck %s --check-prefix=BYTES
// RUN: not conv-opt %s --conv-autotune="cpu=haswell exclude=everything" 2>&1 | FileCheck %s --check-prefix=EXCLUDE
// RUN: conv-opt %s --conv-autotune="cpu=haswell algorithm=mec" | FileCheck %s --check-prefix=MEC

// WHOLE: schedule<algorithm = im2row, n_vec = 8
// What is allowed is done in bands that fit.
// BOUND: schedule<algorithm = {{im2row|im2col|mec_a|mec_b|im2win}}, form = banded
// NONE: schedule<algorithm = direct
// SMALL: error: {{.*}}needs at least 331776 bytes of workspace for mb1_ic16oc32_ih24oh24kh3sh1ph1 by algorithm 'im2row', max-workspace is 1024
// BYTES: error: max-workspace: 'lots' is not a number of bytes, KiB, MiB or GiB
// EXCLUDE: error: unknown algorithm 'everything' to exclude
// Rows of 24 are short: the batch is folded in.
// MEC: schedule<algorithm = mec_a
func.func @f(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>)
  return
}

// An attribute forces one convolution.
// NONE: schedule<algorithm = kn2row_aa
func.func @forced(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>) {conv.algorithm = "kn2row_aa"}
  return
}

// Windows of channels-first im2win that are neighbours share elements of an
// unrolled body: it is one step long. Elsewhere they are further apart.
// RUN: conv-opt %s --conv-autotune="cpu=haswell algorithm=im2win form=whole" | FileCheck %s --check-prefix=OVERLAP
// OVERLAP:       schedule<algorithm = im2win, n_vec = 8
// OVERLAP-NOT:   unroll
// OVERLAP-LABEL: func.func @channels_first
// OVERLAP:       schedule<algorithm = im2win, n_vec = 8, {{.*}}unroll = 1,
func.func @channels_first(%x: memref<1x16x24x24xf32>, %w: memref<32x16x3x3xf32>, %o: memref<1x32x24x24xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x16x24x24xf32>, memref<32x16x3x3xf32>) outs(%o : memref<1x32x24x24xf32>)
  return
}
