// Two convolutions whose image between them may have any layout.
func.func @main(%x: tensor<1x32x14x14xf32>, %v: tensor<64x32x3x3xf32>, %w: tensor<64x64x3x3xf32>) -> tensor<1x64x10x10xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x64x12x12xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x64x12x12xf32>) -> tensor<1x64x12x12xf32>
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %v : tensor<1x32x14x14xf32>, tensor<64x32x3x3xf32>) outs(%f : tensor<1x64x12x12xf32>) -> tensor<1x64x12x12xf32>
  %e1 = tensor.empty() : tensor<1x64x10x10xf32>
  %f1 = linalg.fill ins(%z : f32) outs(%e1 : tensor<1x64x10x10xf32>) -> tensor<1x64x10x10xf32>
  %1 = linalg.conv_2d_nchw_fchw ins(%0, %w : tensor<1x64x12x12xf32>, tensor<64x64x3x3xf32>) outs(%f1 : tensor<1x64x10x10xf32>) -> tensor<1x64x10x10xf32>
  return %1 : tensor<1x64x10x10xf32>
}
