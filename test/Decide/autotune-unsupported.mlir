// What nothing can compute gets a warning and a missed remark and no schedule;
// forced, it is an error.

// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" --remarks-filter=conv 2>&1 | FileCheck %s
// RUN: not conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu algorithm=direct" 2>&1 | FileCheck %s --check-prefix=FORCED

// CHECK: autotune-unsupported.mlir:[[#@LINE+9]]:8: warning: convolution mb1_ic16oc32_ih8oh6kh?sh1ph0 is left to the plain lowering: dimension 'r' is dynamic; only batch, rows and columns may be
// CHECK: remark: [Missed] autotune | Category:conv | Remark="{{.*}}dimension 'r' is dynamic; only batch, rows and columns may be"
// CHECK: autotune-unsupported.mlir:[[#@LINE+12]]:3: warning: convolution {{.*}} is left to the plain lowering: no instruction computes f16 x f16 -> f16
// CHECK: remark: [Missed] autotune | Category:conv | Remark="{{.*}}no instruction computes f16 x f16 -> f16"
// CHECK: conv.conv
// CHECK-NOT: schedule
// FORCED: autotune-unsupported.mlir:[[#@LINE+3]]:8: error: 'conv.conv' op algorithm 'direct' cannot compute {{.*}}: dimension 'r' is dynamic; only batch, rows and columns may be

func.func @window(%x: tensor<1x8x8x16xf32>, %w: tensor<?x?x16x32xf32>, %o: tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x8x8x16xf32>, tensor<?x?x16x32xf32>) outs(%o : tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}

func.func @f16(%x: memref<1x8x8x16xf16>, %w: memref<3x3x16x32xf16>, %o: memref<1x6x6x32xf16>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf16>, memref<3x3x16x32xf16>) outs(%o : memref<1x6x6x32xf16>)
  return
}
