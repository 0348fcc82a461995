// One bottleneck block of ResNet-50 (stage 2, 56 x 56), as a torch front end
// writes it: NCHW, padding and bias as operations of their own, ReLU as
// cmpf + select, the residual added at the end. Batch norm is folded.
#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
module {
  func.func @main(%arg0: tensor<1x256x56x56xf32>,
                  %arg1: tensor<64x256x1x1xf32>, %arg2: tensor<64xf32>,
                  %arg3: tensor<64x64x3x3xf32>, %arg4: tensor<64xf32>,
                  %arg5: tensor<256x64x1x1xf32>, %arg6: tensor<256xf32>) -> tensor<1x256x56x56xf32> {
    %cst = arith.constant 0.000000e+00 : f32
    %0 = tensor.empty() : tensor<1x64x56x56xf32>
    %1 = linalg.broadcast ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x64x56x56xf32>) dimensions = [0, 2, 3]
    %2 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
      ins(%arg0, %arg1 : tensor<1x256x56x56xf32>, tensor<64x256x1x1xf32>) outs(%1 : tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32>
    %3 = tensor.empty() : tensor<1x64x56x56xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%2 : tensor<1x64x56x56xf32>) outs(%3 : tensor<1x64x56x56xf32>) {
    ^bb0(%in: f32, %out: f32):
      %a = arith.cmpf ugt, %in, %cst : f32
      %b = arith.select %a, %in, %cst : f32
      linalg.yield %b : f32
    } -> tensor<1x64x56x56xf32>
    %5 = tensor.pad %4 low[0, 0, 1, 1] high[0, 0, 1, 1] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %cst : f32
    } : tensor<1x64x56x56xf32> to tensor<1x64x58x58xf32>
    %6 = tensor.empty() : tensor<1x64x56x56xf32>
    %7 = linalg.broadcast ins(%arg4 : tensor<64xf32>) outs(%6 : tensor<1x64x56x56xf32>) dimensions = [0, 2, 3]
    %8 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
      ins(%5, %arg3 : tensor<1x64x58x58xf32>, tensor<64x64x3x3xf32>) outs(%7 : tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32>
    %9 = tensor.empty() : tensor<1x64x56x56xf32>
    %10 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%8 : tensor<1x64x56x56xf32>) outs(%9 : tensor<1x64x56x56xf32>) {
    ^bb0(%in: f32, %out: f32):
      %a = arith.cmpf ugt, %in, %cst : f32
      %b = arith.select %a, %in, %cst : f32
      linalg.yield %b : f32
    } -> tensor<1x64x56x56xf32>
    %11 = tensor.empty() : tensor<1x256x56x56xf32>
    %12 = linalg.broadcast ins(%arg6 : tensor<256xf32>) outs(%11 : tensor<1x256x56x56xf32>) dimensions = [0, 2, 3]
    %13 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
      ins(%10, %arg5 : tensor<1x64x56x56xf32>, tensor<256x64x1x1xf32>) outs(%12 : tensor<1x256x56x56xf32>) -> tensor<1x256x56x56xf32>
    %14 = tensor.empty() : tensor<1x256x56x56xf32>
    %15 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%13, %arg0 : tensor<1x256x56x56xf32>, tensor<1x256x56x56xf32>) outs(%14 : tensor<1x256x56x56xf32>) {
    ^bb0(%in: f32, %in_0: f32, %out: f32):
      %a = arith.addf %in, %in_0 : f32
      linalg.yield %a : f32
    } -> tensor<1x256x56x56xf32>
    %16 = tensor.empty() : tensor<1x256x56x56xf32>
    %17 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%15 : tensor<1x256x56x56xf32>) outs(%16 : tensor<1x256x56x56xf32>) {
    ^bb0(%in: f32, %out: f32):
      %a = arith.cmpf ugt, %in, %cst : f32
      %b = arith.select %a, %in, %cst : f32
      linalg.yield %b : f32
    } -> tensor<1x256x56x56xf32>
    return %17 : tensor<1x256x56x56xf32>
  }
}
