// RUN: conv-opt %s --conv-raise | FileCheck %s -enable-var-scope

// What is known becomes part of the bias: -5 (0 - sum w) of each channel, whose
// weights sum to 6, 15 and -2.
// CHECK-LABEL: func @known
// CHECK: %[[BIAS:.*]] = arith.constant dense<[130, 275, 290]> : tensor<3xi32>
// CHECK-NOT: linalg.generic
// CHECK: conv.conv dims<nhwc x krsc -> nhwk> ins(%{{.*}}, %{{.*}} : tensor<1x8x8x1xi8>, tensor<3x1x3x1xi8>) bias(%[[BIAS]] : tensor<3xi32>)
// CHECK-NOT: linalg.generic
func.func @known(%x: tensor<1x8x8x1xi8>) -> tensor<1x8x6x3xi32> {
  %w = arith.constant dense<[[[[1], [2], [3]]], [[[4], [5], [6]]], [[[-1], [0], [-1]]]]> : tensor<3x1x3x1xi8>
  %b = arith.constant dense<[100, 200, 300]> : tensor<3xi32>
  %zx = arith.constant -5 : i32
  %zw = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x8x6x3xi32>
  %i = linalg.broadcast ins(%b : tensor<3xi32>) outs(%e : tensor<1x8x6x3xi32>) dimensions = [0, 1, 2]
  %r = linalg.conv_2d_nhwc_fhwc_q ins(%x, %w, %zx, %zw : tensor<1x8x8x1xi8>, tensor<3x1x3x1xi8>, i32, i32) outs(%i : tensor<1x8x6x3xi32>) -> tensor<1x8x6x3xi32>
  return %r : tensor<1x8x6x3xi32>
}

// Both zero points: 117 (3 * 2 - sum w) for channels, and the windows' sums.
// CHECK-LABEL: func @both
// CHECK: arith.constant dense<[0, -1053, 936]> : tensor<3xi32>
// CHECK: %[[ONES:.*]] = arith.constant dense<1> : tensor<1x3x1xi8>
// CHECK: %[[SUMS:.*]] = conv.conv dims<nhwc x rsc -> nhw> ins(%{{.*}}, %[[ONES]]
// CHECK: conv.conv dims<nhwc x rsck -> nhwk>
// CHECK-SAME: epilogue
// CHECK: arith.muli
// CHECK: arith.subi
func.func @both(%x: tensor<1x8x8x1xi8>) -> tensor<1x8x6x3xi32> {
  %w = arith.constant dense<[[[[1, 4, -1]], [[2, 5, 0]], [[3, 6, -1]]]]> : tensor<1x3x1x3xi8>
  %zero = arith.constant 0 : i32
  %zx = arith.constant 117 : i32
  %zw = arith.constant 2 : i32
  %e = tensor.empty() : tensor<1x8x6x3xi32>
  %i = linalg.fill ins(%zero : i32) outs(%e : tensor<1x8x6x3xi32>) -> tensor<1x8x6x3xi32>
  %r = linalg.conv_2d_nhwc_hwcf_q ins(%x, %w, %zx, %zw : tensor<1x8x8x1xi8>, tensor<1x3x1x3xi8>, i32, i32) outs(%i : tensor<1x8x6x3xi32>) -> tensor<1x8x6x3xi32>
  return %r : tensor<1x8x6x3xi32>
}

// A padding that means the zero point is one of the convolution.
// CHECK-LABEL: func @padded
// CHECK-NOT: tensor.pad
// CHECK: conv.conv dims<nhwgc x gkrsc -> nhwgk, low = [1, 1], high = [1, 1]>
// CHECK-NOT: padding_value
// CHECK: conv.conv dims<nhwgc x gkrsc -> nhwgk, low = [1, 1], high = [1, 1]>
// CHECK-SAME: padding_value = 7 : i64
func.func @padded(%x: tensor<1x8x8x2x4xi8>, %w: tensor<2x8x3x3x4xi8>, %o: tensor<1x8x8x2x8xi32>) -> (tensor<1x8x8x2x8xi32>, tensor<1x8x8x2x8xi32>) {
  %zero = arith.constant 0 : i32
  %seven = arith.constant 7 : i32
  %z0 = arith.constant 0 : i8
  %z7 = arith.constant 7 : i8
  %p = tensor.pad %x low[0, 1, 1, 0, 0] high[0, 1, 1, 0, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index, %e: index):
    tensor.yield %z0 : i8
  } : tensor<1x8x8x2x4xi8> to tensor<1x10x10x2x4xi8>
  %q = tensor.pad %x low[0, 1, 1, 0, 0] high[0, 1, 1, 0, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index, %e: index):
    tensor.yield %z7 : i8
  } : tensor<1x8x8x2x4xi8> to tensor<1x10x10x2x4xi8>
  %r = linalg.conv_2d_nhwgc_gfhwc_q ins(%p, %w, %zero, %zero : tensor<1x10x10x2x4xi8>, tensor<2x8x3x3x4xi8>, i32, i32) outs(%o : tensor<1x8x8x2x8xi32>) -> tensor<1x8x8x2x8xi32>
  %s = linalg.conv_2d_nhwgc_gfhwc_q ins(%q, %w, %seven, %zero : tensor<1x10x10x2x4xi8>, tensor<2x8x3x3x4xi8>, i32, i32) outs(%o : tensor<1x8x8x2x8xi32>) -> tensor<1x8x8x2x8xi32>
  return %r, %s : tensor<1x8x8x2x8xi32>, tensor<1x8x8x2x8xi32>
}

// Zero points and weights of run time: a vector of channels and the windows'
// sums, in the epilogue.
// CHECK-LABEL: func @arguments
// CHECK: %[[TAPS:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "reduction", "parallel"]
// CHECK: %[[TERM:.*]] = linalg.generic {{.*}} ins(%[[TAPS]],
// CHECK: %[[SUMS:.*]] = conv.conv
// CHECK: conv.conv
// CHECK-SAME: epilogue(%[[TERM]] by {{.*}}, %[[SUMS]] by {{.*}}, %{{.*}} by {{.*}} : i32)
func.func @arguments(%x: tensor<1x8x8x5xi8>, %w: tensor<3x3x5xi8>, %zx: i32, %zw: i32, %o: tensor<1x6x6x5xi32>) -> tensor<1x6x6x5xi32> {
  %r = linalg.depthwise_conv_2d_nhwc_hwc_q ins(%x, %w, %zx, %zw : tensor<1x8x8x5xi8>, tensor<3x3x5xi8>, i32, i32) outs(%o : tensor<1x6x6x5xi32>) -> tensor<1x6x6x5xi32>
  return %r : tensor<1x6x6x5xi32>
}

// In place on memrefs; what was computed apart is freed.
// CHECK-LABEL: func @buffers
// CHECK: conv.conv {{.*}} outs(%[[O:.*]] : memref<1x6x6x8xi32>) accumulate
// CHECK: linalg.generic {{.*}} outs(%[[O]] : memref<1x6x6x8xi32>)
// CHECK: memref.dealloc
func.func @buffers(%x: memref<1x8x8x5xi8>, %w: memref<3x3x5x8xi8>, %o: memref<1x6x6x8xi32>) {
  %zx = arith.constant 3 : i32
  %zw = arith.constant 0 : i32
  linalg.conv_2d_nhwc_hwcf_q ins(%x, %w, %zx, %zw : memref<1x8x8x5xi8>, memref<3x3x5x8xi8>, i32, i32) outs(%o : memref<1x6x6x8xi32>)
  return
}

// A zero point of run time: the sums of a filter that is known are known.
// CHECK-LABEL: func @at_run_time
// CHECK: %[[SUMS:.*]] = arith.constant dense<[6, 15, -2]> : tensor<3xi32>
// CHECK-NOT: "reduction"
// CHECK: linalg.generic {{.*}} ins(%[[SUMS]], %{{.*}}, %{{.*}} : tensor<3xi32>, i32, i32)
// CHECK-NOT: "reduction"
// CHECK: conv.conv
func.func @at_run_time(%x: tensor<1x8x8x1xi8>, %zx: i32) -> tensor<1x8x6x3xi32> {
  %w = arith.constant dense<[[[[1], [2], [3]]], [[[4], [5], [6]]], [[[-1], [0], [-1]]]]> : tensor<3x1x3x1xi8>
  %zero = arith.constant 0 : i32
  %zw = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x8x6x3xi32>
  %i = linalg.fill ins(%zero : i32) outs(%e : tensor<1x8x6x3xi32>) -> tensor<1x8x6x3xi32>
  %r = linalg.conv_2d_nhwc_fhwc_q ins(%x, %w, %zx, %zw : tensor<1x8x8x1xi8>, tensor<3x1x3x1xi8>, i32, i32) outs(%i : tensor<1x8x6x3xi32>) -> tensor<1x8x6x3xi32>
  return %r : tensor<1x8x6x3xi32>
}

// Transposed for an operation that is there for this layout only, and back
// again: the images as they are.
// CHECK-LABEL: func @transposed
// CHECK-SAME: (%[[X:.*]]: tensor<1x4x6x6xi8>
// CHECK-NOT: linalg.transpose
// CHECK: %[[R:.*]] = conv.conv dims<nghw x rsg -> nghw> ins(%[[X]], %{{.*}} : tensor<1x4x6x6xi8>, tensor<3x3x4xi8>) outs(%{{.*}} : tensor<1x4x4x4xi32>)
// CHECK-NOT: linalg.transpose
// CHECK: return %[[R]]
func.func @transposed(%x: tensor<1x4x6x6xi8>, %w: tensor<3x3x4xi8>) -> tensor<1x4x4x4xi32> {
  %zero = arith.constant 0 : i32
  %ex = tensor.empty() : tensor<1x6x6x4xi8>
  %t = linalg.transpose ins(%x : tensor<1x4x6x6xi8>) outs(%ex : tensor<1x6x6x4xi8>) permutation = [0, 2, 3, 1]
  %e = tensor.empty() : tensor<1x4x4x4xi32>
  %i = linalg.fill ins(%zero : i32) outs(%e : tensor<1x4x4x4xi32>) -> tensor<1x4x4x4xi32>
  %r = linalg.depthwise_conv_2d_nhwc_hwc_q ins(%t, %w, %zero, %zero : tensor<1x6x6x4xi8>, tensor<3x3x4xi8>, i32, i32) outs(%i : tensor<1x4x4x4xi32>) -> tensor<1x4x4x4xi32>
  %o = tensor.empty() : tensor<1x4x4x4xi32>
  %b = linalg.transpose ins(%r : tensor<1x4x4x4xi32>) outs(%o : tensor<1x4x4x4xi32>) permutation = [0, 3, 1, 2]
  return %b : tensor<1x4x4x4xi32>
}

// A transposition that somebody else reads, too, stays.
// CHECK-LABEL: func @used_twice
// CHECK: conv.conv dims<nhwg x rsg -> nhwg>
// CHECK: linalg.transpose
func.func @used_twice(%x: tensor<1x4x6x6xi8>, %w: tensor<3x3x4xi8>) -> (tensor<1x4x4x4xi32>, tensor<1x4x4x4xi32>) {
  %zero = arith.constant 0 : i32
  %ex = tensor.empty() : tensor<1x6x6x4xi8>
  %t = linalg.transpose ins(%x : tensor<1x4x6x6xi8>) outs(%ex : tensor<1x6x6x4xi8>) permutation = [0, 2, 3, 1]
  %e = tensor.empty() : tensor<1x4x4x4xi32>
  %i = linalg.fill ins(%zero : i32) outs(%e : tensor<1x4x4x4xi32>) -> tensor<1x4x4x4xi32>
  %r = linalg.depthwise_conv_2d_nhwc_hwc_q ins(%t, %w, %zero, %zero : tensor<1x6x6x4xi8>, tensor<3x3x4xi8>, i32, i32) outs(%i : tensor<1x4x4x4xi32>) -> tensor<1x4x4x4xi32>
  %o = tensor.empty() : tensor<1x4x4x4xi32>
  %b = linalg.transpose ins(%r : tensor<1x4x4x4xi32>) outs(%o : tensor<1x4x4x4xi32>) permutation = [0, 3, 1, 2]
  return %b, %r : tensor<1x4x4x4xi32>, tensor<1x4x4x4xi32>
}

// MatMulInteger: bytes that are extended, lose their zero points and are summed
// in 64 bits, of which 32 are used.
// CHECK-LABEL: func @wide_sums
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xi8>, %{{.*}}: tensor<i8>)
// CHECK-DAG: %[[W:.*]] = arith.constant dense<3> : tensor<8x16xi8>
// CHECK-NOT: i64
// CHECK: ins(%[[X]], %[[W]] : tensor<4x8xi8>, tensor<8x16xi8>) outs(%{{.*}} : tensor<4x16xi32>)
// CHECK-NOT: i64
// CHECK: return
// Unsigned weights are not what instructions multiply.
// CHECK-LABEL: func @unsigned_weights
// CHECK: linalg.matmul {{.*}} -> tensor<4x16xi64>
#row = affine_map<(a, b) -> (a, b)>
#none = affine_map<(a, b) -> ()>
func.func @wide_sums(%x: tensor<4x8xi8>, %zx: tensor<i8>) -> tensor<4x16xi32> {
  %w = arith.constant dense<3> : tensor<8x16xi8>
  %zw = arith.constant dense<0> : tensor<i8>
  %zero = arith.constant 0 : i64
  %ex = tensor.empty() : tensor<4x8xi32>
  %x0 = linalg.generic {indexing_maps = [#row, #row], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xi8>) outs(%ex : tensor<4x8xi32>) {
  ^bb0(%i: i8, %o: i32):
    %0 = arith.extui %i : i8 to i32
    linalg.yield %0 : i32
  } -> tensor<4x8xi32>
  %x1 = linalg.generic {indexing_maps = [#row, #none, #row], iterator_types = ["parallel", "parallel"]} ins(%x0, %zx : tensor<4x8xi32>, tensor<i8>) outs(%ex : tensor<4x8xi32>) {
  ^bb0(%i: i32, %z: i8, %o: i32):
    %0 = arith.extui %z : i8 to i32
    %1 = arith.subi %i, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<4x8xi32>
  %ew = tensor.empty() : tensor<8x16xi32>
  %w0 = linalg.generic {indexing_maps = [#row, #row], iterator_types = ["parallel", "parallel"]} ins(%w : tensor<8x16xi8>) outs(%ew : tensor<8x16xi32>) {
  ^bb0(%i: i8, %o: i32):
    %0 = arith.extsi %i : i8 to i32
    linalg.yield %0 : i32
  } -> tensor<8x16xi32>
  %w1 = linalg.generic {indexing_maps = [#row, #none, #row], iterator_types = ["parallel", "parallel"]} ins(%w0, %zw : tensor<8x16xi32>, tensor<i8>) outs(%ew : tensor<8x16xi32>) {
  ^bb0(%i: i32, %z: i8, %o: i32):
    %0 = arith.extsi %z : i8 to i32
    %1 = arith.subi %i, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<8x16xi32>
  %e = tensor.empty() : tensor<4x16xi64>
  %f = linalg.fill ins(%zero : i64) outs(%e : tensor<4x16xi64>) -> tensor<4x16xi64>
  %y = linalg.matmul ins(%x1, %w1 : tensor<4x8xi32>, tensor<8x16xi32>) outs(%f : tensor<4x16xi64>) -> tensor<4x16xi64>
  %er = tensor.empty() : tensor<4x16xi32>
  %r = linalg.generic {indexing_maps = [#row, #row], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<4x16xi64>) outs(%er : tensor<4x16xi32>) {
  ^bb0(%i: i64, %o: i32):
    %0 = arith.trunci %i : i64 to i32
    linalg.yield %0 : i32
  } -> tensor<4x16xi32>
  return %r : tensor<4x16xi32>
}
func.func @unsigned_weights(%x: tensor<4x8xi8>, %w: tensor<8x16xi8>) -> tensor<4x16xi32> {
  %zero = arith.constant 0 : i64
  %ex = tensor.empty() : tensor<4x8xi32>
  %x0 = linalg.generic {indexing_maps = [#row, #row], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xi8>) outs(%ex : tensor<4x8xi32>) {
  ^bb0(%i: i8, %o: i32):
    %0 = arith.extui %i : i8 to i32
    linalg.yield %0 : i32
  } -> tensor<4x8xi32>
  %ew = tensor.empty() : tensor<8x16xi32>
  %w0 = linalg.generic {indexing_maps = [#row, #row], iterator_types = ["parallel", "parallel"]} ins(%w : tensor<8x16xi8>) outs(%ew : tensor<8x16xi32>) {
  ^bb0(%i: i8, %o: i32):
    %0 = arith.extui %i : i8 to i32
    linalg.yield %0 : i32
  } -> tensor<8x16xi32>
  %e = tensor.empty() : tensor<4x16xi64>
  %f = linalg.fill ins(%zero : i64) outs(%e : tensor<4x16xi64>) -> tensor<4x16xi64>
  %y = linalg.matmul ins(%x0, %w0 : tensor<4x8xi32>, tensor<8x16xi32>) outs(%f : tensor<4x16xi64>) -> tensor<4x16xi64>
  %er = tensor.empty() : tensor<4x16xi32>
  %r = linalg.generic {indexing_maps = [#row, #row], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<4x16xi64>) outs(%er : tensor<4x16xi32>) {
  ^bb0(%i: i64, %o: i32):
    %0 = arith.trunci %i : i64 to i32
    linalg.yield %0 : i32
  } -> tensor<4x16xi32>
  return %r : tensor<4x16xi32>
}
