// RUN: conv-opt %s --transform-interpreter --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope

#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r - 1, wo + s - 1, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>
!x = tensor<2x8x8x4xf32>
!p = tensor<1x2x3x3x4x8xf32>
!o = tensor<2x8x8x16xf32>

// Rows of a padded image: the whole input stays, its rows are shifted.
// CHECK-LABEL: func.func @padded_rows(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<2x8x8x4xf32>, %[[P:[^:]*]]: tensor<1x2x3x3x4x8xf32>, %[[B:[^:]*]]: tensor<16xf32>, %[[Z:[^:]*]]: tensor<2x8x8x16xf32>, %[[O:[^:]*]]: tensor<2x8x8x16xf32>
// CHECK:         scf.for %[[H:[a-z0-9]+]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[S:[a-z0-9]+]] = %[[O]])
// CHECK:           %[[ST:.*]] = tensor.extract_slice %[[S]][0, %[[H]], 0, 0] [2, 4, 8, 16]
// CHECK:           %[[ZT:.*]] = tensor.extract_slice %[[Z]][0, %[[H]], 0, 0] [2, 4, 8, 16]
// CHECK:           %[[R:.*]] = conv.contract maps = {{.*}} ins(%[[X]], %[[P]] : tensor<2x8x8x4xf32>, {{.*}}) row_origin(%[[H]]) bias(%[[B]] : tensor<16xf32>) residual(%[[ZT]] : {{.*}}) outs(%[[ST]] : tensor<2x4x8x16xf32>) accumulate clamp<lower = 0.000000e+00 : f32>
// CHECK:           tensor.insert_slice %[[R]] into %[[S]][0, %[[H]], 0, 0]
func.func @padded_rows(%x: !x, %p: !p, %b: tensor<16xf32>, %z: !o, %o: !o) -> !o {
  %r = conv.contract maps = [#a, #b, #o] high = [1, 1] store = k_contiguous ins(%x, %p : !x, !p)
    bias(%b : tensor<16xf32>) residual(%z : !o) outs(%o : !o) accumulate
    clamp<lower = 0.0 : f32>
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4> -> !o
  return %r : !o
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.contract"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r - 1, wo + s - 1, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>
!x = memref<2x8x8x4xf32>
!p = memref<1x2x3x3x4x8xf32>
!o = memref<2x8x8x16xf32>

// Tiles of tiles: origins add up. Images are sliced, and filters by blocks.
// CHECK-DAG:   #[[$ADD:.*]] = affine_map<(d0)[s0] -> (d0 + s0)>
// CHECK-DAG:   #[[$BLOCK:.*]] = affine_map<(d0) -> (d0 floordiv 8)>
// CHECK-LABEL: func.func @memrefs(
// CHECK-SAME:    %[[X:[^:]*]]: memref<2x8x8x4xf32>, %[[P:[^:]*]]: memref<1x2x3x3x4x8xf32>, %[[B:[^:]*]]: memref<16xf32>, %[[O:[^:]*]]: memref<2x8x8x16xf32>, %[[I:[^:]*]]: index
// CHECK:         scf.for %[[N:[a-z0-9]+]] =
// CHECK:           scf.for %[[H:[a-z0-9]+]] =
// CHECK:             scf.for %[[K:[a-z0-9]+]] =
// CHECK-DAG:           %[[OT:.*]] = memref.subview %[[O]][%[[N]], %[[H]], 0, %[[K]]] [1, 4, 8, 8]
// CHECK-DAG:           %[[XT:.*]] = memref.subview %[[X]][%[[N]], 0, 0, 0] [1, 8, 8, 4]
// CHECK-DAG:           %[[KB:.*]] = affine.apply #[[$BLOCK]](%[[K]])
// CHECK-DAG:           %[[PT:.*]] = memref.subview %[[P]][0, %[[KB]], 0, 0, 0, 0] [1, 1, 3, 3, 4, 8]
// CHECK-DAG:           %[[BT:.*]] = memref.subview %[[B]][%[[K]]] [8]
// CHECK-DAG:           %[[ROW:.*]] = affine.apply #[[$ADD]](%[[H]])[%[[I]]]
// CHECK:               conv.contract {{.*}} ins(%[[XT]], %[[PT]] : {{.*}}) row_origin(%[[ROW]]) bias(%[[BT]] : {{.*}}) outs(%[[OT]] :
func.func @memrefs(%x: !x, %p: !p, %b: memref<16xf32>, %o: !o, %i: index) {
  conv.contract maps = [#a, #b, #o] high = [1, 1] store = k_contiguous ins(%x, %p : !x, !p)
    row_origin(%i) bias(%b : memref<16xf32>) outs(%o : !o)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.contract"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l:3 = transform.structured.tile_using_for %c tile_sizes [1, 0, 4, 0, 8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho * 2 + r, wo * 2 + s, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>
!x = tensor<1x9x9x4xf32>
!w = tensor<3x3x4x16xf32>
!o = tensor<1x4x4x16xf32>

// Without padding rows and columns are sliced to what the tile reads.
// CHECK-DAG:   #[[$TWICE:.*]] = affine_map<(d0) -> (d0 * 2)>
// CHECK-LABEL: func.func @unpadded(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x9x9x4xf32>
// CHECK:         scf.for %[[H:[a-z0-9]+]] =
// CHECK:           scf.for %[[W:[a-z0-9]+]] =
// CHECK-DAG:         %[[XH:.*]] = affine.apply #[[$TWICE]](%[[H]])
// CHECK-DAG:         %[[XW:.*]] = affine.apply #[[$TWICE]](%[[W]])
// CHECK-DAG:         %[[XT:.*]] = tensor.extract_slice %[[X]][0, %[[XH]], %[[XW]], 0] [1, 5, 3, 4]
// CHECK-NOT:         row_origin
// CHECK:             conv.contract {{.*}} ins(%[[XT]], %{{.*}} : tensor<1x5x3x4xf32>, tensor<3x3x4x16xf32>) outs(%{{.*}} : tensor<1x2x1x16xf32>)
func.func @unpadded(%x: !x, %w: !w, %o: !o) -> !o {
  %r = conv.contract maps = [#a, #b, #o] store = k_contiguous ins(%x, %w : !x, !w) outs(%o : !o)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain> -> !o
  return %r : !o
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.contract"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l:2 = transform.structured.tile_using_for %c tile_sizes [0, 0, 2, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (ho + r - 1, ho, wo, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (ho, wo, k)>
!x = memref<8x8x4x4xf32>
!w = memref<3x1x4x16xf32>
!o = memref<8x4x16xf32>

// Two dimensions of the input run over ho: the row origin serves both.
// CHECK-LABEL: func.func @two_rows(
// CHECK-SAME:    %[[X:[^:]*]]: memref<8x8x4x4xf32>
// CHECK:         scf.for %[[H:[a-z0-9]+]] =
// CHECK:           conv.contract {{.*}} ins(%[[X]], %{{.*}} : memref<8x8x4x4xf32>, memref<3x1x4x16xf32>) row_origin(%[[H]]) outs(
func.func @two_rows(%x: !x, %w: !w, %o: !o) {
  conv.contract maps = [#a, #b, #o] high = [1, 0] store = k_contiguous ins(%x, %w : !x, !w) outs(%o : !o)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.contract"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A convolution is tiled over images, groups, rows, columns and channels.
// CHECK-LABEL: func.func @conv(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<2x3x9x9x4xf32>, %[[W:[^:]*]]: tensor<3x16x4x3x3xf32>, %[[B:[^:]*]]: tensor<3x16xf32>, %[[O:[^:]*]]: tensor<2x3x16x7x7xf32>
// CHECK:         scf.for %[[N:[a-z0-9]+]] =
// CHECK:           scf.for %[[G:[a-z0-9]+]] =
// CHECK:             scf.for %[[H:[a-z0-9]+]] =
// CHECK:               scf.for %[[K:[a-z0-9]+]] =
// CHECK:                 %[[R:.*]] = affine.min #{{.*}}(%[[H]])
// CHECK-DAG:             tensor.extract_slice %[[X]][%[[N]], %[[G]], %[[H]], 0, 0] [1, 1, %{{.*}}, 9, 4]
// CHECK-DAG:             tensor.extract_slice %[[W]][%[[G]], %[[K]], 0, 0, 0] [1, 8, 4, 3, 3]
// CHECK-DAG:             tensor.extract_slice %[[B]][%[[G]], %[[K]]] [1, 8]
// CHECK-DAG:             tensor.extract_slice %{{.*}}[%[[N]], %[[G]], %[[K]], %[[H]], 0] [1, 1, 8, %[[R]], 7]
// CHECK:                 conv.conv dims<nghwc x gkcrs -> ngkhw> ins({{.*}} : tensor<1x1x?x9x4xf32>, tensor<1x8x4x3x3xf32>) bias({{.*}} : tensor<1x8xf32>) outs({{.*}} : tensor<1x1x8x?x7xf32>)
func.func @conv(%x: tensor<2x3x9x9x4xf32>, %w: tensor<3x16x4x3x3xf32>, %b: tensor<3x16xf32>, %o: tensor<2x3x16x7x7xf32>) -> tensor<2x3x16x7x7xf32> {
  %r = conv.conv dims<nghwc x gkcrs -> ngkhw> ins(%x, %w : tensor<2x3x9x9x4xf32>, tensor<3x16x4x3x3xf32>)
    bias(%b : tensor<3x16xf32>) outs(%o : tensor<2x3x16x7x7xf32>) -> tensor<2x3x16x7x7xf32>
  return %r : tensor<2x3x16x7x7xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.conv"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l:4 = transform.structured.tile_using_for %c tile_sizes [1, 1, 3, 0, 8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// The channels of a padded one on memrefs.
// CHECK-LABEL: func.func @conv_memref(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x8x8x4xf32>, %[[W:[^:]*]]: memref<3x3x4x16xf32>, %[[O:[^:]*]]: memref<1x8x8x16xf32>
// CHECK:         scf.for %[[K:[a-z0-9]+]] =
// CHECK-DAG:       %[[WT:.*]] = memref.subview %[[W]][0, 0, 0, %[[K]]] [3, 3, 4, 8]
// CHECK-DAG:       %[[OT:.*]] = memref.subview %[[O]][0, 0, 0, %[[K]]] [1, 8, 8, 8]
// CHECK:           conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%[[X]], %[[WT]] : {{.*}}) outs(%[[OT]] :
func.func @conv_memref(%x: memref<1x8x8x4xf32>, %w: memref<3x3x4x16xf32>, %o: memref<1x8x8x16xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]>
    ins(%x, %w : memref<1x8x8x4xf32>, memref<3x3x4x16xf32>) outs(%o : memref<1x8x8x16xf32>)
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.conv"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Output channels of several groups: a tile of them reads whole groups.
#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, k floordiv 2, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>

// CHECK-DAG:   #[[$GROUP:.*]] = affine_map<(d0) -> (d0 floordiv 2)>
// CHECK-LABEL: func.func @groups(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x8x8x8x3xf32>
// CHECK:         scf.for %[[K:[a-z0-9]+]] =
// CHECK:           %[[G:.*]] = affine.apply #[[$GROUP]](%[[K]])
// CHECK:           memref.subview %[[X]][0, 0, 0, %[[G]], 0] [1, 8, 8, 4, 3]
func.func @groups(%x: memref<1x8x8x8x3xf32>, %p: memref<1x2x3x3x3x8xf32>, %o: memref<1x6x6x16xf32>) {
  conv.contract maps = [#a, #b, #o] store = k_contiguous
    ins(%x, %p : memref<1x8x8x8x3xf32>, memref<1x2x3x3x3x8xf32>) outs(%o : memref<1x6x6x16xf32>)
    schedule<algorithm = direct, n_vec = 8, vector = g, c_ob = 8, w_ob = 4>
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.contract"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
