// RUN: conv-opt %s --conv-to-linalg | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-to-linalg="unscheduled-only" | FileCheck %s --check-prefix=KEEP

// The way back is read again as what it came from.
// RUN: conv-opt %s --conv-to-linalg --conv-raise | FileCheck %s --check-prefix=ROUND

// Scheduled convolutions are the only ones that can stay.
// KEEP-COUNT-1: conv.conv
// KEEP-NOT: conv.conv

// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 * 2 + d4, d2 + d5 * 3, d6)>
// CHECK-DAG: #[[$W:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5, d6, d3)>
// CHECK-DAG: #[[$O:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$FX:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d4, d2 * 2, d3 * 2)>
// CHECK-DAG: #[[$FW:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d4)>
// CHECK-DAG: #[[$BIAS:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>
// CHECK-DAG: #[[$TAP:.*]] = affine_map<(d0, d1, d2, d3) -> (1, d2, d3, d1)>

// CHECK-LABEL: func @all
// CHECK-SAME: (%[[X:[^:]*]]: tensor<1x9x9x4xf32>, %[[W:[^:]*]]: tensor<3x2x4x8xf32>, %[[B:[^:]*]]: tensor<8xf32>, %[[RES:[^:]*]]: tensor<1x5x7x8xf32>, %[[O:[^:]*]]: tensor<1x5x7x8xf32>)
// CHECK: %[[P:.*]] = tensor.pad %[[X]] low[0, 1, 0, 0] high[0, 2, 1, 0]
// CHECK: tensor.yield %{{.*}} : f32
// CHECK: tensor<1x9x9x4xf32> to tensor<1x12x10x4xf32>
// CHECK: %[[I:.*]] = linalg.broadcast ins(%[[B]] : tensor<8xf32>) outs(%[[O]] : {{.*}}) dimensions = [0, 1, 2]
// CHECK: %[[S:.*]] = linalg.generic {indexing_maps = [#[[$X]], #[[$W]], #[[$O]]], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%[[P]], %[[W]] : {{.*}}) outs(%[[I]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[A0:.*]]: f32, %[[A1:.*]]: f32, %[[A2:.*]]: f32):
// CHECK-NEXT: %[[M:.*]] = arith.mulf %[[A0]], %[[A1]]
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[A2]], %[[M]]
// CHECK-NEXT: linalg.yield %[[SUM]]
// CHECK: %[[R:.*]] = linalg.generic {indexing_maps = [#[[$ID]], #[[$ID]]], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%[[RES]] : {{.*}}) outs(%[[S]] : {{.*}}) {
// CHECK-NEXT: ^bb0(%[[E0:.*]]: f32, %[[E1:.*]]: f32):
// CHECK-NEXT: %[[Y:.*]] = arith.addf %[[E1]], %[[E0]]
// CHECK-NEXT: %[[LO:.*]] = arith.constant 0.0
// CHECK-NEXT: %[[C0:.*]] = arith.cmpf ugt, %[[Y]], %[[LO]]
// CHECK-NEXT: %[[Y0:.*]] = arith.select %[[C0]], %[[Y]], %[[LO]]
// CHECK-NEXT: %[[HI:.*]] = arith.constant 6.0
// CHECK-NEXT: %[[C1:.*]] = arith.cmpf ult, %[[Y0]], %[[HI]]
// CHECK-NEXT: %[[Y1:.*]] = arith.select %[[C1]], %[[Y0]], %[[HI]]
// CHECK-NEXT: linalg.yield %[[Y1]]
// CHECK: return %[[R]]
// ROUND-LABEL: func @all
// ROUND: conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 1], dilations = [1, 3], low = [1, 0], high = [2, 1]> ins(%arg0, %arg1 : tensor<1x9x9x4xf32>, tensor<3x2x4x8xf32>) bias(%arg2 : tensor<8xf32>) residual(%arg3 : tensor<1x5x7x8xf32>) outs(%{{.*}} : tensor<1x5x7x8xf32>) clamp<lower = 0.000000e+00 : f32, upper = 6.000000e+00 : f32> -> tensor<1x5x7x8xf32>
func.func @all(%x: tensor<1x9x9x4xf32>, %w: tensor<3x2x4x8xf32>, %b: tensor<8xf32>, %res: tensor<1x5x7x8xf32>, %o: tensor<1x5x7x8xf32>) -> tensor<1x5x7x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 1], dilations = [1, 3], low = [1, 0], high = [2, 1]>
    ins(%x, %w : tensor<1x9x9x4xf32>, tensor<3x2x4x8xf32>) bias(%b : tensor<8xf32>) residual(%res : tensor<1x5x7x8xf32>)
    outs(%o : tensor<1x5x7x8xf32>) clamp<lower = 0.0 : f32, upper = 6.0 : f32> -> tensor<1x5x7x8xf32>
  return %r : tensor<1x5x7x8xf32>
}

// What is accumulated to stays the init, so the bias comes afterwards.
// CHECK-LABEL: func @accumulate
// CHECK-SAME: %[[B:[^:]*]]: tensor<8xf32>, %[[O:[^:]*]]: tensor<1x4x4x8xf32>
// CHECK-NOT: linalg.fill
// CHECK: %[[S:.*]] = linalg.generic {{.*}} outs(%[[O]] : tensor<1x4x4x8xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[$BIAS]], #[[$ID]]], {{.*}} ins(%[[B]] : {{.*}}) outs(%[[S]] :
// CHECK: arith.cmpf ogt
// CHECK-NOT: arith.cmpf
// ROUND-LABEL: func @accumulate
// ROUND: conv.conv dims<nhwc x rsck -> nhwk> {{.*}} bias(%{{.*}} : tensor<8xf32>) outs(%{{.*}} : tensor<1x4x4x8xf32>) accumulate clamp<lower = 1.000000e+00 : f32, nan = bound>
func.func @accumulate(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %b: tensor<8xf32>, %o: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) bias(%b : tensor<8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) accumulate clamp<lower = 1.0 : f32, nan = bound> -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// A folded window, rows that no window reaches, a schedule, and attributes.
// CHECK-LABEL: func @folded
// CHECK: %[[F:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<1x8x3x4xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[$FX]], #[[$FW]], #{{.*}}], {{.*}} outs(%[[F]] : {{.*}}) attrs = {user.tag = 1 : i64}
// ROUND-LABEL: func @folded
// ROUND: conv.conv dims<nchw x kc -> nkhw, strides = [2, 2]> {{.*}} {user.tag = 1 : i64} -> tensor<1x8x3x4xf32>
func.func @folded(%x: tensor<1x4x7x12xf32>, %w: tensor<8x4xf32>, %o: tensor<1x8x3x4xf32>) -> tensor<1x8x3x4xf32> {
  %r = conv.conv dims<nchw x kc -> nkhw, strides = [2, 2]> ins(%x, %w : tensor<1x4x7x12xf32>, tensor<8x4xf32>) outs(%o : tensor<1x8x3x4xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4> {user.tag = 1 : i64} -> tensor<1x8x3x4xf32>
  return %r : tensor<1x8x3x4xf32>
}

// CHECK-LABEL: func @dynamic
// CHECK: tensor.pad {{.*}} low[0, 1, 1, 0] high[0, 1, 1, 0]
// CHECK: tensor<?x6x6x4xf32> to tensor<?x8x8x4xf32>
// CHECK: linalg.generic
// ROUND-LABEL: func @dynamic
// ROUND: conv.conv dims<nhwg x rsg -> nhwg, low = [1, 1], high = [1, 1]> ins(%arg0, %arg1 : tensor<?x6x6x4xf32>, tensor<3x3x4xf32>) outs({{.*}}) -> tensor<?x6x6x4xf32>
func.func @dynamic(%x: tensor<?x6x6x4xf32>, %w: tensor<3x3x4xf32>, %o: tensor<?x6x6x4xf32>) -> tensor<?x6x6x4xf32> {
  %r = conv.conv dims<nhwg x rsg -> nhwg, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<?x6x6x4xf32>, tensor<3x3x4xf32>) outs(%o : tensor<?x6x6x4xf32>) -> tensor<?x6x6x4xf32>
  return %r : tensor<?x6x6x4xf32>
}

// The output's g and k in the other order cannot be broadcast into.
// CHECK-LABEL: func @transposed_bias
// CHECK: linalg.fill
// CHECK: linalg.generic
// CHECK: linalg.generic
// ROUND-LABEL: func @transposed_bias
// ROUND: conv.conv dims<nwgc x gskc -> nwkg> {{.*}} bias(%{{.*}} : tensor<2x8xf32>) outs
func.func @transposed_bias(%x: tensor<1x6x2x4xf32>, %w: tensor<2x3x8x4xf32>, %b: tensor<2x8xf32>, %o: tensor<1x4x8x2xf32>) -> tensor<1x4x8x2xf32> {
  %r = conv.conv dims<nwgc x gskc -> nwkg> ins(%x, %w : tensor<1x6x2x4xf32>, tensor<2x3x8x4xf32>) bias(%b : tensor<2x8xf32>) outs(%o : tensor<1x4x8x2xf32>) -> tensor<1x4x8x2xf32>
  return %r : tensor<1x4x8x2xf32>
}

// Columns no window reaches, where a loop is an index of its own.
// CHECK-LABEL: func @unreached
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x5x9x4xf32>
// CHECK: %[[S:.*]] = tensor.extract_slice %[[X]][0, 0, 0, 0] [1, 5, 7, 4] [1, 1, 1, 1]
// CHECK: linalg.generic {{.*}} ins(%[[S]],
func.func @unreached(%x: tensor<1x5x9x4xf32>, %w: tensor<2x4x8xf32>, %o: tensor<1x3x7x8xf32>) -> tensor<1x3x7x8xf32> {
  %r = conv.conv dims<nhwc x rck -> nhwk> ins(%x, %w : tensor<1x5x9x4xf32>, tensor<2x4x8xf32>) outs(%o : tensor<1x3x7x8xf32>) -> tensor<1x3x7x8xf32>
  return %r : tensor<1x3x7x8xf32>
}

// Rows the operands do not name: of three taps one meets the only row, and with
// more padding none.
// CHECK-LABEL: func @one_row
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[$TAP]], #{{.*}}]
func.func @one_row(%x: tensor<12x4xf32>, %w: tensor<3x3x4x3xf32>, %o: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %r = conv.conv dims<wc x rsck -> wk, low = [1, 0], high = [1, 0]> ins(%x, %w : tensor<12x4xf32>, tensor<3x3x4x3xf32>) outs(%o : tensor<4x3xf32>) -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}
// CHECK-LABEL: func @no_row
// CHECK: %[[F:.*]] = linalg.fill
// CHECK-NEXT: return %[[F]]
func.func @no_row(%x: tensor<12x4xf32>, %w: tensor<3x3x4x3xf32>, %o: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %r = conv.conv dims<wc x rsck -> wk, low = [3, 0]> ins(%x, %w : tensor<12x4xf32>, tensor<3x3x4x3xf32>) outs(%o : tensor<4x3xf32>) -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}
