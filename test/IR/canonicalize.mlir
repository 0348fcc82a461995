// RUN: conv-opt %s --canonicalize | FileCheck %s -enable-var-scope

// Without accumulation the contents of outs do not matter.
// CHECK-LABEL: func.func @fill(
// CHECK-NOT:     linalg.fill
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<1x4x4x8xf32>
// CHECK:         conv.conv {{.*}} outs(%[[E]] :
func.func @fill(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%f : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// CHECK-LABEL: func.func @fill_read(
// CHECK:         %[[F:.*]] = linalg.fill
// CHECK:         conv.conv {{.*}} outs(%[[F]] : {{.*}} accumulate
func.func @fill_read(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %zero = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<1x4x4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%f : tensor<1x4x4x8xf32>) accumulate -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// A cast that only forgets sizes is looked through; one of outs moves behind
// the convolution.
// CHECK-LABEL: func.func @casts(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x6x6x4xf32>, %[[W:[^:]*]]: tensor<3x3x4x8xf32>, %[[B:[^:]*]]: tensor<8xf32>, %[[O:[^:]*]]: tensor<1x4x4x8xf32>
// CHECK-NEXT:    %[[R:.*]] = conv.conv {{.*}} ins(%[[X]], %[[W]] : {{.*}}) bias(%[[B]] : tensor<8xf32>) outs(%[[O]] : tensor<1x4x4x8xf32>)
// CHECK-NEXT:    tensor.cast %[[R]] : tensor<1x4x4x8xf32> to tensor<?x4x4x8xf32>
func.func @casts(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %b: tensor<8xf32>, %o: tensor<1x4x4x8xf32>) -> tensor<?x4x4x8xf32> {
  %cx = tensor.cast %x : tensor<1x6x6x4xf32> to tensor<?x6x6x4xf32>
  %cw = tensor.cast %w : tensor<3x3x4x8xf32> to tensor<?x?x?x?xf32>
  %cb = tensor.cast %b : tensor<8xf32> to tensor<?xf32>
  %co = tensor.cast %o : tensor<1x4x4x8xf32> to tensor<?x4x4x8xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%cx, %cw : tensor<?x6x6x4xf32>, tensor<?x?x?x?xf32>) bias(%cb : tensor<?xf32>) outs(%co : tensor<?x4x4x8xf32>) -> tensor<?x4x4x8xf32>
  return %r : tensor<?x4x4x8xf32>
}

// A cast that claims sizes is kept: it is the program's word.
// CHECK-LABEL: func.func @refining_cast(
// CHECK:         tensor.cast
func.func @refining_cast(%x: tensor<?x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %cx = tensor.cast %x : tensor<?x6x6x4xf32> to tensor<1x6x6x4xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%cx, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// Unused operations on tensors go; those on memrefs have effects.
// CHECK-LABEL: func.func @dead(
// CHECK-NEXT:    conv.pack_filter kc ins(%{{.*}} : memref<
// CHECK-NEXT:    return
func.func @dead(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %m: memref<2x2xf32>, %p: memref<1x1x1x1x2x2xf32>) {
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  conv.pack_filter kc ins(%m : memref<2x2xf32>) outs(%p : memref<1x1x1x1x2x2xf32>)
  return
}
