// TOSA goes through upstream's passes first.
// RUN: conv-compile %s --cpu=haswell --emit=llvm --prefix=net_ -o - --header %t.h | FileCheck %s
// RUN: FileCheck %s --check-prefix=HEADER --input-file %t.h

// CHECK: define void @net_main(
// CHECK: fmuladd.v8f32
// CHECK-NOT: @malloc

// HEADER: #define NET_MAIN_ARG0_SHAPE {1, 8, 8, 4}
// HEADER: result0: float32[1][8][8][8], written
// HEADER: void net_main(const float *arg0, const float *arg1, const float *arg2, float *result0, void *workspace);
func.func @main(%x: tensor<1x8x8x4xf32>, %w: tensor<8x3x3x4xf32>, %b: tensor<8xf32>) -> tensor<1x8x8x8xf32> {
  %z0 = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %z1 = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %0 = tosa.conv2d %x, %w, %b, %z0, %z1 {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>}
    : (tensor<1x8x8x4xf32>, tensor<8x3x3x4xf32>, tensor<8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x8x8x8xf32>
  return %0 : tensor<1x8x8x8xf32>
}
