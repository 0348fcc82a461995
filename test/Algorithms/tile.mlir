// RUN: conv-opt %s --conv-apply-schedule --conv-tile --canonicalize | FileCheck %s -enable-var-scope

// CHECK-DAG: #[[$REST:.*]] = affine_map<(d0) -> (-d0 + 7, 2)>
// CHECK-DAG: #[[$PADDED:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d2 + d5 - 1, d3 + d6 - 1, d7)>

// A band sees the whole of its image, and which row it begins with; the last one
// is shorter.
// CHECK-LABEL: func.func @tensors(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<2x9x8x16xf32>, %[[W:[^:]*]]: tensor<3x3x16x16xf32>, %[[O:[^:]*]]: tensor<2x7x6x16xf32>)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C7:.*]] = arith.constant 7 : index
// CHECK:         scf.for %[[N:.*]] = %[[C0]] to %[[C2]] step %[[C1]] iter_args(%[[ON:.*]] = %[[O]])
// CHECK:           scf.for %[[H:.*]] = %[[C0]] to %[[C7]] step %[[C2]] iter_args(%[[OH:.*]] = %[[ON]])
// CHECK:             %[[ROWS:.*]] = affine.min #[[$REST]](%[[H]])
// CHECK:             %[[IMAGE:.*]] = tensor.extract_slice %[[X]][%[[N]], 0, 0, 0] [1, 9, 8, 16]
// CHECK:             %[[BAND:.*]] = tensor.extract_slice %[[OH]][%[[N]], %[[H]], 0, 0] [1, %[[ROWS]], 6, 16]
// CHECK:             %[[Y:.*]] = conv.contract {{.*}} ins(%[[IMAGE]], {{.*}} row_origin(%[[H]]) outs(%[[BAND]] : tensor<1x?x6x16xf32>)
// CHECK:             tensor.insert_slice %[[Y]] into %[[OH]][%[[N]], %[[H]], 0, 0] [1, %[[ROWS]], 6, 16]
func.func @tensors(%x: tensor<2x9x8x16xf32>, %w: tensor<3x3x16x16xf32>, %o: tensor<2x7x6x16xf32>) -> tensor<2x7x6x16xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<2x9x8x16xf32>, tensor<3x3x16x16xf32>) outs(%o : tensor<2x7x6x16xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4, band = 2, filter = plain> -> tensor<2x7x6x16xf32>
  return %r : tensor<2x7x6x16xf32>
}

// Padded: the map still begins one row before the image.
// CHECK-LABEL: func.func @padded(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x8x8x16xf32>, %{{[^:]*}}: memref<3x3x16x16xf32>, %[[O:[^:]*]]: memref<1x8x8x16xf32>)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[C8:.*]] = arith.constant 8 : index
// CHECK:         scf.for %[[H:.*]] = %[[C0]] to %[[C8]] step %[[C4]] {
// CHECK:           %[[BAND:.*]] = memref.subview %[[O]][0, %[[H]], 0, 0] [1, 4, 8, 16]
// CHECK:           conv.contract maps = [#[[$PADDED]], {{.*}} row_origin(%[[H]]) outs(%[[BAND]] :
func.func @padded(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x16xf32>, %o: memref<1x8x8x16xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x16xf32>) outs(%o : memref<1x8x8x16xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4, band = 4, filter = plain>
  return
}

// Threads take shares of the rows, all of the same size.
// CHECK-LABEL: func.func @threads(
// CHECK:         scf.forall (%[[H:.*]]) = (0) to (8) step (4) {
// CHECK:           conv.contract {{.*}} row_origin(%[[H]])
func.func @threads(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x16xf32>, %o: memref<1x8x8x16xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x16xf32>) outs(%o : memref<1x8x8x16xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4, parallel = h2, filter = plain>
  return
}

// One band is no loop.
// CHECK-LABEL: func.func @one_band(
// CHECK-NOT:     scf.for
// CHECK:         conv.contract
// CHECK-NOT:     row_origin
func.func @one_band(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x16xf32>, %o: memref<1x6x6x16xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x16xf32>) outs(%o : memref<1x6x6x16xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4, band = 6, filter = plain>
  return
}
