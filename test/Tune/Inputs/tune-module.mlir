// Twice the same convolution, and one of another element type.
func.func @main(%x: tensor<1x8x8x8xf32>, %w: tensor<3x3x8x32xf32>, %v: tensor<3x3x8x32xf32>) -> (tensor<1x8x8x32xf32>, tensor<1x8x8x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x8x8x8xf32> to tensor<1x10x10x8xf32>
  %e = tensor.empty() : tensor<1x8x8x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%p, %w : tensor<1x10x10x8xf32>, tensor<3x3x8x32xf32>) outs(%f : tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32>
  %s = linalg.conv_2d_nhwc_hwcf ins(%p, %v : tensor<1x10x10x8xf32>, tensor<3x3x8x32xf32>) outs(%f : tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32>
  return %r, %s : tensor<1x8x8x32xf32>, tensor<1x8x8x32xf32>
}

func.func @other(%x: memref<1x8x8x8xf64>, %w: memref<3x3x8x32xf64>, %o: memref<1x8x8x32xf64>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x8x8x8xf64>, memref<3x3x8x32xf64>) outs(%o : memref<1x8x8x32xf64>)
  return
}
