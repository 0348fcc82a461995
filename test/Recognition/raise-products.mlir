// RUN: conv-opt %s --conv-raise=products --canonicalize | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-raise | FileCheck %s --check-prefix=OFF

// Products of matrices are 1x1 convolutions: rows are pixels.

// OFF-LABEL: func @matmul
// OFF:         linalg.matmul
// CHECK-LABEL: func @matmul
// CHECK-SAME:    %[[A:.*]]: tensor<4x5xf32>, %[[B:.*]]: tensor<5x6xf32>, %[[C:.*]]: tensor<4x6xf32>
// CHECK:         conv.conv dims<wc x ck -> wk> ins(%[[A]], %[[B]] : tensor<4x5xf32>, tensor<5x6xf32>) outs(%[[C]] : tensor<4x6xf32>) accumulate
func.func @matmul(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %r = linalg.matmul ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// A number of rows that is not known is a batch.
// CHECK-LABEL: func @dynamic_rows
// CHECK:         conv.conv dims<nc x ck -> nk>
func.func @dynamic_rows(%a: tensor<?x5xf32>, %b: tensor<5x6xf32>, %c: tensor<?x6xf32>) -> tensor<?x6xf32> {
  %r = linalg.matmul ins(%a, %b : tensor<?x5xf32>, tensor<5x6xf32>) outs(%c : tensor<?x6xf32>) -> tensor<?x6xf32>
  return %r : tensor<?x6xf32>
}

// CHECK-LABEL: func @dynamic_reduction
// CHECK:         linalg.matmul
func.func @dynamic_reduction(%a: tensor<4x?xf32>, %b: tensor<?x6xf32>, %c: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %r = linalg.matmul ins(%a, %b : tensor<4x?xf32>, tensor<?x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// CHECK-LABEL: func @batch_matmul
// CHECK:         conv.conv dims<gwc x gck -> gwk>
func.func @batch_matmul(%a: tensor<2x4x5xf32>, %b: tensor<2x5x6xf32>, %c: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %r = linalg.batch_matmul ins(%a, %b : tensor<2x4x5xf32>, tensor<2x5x6xf32>) outs(%c : tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %r : tensor<2x4x6xf32>
}

// CHECK-LABEL: func @vecmat
// CHECK:         conv.conv dims<c x ck -> k>
func.func @vecmat(%a: tensor<5xf32>, %b: tensor<5x6xf32>, %c: tensor<6xf32>) -> tensor<6xf32> {
  %r = linalg.vecmat ins(%a, %b : tensor<5xf32>, tensor<5x6xf32>) outs(%c : tensor<6xf32>) -> tensor<6xf32>
  return %r : tensor<6xf32>
}

// The last layer of a classifier: the transpose of the weights and the bias are
// part of it.
// OFF-LABEL: func @classifier
// OFF:         linalg.transpose
// CHECK-LABEL: func @classifier
// CHECK-SAME:    %[[X:.*]]: tensor<1x5xf32>, %[[W:.*]]: tensor<6x5xf32>, %[[B:.*]]: tensor<6xf32>
// CHECK-NOT:     linalg
// CHECK:         conv.conv dims<wc x kc -> wk> ins(%[[X]], %[[W]] : tensor<1x5xf32>, tensor<6x5xf32>)
// CHECK-SAME:    bias(%[[B]] : tensor<6xf32>)
func.func @classifier(%x: tensor<1x5xf32>, %w: tensor<6x5xf32>, %b: tensor<6xf32>) -> tensor<1x6xf32> {
  %e = tensor.empty() : tensor<5x6xf32>
  %t = linalg.transpose ins(%w : tensor<6x5xf32>) outs(%e : tensor<5x6xf32>) permutation = [1, 0]
  %o = tensor.empty() : tensor<1x6xf32>
  %i = linalg.broadcast ins(%b : tensor<6xf32>) outs(%o : tensor<1x6xf32>) dimensions = [0]
  %r = linalg.matmul ins(%x, %t : tensor<1x5xf32>, tensor<5x6xf32>) outs(%i : tensor<1x6xf32>) -> tensor<1x6xf32>
  return %r : tensor<1x6xf32>
}

// A transposed filter of a convolution, with or without products.
// OFF-LABEL: func @transposed_filter
// OFF:         conv.conv dims<nhwc x krsc -> nhwk>
// CHECK-LABEL: func @transposed_filter
// CHECK-SAME:    %[[X:.*]]: tensor<1x6x6x4xf32>, %[[W:.*]]: tensor<8x3x2x4xf32>
// CHECK-NOT:     linalg.transpose
// CHECK:         conv.conv dims<nhwc x krsc -> nhwk> ins(%[[X]], %[[W]]
func.func @transposed_filter(%x: tensor<1x6x6x4xf32>, %w: tensor<8x3x2x4xf32>, %o: tensor<1x4x5x8xf32>) -> tensor<1x4x5x8xf32> {
  %e = tensor.empty() : tensor<3x2x4x8xf32>
  %t = linalg.transpose ins(%w : tensor<8x3x2x4xf32>) outs(%e : tensor<3x2x4x8xf32>) permutation = [1, 2, 3, 0]
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %t : tensor<1x6x6x4xf32>, tensor<3x2x4x8xf32>) outs(%o : tensor<1x4x5x8xf32>) -> tensor<1x4x5x8xf32>
  return %r : tensor<1x4x5x8xf32>
}

// A 1x1 convolution of one NCHW image without its unit dimensions: the weights
// are the first operand and known.
// OFF-LABEL: func @weights_first
// OFF:         linalg.matmul
// CHECK-LABEL: func @weights_first
// CHECK-SAME:    %[[X:.*]]: tensor<5x7xf32>
// CHECK:         %[[W:.*]] = arith.constant
// CHECK:         conv.conv dims<cw x kc -> kw> ins(%[[X]], %[[W]]
func.func @weights_first(%x: tensor<5x7xf32>, %o: tensor<6x7xf32>) -> tensor<6x7xf32> {
  %w = arith.constant dense<1.0> : tensor<6x5xf32>
  %r = linalg.matmul ins(%w, %x : tensor<6x5xf32>, tensor<5x7xf32>) outs(%o : tensor<6x7xf32>) -> tensor<6x7xf32>
  return %r : tensor<6x7xf32>
}

// Without rows there is nothing to compare sizes by.
// CHECK-LABEL: func @no_rows
// CHECK-NOT:     conv.transposed
// CHECK:         return
func.func @no_rows(%a: tensor<0x20xf64>, %b: tensor<20x11xf64>, %o: tensor<0x11xf64>) -> tensor<0x11xf64> {
  %r = linalg.matmul ins(%a, %b : tensor<0x20xf64>, tensor<20x11xf64>) outs(%o : tensor<0x11xf64>) -> tensor<0x11xf64>
  return %r : tensor<0x11xf64>
}
