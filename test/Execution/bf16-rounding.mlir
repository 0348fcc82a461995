// Sums rounded to bf16 on their way out need no function of a runtime library,
// which may not have one, whether the target rounds or not.

// RUN: conv-opt %s --conv-raise | FileCheck %s
// RUN: conv-compile %s --cpu=haswell --triple=x86_64-linux-gnu -o %t.o
// RUN: llvm-nm -u %t.o | count 0
// RUN: conv-compile %s --cpu=znver5 --triple=x86_64-linux-gnu -o %t.o
// RUN: llvm-nm -u %t.o | count 0

// CHECK: conv.conv
// CHECK-NOT: linalg.generic
#m = affine_map<(a,b,c,d) -> (a,b,c,d)>
func.func @main(%x: tensor<1x16x9x9xf32>, %w: tensor<24x16x3x3xf32>) -> tensor<1x24x7x7xbf16> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x24x7x7xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x24x7x7xf32>) -> tensor<1x24x7x7xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x16x9x9xf32>, tensor<24x16x3x3xf32>) outs(%f : tensor<1x24x7x7xf32>) -> tensor<1x24x7x7xf32>
  %e2 = tensor.empty() : tensor<1x24x7x7xbf16>
  %t = linalg.generic {indexing_maps = [#m, #m], iterator_types = ["parallel","parallel","parallel","parallel"]} ins(%r : tensor<1x24x7x7xf32>) outs(%e2 : tensor<1x24x7x7xbf16>) {
  ^bb0(%a: f32, %b: bf16):
    %q = arith.truncf %a : f32 to bf16
    linalg.yield %q : bf16
  } -> tensor<1x24x7x7xbf16>
  return %t : tensor<1x24x7x7xbf16>
}
