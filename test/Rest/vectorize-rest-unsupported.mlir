// RUN: conv-opt %s --conv-vectorize-rest="n-fma=2 l-fma=4 n-vec=8 n-reg=16" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s

// What stays a scalar loop is named with its reason.
// CHECK: [[@LINE+4]]:{{.*}}linalg.generic of tensor<4xf32> stays a scalar loop: it sums over an unknown number of elements or none
#rows = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func @dynamic(%x: tensor<4x?xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %r = linalg.generic {indexing_maps = [#rows, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x?xf32>) outs(%y : tensor<4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK: linalg.generic of tensor<4xi1> stays a scalar loop: its elements are no numbers of 8 bits or more
func.func @bits(%x: tensor<4x16xi1>, %y: tensor<4xi1>) -> tensor<4xi1> {
  %r = linalg.generic {indexing_maps = [#rows, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<4x16xi1>) outs(%y : tensor<4xi1>) {
  ^bb0(%a: i1, %o: i1):
    %0 = arith.ori %a, %o : i1
    linalg.yield %0 : i1
  } -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// CHECK: linalg.pooling_nchw_max of tensor<1x1x6x6xf32> stays a scalar loop: it sums along rows shorter than a vector
func.func @stride(%x: tensor<1x1x54x54xf32>, %y: tensor<1x1x6x6xf32>) -> tensor<1x1x6x6xf32> {
  %w = tensor.empty() : tensor<3x3xf32>
  %r = linalg.pooling_nchw_max {strides = dense<9> : vector<2xi64>}
    ins(%x, %w : tensor<1x1x54x54xf32>, tensor<3x3xf32>) outs(%y : tensor<1x1x6x6xf32>) -> tensor<1x1x6x6xf32>
  return %r : tensor<1x1x6x6xf32>
}
