// Single passes, nested and on the module, between upstream's own.
// RUN: %driver_with_plugin --pass-pipeline='builtin.module(func.func(conv-raise),canonicalize)' %s | FileCheck %s --check-prefix=RAISE
// RUN: %driver_with_plugin --pass-pipeline='builtin.module(conv-raise,conv-autotune{cpu=haswell})' %s | FileCheck %s --check-prefix=TUNE
// RUN: %driver_with_plugin --pass-pipeline='builtin.module(conv-raise,conv-to-linalg,linalg-generalize-named-ops)' %s | FileCheck %s --check-prefix=BACK
// RUN: %driver_with_plugin --pass-pipeline='builtin.module(conv-raise,conv-autotune{cpu=haswell})' --remarks-filter='.*' --remark-format=emitRemark %s 2>&1 | FileCheck %s --check-prefix=REMARK
// The dialect parses without any of the passes.
// RUN: %driver_with_plugin --pass-pipeline='builtin.module(conv-raise)' %s | mlir-opt --load-dialect-plugin=%conv_plugin | FileCheck %s --check-prefix=RAISE

// RAISE: conv.conv dims<nhwc x rsck -> nhwk>
// TUNE: conv.conv {{.*}}schedule<algorithm = direct
// BACK: linalg.generic
// BACK-NOT: conv.conv
// REMARK: remark: {{.*}}conv

func.func @main(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x16x32xf32>) -> tensor<1x6x6x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x6x6x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>)
    outs(%f : tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}
