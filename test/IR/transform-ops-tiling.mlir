// RUN: conv-opt %s --transform-interpreter --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope

!x = tensor<2x8x8x4xf32>
!a = tensor<2x1x8x8x3x3x4xf32>

// One image at a time is a slice of the images; rows keep the whole image, whose
// border they may meet, and are shifted.
// CHECK-LABEL: func.func @im2row(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<2x8x8x4xf32>, %[[A:[^:]*]]: tensor<2x1x8x8x3x3x4xf32>
// CHECK:         scf.for %[[N:[a-z0-9]+]] =
// CHECK:           scf.for %[[H:[a-z0-9]+]] = {{.*}} iter_args(%[[T:[a-z0-9]+]]
// CHECK-DAG:         %[[XT:.*]] = tensor.extract_slice %[[X]][%[[N]], 0, 0, 0] [1, 8, 8, 4]
// CHECK-DAG:         %[[AT:.*]] = tensor.extract_slice %[[T]][%[[N]], 0, %[[H]], 0, 0, 0, 0] [1, 1, 4, 8, 3, 3, 4]
// CHECK:             %[[R:.*]] = conv.im2row dims<{{.*}}, low = [1, 1], high = [1, 1]> ins(%[[XT]] : {{.*}}) row_origin(%[[H]]) outs(%[[AT]] : tensor<1x1x4x8x3x3x4xf32>)
// CHECK:             tensor.insert_slice %[[R]] into %[[T]][%[[N]], 0, %[[H]], 0, 0, 0, 0]
func.func @im2row(%x: !x, %a: !a) -> !a {
  %0 = conv.im2row dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x : !x) outs(%a : !a) -> !a
  return %0 : !a
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.im2row"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l:2 = transform.structured.tile_using_for %c tile_sizes [1, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!x = memref<1x8x8x4xf32>
!a = memref<1x1x4x3x3x8x8xf32>

// Rows of a buffer that begins at a row itself: origins add up.
// CHECK:       #[[$ADD:.*]] = affine_map<(d0)[s0] -> (d0 + s0)>
// CHECK-LABEL: func.func @im2col(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x8x8x4xf32>, %[[A:[^:]*]]: memref<1x1x4x3x3x8x8xf32>, %[[ROW:[^:]*]]: index
// CHECK:         scf.for %[[H:[a-z0-9]+]] =
// CHECK-DAG:       %[[AT:.*]] = memref.subview %[[A]][0, 0, 0, 0, 0, %[[H]], 0] [1, 1, 4, 3, 3, 2, 8]
// CHECK-DAG:       %[[SUM:.*]] = affine.apply #[[$ADD]](%[[H]])[%[[ROW]]]
// CHECK:           conv.im2col dims<{{.*}}> ins(%[[X]] : {{.*}}) row_origin(%[[SUM]]) outs(%[[AT]] :
func.func @im2col(%x: !x, %a: !a, %row: index) {
  conv.im2col dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x : !x) row_origin(%row) outs(%a : !a)
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.im2col"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 0, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!x = tensor<1x8x8x4xf32>
!l = tensor<1x1x8x10x3x4xf32>

// The strips of MEC hold rows of the padded image.
// CHECK-LABEL: func.func @mec(
// CHECK:         scf.for %[[P:[a-z0-9]+]] =
// CHECK:           conv.mec_lower {{.*}} row_origin(%[[P]]) outs(%{{.*}} : tensor<1x1x8x5x3x4xf32>)
func.func @mec(%x: !x, %l: !l) -> !l {
  %0 = conv.mec_lower dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x : !x) outs(%l : !l) -> !l
  return %0 : !l
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.mec_lower"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 5] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

!x = tensor<1x2x8x8x4xf32>
!t = tensor<1x2x8x10x3x4xf32>

// Groups are slices of image and result.
// CHECK-LABEL: func.func @im2win(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x2x8x8x4xf32>
// CHECK:         scf.for %[[G:[a-z0-9]+]] = {{.*}} iter_args(%[[T:[a-z0-9]+]]
// CHECK-DAG:       %[[XT:.*]] = tensor.extract_slice %[[X]][0, %[[G]], 0, 0, 0] [1, 1, 8, 8, 4]
// CHECK-DAG:       %[[E:.*]] = tensor.extract_slice %[[T]][0, %[[G]], 0, 0, 0, 0] [1, 1, 8, 10, 3, 4]
// CHECK:           conv.im2win {{.*}} ins(%[[XT]] : {{.*}}) outs(%[[E]] :
func.func @im2win(%x: !x) -> !t {
  %e = tensor.empty() : !t
  %0 = conv.im2win dims<nghwc x grsck -> nghwk, low = [1, 1], high = [1, 1]> ins(%x : !x) outs(%e : !t) -> !t
  return %0 : !t
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.im2win"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
