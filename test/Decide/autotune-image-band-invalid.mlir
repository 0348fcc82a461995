// A band that somebody gave is refused where it cannot be cut out.
// RUN: not conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" 2>&1 | FileCheck %s
// CHECK: band = 4: the padded image has columns of unknown number
func.func @given(%x: tensor<1x?x?x64xf32>, %w: tensor<3x3x64x64xf32>, %o: tensor<1x?x?x64xf32>) -> tensor<1x?x?x64xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x?x?x64xf32>, tensor<3x3x64x64xf32>) outs(%o : tensor<1x?x?x64xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6, band = 4> -> tensor<1x?x?x64xf32>
  return %r : tensor<1x?x?x64xf32>
}
