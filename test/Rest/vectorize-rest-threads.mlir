// RUN: conv-opt %s --conv-vectorize-rest="cpu=haswell threads=2" --canonicalize --cse | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-vectorize-rest="cpu=haswell" | FileCheck %s --check-prefix=ONE

// ONE-NOT: scf.forall

// Each thread sums half of the rows.
// CHECK-LABEL: func.func @rows(
// CHECK:         scf.forall (%[[T:.+]]) in (2) shared_outs(%[[O:.+]] =
// CHECK:           %[[BEGIN:.+]] = affine.apply
// CHECK:           %[[PART:.+]] = tensor.extract_slice %[[O]][%[[BEGIN]]] [256] [1]
// CHECK:           %[[R:.+]] = scf.for {{.*}} iter_args(%{{.+}} = %[[PART]])
// CHECK:             vector.reduction
// CHECK:           tensor.parallel_insert_slice %[[R]] into %[[O]][%[[BEGIN]]] [256] [1]
func.func @rows(%x: tensor<512x1000xf32>, %y: tensor<512xf32>) -> tensor<512xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                       iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<512x1000xf32>) outs(%y : tensor<512xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %o : f32
    linalg.yield %0 : f32
  } -> tensor<512xf32>
  return %r : tensor<512xf32>
}

// What LLVM vectorises is the same operation on half of it.
// CHECK-LABEL: func.func @elementwise(
// CHECK:         scf.forall (%{{.+}}) in (2)
// CHECK:           linalg.generic {{.*}} ins(%{{.+}} : tensor<256x1000xf32>) outs(%{{.+}} : tensor<256x1000xf32>)
func.func @elementwise(%x: tensor<512x1000xf32>) -> tensor<512x1000xf32> {
  %e = tensor.empty() : tensor<512x1000xf32>
  %r = linalg.exp ins(%x : tensor<512x1000xf32>) outs(%e : tensor<512x1000xf32>) -> tensor<512x1000xf32>
  return %r : tensor<512x1000xf32>
}

// So little is done by one.
// CHECK-LABEL: func.func @little(
// CHECK-NOT:     scf.forall
func.func @little(%x: tensor<512x10xf32>) -> tensor<512x10xf32> {
  %e = tensor.empty() : tensor<512x10xf32>
  %r = linalg.exp ins(%x : tensor<512x10xf32>) outs(%e : tensor<512x10xf32>) -> tensor<512x10xf32>
  return %r : tensor<512x10xf32>
}

// Each thread turns the squares of half of the columns.
// CHECK-LABEL: func.func @transposed(
// CHECK:         scf.forall (%{{.+}}) in (2)
// CHECK:           tensor.extract_slice %{{.+}} [1, 64, 28, 56]
// CHECK:           vector.transfer_read {{.*}} vector<8xf32>
// CHECK:           vector.shuffle
// CHECK-NOT:       linalg.transpose
func.func @transposed(%x: tensor<1x64x56x56xf32>) -> tensor<1x56x56x64xf32> {
  %e = tensor.empty() : tensor<1x56x56x64xf32>
  %r = linalg.transpose ins(%x : tensor<1x64x56x56xf32>) outs(%e : tensor<1x56x56x64xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<1x56x56x64xf32>
}

// Halves of these would be no squares of vectors.
// CHECK-LABEL: func.func @uneven(
// CHECK-NOT:     scf.forall
// CHECK:         vector.shuffle
func.func @uneven(%x: tensor<1x64x57x56xf32>) -> tensor<1x57x56x64xf32> {
  %e = tensor.empty() : tensor<1x57x56x64xf32>
  %r = linalg.transpose ins(%x : tensor<1x64x57x56xf32>) outs(%e : tensor<1x57x56x64xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<1x57x56x64xf32>
}
