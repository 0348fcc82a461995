// Of columns whose number is not known no band is cut out of a padded image.
// RUN: conv-opt %s --conv-autotune="cpu=znver4 n-vec=8 n-reg=16" | FileCheck %s --check-prefix=CHOSEN --implicit-check-not="band = "
// CHOSEN: schedule<algorithm = direct
func.func @chosen(%x: tensor<1x?x?x256xf32>, %w: tensor<3x3x256x256xf32>, %o: tensor<1x?x?x256xf32>) -> tensor<1x?x?x256xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 2], low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x?x?x256xf32>, tensor<3x3x256x256xf32>) outs(%o : tensor<1x?x?x256xf32>) -> tensor<1x?x?x256xf32>
  return %r : tensor<1x?x?x256xf32>
}
