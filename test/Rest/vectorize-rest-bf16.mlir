// RUN: conv-opt %s --conv-vectorize-rest="n-fma=2 l-fma=4 n-vec=16 n-reg=32" | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=znver5 triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | llc -O3 -o %t.s
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | llc -O3 -o - | FileCheck %s --check-prefix=CALLS

// No CPU rounds by calls.
// CALLS-NOT: call{{.*}}__truncsfbf2

// A row of one element more than eights is cut: LLVM's x86 back end cannot take
// vectors of so many bf16 apart.
// CHECK-LABEL: func.func @short(
// CHECK-NOT:     vector<9xbf16>
// CHECK:         vector.transfer_read {{.*}} vector<8xbf16>
// CHECK-NOT:     vector<9xbf16>
// CHECK:         return
func.func @short(%x: tensor<18x5xbf16>, %y: tensor<5x9xbf16>, %o: tensor<18x9xbf16>) -> tensor<18x9xbf16> {
  %r = linalg.matmul ins(%x, %y : tensor<18x5xbf16>, tensor<5x9xbf16>) outs(%o : tensor<18x9xbf16>) -> tensor<18x9xbf16>
  %e = tensor.empty() : tensor<18x9xbf16>
  %t = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
    ins(%r : tensor<18x9xbf16>) outs(%e : tensor<18x9xbf16>) {
  ^bb0(%a: bf16, %out: bf16):
    %0 = math.roundeven %a : bf16
    %1 = arith.divf %0, %a : bf16
    linalg.yield %1 : bf16
  } -> tensor<18x9xbf16>
  return %t : tensor<18x9xbf16>
}

// Sums in f32 of one element more than vectors of them hold.
// CHECK-LABEL: func.func @sums(
// CHECK:         vector.transfer_read {{.*}} vector<16xbf16>
// CHECK-NOT:     vector<17xbf16>
// CHECK:         return
func.func @sums(%x: tensor<4x3x17xbf16>, %y: tensor<4x17xf32>) -> tensor<4x17xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k, j)>, affine_map<(i, j, k) -> (i, j)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%x : tensor<4x3x17xbf16>) outs(%y : tensor<4x17xf32>) {
  ^bb0(%a: bf16, %o: f32):
    %0 = arith.extf %a : bf16 to f32
    %1 = arith.addf %0, %o : f32
    linalg.yield %1 : f32
  } -> tensor<4x17xf32>
  return %r : tensor<4x17xf32>
}
