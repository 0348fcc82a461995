// What a loop reads is addressed by pointers that advance with it, a constant
// distance apart, and LLVM's loop strength reduction has nothing left to do. Where
// accesses hold short distances only, it is LLVM that divides them.

// RUN: conv-compile %s --cpu=haswell --emit=llvm -o - | FileCheck %s
// RUN: conv-compile %s --cpu=cortex-a76 --triple=aarch64-linux-gnu --emit=llvm -o - | FileCheck %s --check-prefix=SHORT

// The input and the filter, and nothing that is multiplied with a counter.
// CHECK-LABEL: define {{.*}}@conv1x1_64x64_1x3136
// CHECK-NOT:   {{mul|shl}} i64
// CHECK:       load <8 x float>, ptr %address.iv
// CHECK-NOT:   {{mul|shl}} i64
// CHECK:       getelementptr i8, ptr %address.iv{{[0-9]*}}, i64 256
// CHECK-NOT:   {{mul|shl}} i64
// CHECK:       ret void

// SHORT-LABEL: define {{.*}}@conv1x1_64x64_1x3136
// SHORT-NOT:   phi ptr

func.func @f(%x: tensor<1x56x56x64xf32>, %w: tensor<1x1x64x64xf32>, %o: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
  %z = arith.constant 0.0 : f32
  %f = linalg.fill ins(%z : f32) outs(%o : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x56x56x64xf32>, tensor<1x1x64x64xf32>) outs(%f : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}
