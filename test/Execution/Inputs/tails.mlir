// NCHW, channels and columns that divide by nothing, filters as arguments.
func.func @main(%x: tensor<2x7x9x11xf32>, %w: tensor<9x7x3x5xf32>, %b: tensor<9xf32>) -> tensor<2x9x5x5xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 2] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<2x7x9x11xf32> to tensor<2x7x11x14xf32>
  %e = tensor.empty() : tensor<2x9x5x5xf32>
  %f = linalg.broadcast ins(%b : tensor<9xf32>) outs(%e : tensor<2x9x5x5xf32>) dimensions = [0, 2, 3]
  %c = linalg.conv_2d_nchw_fchw {strides = dense<2> : tensor<2xi64>}
    ins(%p, %w : tensor<2x7x11x14xf32>, tensor<9x7x3x5xf32>) outs(%f : tensor<2x9x5x5xf32>) -> tensor<2x9x5x5xf32>
  return %c : tensor<2x9x5x5xf32>
}
