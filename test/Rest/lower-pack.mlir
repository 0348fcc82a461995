// RUN: conv-opt %s --conv-lower-pack --canonicalize | FileCheck %s -enable-var-scope

// CHECK-LABEL: func.func @blocks(
// CHECK-SAME:    %[[X:.+]]: tensor<?x64x8x8xf32>, %[[P:.+]]: tensor<?x2x8x8x32xf32>)
// CHECK:         %[[S:.+]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1, 2], [3], [4]] {{.*}} into tensor<?x2x32x8x8xf32>
// CHECK:         linalg.transpose ins(%[[S]] : {{.*}}) outs(%[[P]] : {{.*}}) permutation = [0, 1, 3, 4, 2]
func.func @blocks(%x: tensor<?x64x8x8xf32>, %p: tensor<?x2x8x8x32xf32>) -> tensor<?x2x8x8x32xf32> {
  %0 = linalg.pack %x inner_dims_pos = [1] inner_tiles = [32] into %p : tensor<?x64x8x8xf32> -> tensor<?x2x8x8x32xf32>
  return %0 : tensor<?x2x8x8x32xf32>
}

// CHECK-LABEL: func.func @back(
// CHECK-SAME:    %[[P:.+]]: tensor<1x2x8x8x32xf32>,
// CHECK:         %[[T:.+]] = linalg.transpose ins(%[[P]] : {{.*}}) outs({{.*}}) permutation = [0, 1, 4, 2, 3]
// CHECK:         tensor.collapse_shape %[[T]] {{\[\[}}0], [1, 2], [3], [4]] : tensor<1x2x32x8x8xf32> into tensor<1x64x8x8xf32>
func.func @back(%p: tensor<1x2x8x8x32xf32>, %x: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  %0 = linalg.unpack %p inner_dims_pos = [1] inner_tiles = [32] into %x : tensor<1x2x8x8x32xf32> -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}
