// The whole pipeline in the distribution's own driver.
// RUN: %driver_with_plugin --pass-pipeline='builtin.module(conv-to-llvm{cpu=haswell})' %s | FileCheck %s
// RUN: %driver_with_plugin --pass-pipeline='builtin.module(conv-to-llvm{cpu=haswell threads=2})' %s | FileCheck %s --check-prefix=THREADS
// The passes bring the dialect with them where the input does not speak it.
// RUN: %driver_with_passes --pass-pipeline='builtin.module(conv-to-llvm{cpu=haswell})' %s | FileCheck %s
// RUN: not %driver_with_plugin --pass-pipeline='builtin.module(conv-to-llvm{cpu=nonsense})' %s 2>&1 | FileCheck %s --check-prefix=ERROR

// CHECK: llvm.target_triple
// CHECK-LABEL: llvm.func @main
// CHECK-SAME: target_cpu = "haswell"
// CHECK: llvm.intr.{{fma|fmuladd}}{{.*}}vector<8xf32>
// CHECK-NOT: linalg.

// THREADS: omp.parallel

// ERROR: error: {{.*}}nonsense

func.func @main(%x: tensor<1x58x58x16xf32>, %w: tensor<3x3x16x32xf32>) -> tensor<1x56x56x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x56x56x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x56x56x32xf32>) -> tensor<1x56x56x32xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x58x58x16xf32>, tensor<3x3x16x32xf32>)
    outs(%f : tensor<1x56x56x32xf32>) -> tensor<1x56x56x32xf32>
  return %r : tensor<1x56x56x32xf32>
}
