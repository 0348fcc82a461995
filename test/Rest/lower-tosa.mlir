// RUN: conv-opt %s --conv-lower-tosa | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm=cpu=haswell | FileCheck %s --check-prefix=LLVM --implicit-check-not=tosa.

// The same for every tool: TOSA is read as linalg is.
// CHECK-LABEL: func.func @conv(
// CHECK:         linalg.conv_2d_nhwc_fhwc
// CHECK-NOT:     tosa.
// LLVM-LABEL:  llvm.func @conv(
// LLVM:          llvm.call @conv3x3_4x8_6x6_
func.func @conv(%x: tensor<1x8x8x4xf32>, %w: tensor<8x3x3x4xf32>, %b: tensor<8xf32>) -> tensor<1x6x6x8xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %r = tosa.conv2d %x, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
    : (tensor<1x8x8x4xf32>, tensor<8x3x3x4xf32>, tensor<8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x6x6x8xf32>
  return %r : tensor<1x6x6x8xf32>
}

// A function without it keeps even what canonicalisation would remove.
// CHECK-LABEL: func.func @other(
// CHECK:         arith.addf
func.func @other(%x: f32) -> f32 {
  %y = arith.addf %x, %x : f32
  return %y : f32
}

// Transposed: a convolution of the image with zeros between its elements.
// CHECK-LABEL: func.func @transposed(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x5x6x4xf32>
// CHECK:         %[[Z:.*]] = tensor.insert_slice %[[X]] into %{{.*}}[0, 3, 2, 0] [1, 5, 6, 4] [1, 2, 3, 1] : tensor<1x5x6x4xf32> into tensor<1x14x20x4xf32>
// CHECK:         linalg.conv_2d_nhwc_fhwc {{.*}}ins(%[[Z]], %{{.*}} : tensor<1x14x20x4xf32>, tensor<8x3x3x4xf32>)
// CHECK-NOT:     linalg.transpose
// CHECK:         return
func.func @transposed(%x: tensor<1x5x6x4xf32>, %w: tensor<8x3x3x4xf32>, %b: tensor<8xf32>) -> tensor<1x12x18x8xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %r = tosa.transpose_conv2d %x, %w, %b, %z, %z {acc_type = f32, out_pad = array<i64: 1, 0, 0, 0>, stride = array<i64: 2, 3>}
    : (tensor<1x5x6x4xf32>, tensor<8x3x3x4xf32>, tensor<8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x12x18x8xf32>
  return %r : tensor<1x12x18x8xf32>
}

// A scaling by a multiplier and a shift is one operation, which has a form on
// vectors.
// CHECK-LABEL: func @rescale
// CHECK: conv.requantize tosa_double(%{{.*}}, %{{.*}}, %{{.*}}) large_shifts : (i32, i32, i8) -> i32
// CHECK-NOT: i64
// CHECK: return
func.func @rescale(%x: tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi8> {
  %m = "tosa.const"() <{values = dense<[1233475998, 1219669696]> : tensor<2xi32>}> : () -> tensor<2xi32>
  %s = "tosa.const"() <{values = dense<[38, 40]> : tensor<2xi8>}> : () -> tensor<2xi8>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %five = "tosa.const"() <{values = dense<5> : tensor<1xi8>}> : () -> tensor<1xi8>
  %r = tosa.rescale %x, %m, %s, %zero, %five {input_unsigned = false, output_unsigned = false, per_channel = true, rounding_mode = DOUBLE_ROUND, scale32 = true} : (tensor<1x4x4x2xi32>, tensor<2xi32>, tensor<2xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<1x4x4x2xi8>
  return %r : tensor<1x4x4x2xi8>
}

// Shifts of 31 and less are rounded otherwise.
// CHECK-LABEL: func @small_shift
// CHECK: conv.requantize tosa_double(%{{.*}}, %{{.*}}, %{{.*}}) : (i32, i32, i8) -> i32
func.func @small_shift(%x: tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi8> {
  %m = "tosa.const"() <{values = dense<[1233475998, 1219669696]> : tensor<2xi32>}> : () -> tensor<2xi32>
  %s = "tosa.const"() <{values = dense<[31, 40]> : tensor<2xi8>}> : () -> tensor<2xi8>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %five = "tosa.const"() <{values = dense<5> : tensor<1xi8>}> : () -> tensor<1xi8>
  %r = tosa.rescale %x, %m, %s, %zero, %five {input_unsigned = false, output_unsigned = false, per_channel = true, rounding_mode = DOUBLE_ROUND, scale32 = true} : (tensor<1x4x4x2xi32>, tensor<2xi32>, tensor<2xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<1x4x4x2xi8>
  return %r : tensor<1x4x4x2xi8>
}
