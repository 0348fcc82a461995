#map = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
module {
  func.func @main(%arg0: tensor<1x3x8x8xf32> {conv.name = "image:0"}) -> (tensor<1x8x1x1xf32> {conv.name = "class/scores"}) {
    %cst = arith.constant dense_resource<conv2_w_0> : tensor<8x8x3x3xf32>
    %cst_0 = arith.constant 0.000000e+00 : f32
    %cst_1 = arith.constant dense<"0x0000403F000080BF000040BF000000BF000040BF0000403F0000403F0000803E000080BF000080BF000000BF000080BE0000803E00000000000000BF000040BF0000003F0000003F000080BF000040BF00000000000080BE0000403F00000000000080BE000080BE0000803E0000803E000040BF0000003F0000003F0000803F0000403F000000BF000000BF0000803E0000803E0000003F0000403F000000BF0000803F000080BF000080BF0000803F0000803F000000BF000040BF000000BF000080BF0000803F0000803E0000803E000000BF00000000000040BF0000003F00000000000080BF000000BF0000003F00000000000080BE000000BF000080BF0000803E0000803E000000000000803F0000803F000040BF0000803E0000803E000000BF000000BF000000000000003F000000BF0000003F0000803E000040BF000080BE0000403F0000403F0000803E000080BF0000003F000000BF0000403F0000803F000080BE0000803F0000003F000000BF0000403F000080BE000080BF0000803E0000403F0000803E000080BE0000803F00000000000080BE000040BF000040BF0000003F0000403F000000BF0000803E0000403F000040BF000000BF000000000000803E000080BE000080BE000040BF0000803E0000803F000040BF0000403F000040BF000080BF0000003F000040BF0000003F000000BF0000803E0000803F0000803F00000000000040BF000000BF0000403F0000803E000040BF0000403F0000803F0000803F0000803E0000803F0000803E000000000000803F0000803E0000403F000080BE0000403F0000803F000080BF00000000000080BE000080BF000080BF000000BF000040BF0000003F000040BF0000803E0000403F00000000000040BF000080BF000000BF000080BE00000000000000BF0000403F0000803E0000803F0000803F0000003F000080BF000040BF0000003F000000000000803F0000003F0000403F000080BF000000BF0000003F0000803E000080BE000040BF0000803E000080BF0000003F0000403F0000003F000080BF00000000000000BF000000000000003F000040BF000080BF000000000000803E000040BF0000803F000000000000803F000000000000003F0000003F00000000000080BE0000003F000080BF0000803E00000000000040BF000040BF000080BF0000003F"> : tensor<8x3x3x3xf32>
    %cst_2 = arith.constant dense<[1.000000e+00, 5.000000e-01, 0.000000e+00, 2.500000e-01, -5.000000e-01, 5.000000e-01, -2.500000e-01, -5.000000e-01]> : tensor<8xf32>
    %cst_3 = arith.constant 9.000000e+00 : f32
    %padded = tensor.pad %arg0 low[0, 0, 1, 1] high[0, 0, 1, 1] {
    ^bb0(%arg1: index, %arg2: index, %arg3: index, %arg4: index):
      tensor.yield %cst_0 : f32
    } : tensor<1x3x8x8xf32> to tensor<1x3x10x10xf32>
    %0 = tensor.empty() : tensor<1x8x8x8xf32>
    %broadcasted = linalg.broadcast ins(%cst_2 : tensor<8xf32>) outs(%0 : tensor<1x8x8x8xf32>) dimensions = [0, 2, 3] 
    %1 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>} ins(%padded, %cst_1 : tensor<1x3x10x10xf32>, tensor<8x3x3x3xf32>) outs(%broadcasted : tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
    %2 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%1 : tensor<1x8x8x8xf32>) outs(%0 : tensor<1x8x8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %11 = arith.cmpf ugt, %in, %cst_0 : f32
      %12 = arith.select %11, %in, %cst_0 : f32
      linalg.yield %12 : f32
    } -> tensor<1x8x8x8xf32>
    %3 = tensor.empty() : tensor<1x8x3x3xf32>
    %4 = linalg.fill ins(%cst_0 : f32) outs(%3 : tensor<1x8x3x3xf32>) -> tensor<1x8x3x3xf32>
    %5 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>} ins(%2, %cst : tensor<1x8x8x8xf32>, tensor<8x8x3x3xf32>) outs(%4 : tensor<1x8x3x3xf32>) -> tensor<1x8x3x3xf32>
    %6 = tensor.empty() : tensor<1x8x1x1xf32>
    %7 = linalg.fill ins(%cst_0 : f32) outs(%6 : tensor<1x8x1x1xf32>) -> tensor<1x8x1x1xf32>
    %8 = tensor.empty() : tensor<3x3xf32>
    %9 = linalg.pooling_nchw_sum {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>} ins(%5, %8 : tensor<1x8x3x3xf32>, tensor<3x3xf32>) outs(%7 : tensor<1x8x1x1xf32>) -> tensor<1x8x1x1xf32>
    %10 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%9 : tensor<1x8x1x1xf32>) outs(%6 : tensor<1x8x1x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %11 = arith.divf %in, %cst_3 : f32
      linalg.yield %11 : f32
    } -> tensor<1x8x1x1xf32>
    return %10 : tensor<1x8x1x1xf32>
  }
}
