// RUN: conv-opt %s --conv-raise | FileCheck %s -enable-var-scope

// CHECK-LABEL: func @inside
// CHECK-SAME: (%[[X:[^:]*]]: tensor<1x4x5x6xf32>
// CHECK-NOT: tensor.pad
// CHECK: conv.conv dims<nchw x kcrs -> nkhw, low = [1, 2], high = [0, 3]> ins(%[[X]],
func.func @inside(%x: tensor<1x4x5x6xf32>, %w: tensor<8x4x3x3xf32>, %o: tensor<1x8x4x9xf32>) -> tensor<1x8x4x9xf32> {
  %p = tensor.pad %x low[0, 0, 1, 2] high[0, 0, 0, 3] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    %zero = arith.constant 0.0 : f32
    tensor.yield %zero : f32
  } : tensor<1x4x5x6xf32> to tensor<1x4x6x11xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%p, %w : tensor<1x4x6x11xf32>, tensor<8x4x3x3xf32>) outs(%o : tensor<1x8x4x9xf32>) -> tensor<1x8x4x9xf32>
  return %r : tensor<1x8x4x9xf32>
}

// Two pads in a row, a zero defined outside, and casts between that forget and
// remember sizes.
// CHECK-LABEL: func @casts
// CHECK-SAME: (%[[X:[^:]*]]: tensor<1x?x6x4xf32>
// CHECK: %[[C:.*]] = tensor.cast %[[X]] : tensor<1x?x6x4xf32> to tensor<1x5x6x4xf32>
// CHECK: conv.conv dims<nhwc x rsck -> nhwk, low = [1, 3], high = [1, 1]> ins(%[[C]],
func.func @casts(%x: tensor<1x?x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x5x8x8xf32>) -> tensor<1x5x8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 3, 0] high[0, 0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x?x6x4xf32> to tensor<1x?x10x4xf32>
  %q = tensor.pad %p low[0, 1, 0, 0] high[0, 1, 0, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x?x10x4xf32> to tensor<1x?x10x4xf32>
  %s = tensor.cast %q : tensor<1x?x10x4xf32> to tensor<1x7x10x4xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%s, %w : tensor<1x7x10x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x5x8x8xf32>) -> tensor<1x5x8x8xf32>
  return %r : tensor<1x5x8x8xf32>
}

// The other user of the pad keeps it.
// CHECK-LABEL: func @other_user
// CHECK-SAME: (%[[X:[^:]*]]: tensor<1x4x4xf32>
// CHECK: %[[P:.*]] = tensor.pad
// CHECK: %[[R:.*]] = conv.conv dims<nwc x sck -> nwk, low = [0, 1], high = [0, 1]> ins(%[[X]],
// CHECK: return %[[R]], %[[P]]
func.func @other_user(%x: tensor<1x4x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> (tensor<1x4x8xf32>, tensor<1x6x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x4x4xf32> to tensor<1x6x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r, %p : tensor<1x4x8xf32>, tensor<1x6x4xf32>
}

// Dynamic batch: the pad goes, the batch stays.
// CHECK-LABEL: func @batch
// CHECK-NOT: tensor.pad
// CHECK: conv.conv dims<nwc x sck -> nwk, low = [0, 1], high = [0, 1]> ins({{.*}} : tensor<?x4x4xf32>, tensor<3x4x8xf32>) outs({{.*}} : tensor<?x4x8xf32>) accumulate
func.func @batch(%x: tensor<?x4x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<?x4x8xf32>) -> tensor<?x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<?x4x4xf32> to tensor<?x6x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<?x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
  return %r : tensor<?x4x8xf32>
}

// Sizes that are constants; zeros that the image is inserted into, of a dynamic
// batch, too; zeros that it is concatenated with.
// CHECK-LABEL: func @sizes
// CHECK: conv.conv dims<nwc x sck -> nwk, low = [0, 1], high = [0, 2]> ins(%arg0,
func.func @sizes(%x: tensor<1x4x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x5x8xf32>) -> tensor<1x5x8xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %p = tensor.pad %x low[%c0, %c1, %c0] high[%c0, %c2, %c0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x4x4xf32> to tensor<1x7x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x7x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  return %r : tensor<1x5x8xf32>
}
// CHECK-LABEL: func @inserted
// CHECK-NOT: linalg
// CHECK: conv.conv dims<nwc x sck -> nwk, low = [0, 1], high = [0, 2]> ins(%arg0,
func.func @inserted(%x: tensor<?x4x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<?x5x8xf32>) -> tensor<?x5x8xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4x4xf32>
  %e = tensor.empty(%n) : tensor<?x7x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x7x4xf32>) -> tensor<?x7x4xf32>
  %p = tensor.insert_slice %x into %f[0, 1, 0] [%n, 4, 4] [1, 1, 1] : tensor<?x4x4xf32> into tensor<?x7x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<?x7x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
  return %r : tensor<?x5x8xf32>
}
// CHECK-LABEL: func @concatenated
// CHECK-NOT: tensor.concat
// CHECK: conv.conv dims<nwc x sck -> nwk, low = [0, 1], high = [0, 2]> ins(%arg0,
func.func @concatenated(%x: tensor<1x4x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x5x8xf32>) -> tensor<1x5x8xf32> {
  %before = arith.constant dense<0.0> : tensor<1x1x4xf32>
  %behind = arith.constant dense<0.0> : tensor<1x2x4xf32>
  %p = tensor.concat dim(1) %before, %x, %behind : (tensor<1x1x4xf32>, tensor<1x4x4xf32>, tensor<1x2x4xf32>) -> tensor<1x7x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x7x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  return %r : tensor<1x5x8xf32>
}

// Not folded, while the convolution is raised all the same: another value,
// negative zero, channels, the batch, a size that is not known, a slice.
// CHECK-LABEL: func @one
// CHECK: tensor.pad
// CHECK: conv.conv dims<nwc x sck -> nwk> ins
func.func @one(%x: tensor<1x4x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %one = arith.constant 1.0 : f32
  %p = tensor.pad %x low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %one : f32
  } : tensor<1x4x4xf32> to tensor<1x6x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
// CHECK-LABEL: func @negative_zero
// CHECK: tensor.pad
// CHECK: conv.conv dims<nwc x sck -> nwk> ins
func.func @negative_zero(%x: tensor<1x4x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %zero = arith.constant -0.0 : f32
  %p = tensor.pad %x low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x4x4xf32> to tensor<1x6x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
// CHECK-LABEL: func @argument
// CHECK: tensor.pad
// CHECK: conv.conv dims<nwc x sck -> nwk> ins
func.func @argument(%x: tensor<1x4x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>, %v: f32) -> tensor<1x4x8xf32> {
  %p = tensor.pad %x low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %v : f32
  } : tensor<1x4x4xf32> to tensor<1x6x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
// CHECK-LABEL: func @channels
// CHECK: tensor.pad
// CHECK: conv.conv dims<nwc x sck -> nwk> ins
func.func @channels(%x: tensor<1x6x3xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1] high[0, 0, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x6x3xf32> to tensor<1x6x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
// CHECK-LABEL: func @dynamic
// CHECK: tensor.pad
// CHECK: conv.conv dims<nwc x sck -> nwk> ins
func.func @dynamic(%x: tensor<1x4x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>, %n: index) -> tensor<1x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, %n, 0] high[0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x4x4xf32> to tensor<1x?x4xf32>
  %s = tensor.cast %p : tensor<1x?x4xf32> to tensor<1x6x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%s, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
// CHECK-LABEL: func @slice
// CHECK: tensor.pad
// CHECK: conv.conv dims<nwc x sck -> nwk> ins
func.func @slice(%x: tensor<1x7x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, -1, 0] high[0, 0, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x7x4xf32> to tensor<1x6x4xf32>
  %r = linalg.conv_1d_nwc_wcf ins(%p, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// Infinity times the zeros of the padding is NaN: they have to be there. A finite
// filter like it folds.
// CHECK-LABEL: func @infinite_filter
// CHECK: %[[P:.*]] = tensor.pad
// CHECK: conv.conv dims<nchw x kcrs -> nkhw> ins(%[[P]],
// CHECK-LABEL: func @finite_filter
// CHECK-NOT: tensor.pad
func.func @infinite_filter(%x: tensor<1x4x5x6xf32>, %o: tensor<1x8x5x6xf32>) -> tensor<1x8x5x6xf32> {
  %w = arith.constant dense<0xFF800000> : tensor<8x4x3x3xf32>
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x4x5x6xf32> to tensor<1x4x7x8xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%p, %w : tensor<1x4x7x8xf32>, tensor<8x4x3x3xf32>) outs(%o : tensor<1x8x5x6xf32>) -> tensor<1x8x5x6xf32>
  return %r : tensor<1x8x5x6xf32>
}
func.func @finite_filter(%x: tensor<1x4x5x6xf32>, %o: tensor<1x8x5x6xf32>) -> tensor<1x8x5x6xf32> {
  %w = arith.constant dense<1.0e-40> : tensor<8x4x3x3xf32>
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x4x5x6xf32> to tensor<1x4x7x8xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%p, %w : tensor<1x4x7x8xf32>, tensor<8x4x3x3xf32>) outs(%o : tensor<1x8x5x6xf32>) -> tensor<1x8x5x6xf32>
  return %r : tensor<1x8x5x6xf32>
}

// Integers other than zero, of one value: two paddings of different ones stay
// two.
// CHECK-LABEL: func @values
// CHECK: %[[P:.*]] = tensor.pad
// CHECK: conv.conv dims<nwc x sck -> nwk, low = [0, 1]> ins(%[[P]], {{.*}} {padding_value = -7 : i64}
func.func @values(%x: tensor<1x4x4xi8>, %w: tensor<3x4x8xi8>, %o: tensor<1x4x8xi32>) -> tensor<1x4x8xi32> {
  %five = arith.constant 5 : i8
  %seven = arith.constant -7 : i8
  %p = tensor.pad %x low[0, 0, 0] high[0, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %five : i8
  } : tensor<1x4x4xi8> to tensor<1x5x4xi8>
  %q = tensor.pad %p low[0, 1, 0] high[0, 0, 0] {
  ^bb0(%a: index, %b: index, %c: index):
    tensor.yield %seven : i8
  } : tensor<1x5x4xi8> to tensor<1x6x4xi8>
  %r = linalg.conv_1d_nwc_wcf ins(%q, %w : tensor<1x6x4xi8>, tensor<3x4x8xi8>) outs(%o : tensor<1x4x8xi32>) -> tensor<1x4x8xi32>
  return %r : tensor<1x4x8xi32>
}
