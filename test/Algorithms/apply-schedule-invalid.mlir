// RUN: conv-opt %s --conv-apply-schedule --split-input-file --verify-diagnostics

// The image has no rows that a window of two could move over.
func.func @rows(%x: memref<1x8x16xf32>, %w: memref<2x3x16x32xf32>, %o: memref<1x6x32xf32>) {
  // expected-error @below {{has a window of 2 taps along 'r' but no image dimension 'h'}}
  conv.conv dims<nwc x rsck -> nwk, high = [1, 0]> ins(%x, %w : memref<1x8x16xf32>, memref<2x3x16x32xf32>) outs(%o : memref<1x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4>
  return
}

// -----

// Zeros are what is left out where taps are added up.
func.func @padding_value(%x: memref<1x8x8x16xi8>, %w: memref<3x3x16x32xi8>, %o: memref<1x8x8x32xi32>) {
  // expected-error @below {{schedule cannot be honoured: algorithm 'kn2row' pads with zeros only}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x8x8x16xi8>, memref<3x3x16x32xi8>) outs(%o : memref<1x8x8x32xi32>) schedule<algorithm = kn2row, n_vec = 8, c_ob = 16, w_ob = 4, fma = i8> {padding_value = 3 : i64}
  return
}

// -----

func.func @rebased_taps(%x: memref<1x8x8x16xi8>, %w: memref<3x3x16x32xi8>, %o: memref<1x8x8x32xi32>) {
  // expected-error @below {{schedule cannot be honoured: algorithm 'kn2row' cannot add up taps by fma = avxvnni_u8, which takes unsigned bytes}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x8x8x16xi8>, memref<3x3x16x32xi8>) outs(%o : memref<1x8x8x32xi32>) schedule<algorithm = kn2row, n_vec = 8, c_ob = 16, w_ob = 4, fma = avxvnni_u8>
  return
}
