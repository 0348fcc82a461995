// Rows of a part of a tensor that are shorter than the whole's, or apart, are no
// run of pixels: flattening them would copy the part.
// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s

// CHECK-LABEL: func @phase(
// CHECK:         conv.conv
// CHECK-NOT:     flatten = true
// CHECK-LABEL: func @part(
// CHECK-NOT:     flatten = true
// CHECK-LABEL: func @slice(
// CHECK:         flatten = true
func.func @phase(%x: tensor<1x8x8x16xf32>, %w: tensor<1x1x16x32xf32>, %y: tensor<1x16x16x32xf32>) -> tensor<1x16x16x32xf32> {
  %o = tensor.extract_slice %y[0, 1, 0, 0] [1, 8, 8, 32] [1, 2, 2, 1] : tensor<1x16x16x32xf32> to tensor<1x8x8x32xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x8x8x16xf32>, tensor<1x1x16x32xf32>) outs(%o : tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32>
  %i = tensor.insert_slice %r into %y[0, 1, 0, 0] [1, 8, 8, 32] [1, 2, 2, 1] : tensor<1x8x8x32xf32> into tensor<1x16x16x32xf32>
  return %i : tensor<1x16x16x32xf32>
}
func.func @part(%x: tensor<1x8x9x16xf32>, %w: tensor<1x1x16x32xf32>, %y: tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32> {
  %i = tensor.extract_slice %x[0, 0, 1, 0] [1, 8, 8, 16] [1, 1, 1, 1] : tensor<1x8x9x16xf32> to tensor<1x8x8x16xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%i, %w : tensor<1x8x8x16xf32>, tensor<1x1x16x32xf32>) outs(%y : tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32>
  return %r : tensor<1x8x8x32xf32>
}
// Of whole rows they are one, and so are channels of another.
func.func @slice(%x: tensor<1x3x14x14x20xf32>, %w: tensor<1x1x16x32xf32>, %y: tensor<1x14x14x32xf32>) -> tensor<1x14x14x32xf32> {
  %i = tensor.extract_slice %x[0, 1, 0, 0, 2] [1, 1, 14, 14, 16] [1, 1, 1, 1, 1] : tensor<1x3x14x14x20xf32> to tensor<1x14x14x16xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%i, %w : tensor<1x14x14x16xf32>, tensor<1x1x16x32xf32>) outs(%y : tensor<1x14x14x32xf32>) -> tensor<1x14x14x32xf32>
  return %r : tensor<1x14x14x32xf32>
}
