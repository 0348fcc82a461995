// A whole module: results agree with upstream's lowering of the same file, and
// each convolution is measured with what is fused into it.

// RUN: conv-bench %s --compare-upstream --rounds 1 --check --batch 2 --json %t.json | FileCheck %s
// RUN: FileCheck %s --check-prefix=JSON < %t.json
// RUN: %python %S/Inputs/check-records.py %t.json %S/../../docs/measuring.md
// RUN: conv-bench %s --entry buffers --compare-upstream --rounds 1 | FileCheck %s --check-prefix=BUFFERS
// RUN: conv-bench %S/Inputs/chain.mlir --propagate-layouts blocked --compare-upstream --rounds 1 --check | FileCheck %s --check-prefix=BLOCKED
// RUN: conv-bench %s --entry rounded --network-accuracy 1 --compare-upstream --rounds 1 --check | FileCheck %s --check-prefix=ROUNDED
// RUN: not conv-bench %s --network-accuracy 0.1 2>&1 | FileCheck %s --check-prefix=NETWORK
// RUN: not conv-bench %s --propagate-layouts zigzag 2>&1 | FileCheck %s --check-prefix=LAYOUT
// RUN: not conv-bench %s --entry nosuch 2>&1 | FileCheck %s --check-prefix=ENTRY
// RUN: not conv-bench %s --entry unsupported 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not conv-bench %s ic3oc8_ih8kh3 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: not conv-bench %t.nosuch.mlir 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: echo 'func.func @main() {' > %t.bad.mlir
// RUN: not conv-bench %t.bad.mlir 2>&1 | FileCheck %s --check-prefix=BAD

// CHECK: conv-bench-module.mlir @main, 1 thread, 2 convolutions
// CHECK: conv-opt {{.*}} ms {{.*}} GFLOP/s {{.*}} % of peak
// CHECK: 2 filters packed once before
// CHECK: upstream {{.*}} ms
// CHECK: speed-up
// CHECK: results agree
// CHECK: operations: {{.*}} ms of {{.*}} with a clock read behind each, {{.*}} without
// CHECK-NEXT: share ms GFLOP/s moved of bound operation
// CHECK-DAG: % FMAs convolution ([[#]]:8
// CHECK: convolutions {{.*}} %, other operations {{.*}} %
// CHECK-NEXT: above 5 % of the time and below 50 % of its bound
// CHECK: name
// CHECK: 1x mb2_ic8oc16_ih9oh9kh3sh1ph1+bias+relu {{.*}} ok
// CHECK: 1x mb2_ic16oc5_ih9oh9kh1sh1ph0 {{.*}} ok

// ROUNDED: results agree
// ROUNDED: 1x mb1_ic8oc16_ih9oh9kh3sh1ph1 {{.*}} ok{{.*}}winograd_2
// NETWORK: error: {{.*}}network-accuracy is 0.10, but its convolutions have errors of at least {{[01].[0-9]+}} times the plain sums' together

// JSON: "module": {
// JSON: "entry": "main"
// JSON: "mismatch": ""
// JSON: "records": [

// The first kernel writes blocks of channels, the second one reads them.
// BLOCKED: results agree
// BLOCKED: 1x mb1_ic32oc64_ih14oh12kh3sh1ph0 {{.*}} ok {{.*}}direct
// BLOCKED: 1x mb1_ic64oc64_ih12oh10kh3sh1ph0 {{.*}} ok {{.*}} c_ib={{[0-9]+}}
// LAYOUT: unknown layout 'zigzag' to propagate (known: plain, blocked)

// BUFFERS: @buffers, 1 thread, 1 convolutions
// BUFFERS: results agree

// ENTRY: defines no function 'nosuch' (it defines: main, buffers, unsupported, rounded)
// TYPE: 'unsupported': cannot make up an argument of type tensor<2xcomplex<f32>>
// ALONE: a module is measured alone
// MISSING: nosuch.mlir
// BAD: bad.mlir:{{[0-9]+}}:{{[0-9]+}}: expected

#id = affine_map<(n, h, w, k) -> (n, h, w, k)>
#bias = affine_map<(n, h, w, k) -> (k)>

func.func @main(%x: tensor<?x9x9x8xf32>, %w0: tensor<3x3x8x16xf32>,
                %b0: tensor<16xf32>, %w1: tensor<1x1x16x5xf32>)
    -> (tensor<?x9x9x5xf32>, tensor<?x9x9x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x9x9x8xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<?x9x9x8xf32> to tensor<?x11x11x8xf32>
  %e0 = tensor.empty(%n) : tensor<?x9x9x16xf32>
  %i0 = linalg.generic {indexing_maps = [#bias, #id],
                        iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%b0 : tensor<16xf32>) outs(%e0 : tensor<?x9x9x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<?x9x9x16xf32>
  %c = linalg.conv_2d_nhwc_hwcf
      ins(%p, %w0 : tensor<?x11x11x8xf32>, tensor<3x3x8x16xf32>)
      outs(%i0 : tensor<?x9x9x16xf32>) -> tensor<?x9x9x16xf32>
  %relu = linalg.generic {indexing_maps = [#id, #id],
                          iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c : tensor<?x9x9x16xf32>) outs(%e0 : tensor<?x9x9x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %zero : f32
    linalg.yield %m : f32
  } -> tensor<?x9x9x16xf32>
  %e1 = tensor.empty(%n) : tensor<?x9x9x5xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x9x9x5xf32>) -> tensor<?x9x9x5xf32>
  %r = linalg.conv_2d_nhwc_hwcf
      ins(%relu, %w1 : tensor<?x9x9x16xf32>, tensor<1x1x16x5xf32>)
      outs(%f1 : tensor<?x9x9x5xf32>) -> tensor<?x9x9x5xf32>
  return %r, %relu : tensor<?x9x9x5xf32>, tensor<?x9x9x16xf32>
}

func.func @buffers(%x: memref<1x4x8x8xf32>, %w: memref<6x4x3x3xf32>,
                   %o: memref<1x6x6x6xf32>) {
  linalg.conv_2d_nchw_fchw
      ins(%x, %w : memref<1x4x8x8xf32>, memref<6x4x3x3xf32>)
      outs(%o : memref<1x6x6x6xf32>)
  return
}

func.func @unsupported(%x: tensor<2xcomplex<f32>>) {
  return
}

func.func @rounded(%x: tensor<1x9x9x8xf32>, %w: tensor<3x3x8x16xf32>, %o: tensor<1x9x9x16xf32>) -> tensor<1x9x9x16xf32> {
  %0 = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x9x9x8xf32>, tensor<3x3x8x16xf32>) outs(%o : tensor<1x9x9x16xf32>) {conv.algorithm = "winograd_2"} -> tensor<1x9x9x16xf32>
  return %0 : tensor<1x9x9x16xf32>
}
