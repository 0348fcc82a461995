// RUN: conv-opt %s --conv-apply-schedule --split-input-file --verify-diagnostics

// The image has no rows that a window of two could move over.
func.func @rows(%x: memref<1x8x16xf32>, %w: memref<2x3x16x32xf32>, %o: memref<1x6x32xf32>) {
  // expected-error @below {{has a window of 2 taps along 'r' but no image dimension 'h'}}
  conv.conv dims<nwc x rsck -> nwk, high = [1, 0]> ins(%x, %w : memref<1x8x16xf32>, memref<2x3x16x32xf32>) outs(%o : memref<1x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4>
  return
}
