// RUN: conv-opt %s --conv-raise | FileCheck %s -enable-var-scope

// Every form of a convolution linalg knows names for, and generics nobody has a
// name for, come out as one operation.

// CHECK-LABEL: func @nhwc_hwcf
// CHECK-SAME: (%[[X:.*]]: tensor<1x9x11x4xf32>, %[[W:.*]]: tensor<3x2x4x8xf32>, %[[O:.*]]: tensor<1x4x4x8xf32>)
// CHECK-NEXT: %[[R:.*]] = conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 3]> ins(%[[X]], %[[W]] : {{.*}}) outs(%[[O]] : tensor<1x4x4x8xf32>) accumulate -> tensor<1x4x4x8xf32>
// CHECK-NEXT: return %[[R]]
func.func @nhwc_hwcf(%x: tensor<1x9x11x4xf32>, %w: tensor<3x2x4x8xf32>, %o: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : vector<2xi64>, strides = dense<[2, 3]> : vector<2xi64>} ins(%x, %w : tensor<1x9x11x4xf32>, tensor<3x2x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// Absent attributes mean 1.
// CHECK-LABEL: func @nhwc_fhwc
// CHECK: conv.conv dims<nhwc x krsc -> nhwk> ins
func.func @nhwc_fhwc(%x: tensor<1x6x6x4xf32>, %w: tensor<8x3x3x4xf32>, %o: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = linalg.conv_2d_nhwc_fhwc ins(%x, %w : tensor<1x6x6x4xf32>, tensor<8x3x3x4xf32>) outs(%o : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// CHECK-LABEL: func @nchw_fchw
// CHECK: conv.conv dims<nchw x kcrs -> nkhw, dilations = [2, 1]> ins
func.func @nchw_fchw(%x: tensor<2x4x7x6xf32>, %w: tensor<8x4x3x3xf32>, %o: tensor<2x8x3x4xf32>) -> tensor<2x8x3x4xf32> {
  %r = linalg.conv_2d_nchw_fchw {dilations = dense<[2, 1]> : tensor<2xi64>} ins(%x, %w : tensor<2x4x7x6xf32>, tensor<8x4x3x3xf32>) outs(%o : tensor<2x8x3x4xf32>) -> tensor<2x8x3x4xf32>
  return %r : tensor<2x8x3x4xf32>
}

// CHECK-LABEL: func @plain_2d
// CHECK: conv.conv dims<hw x rs -> hw> ins
func.func @plain_2d(%x: tensor<6x7xf32>, %w: tensor<3x2xf32>, %o: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %r = linalg.conv_2d ins(%x, %w : tensor<6x7xf32>, tensor<3x2xf32>) outs(%o : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// The only image dimension runs along the row.
// CHECK-LABEL: func @nwc_wcf
// CHECK: conv.conv dims<nwc x sck -> nwk, strides = [1, 2]> ins
func.func @nwc_wcf(%x: tensor<1x9x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %r = linalg.conv_1d_nwc_wcf {strides = dense<2> : vector<1xi64>} ins(%x, %w : tensor<1x9x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @ncw_fcw
// CHECK: conv.conv dims<ncw x kcs -> nkw> ins
func.func @ncw_fcw(%x: tensor<1x4x9xf32>, %w: tensor<8x4x3xf32>, %o: tensor<1x8x7xf32>) -> tensor<1x8x7xf32> {
  %r = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<1x4x9xf32>, tensor<8x4x3xf32>) outs(%o : tensor<1x8x7xf32>) -> tensor<1x8x7xf32>
  return %r : tensor<1x8x7xf32>
}

// CHECK-LABEL: func @plain_1d
// CHECK: conv.conv dims<w x s -> w> ins
func.func @plain_1d(%x: tensor<9xf32>, %w: tensor<3xf32>, %o: tensor<7xf32>) -> tensor<7xf32> {
  %r = linalg.conv_1d ins(%x, %w : tensor<9xf32>, tensor<3xf32>) outs(%o : tensor<7xf32>) -> tensor<7xf32>
  return %r : tensor<7xf32>
}

// CHECK-LABEL: func @depthwise_nchw_chw
// CHECK: conv.conv dims<nghw x grs -> nghw> ins
func.func @depthwise_nchw_chw(%x: tensor<1x4x6x6xf32>, %w: tensor<4x3x3xf32>, %o: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %r = linalg.depthwise_conv_2d_nchw_chw ins(%x, %w : tensor<1x4x6x6xf32>, tensor<4x3x3xf32>) outs(%o : tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %r : tensor<1x4x4x4xf32>
}

// CHECK-LABEL: func @depthwise_nhwc_hwc
// CHECK: conv.conv dims<nhwg x rsg -> nhwg, strides = [2, 2]> ins
func.func @depthwise_nhwc_hwc(%x: tensor<1x7x7x4xf32>, %w: tensor<3x3x4xf32>, %o: tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32> {
  %r = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<2> : vector<2xi64>} ins(%x, %w : tensor<1x7x7x4xf32>, tensor<3x3x4xf32>) outs(%o : tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32>
  return %r : tensor<1x3x3x4xf32>
}

// CHECK-LABEL: func @depthwise_nhwc_hwcm
// CHECK: conv.conv dims<nhwg x rsgk -> nhwgk> ins
func.func @depthwise_nhwc_hwcm(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x2xf32>, %o: tensor<1x4x4x4x2xf32>) -> tensor<1x4x4x4x2xf32> {
  %r = linalg.depthwise_conv_2d_nhwc_hwcm ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x2xf32>) outs(%o : tensor<1x4x4x4x2xf32>) -> tensor<1x4x4x4x2xf32>
  return %r : tensor<1x4x4x4x2xf32>
}

// CHECK-LABEL: func @depthwise_1d
// CHECK: conv.conv dims<nwg x sg -> nwg> ins
func.func @depthwise_1d(%x: tensor<1x6x4xf32>, %w: tensor<3x4xf32>, %o: tensor<1x4x4xf32>) -> tensor<1x4x4xf32> {
  %r = linalg.depthwise_conv_1d_nwc_wc ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4xf32>) outs(%o : tensor<1x4x4xf32>) -> tensor<1x4x4xf32>
  return %r : tensor<1x4x4xf32>
}

// CHECK-LABEL: func @grouped_ngchw_gfchw
// CHECK: conv.conv dims<ngchw x gkcrs -> ngkhw> ins
func.func @grouped_ngchw_gfchw(%x: tensor<1x2x4x6x6xf32>, %w: tensor<2x8x4x3x3xf32>, %o: tensor<1x2x8x4x4xf32>) -> tensor<1x2x8x4x4xf32> {
  %r = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x2x4x6x6xf32>, tensor<2x8x4x3x3xf32>) outs(%o : tensor<1x2x8x4x4xf32>) -> tensor<1x2x8x4x4xf32>
  return %r : tensor<1x2x8x4x4xf32>
}

// CHECK-LABEL: func @grouped_ngchw_fgchw
// CHECK: conv.conv dims<ngchw x kgcrs -> ngkhw> ins
func.func @grouped_ngchw_fgchw(%x: tensor<1x2x4x6x6xf32>, %w: tensor<8x2x4x3x3xf32>, %o: tensor<1x2x8x4x4xf32>) -> tensor<1x2x8x4x4xf32> {
  %r = linalg.conv_2d_ngchw_fgchw ins(%x, %w : tensor<1x2x4x6x6xf32>, tensor<8x2x4x3x3xf32>) outs(%o : tensor<1x2x8x4x4xf32>) -> tensor<1x2x8x4x4xf32>
  return %r : tensor<1x2x8x4x4xf32>
}

// CHECK-LABEL: func @grouped_nhwgc_gfhwc
// CHECK: conv.conv dims<nhwgc x gkrsc -> nhwgk> ins
func.func @grouped_nhwgc_gfhwc(%x: tensor<1x6x6x2x4xf32>, %w: tensor<2x8x3x3x4xf32>, %o: tensor<1x4x4x2x8xf32>) -> tensor<1x4x4x2x8xf32> {
  %r = linalg.conv_2d_nhwgc_gfhwc ins(%x, %w : tensor<1x6x6x2x4xf32>, tensor<2x8x3x3x4xf32>) outs(%o : tensor<1x4x4x2x8xf32>) -> tensor<1x4x4x2x8xf32>
  return %r : tensor<1x4x4x2x8xf32>
}

// Filter first, the operands of multiplication and addition exchanged, and the
// loops in an order of their own.
// CHECK-LABEL: func @exchanged
// CHECK-SAME: (%[[W:.*]]: tensor<8x4x3x3xf32>, %[[X:.*]]: tensor<1x9x9x4xf32>, %[[O:.*]]: tensor<8x1x4x4xf32>)
// CHECK: conv.conv dims<nhwc x kcrs -> knhw, strides = [2, 2]> ins(%[[X]], %[[W]] : tensor<1x9x9x4xf32>, tensor<8x4x3x3xf32>) outs(%[[O]]
func.func @exchanged(%w: tensor<8x4x3x3xf32>, %x: tensor<1x9x9x4xf32>, %o: tensor<8x1x4x4xf32>) -> tensor<8x1x4x4xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, k, r, h, c, s, w) -> (k, c, r, s)>,
                     affine_map<(n, k, r, h, c, s, w) -> (n, r + h * 2, w * 2 + s, c)>,
                     affine_map<(n, k, r, h, c, s, w) -> (k, n, h, w)>],
    iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction", "reduction", "parallel"]}
    ins(%w, %x : tensor<8x4x3x3xf32>, tensor<1x9x9x4xf32>) outs(%o : tensor<8x1x4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %b, %a : f32
    %s = arith.addf %m, %acc : f32
    linalg.yield %s : f32
  } -> tensor<8x1x4x4xf32>
  return %r : tensor<8x1x4x4xf32>
}

// A 1x1 window whose loops were folded away.
// CHECK-LABEL: func @folded
// CHECK: conv.conv dims<nhwc x ck -> nhwk> ins
func.func @folded(%x: tensor<1x6x7x4xf32>, %w: tensor<4x8xf32>, %o: tensor<1x6x7x8xf32>) -> tensor<1x6x7x8xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, h, w, k, c) -> (n, h, w, c)>,
                     affine_map<(n, h, w, k, c) -> (c, k)>,
                     affine_map<(n, h, w, k, c) -> (n, h, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
    ins(%x, %w : tensor<1x6x7x4xf32>, tensor<4x8xf32>) outs(%o : tensor<1x6x7x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x6x7x8xf32>
  return %r : tensor<1x6x7x8xf32>
}

// CHECK-LABEL: func @folded_strided_nchw
// CHECK: conv.conv dims<nchw x kc -> nkhw, strides = [2, 2]> ins
func.func @folded_strided_nchw(%w: tensor<8x4xf32>, %x: tensor<1x4x7x7xf32>, %o: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, k, h, w, c) -> (k, c)>,
                     affine_map<(n, k, h, w, c) -> (n, c, h * 2, w * 2)>,
                     affine_map<(n, k, h, w, c) -> (n, k, h, w)>],
    iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
    ins(%w, %x : tensor<8x4xf32>, tensor<1x4x7x7xf32>) outs(%o : tensor<1x8x4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x8x4x4xf32>
  return %r : tensor<1x8x4x4xf32>
}

// Only the window loop over rows was folded away: the batch comes first.
// CHECK-LABEL: func @folded_rows
// CHECK: conv.conv dims<nhwc x sck -> nhwk> ins
func.func @folded_rows(%x: tensor<1x6x7x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x6x5x8xf32>) -> tensor<1x6x5x8xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, h, w, k, c, s) -> (n, h, w + s, c)>,
                     affine_map<(n, h, w, k, c, s) -> (s, c, k)>,
                     affine_map<(n, h, w, k, c, s) -> (n, h, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<1x6x7x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x6x5x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x6x5x8xf32>
  return %r : tensor<1x6x5x8xf32>
}

// The size of the batch comes from the input when no destination is at hand.
// CHECK-LABEL: func @dynamic_batch
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x6x6x4xf32>
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[N:.*]] = tensor.dim %[[X]], %[[C0]]
// CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?x4x4x8xf32>
// CHECK: conv.conv dims<nhwc x rsck -> nhwk> ins(%[[X]], {{.*}}) outs(%[[E]] : tensor<?x4x4x8xf32>) -> tensor<?x4x4x8xf32>
func.func @dynamic_batch(%x: tensor<?x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %n: index) -> tensor<?x4x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n) : tensor<?x4x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x4x32xf32>) -> tensor<?x4x32xf32>
  %o = tensor.expand_shape %f [[0], [1], [2, 3]] output_shape [%n, 4, 4, 8] : tensor<?x4x32xf32> into tensor<?x4x4x8xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<?x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<?x4x4x8xf32>) -> tensor<?x4x4x8xf32>
  return %r : tensor<?x4x4x8xf32>
}

// Attributes of the user's stay on the operation, and `conv.keep` keeps it.
// CHECK-LABEL: func @attributes
// CHECK: conv.conv {{.*}} {user.tag = "first"}
// CHECK: linalg.conv_2d {conv.keep}
func.func @attributes(%x: tensor<6x7xf32>, %w: tensor<3x2xf32>, %o: tensor<4x6xf32>) -> (tensor<4x6xf32>, tensor<4x6xf32>) {
  %r = linalg.conv_2d {user.tag = "first"} ins(%x, %w : tensor<6x7xf32>, tensor<3x2xf32>) outs(%o : tensor<4x6xf32>) -> tensor<4x6xf32>
  %q = linalg.conv_2d {conv.keep} ins(%x, %w : tensor<6x7xf32>, tensor<3x2xf32>) outs(%o : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %r, %q : tensor<4x6xf32>, tensor<4x6xf32>
}

// A fill of the very memref, with nothing in between that touches it, goes.
// CHECK-LABEL: func @memref_fill
// CHECK-SAME: (%[[X:[^:]*]]: memref<1x6x6x4xf32>, %[[W:[^:]*]]: memref<3x3x4x8xf32>)
// CHECK-NEXT: %[[O:.*]] = memref.alloc()
// CHECK-NEXT: %[[OTHER:.*]] = memref.alloc()
// CHECK: %[[ONE:.*]] = arith.constant 1.0
// CHECK-NEXT: linalg.fill ins(%[[ONE]] : f32) outs(%[[OTHER]]
// CHECK-NEXT: conv.conv dims<nhwc x rsck -> nhwk> ins(%[[X]], %[[W]] : {{.*}}) outs(%[[O]] : memref<1x4x4x8xf32>)
// CHECK-NEXT: return
func.func @memref_fill(%x: memref<1x6x6x4xf32>, %w: memref<3x3x4x8xf32>) -> (memref<1x4x4x8xf32>, memref<1x4x4x8xf32>) {
  %o = memref.alloc() : memref<1x4x4x8xf32>
  %other = memref.alloc() : memref<1x4x4x8xf32>
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%zero : f32) outs(%o : memref<1x4x4x8xf32>)
  linalg.fill ins(%one : f32) outs(%other : memref<1x4x4x8xf32>)
  linalg.conv_2d_nhwc_hwcf ins(%x, %w : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>) outs(%o : memref<1x4x4x8xf32>)
  return %o, %other : memref<1x4x4x8xf32>, memref<1x4x4x8xf32>
}

// A call in between may write it; so may a store through another name.
// CHECK-LABEL: func @memref_accumulate
// CHECK: linalg.fill
// CHECK: call @touch
// CHECK: conv.conv {{.*}} outs(%{{.*}} : memref<1x4x4x8xf32>) accumulate{{$}}
// CHECK: linalg.fill
// CHECK: memref.store
// CHECK: conv.conv {{.*}} outs(%{{.*}} : memref<1x4x4x8xf32>) accumulate{{$}}
func.func private @touch(memref<1x4x4x8xf32>)
func.func @memref_accumulate(%x: memref<1x6x6x4xf32>, %w: memref<3x3x4x8xf32>, %o: memref<1x4x4x8xf32>, %other: memref<4xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  linalg.fill ins(%zero : f32) outs(%o : memref<1x4x4x8xf32>)
  call @touch(%o) : (memref<1x4x4x8xf32>) -> ()
  linalg.conv_2d_nhwc_hwcf ins(%x, %w : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>) outs(%o : memref<1x4x4x8xf32>)
  linalg.fill ins(%zero : f32) outs(%o : memref<1x4x4x8xf32>)
  memref.store %zero, %other[%c0] : memref<4xf32>
  linalg.conv_2d_nhwc_hwcf ins(%x, %w : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>) outs(%o : memref<1x4x4x8xf32>)
  return
}
