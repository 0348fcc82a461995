// Where the time of a module goes: each operation with what it was made from,
// what it computes and the bytes it moves.

// RUN: conv-bench %s --rounds 1 --cpu znver3 --json %t.json | FileCheck %s
// RUN: FileCheck %s --check-prefix=JSON < %t.json
// RUN: conv-bench %s --rounds 1 --cpu znver3 --module-only --threads 2 --json %t.2.json | FileCheck %s
// RUN: FileCheck %s --check-prefix=JSON < %t.2.json

// CHECK: operations: {{.*}} ms of {{.*}} with a clock read behind each, {{.*}} without
// CHECK-NEXT: share {{.*}} GFLOP/s moved of bound operation (line:column)
// CHECK-DAG: 156.2 KiB {{.*}} %{{ .*}} elementwise (mulf) ([[#ELEMENTWISE:]]:8)
// CHECK-DAG: 97.7 KiB {{.*}} pooling_nhwc_max + fill ([[#ELEMENTWISE + 10]]:8, [[#ELEMENTWISE + 9]]:8)
// CHECK: convolutions {{.*}} %, other operations {{.*}} %
// CHECK: 5 % of the time and below 50 % of its bound

// 20000 elements are read and written, then read once more; a window of four has
// three maxima for each of 5000 elements.
// JSON: "operations": [
// JSON: "bytes": 160000,
// JSON: "convolution": false,
// JSON: "flops": 20000,
// JSON: "kind": "elementwise (mulf)"
// JSON: "number": 1,
// JSON: "runs": 1
// JSON: "bytes": 100000,
// JSON: "convolution": false,
// JSON: "flops": 15000,
// JSON: "kind": "pooling_nhwc_max + fill"
// JSON: "number": 2,
// JSON: "places": [
// JSON: "timed_ms":

#id = affine_map<(i, j, k, l) -> (i, j, k, l)>
func.func @main(%x: tensor<1x50x50x8xf32>) -> tensor<1x25x25x8xf32> {
  %e = tensor.empty() : tensor<1x50x50x8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : tensor<1x50x50x8xf32>) outs(%e : tensor<1x50x50x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.mulf %in, %in : f32
    linalg.yield %m : f32
  } -> tensor<1x50x50x8xf32>
  %lowest = arith.constant 0xFF800000 : f32
  %w = tensor.empty() : tensor<2x2xf32>
  %p = tensor.empty() : tensor<1x25x25x8xf32>
  %f = linalg.fill ins(%lowest : f32) outs(%p : tensor<1x25x25x8xf32>) -> tensor<1x25x25x8xf32>
  %r = linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%y, %w : tensor<1x50x50x8xf32>, tensor<2x2xf32>) outs(%f : tensor<1x25x25x8xf32>) -> tensor<1x25x25x8xf32>
  return %r : tensor<1x25x25x8xf32>
}
