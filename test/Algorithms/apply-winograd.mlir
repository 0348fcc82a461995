// RUN: conv-opt %s --conv-apply-schedule --canonicalize --split-input-file | FileCheck %s

// Blocks of one row of tiles are a loop, the clipped last one stands apart; the
// channels of a block are a loop, and those that are left.
// CHECK-LABEL: func.func @banded(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x10x9x16xf32>
// CHECK:         %[[F:.*]] = conv.pack_filter rsck winograd = [4, 4] {{.*}} -> tensor<1x2x36x1x1x1x16x8xf32>
// CHECK:         scf.for %[[I:[a-z0-9]*]] =
// CHECK:           %[[V:.*]] = conv.winograd_input {{.*}} tile = [4, 4] tiles = [1, 3] lanes = 8 ins(%[[X]] : {{.*}}) row_origin(%{{.*}}) outs(
// CHECK:           %[[PANEL:.*]] = tensor.extract_slice %[[F]][0, 0, 0, 0, 0, 0, 0, 0] {{.*}} to tensor<36x1x1x1x16x8xf32>
// CHECK:           %[[M:.*]] = conv.contract {{.*}} ins(%[[V]], %[[PANEL]] : {{.*}}) outs(%{{.*}} : tensor<36x3x8xf32>)
// CHECK:           conv.winograd_output {{.*}} ins(%[[M]] : {{.*}}) bias(%{{.*}} : tensor<8xf32>) outs(%{{.*}} : tensor<1x4x9x8xf32>)
// CHECK:           conv.contract {{.*}} outs(%{{.*}} : tensor<36x3x4xf32>)
// CHECK:           conv.winograd_output {{.*}} bias(%{{.*}} : tensor<4xf32>) outs(%{{.*}} : tensor<1x4x9x4xf32>)
// CHECK:         conv.winograd_input {{.*}} row_origin(%c8) outs(
// CHECK:         conv.winograd_output {{.*}} outs(%{{.*}} : tensor<1x2x9x8xf32>)
func.func @banded(%x: tensor<1x10x9x16xf32>, %w: tensor<3x3x16x12xf32>, %b: tensor<12xf32>, %o: tensor<1x10x9x12xf32>) -> tensor<1x10x9x12xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x10x9x16xf32>, tensor<3x3x16x12xf32>) bias(%b : tensor<12xf32>) outs(%o : tensor<1x10x9x12xf32>) schedule<algorithm = winograd_4, form = banded, n_vec = 8, c_ob = 8, w_ob = 3, band = 4> -> tensor<1x10x9x12xf32>
  return %r : tensor<1x10x9x12xf32>
}

// -----

// Threads divide the blocks of rows; the last, clipped one is the last share's.
// CHECK-LABEL: func.func @rows(
// CHECK:         scf.forall (%[[T:.*]]) in (2) shared_outs(
// CHECK:           scf.for
// CHECK:             conv.winograd_input {{.*}} row_origin
// CHECK:             conv.winograd_output {{.*}} -> tensor<1x2x9x8xf32>
// CHECK:           scf.for
// CHECK:             conv.winograd_output {{.*}} -> tensor<1x1x9x8xf32>
// CHECK:           tensor.parallel_insert_slice
func.func @rows(%x: tensor<1x7x9x16xf32>, %w: tensor<3x3x16x8xf32>, %o: tensor<1x7x9x8xf32>) -> tensor<1x7x9x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x7x9x16xf32>, tensor<3x3x16x8xf32>) outs(%o : tensor<1x7x9x8xf32>) schedule<algorithm = winograd_2, form = banded, n_vec = 8, c_ob = 8, w_ob = 3, band = 2, parallel = h2> -> tensor<1x7x9x8xf32>
  return %r : tensor<1x7x9x8xf32>
}

// -----

// Or the channels of a block, whose input is made before, by as many shares of
// its channels. In a blocked output each goes to its place in a block.
// CHECK-LABEL: func.func @channels(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x4x4x16xf32>
// CHECK:         scf.forall (%[[T:.*]]) in (2) shared_outs(%[[PLANES:.*]] = %{{.*}}) -> (tensor<36x1x16xf32>)
// CHECK:           %[[C:.*]] = affine.apply {{.*}}(%[[T]])
// CHECK:           %[[SHARE:.*]] = tensor.extract_slice %[[X]][0, 0, 0, %{{.*}}] {{.*}} to tensor<1x4x4x8xf32>
// CHECK:           conv.winograd_input {{.*}} ins(%[[SHARE]] : {{.*}} -> tensor<36x1x8xf32>
// CHECK:           tensor.parallel_insert_slice
// CHECK:         scf.forall (%[[T:.*]]) in (2) shared_outs(
// CHECK:           scf.for
// CHECK:             conv.winograd_output {{.*}} -> tensor<1x1x4x4x8xf32>
// CHECK:           tensor.parallel_insert_slice
func.func @channels(%x: tensor<1x4x4x16xf32>, %w: tensor<3x3x16x64xf32>, %o: tensor<1x4x4x4x16xf32>) -> tensor<1x4x4x4x16xf32> {
  %r = conv.conv dims<nhwc x rsck -> nKhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x4x4x16xf32>, tensor<3x3x16x64xf32>) outs(%o : tensor<1x4x4x4x16xf32>) schedule<algorithm = winograd_4, n_vec = 8, c_ob = 8, w_ob = 1, parallel = k2> -> tensor<1x4x4x4x16xf32>
  return %r : tensor<1x4x4x4x16xf32>
}

// -----

// Blocks of the input's channels stay together.
// CHECK-LABEL: func.func @blocks(
// CHECK:         scf.forall (%{{.*}}) in (2)
// CHECK:           tensor.extract_slice %{{.*}} to tensor<1x1x4x4x8xf32>
// CHECK:           conv.winograd_input {{.*}} ins(%{{.*}} : tensor<1x1x4x4x8xf32>)
// CHECK:         scf.forall
func.func @blocks(%x: tensor<1x2x4x4x8xf32>, %w: tensor<3x3x16x16xf32>, %o: tensor<1x4x4x16xf32>) -> tensor<1x4x4x16xf32> {
  %r = conv.conv dims<nChwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x2x4x4x8xf32>, tensor<3x3x16x16xf32>) outs(%o : tensor<1x4x4x16xf32>) schedule<algorithm = winograd_4, n_vec = 8, c_ob = 8, w_ob = 1, parallel = k2> -> tensor<1x4x4x16xf32>
  return %r : tensor<1x4x4x16xf32>
}

// -----

// Shares that would not be equal: one thread makes the input.
// CHECK-LABEL: func.func @alone(
// CHECK-NOT:     scf.forall
// CHECK:         conv.winograd_input
// CHECK:         scf.forall
func.func @alone(%x: tensor<1x4x4x24xf32>, %w: tensor<3x3x24x16xf32>, %o: tensor<1x4x4x16xf32>) -> tensor<1x4x4x16xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x4x4x24xf32>, tensor<3x3x24x16xf32>) outs(%o : tensor<1x4x4x16xf32>) schedule<algorithm = winograd_4, n_vec = 8, c_ob = 8, w_ob = 1, parallel = k2> -> tensor<1x4x4x16xf32>
  return %r : tensor<1x4x4x16xf32>
}

// -----

// With dilations every other row and column is a convolution of its own: four
// of them alike, in loops.
// CHECK-LABEL: func.func @dilated(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x8x8x16xf32>
// CHECK:         conv.pack_filter
// CHECK-NOT:     conv.pack_filter
// CHECK:         scf.for %[[ROW:[a-z0-9]*]] = %c0 to %c2
// CHECK:           scf.for %[[COLUMN:[a-z0-9]*]] = %c0 to %c2
// CHECK:             tensor.extract_slice %{{.*}}[0, %[[ROW]], %[[COLUMN]], 0] [1, 4, 4, 8] [1, 2, 2, 1]
// CHECK:             tensor.extract_slice %[[X]][0, %[[ROW]], %[[COLUMN]], 0] [1, 4, 4, 16] [1, 2, 2, 1]
// CHECK:             conv.winograd_input dims<nhwc x rsck -> nhwk, low = [1, 1], {{.*}} ins(%{{.*}} : tensor<1x4x4x16xf32>)
// CHECK:             conv.winograd_output {{.*}} residual(%{{.*}} : tensor<1x4x4x8xf32>) outs(%{{.*}} : tensor<1x4x4x8xf32>)
// CHECK:             tensor.insert_slice %{{.*}}[0, %[[ROW]], %[[COLUMN]], 0] [1, 4, 4, 8] [1, 2, 2, 1]
// CHECK-NOT:     conv.winograd_input
func.func @dilated(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x16x8xf32>, %r: tensor<1x8x8x8xf32>, %o: tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32> {
  %0 = conv.conv dims<nhwc x rsck -> nhwk, dilations = [2, 2], low = [2, 2], high = [2, 2]> ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x8xf32>) residual(%r : tensor<1x8x8x8xf32>) outs(%o : tensor<1x8x8x8xf32>) schedule<algorithm = winograd_4, n_vec = 8, c_ob = 8, w_ob = 1> -> tensor<1x8x8x8xf32>
  return %0 : tensor<1x8x8x8xf32>
}

// -----

// Phases of other extents are apart.
// CHECK-LABEL: func.func @uneven(
// CHECK:         conv.winograd_input {{.*}} low = [1, 0]{{.*}} ins(%{{.*}} : tensor<1x5x9x16xf32>)
// CHECK:         conv.winograd_output {{.*}} outs(%{{.*}} : tensor<1x5x7x8xf32>)
// CHECK:         conv.winograd_input {{.*}} low = [1, 0]{{.*}} ins(%{{.*}} : tensor<1x4x9x16xf32>)
// CHECK:         conv.winograd_output {{.*}} outs(%{{.*}} : tensor<1x4x7x8xf32>)
func.func @uneven(%x: tensor<1x9x9x16xf32>, %w: tensor<3x3x16x8xf32>, %o: tensor<1x9x7x8xf32>) -> tensor<1x9x7x8xf32> {
  %0 = conv.conv dims<nhwc x rsck -> nhwk, dilations = [2, 1], low = [2, 0], high = [2, 0]> ins(%x, %w : tensor<1x9x9x16xf32>, tensor<3x3x16x8xf32>) outs(%o : tensor<1x9x7x8xf32>) schedule<algorithm = winograd_4, n_vec = 8, c_ob = 8, w_ob = 1> -> tensor<1x9x7x8xf32>
  return %0 : tensor<1x9x7x8xf32>
}

// -----

// Two images at a time are transformed into one set of planes, which one
// contraction multiplies; the third one stands apart.
// CHECK-LABEL: func.func @images(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<3x4x4x16xf32>
// CHECK:         scf.for %[[I:[a-z0-9]*]] = %c0 to %c2 {{.*}} -> (tensor<36x2x16xf32>)
// CHECK:           %[[INTO:.*]] = tensor.extract_slice %{{.*}}[0, %[[I]], 0] [36, 1, 16] [1, 1, 1]
// CHECK:           %[[IMAGE:.*]] = tensor.extract_slice %[[X]][%[[I]], 0, 0, 0] [1, 4, 4, 16]
// CHECK:           conv.winograd_input {{.*}} tiles = [1, 1] lanes = 8 ins(%[[IMAGE]] : {{.*}}) outs(%[[INTO]] :
// CHECK:         %[[M:.*]] = conv.contract {{.*}} outs(%{{.*}} : tensor<36x2x8xf32>)
// CHECK:         scf.for %[[J:[a-z0-9]*]] = %c0 to %c2
// CHECK:           %[[PART:.*]] = tensor.extract_slice %[[M]][0, %[[J]], 0] [36, 1, 8]
// CHECK:           conv.winograd_output {{.*}} ins(%[[PART]] : {{.*}}) residual(%{{.*}} : tensor<1x4x4x8xf32>) outs(%{{.*}} : tensor<1x4x4x8xf32>)
// CHECK:         conv.winograd_input {{.*}} outs(%{{.*}} : tensor<36x2x16xf32>)
// CHECK:         conv.contract {{.*}} outs(%{{.*}} : tensor<36x1x8xf32>)
func.func @images(%x: tensor<3x4x4x16xf32>, %w: tensor<3x3x16x8xf32>, %r: tensor<3x4x4x8xf32>, %o: tensor<3x4x4x8xf32>) -> tensor<3x4x4x8xf32> {
  %0 = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<3x4x4x16xf32>, tensor<3x3x16x8xf32>) residual(%r : tensor<3x4x4x8xf32>) outs(%o : tensor<3x4x4x8xf32>) schedule<algorithm = winograd, tile = [4, 4], n_vec = 8, c_ob = 8, w_ob = 2, images = 2> -> tensor<3x4x4x8xf32>
  return %0 : tensor<3x4x4x8xf32>
}
