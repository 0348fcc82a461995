// RUN: conv-opt %s --conv-autotune="n-fma=2 l-fma=4 n-vec=8 n-reg=16 loads=2 l1=32768 l1-ways=8 l2=262144" --split-input-file --verify-diagnostics
// RUN: not conv-opt %s --conv-autotune="cpu=nobodys-cpu" --split-input-file 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not conv-opt %s --conv-autotune="cpu=haswell algorithm=nonsense" --split-input-file 2>&1 | FileCheck %s --check-prefix=ALGORITHM
// RUN: not conv-opt %s --conv-autotune="cpu=haswell algorithm=im2win" --split-input-file 2>&1 | FileCheck %s --check-prefix=FORCED

// CPU: error: unknown CPU 'nobodys-cpu'
// ALGORITHM: error: unknown algorithm 'nonsense'
// A schedule for another algorithm than the forced one contradicts it.
// FORCED: error: {{.*}}has a schedule for algorithm 'direct' but algorithm 'im2win' is forced
// FORCED: error: {{.*}}algorithm 'im2win' cannot compute mb1_ic16oc32{{.*}}: a window along 'r' needs an image dimension 'h'

func.func @registers(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: register tile of h_ob = 1, w_ob = 14, c_ob = 16 needs 31 vector registers, the machine has 16}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 14>
  return
}

// -----

func.func @rows(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: register tile of h_ob = 2, w_ob = 4, c_ob = 16 needs 19 vector registers, the machine has 16}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4, h_ob = 2>
  return
}

// -----

func.func @flatten(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: flatten needs a 1x1 window with stride 1, no padding, and rows that follow each other in memory}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, flatten = true>
  return
}

// -----

func.func @c_ib(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: c_ib = 8 needs a blocked input layout}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, c_ib = 8>
  return
}

// -----

func.func @one_row(%x: memref<1x3x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x1x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: h_ob = 2 on an output of one row}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x3x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x1x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, h_ob = 2>
  return
}

// -----

func.func @wide(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: n_vec = 16 is wider than the machine's 8 lanes}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 4>
  return
}

// -----

func.func @algorithm(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: algorithm 'kn2row' works on the whole image, not on bands of rows}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = kn2row, n_vec = 8, c_ob = 8, w_ob = 4, band = 2>
  return
}

// -----

func.func @form(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: algorithm 'direct' has no banded form}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, form = banded, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @split(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: parallel = k3: 32 output channels are not 3 equal parts of blocks of 8}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, parallel = k3>
  return
}

// -----

func.func @contradiction(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

// Without a schedule there is nothing to refuse, unless an algorithm is forced.
func.func @forced(%x: memref<1x8x16xf32>, %w: memref<1x3x16x32xf32>, %o: memref<1x6x32xf32>) {
  conv.conv dims<nwc x rsck -> nwk, low = [1, 0]> ins(%x, %w : memref<1x8x16xf32>, memref<1x3x16x32xf32>) outs(%o : memref<1x6x32xf32>)
  return
}

// -----

func.func @columns_apart(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: vector = w needs columns that are neighbours in memory in input, output and residual}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, vector = w, c_ob = 4, w_ob = 8>
  return
}

// -----

func.func @blocked(%x: memref<1x2x8x8x8xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x32x6x6xf32>) {
  // expected-error @below {{schedule cannot be honoured: vector = w needs a layout that keeps columns together}}
  conv.conv dims<nChwc x rsck -> nkhw> ins(%x, %w : memref<1x2x8x8x8xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x32x6x6xf32>) schedule<algorithm = direct, n_vec = 8, vector = w, c_ob = 4, w_ob = 8, c_ib = 8>
  return
}

// -----

func.func @third_column(%x: memref<1x16x8x18xf32>, %w: memref<32x16x3x3xf32>, %o: memref<1x32x6x6xf32>) {
  // expected-error @below {{schedule cannot be honoured: vector = w reads columns with stride 1 or 2, not 3}}
  conv.conv dims<nchw x kcrs -> nkhw, strides = [1, 3]> ins(%x, %w : memref<1x16x8x18xf32>, memref<32x16x3x3xf32>) outs(%o : memref<1x32x6x6xf32>) schedule<algorithm = direct, n_vec = 8, vector = w, c_ob = 4, w_ob = 8>
  return
}

// -----

func.func @too_many_columns(%x: memref<1x16x8x34xf32>, %w: memref<32x16x3x3xf32>, %o: memref<1x32x6x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: register tile of h_ob = 1, w_ob = 16, c_ob = 7 needs 17 vector registers, the machine has 16}}
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x16x8x34xf32>, memref<32x16x3x3xf32>) outs(%o : memref<1x32x6x32xf32>) schedule<algorithm = direct, n_vec = 8, vector = w, c_ob = 7, w_ob = 16>
  return
}

// -----

func.func @border(%x: memref<1x32x32x64xf32>, %w: memref<13x13x64xf32>, %y: memref<1x32x32x64xf32>) {
  // expected-error @below {{schedule cannot be honoured: h_ob = 2 at the borders of a 13x13 window is code of 33124 FMAs (limit 6000)}}
  conv.conv dims<nhwg x rsg -> nhwg, low = [6, 6], high = [6, 6]> ins(%x, %w : memref<1x32x32x64xf32>, memref<13x13x64xf32>) outs(%y : memref<1x32x32x64xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, h_ob = 2>
  return
}

// -----

func.func @manytaps(%x: memref<1x16x16x16xf32>, %w: memref<12x12x16x32xf32>, %o: memref<1x5x5x32xf32>) {
  // expected-error @below {{schedule cannot be honoured: 144 taps are more code than one per tap is worth (limit 128)}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x16x16x16xf32>, memref<12x12x16x32xf32>) outs(%o : memref<1x5x5x32xf32>) schedule<algorithm = kn2row, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @taps(%x: memref<1x16x8x8xf32>, %w: memref<32x16x3x3xf32>, %o: memref<1x32x6x6xf32>) {
  // expected-error @below {{schedule cannot be honoured: algorithm 'kn2row' has no vectors along w}}
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x16x8x8xf32>, memref<32x16x3x3xf32>) outs(%o : memref<1x32x6x6xf32>) schedule<algorithm = kn2row, n_vec = 8, vector = w, c_ob = 4, w_ob = 8>
  return
}

// -----

func.func @plain_lanes(%x: memref<1x16x8x8xf32>, %w: memref<32x16x3x3xf32>, %o: memref<1x32x6x6xf32>) {
  // expected-error @below {{schedule cannot be honoured: broadcast = lane with vector = w needs a packed filter}}
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x16x8x8xf32>, memref<32x16x3x3xf32>) outs(%o : memref<1x32x6x6xf32>) schedule<algorithm = direct, n_vec = 8, vector = w, c_ob = 8, w_ob = 8, broadcast = lane, filter = plain>
  return
}

// -----

// The product does not fit 64 bits.
func.func @absurd(%x: memref<1x536870912x268435456x1xf32>, %w: memref<536870912x268435456x1x1xf32>, %o: memref<1x4x64x1xf32>) {
  // expected-error @below {{is code of 18446744073709551615 FMAs (limit 6000)}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [2, 32], high = [1, 31]> ins(%x, %w : memref<1x536870912x268435456x1xf32>, memref<536870912x268435456x1x1xf32>) outs(%o : memref<1x4x64x1xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, h_ob = 2>
  return
}

// -----

func.func @parts(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x9xf32>, %o: memref<1x6x6x9xf32>) {
  // expected-error @below {{schedule cannot be honoured: parts have 9 output channels behind the first, the convolution has 9 in each group}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x9xf32>) outs(%o : memref<1x6x6x9xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, parts = [9: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>]>
  return
}

// -----

func.func @part(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x9xf32>, %o: memref<1x6x6x9xf32>) {
  // expected-error @below {{schedule cannot be honoured: output channels 8 to 8: register tile of h_ob = 1, w_ob = 15, c_ob = 8 needs 17 vector registers, the machine has 16}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x9xf32>) outs(%o : memref<1x6x6x9xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, parts = [1: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 15>]>
  return
}

// -----

func.func @no_parts(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x9xf32>, %o: memref<1x6x6x9xf32>) {
  // expected-error @below {{schedule cannot be honoured: algorithm 'im2row' has no parts of output channels}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x9xf32>) outs(%o : memref<1x6x6x9xf32>) schedule<algorithm = im2row, n_vec = 8, c_ob = 8, w_ob = 4, parts = [1: <algorithm = im2row, n_vec = 8, c_ob = 8, w_ob = 4>]>
  return
}

// -----

func.func @parts_of_blocks(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x2x6x6x16xf32>) {
  // expected-error @below {{schedule cannot be honoured: parts need an output whose channels are not in blocks}}
  conv.conv dims<nhwc x rsck -> nKhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x2x6x6x16xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, parts = [16: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>]>
  return
}
