// The first layers of a keyword spotter: 3x3 convolution with stride 2 and
// ReLU, then 1x1. The weights are in the file, so nothing is packed at run time.
func.func @spot(%x: tensor<1x49x40x1xf32>) -> tensor<1x25x20x8xf32> {
  %zero = arith.constant 0.0 : f32
  %w0 = arith.constant dense<[[[[1.0, -1.0, 0.5, 0.0]], [[0.0, 2.0, 1.0, -0.5]], [[1.0, 0.0, -1.0, 1.0]]],
                              [[[0.5, 1.0, 0.0, 2.0]], [[-1.0, 0.5, 1.0, 0.0]], [[2.0, 0.0, 0.5, -1.0]]],
                              [[[0.0, 1.0, -0.5, 1.0]], [[1.0, 0.0, 2.0, 0.5]], [[-1.0, 1.0, 0.0, 1.0]]]]> : tensor<3x3x1x4xf32>
  %w1 = arith.constant dense<[[[[1.0, 0.0, -1.0, 0.5, 2.0, 0.0, 1.0, -0.5], [0.0, 1.0, 0.5, -1.0, 0.0, 2.0, -0.5, 1.0],
                                [0.5, -0.5, 1.0, 0.0, 1.0, -1.0, 0.0, 2.0], [1.0, 1.0, 0.0, 1.0, -1.0, 0.5, 0.5, 0.0]]]]> : tensor<1x1x4x8xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x49x40x1xf32> to tensor<1x51x42x1xf32>
  %e0 = tensor.empty() : tensor<1x25x20x4xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<1x25x20x4xf32>) -> tensor<1x25x20x4xf32>
  %c0 = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : tensor<2xi64>}
    ins(%p, %w0 : tensor<1x51x42x1xf32>, tensor<3x3x1x4xf32>) outs(%f0 : tensor<1x25x20x4xf32>) -> tensor<1x25x20x4xf32>
  %r0 = linalg.map ins(%c0 : tensor<1x25x20x4xf32>) outs(%e0 : tensor<1x25x20x4xf32>)
    (%v: f32, %o: f32) {
      %m = arith.maximumf %v, %zero : f32
      linalg.yield %m : f32
    }
  %e1 = tensor.empty() : tensor<1x25x20x8xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<1x25x20x8xf32>) -> tensor<1x25x20x8xf32>
  %c1 = linalg.conv_2d_nhwc_hwcf
    ins(%r0, %w1 : tensor<1x25x20x4xf32>, tensor<1x1x4x8xf32>) outs(%f1 : tensor<1x25x20x8xf32>) -> tensor<1x25x20x8xf32>
  return %c1 : tensor<1x25x20x8xf32>
}
